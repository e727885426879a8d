"""The report's route: how each form comes, and what is said where the PDF can't be made."""

from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from protocol.draft import State
from realtime.clock import SystemClock
from realtime.gateway.auth import LocalUser
from realtime.gateway.problems import HANDLERS
from realtime.gateway.report import ReportApi, Typesets
from realtime.gateway.sight import Sight
from realtime.reports.document import Document
from realtime.reports.html import POLICY
from realtime.reports.pdf import Busy, TooLong
from realtime.session.directory import Directory
from realtime.session.parts import Parts
from tests.realtime.fakes import ScriptedInterviewer, interview
from tests.realtime.memory import MemoryStorage
from tests.realtime.reports.made import REPORT, TURNS

pytestmark = pytest.mark.anyio

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
KINDS = ["application/json", "text/markdown", "text/html", "application/pdf"]


class Press:
    """Typesets by saying the title, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def pdf(self, document: Document) -> bytes:
        if self.error is not None:
            raise self.error
        return f"%PDF-{document.title}".encode()


def finished() -> State:
    state = interview()
    made = replace(state.view.interview, phase="finished", turns=TURNS, report=REPORT)
    return replace(state, view=replace(state.view, interview=made))


def client(typesetter: Typesets) -> httpx.AsyncClient:
    store, clock = MemoryStorage(finished()), SystemClock()
    sight = Sight(Directory(Parts(store, clock), ScriptedInterviewer()), store, clock)
    app = Starlette(
        routes=ReportApi(sight, LocalUser(), typesetter).routes(), exception_handlers=HANDLERS
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://viva")


async def asked(accept: str, error: Exception | None = None, name: str = "iv") -> httpx.Response:
    async with client(Press(error)) as http:
        return await http.get(f"/v1/interviews/{name}/report", headers={"Accept": accept})


@pytest.mark.parametrize(
    ("accept", "kind", "suffix"),
    [
        ("text/markdown", "text/markdown; charset=utf-8", "md"),
        ("text/html", "text/html; charset=utf-8", "html"),
        (BROWSER, "text/html; charset=utf-8", "html"),
        ("application/pdf", "application/pdf", "pdf"),
        ("application/pdf;q=0.2, text/html;q=0.1", "application/pdf", "pdf"),
    ],
)
async def test_a_document_comes_as_a_file_that_is_kept_nowhere(
    accept: str, kind: str, suffix: str
) -> None:
    response = await asked(accept)
    assert response.status_code == 200
    told = {name: response.headers[name] for name in ("content-type", "content-disposition")}
    assert told == {
        "content-type": kind,
        "content-disposition": f'inline; filename="interview-iv.{suffix}"',
    }
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["vary"] == "Accept"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_the_page_is_confined() -> None:
    headers = (await asked("text/html")).headers
    assert headers["content-security-policy"] == POLICY
    assert "sandbox" in POLICY and "frame-ancestors 'none'" in POLICY
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/pdf;q=0.9, */*"])
async def test_without_a_preference_it_is_json(accept: str) -> None:
    response = await asked(accept)
    assert response.headers["content-type"] == "application/json"
    assert response.json()["text"] == REPORT.text


@pytest.mark.parametrize("accept", ["image/png", "application/pdf;q=0", "text/plain, image/*"])
async def test_other_media_types_are_refused(accept: str) -> None:
    response = await asked(accept)
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")
    assert response.json()["details"] == {"media_types": KINDS}


async def test_too_many_pdfs_are_overloaded() -> None:
    response = await asked("application/pdf", Busy())
    assert (response.status_code, response.headers["retry-after"]) == (503, "3")
    problem = response.json()
    assert (problem["code"], problem["retryable"]) == ("overloaded", True)


async def test_a_report_too_long_for_pdf_is_there_in_other_forms() -> None:
    problem = (await asked("application/pdf", TooLong())).json()
    assert (problem["code"], problem["retryable"]) == ("not_acceptable", False)
    assert problem["details"] == {"media_types": KINDS[:3]}
    assert (await asked("text/html", TooLong())).status_code == 200


async def test_there_is_none_of_another_interview() -> None:
    assert (await asked("application/pdf", name="other")).status_code == 404
