"""Documents (`protocol.md` 9): uploading, listing, deleting them, and asking about them."""

from typing import Any

import httpx

from tests.conformance.answers import hold, malformed, problem, whole
from tests.conformance.case import Cases, Violation, require
from tests.conformance.line import Message
from tests.conformance.shapes import count, text
from tests.conformance.stage import SHORT, Stage

CASES = Cases()

UPLOAD = "upload → 201 `{id, kind, name, media_type, chars, profile?}`"
KINDS = (
    "`POST /documents` (multipart: `file`, `kind` = `resume`, `job_description`), `GET`, `DELETE`"
)
RESUME = "Mina Kim. Backend engineer. Eight years of Python and PostgreSQL.\n"
SHAPE = {"id": text, "kind": text, "name": text, "media_type": text, "chars": count}


async def upload(
    stage: Stage, kind: str | None, file: Any = None, **options: Any
) -> httpx.Response:
    """What an upload is answered with; a null kind leaves it out."""
    file = file or ("mina.txt", RESUME.encode(), "text/plain")
    data = {} if kind is None else {"kind": kind}
    return await stage.http("POST", "/v1/documents", files={"file": file}, data=data, **options)


async def uploaded(stage: Stage, kind: str = "resume") -> Message:
    """A document that was taken."""
    made = whole(await upload(stage, kind), 201)
    hold(made, SHAPE, "The document")
    return made


async def listed(stage: Stage, **options: Any) -> list[str]:
    """The ids of all the user's documents."""
    found: list[str] = []
    cursor = ""
    while True:
        page = whole(await stage.http("GET", f"/v1/documents?limit=100{cursor}", **options))
        for each in page["items"]:
            hold(each, SHAPE, "A document")
            found.append(each["id"])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


@CASES.case("documents.upload", UPLOAD)
async def taken(stage: Stage) -> None:
    """A résumé and a job description are taken, and told back."""
    for kind in ("resume", "job_description"):
        made = await uploaded(stage, kind)
        require(made["kind"] == kind, f"Its kind is {made['kind']}.")
        require(made["name"] == "mina.txt", f"Its name is {made['name']}.")
        require(made["media_type"].startswith("text/plain"), f"It is {made['media_type']}.")
        require(0 < made["chars"] <= len(RESUME), f"It has {made['chars']} characters.")


@CASES.case("documents.malformed", KINDS)
async def wrong(stage: Stage) -> None:
    """An upload without a file, or of a kind that there isn't, is `malformed`."""
    malformed(await upload(stage, "poem"), "kind")
    malformed(await upload(stage, None), "kind")
    response = await stage.http("POST", "/v1/documents", files={"kind": (None, b"resume")})
    malformed(response, "file")


@CASES.case("documents.unsupported", "an upload that can't be read")
async def unreadable(stage: Stage) -> None:
    """A file that can't be read is answered 415 `unsupported_media`."""
    noise = bytes(range(256)) * 4
    for name, kind in (("mina.pdf", "application/pdf"), ("mina.bin", "application/octet-stream")):
        answer = await upload(stage, "resume", (name, noise, kind))
        problem(answer, 415, "unsupported_media")


@CASES.case("documents.list", KINDS)
async def in_the_list(stage: Stage) -> None:
    """A document is listed until it is deleted."""
    made = await uploaded(stage)
    require(made["id"] in await listed(stage), "It isn't listed.")
    response = await stage.http("DELETE", f"/v1/documents/{made['id']}")
    require(response.status_code == 204, f"DELETE was answered {response.status_code}.")
    require(made["id"] not in await listed(stage), "It is listed still.")
    response = await stage.http("DELETE", f"/v1/documents/{made['id']}")
    problem(response, 404, "not_found")


@CASES.case("documents.stranger", KINDS, needs=("second-user",))
async def stranger(stage: Stage) -> None:
    """Another user neither sees a document nor deletes it."""
    made = await uploaded(stage)
    other = stage.target.other_token
    require(made["id"] not in await listed(stage, token=other), "Another user sees it.")
    response = await stage.http("DELETE", f"/v1/documents/{made['id']}", token=other)
    problem(response, 404, "not_found")
    require(made["id"] in await listed(stage), "Another user deleted it.")


@CASES.case("documents.no-token", "no valid token; a valid one", needs=("sign-in",))
async def no_token(stage: Stage) -> None:
    """Without a token there are no documents."""
    problem(await upload(stage, "resume", token=None), 401, "unauthenticated")
    problem(await stage.http("GET", "/v1/documents", token=None), 401, "unauthenticated")


@CASES.case("documents.asked-about", "document_ids?")
async def asked_about(stage: Stage) -> None:
    """An interview takes the ids of the user's documents, and no others."""
    made = await uploaded(stage)
    body = SHORT | {"document_ids": [made["id"]]}
    interview = whole(await stage.http("POST", "/v1/interviews", json=body), 201)
    require(interview["config"].get("document_ids") == [made["id"]], "The ids aren't kept.")
    body = SHORT | {"document_ids": [f"{made['id']}x"]}
    response = await stage.http("POST", "/v1/interviews", json=body)
    if response.is_success:
        raise Violation("A document that there isn't was taken.")
    code = "not_found" if response.status_code == 404 else "malformed"
    problem(response, 404 if code == "not_found" else 400, code)
