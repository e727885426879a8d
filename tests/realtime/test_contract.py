"""The server does what its OpenAPI document says, and nothing else: its routes are held against the
document, and requests made up from the document (schemathesis) against what is answered.

The interviews that are asked for stand in every stage, so that it isn't all `not_found`.
"""

import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx
import pytest
import schemathesis
from anyio import to_thread
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route, WebSocketRoute

from protocol.reference import asyncapi, openapi, schema
from protocol.reference.operations import FORM, JSON, OPERATIONS, SOUND, Operation
from realtime.clock import SystemClock
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from realtime.settings import Settings
from storage.database import Database
from storage.interviews import StoredInterviews
from storage.progress import StoredProgress
from tests.realtime.serving import Running, house, serving

pytestmark = pytest.mark.anyio

USER = "contract"
NOBODY_S = "nobody-s"
MADE_UP = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# A server that has no speech model says so with a 503; no other 5xx can be provoked.
NO_VOICE = "voice_unavailable"

DOCUMENT = schemathesis.openapi.from_dict(openapi())
_EMPTY: dict[str, Any] = {JSON: {}, SOUND: b"", FORM: {}}
BY_ID = {operation.id: operation for operation in OPERATIONS}
REFUSING = [name for name, each in BY_ID.items() if {"malformed", "not_found"} & {*each.errors}]
SECURED = [name for name, each in BY_ID.items() if each.signed_in]


@dataclass(frozen=True)
class Stage:
    """A server, interviews of `USER` by their phase, and documents of that user."""

    running: Running
    interviews: dict[str, str] = field(default_factory=dict)
    documents: list[str] = field(default_factory=list)

    async def prepare(self) -> None:
        """Bring an interview to each stage."""
        async with self.running.client(USER) as client:
            for phase in ("created", "answering", "finished", "to be deleted"):
                made = await client.post("/v1/interviews", json={"role": "backend"})
                assert made.is_success, made.text
                self.interviews[phase] = made.json()["id"]
            for _ in range(2):
                file = {"file": ("a.txt", b"words")}
                made = await client.post("/v1/documents", files=file, data={"kind": "resume"})
                assert made.is_success, made.text
                self.documents.append(made.json()["id"])
            await self._start(client, self.interviews["answering"], until="question.completed")
            one = self.interviews["finished"]
            await self._start(client, one, until="question.completed")
            await client.post(
                f"/v1/interviews/{one}/commands", json={"type": "interview.finish", "id": "f"}
            )
            await self._follow(client, one, until="report.completed")

    async def _start(self, client: httpx.AsyncClient, one: str, until: str) -> None:
        start = {"type": "interview.start", "id": "s"}
        (await client.post(f"/v1/interviews/{one}/commands", json=start)).raise_for_status()
        await self._follow(client, one, until)

    async def _follow(self, client: httpx.AsyncClient, one: str, until: str) -> None:
        headers = {"Last-Event-ID": "1:0"}
        async with client.stream("GET", f"/v1/interviews/{one}/events", headers=headers) as stream:
            async for line in stream.aiter_lines():
                if line == f"event: {until}":
                    return
        raise AssertionError(f"no {until} came")

    def aim(self, case: Case[Any], operation: Operation, data: st.DataObject) -> None:
        """Turn a made-up request to an interview that is there, more often than not."""
        if "DocumentId" in operation.parameters:
            there = self.documents[: 1 if operation.method == "delete" else 2]
            case.path_parameters["id"] = data.draw(st.sampled_from([*there, NOBODY_S]))
        if "InterviewId" not in operation.parameters:
            return
        there = [*self.interviews.values(), NOBODY_S]
        if operation.method == "delete":
            there = [self.interviews["to be deleted"], NOBODY_S]
        elif operation.id == "followEvents":
            # Its stream ends.
            there = [self.interviews["finished"], NOBODY_S]
        case.path_parameters["id"] = data.draw(st.sampled_from(there))


@pytest.fixture(scope="module")
async def stage(
    database: Database,
    interviews: StoredInterviews,
    anyio_backend: tuple[str, dict[str, bool]],
) -> AsyncIterator[Stage]:
    interviewer = OfflineInterviewer(SystemClock(), seed=1, pace=0)
    # So many that what is made up isn't answered with `rate_limited` alone.
    of_many = Settings(commands_per_second=1_000)
    progress = StoredProgress(database)
    parts = replace(house(interviews), interviewer=interviewer, progress=progress)
    async with serving(parts, of_many) as running:
        made = Stage(running)
        await made.prepare()
        yield made


def ask(stage: Stage, case: Case[Any], headers: dict[str, str]) -> Any:
    """The response, which is no defect."""
    response = case.call(base_url=stage.running.url, headers=headers)
    assert response.status_code < 500 or response.json()["code"] == NO_VOICE, response.text
    return response


def examine(stage: Stage, name: str, mode: GenerationMode) -> None:
    """Ask for all that the document allows, or for what it doesn't."""
    operation = BY_ID[name]

    @MADE_UP
    @given(case=DOCUMENT.find_operation_by_id(name).as_strategy(mode), data=st.data())
    def answers_as_it_says(case: Case[Any], data: st.DataObject) -> None:
        stage.aim(case, operation, data)
        headers = {"Authorization": f"Bearer {USER}"}
        if name == "readReport":
            kinds = ["*/*", "application/json", "text/markdown", "text/html", "application/pdf"]
            headers["Accept"] = data.draw(st.sampled_from(kinds))
        case.validate_response(ask(stage, case, headers), checks=CHECKS)

    try:
        answers_as_it_says()
    except BaseExceptionGroup as found:
        # What schemathesis raises is no `Exception`: it would take the event loop's runner along,
        # and the server's fixture could never be torn down.
        raise AssertionError("".join(traceback.format_exception(found, limit=0))) from None


@pytest.mark.parametrize("name", BY_ID)
async def test_what_the_document_allows_is_answered_as_it_says(stage: Stage, name: str) -> None:
    await to_thread.run_sync(partial(examine, stage, name, GenerationMode.POSITIVE))


@pytest.mark.parametrize("name", REFUSING)
async def test_what_it_does_not_allow_is_answered_as_it_says_too(stage: Stage, name: str) -> None:
    await to_thread.run_sync(partial(examine, stage, name, GenerationMode.NEGATIVE))


@pytest.mark.parametrize("name", SECURED)
async def test_nobody_gets_in_without_a_token(stage: Stage, name: str) -> None:
    operation = DOCUMENT.find_operation_by_id(name)
    case = operation.Case(
        path_parameters={"id": stage.interviews["finished"], "turn": 1},
        body=_EMPTY[BY_ID[name].takes] if operation.body else schemathesis.core.NOT_SET,
        media_type=BY_ID[name].takes,
    )
    response = await to_thread.run_sync(partial(ask, stage, case, {}))
    case.validate_response(response, checks=CHECKS)
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


async def test_the_document_has_every_route_and_no_other(stage: Stage) -> None:
    served = {
        (method.lower(), each.path_format)
        for each in stage.running.application.routes
        if isinstance(each, Route)
        for method in each.methods or ()
        if method != "HEAD"
    }
    assert served == {(operation.method, operation.path) for operation in OPERATIONS}


async def test_the_sockets_are_the_document_s_channels(stage: Stage) -> None:
    served = {
        each.path_format
        for each in stage.running.application.routes
        if isinstance(each, WebSocketRoute)
    }
    channels = asyncapi()["channels"].values()
    sockets = {channel["address"] for channel in channels if "ws" in channel.get("bindings", {})}
    assert served == sockets


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/v1/schema", schema()),
        ("/v1/openapi.json", openapi()),
        ("/v1/asyncapi.json", asyncapi()),
    ],
    ids=["schema", "openapi", "asyncapi"],
)
async def test_the_contract_is_told_to_everybody(
    stage: Stage, path: str, document: dict[str, Any]
) -> None:
    async with httpx.AsyncClient(base_url=stage.running.url, trust_env=False) as client:
        response = await client.get(path)
        assert response.headers["content-type"] == "application/json"
        assert response.json() == document
        known = await client.get(path, headers={"If-None-Match": response.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")
