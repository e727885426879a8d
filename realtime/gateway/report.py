"""`GET /interviews/{id}/report`, by `Accept` (`protocol.md` 9)."""

from functools import partial
from typing import Protocol

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from protocol.errors import ProtocolError
from protocol.view import Interview
from realtime.gateway.auth import Authenticator
from realtime.gateway.negotiation import choose
from realtime.gateway.problems import Json
from realtime.gateway.requests import route, user_of
from realtime.gateway.sight import Sight
from realtime.reports.document import Document, describe
from realtime.reports.html import POLICY, html
from realtime.reports.markdown import markdown
from realtime.reports.pdf import Busy, TooLong

JSON = "application/json"
MARKDOWN = "text/markdown"
HTML = "text/html"
PDF = "application/pdf"
# Of those that a client wants equally, the earlier one. A browser asks for HTML before all else.
_OFFERS = (JSON, MARKDOWN, HTML, PDF)

BUSY_RETRY_MS = 3_000


class Typesets(Protocol):
    async def pdf(self, document: Document) -> bytes:
        """`document` as PDF.

        Raises:
            Busy: not now.
            TooLong: never.
        """
        ...


class ReportApi:
    """The route of the report."""

    def __init__(self, sight: Sight, authenticator: Authenticator, typesetter: Typesets) -> None:
        self._sight = sight
        self._authenticator = authenticator
        self._typesetter = typesetter

    def routes(self) -> list[Route]:
        return [route("/v1/interviews/{id}/report", GET=self.report)]

    async def report(self, request: Request) -> Response:
        user_id = await user_of(request, self._authenticator)
        interview = (await self._sight.find(user_id, request.path_params["id"])).interview
        media_type = choose(request.headers.get("accept"), _OFFERS)
        if media_type is None:
            raise _not_acceptable(f"A report comes as {', '.join(_OFFERS)}.", _OFFERS)
        if interview.report is None:
            raise ProtocolError(
                "wrong_phase",
                "The report comes at the interview's end.",
                details={"phase": interview.phase, "paused": interview.paused},
            )
        if media_type == JSON:
            return Json(interview.report, headers={"Vary": "Accept"})
        document = describe(interview)
        if media_type == PDF:
            return _file(interview, await self._typeset(document), PDF, "pdf")
        # A long one takes a while, in which tokens want to pass.
        if media_type == HTML:
            page = await run_sync(partial(html, document))
            response = _file(interview, page, HTML, "html")
            response.headers["Content-Security-Policy"] = POLICY
            response.headers["Referrer-Policy"] = "no-referrer"
            return response
        return _file(interview, await run_sync(partial(markdown, document)), MARKDOWN, "md")

    async def _typeset(self, document: Document) -> bytes:
        try:
            return await self._typesetter.pdf(document)
        except Busy:
            raise ProtocolError(
                "overloaded",
                "Too many reports are being made into PDFs; try again.",
                details={"retry_after_ms": BUSY_RETRY_MS},
            ) from None
        except TooLong:
            others = tuple(each for each in _OFFERS if each != PDF)
            message = f"This report is too long for PDF; it comes as {', '.join(others)}."
            raise _not_acceptable(message, others) from None


def _not_acceptable(message: str, offers: tuple[str, ...]) -> ProtocolError:
    return ProtocolError("not_acceptable", message, details={"media_types": list(offers)})


def _file(interview: Interview, content: str | bytes, media_type: str, suffix: str) -> Response:
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept",
        "Content-Disposition": f'inline; filename="interview-{interview.id}.{suffix}"',
    }
    return Response(content, headers=headers, media_type=media_type)
