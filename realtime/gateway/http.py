"""The HTTP side of `viva.v1` (`protocol.md` 9), as far as an interview goes.

An interview that is awake is told of by its actor; one that sleeps is told of as it is stored, and
left asleep.
"""

from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from protocol.close_codes import Close
from protocol.codec import decode_config, interview_json
from protocol.errors import ProtocolError, malformed
from protocol.messages import Capabilities, Limits
from protocol.view import Config, Interview
from realtime.gateway.auth import Authenticator
from realtime.gateway.health import Health
from realtime.gateway.negotiation import choose
from realtime.gateway.problems import Json
from realtime.gateway.report import markdown
from realtime.gateway.requests import Intake, idempotency_key, json_body, limit, route, user_of
from realtime.ports import Clock, Interviews, Woken
from realtime.session.directory import Directory

JSON = "application/json"
MARKDOWN = "text/markdown"

# What the contract has and this version hasn't.
_NOT_BUILT = ("rival", "models")


@dataclass(frozen=True, slots=True)
class About:
    """What this server tells of itself, and what it takes. `rubric` is whatever JSON describes it,
    by language; `intake` is of a new interview.
    """

    capabilities: Capabilities
    limits: Limits
    rubric: object
    intake: Intake


@dataclass(frozen=True, slots=True)
class _Found:
    """An interview, where its log stands."""

    interview: Interview
    epoch: int
    seq: int

    def json(self) -> dict[str, Any]:
        return interview_json(self.interview, self.epoch, self.seq)


class HttpApi:
    """The routes under `/v1`."""

    def __init__(
        self,
        directory: Directory,
        interviews: Interviews,
        authenticator: Authenticator,
        clock: Clock,
        health: Health,
        about: About,
    ) -> None:
        self._directory = directory
        self._interviews = interviews
        self._authenticator = authenticator
        self._clock = clock
        self._health = health
        self._about = about

    def routes(self) -> list[Route]:
        one = "/v1/interviews/{id}"
        return [
            route("/v1/interviews", GET=self.page, POST=self.create),
            route(one, GET=self.read, DELETE=self.delete),
            route(one + "/turns/{turn:int}/words", GET=self.words),
            route(one + "/report", GET=self.report),
            route("/v1/capabilities", GET=self.capabilities),
            route("/v1/rubric", GET=self.rubric),
        ]

    async def create(self, request: Request) -> Json:
        user_id = await user_of(request, self._authenticator)
        self._health.admit()
        key = idempotency_key(request)
        config = decode_config(await json_body(request, self._about.intake))
        _refuse_what_is_not_built(config)
        made = await self._interviews.create(user_id, config, now=self._clock.now(), key=key)
        # With a key that was seen before, it may be under way.
        found = await self._find(user_id, made.id)
        # Relative to where it was POSTed, so that it holds behind any proxy.
        return Json(found.json(), 201, {"Location": f"interviews/{made.id}"})

    async def page(self, request: Request) -> Json:
        user_id = await user_of(request, self._authenticator)
        items, cursor = await self._interviews.page(
            user_id, limit=limit(request), cursor=request.query_params.get("cursor")
        )
        found = [
            self._awake(user_id, item.state.view.interview.id) or self._stored(item)
            for item in items
        ]
        return Json({"items": [item.json() for item in found], "next_cursor": cursor})

    async def read(self, request: Request) -> Json:
        user_id = await user_of(request, self._authenticator)
        return Json((await self._find(user_id, request.path_params["id"])).json())

    async def delete(self, request: Request) -> Response:
        user_id = await user_of(request, self._authenticator)
        interview_id = request.path_params["id"]
        # Its clients are told only once it is so. What its actor would commit until then is fenced,
        # and if it is being woken, that is waited for.
        if not await self._interviews.delete(user_id, interview_id):
            raise _no_such_interview()
        await self._directory.close(user_id, interview_id, Close.NOT_FOUND)
        return Response(status_code=204)

    async def words(self, request: Request) -> Json:
        """Spoken answers have words; this version takes none."""
        user_id = await user_of(request, self._authenticator)
        await self._find(user_id, request.path_params["id"])
        raise ProtocolError("not_found", "Only a spoken answer has words.")

    async def report(self, request: Request) -> Response:
        user_id = await user_of(request, self._authenticator)
        interview = (await self._find(user_id, request.path_params["id"])).interview
        media_type = choose(request.headers.get("accept"), (JSON, MARKDOWN))
        if media_type is None:
            raise ProtocolError(
                "not_acceptable",
                f"A report comes as {JSON} or {MARKDOWN}.",
                details={"media_types": [JSON, MARKDOWN]},
            )
        if interview.report is None:
            raise ProtocolError(
                "wrong_phase",
                "The report comes at the interview's end.",
                details={"phase": interview.phase, "paused": interview.paused},
            )
        if media_type == JSON:
            return Json(interview.report, headers={"Vary": "Accept"})
        headers = {
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept",
            "Content-Disposition": f'inline; filename="interview-{interview.id}.md"',
        }
        return Response(markdown(interview), headers=headers, media_type=MARKDOWN)

    async def capabilities(self, request: Request) -> Json:
        about = self._about
        told = {name: getattr(about.capabilities, name) for name in Capabilities.__slots__}
        return Json({**told, "limits": about.limits})

    async def rubric(self, request: Request) -> Json:
        return Json(self._about.rubric)

    async def _find(self, user_id: str, interview_id: str) -> _Found:
        """That user's interview, awake or asleep.

        Raises:
            ProtocolError: `not_found`.
        """
        awake = self._awake(user_id, interview_id)
        if awake is not None:
            return awake
        stored = await self._interviews.load(user_id, interview_id)
        if stored is None:
            raise _no_such_interview()
        return self._stored(stored)

    def _awake(self, user_id: str, interview_id: str) -> _Found | None:
        actor = self._directory.awake(user_id, interview_id)
        if actor is None:
            return None
        snapshot = actor.snapshot()
        return _Found(snapshot.interview, snapshot.epoch, snapshot.seq)

    def _stored(self, woken: Woken) -> _Found:
        interview = woken.state.view.interview
        deadline = woken.state.deadline_at
        if deadline is not None:
            interview = replace(interview, remaining_ms=max(0, deadline - self._clock.now()))
        return _Found(interview, woken.epoch, woken.seq)


def _refuse_what_is_not_built(config: Config) -> None:
    for name in _NOT_BUILT:
        if getattr(config, name) is not None:
            raise malformed(f"{name}: not possible in this version.", name)


def _no_such_interview() -> ProtocolError:
    return ProtocolError("not_found", "There is no such interview.")
