"""The conformance client itself: what it cites, what it is told by, and how it ends."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conformance.case import Cases
from tests.conformance.catalogue import catalogue
from tests.conformance.clauses import PAGE, read
from tests.conformance.stage import Stage

pytestmark = pytest.mark.anyio

CAPABILITIES = b'{"voice":false,"limits":{"commands_per_second":20}}'


async def test_ids_are_dotted_and_lower_case() -> None:
    odd = [id for id in catalogue() if not re.fullmatch(r"[a-z0-9._-]+", id)]
    assert not odd


async def test_every_case_says_what_the_server_does() -> None:
    for case in catalogue().values():
        assert case.title.endswith("."), case.id
        assert case.over, case.id
        assert case.level in ("MUST", "SHOULD"), case.id


async def test_no_case_alone_may_take_longer_than_a_run() -> None:
    longest = {case.id: case.within_s for case in catalogue().values() if not case.alone}
    patient = {case.id for case in catalogue().values() if "patience" in case.needs}
    assert all(seconds <= 60 for id, seconds in longest.items() if id not in patient)


async def test_citations_are_the_pages_own_words() -> None:
    page = read(PAGE.read_text())
    wrong = {
        case.id: words
        for case in catalogue().values()
        for words in case.cites
        if not page.places(words)
    }
    assert not wrong


async def test_an_id_is_used_once() -> None:
    cases = Cases()

    async def play(stage: Stage) -> None:
        """A case."""

    cases.case("open.twice", "")(play)
    with pytest.raises(ValueError, match=r"open\.twice"):
        cases.case("open.twice", "")(play)


# --- the command line ---------------------------------------------------------------------------


async def conformance(*arguments: str) -> tuple[int, str]:
    """`python -m tests.conformance` with these: its exit status, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.conformance", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


@asynccontextmanager
async def hollow() -> AsyncIterator[str]:
    """A server that tells its capabilities, and of anything else that it isn't there."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = CAPABILITIES if b"/v1/capabilities " in head else b"{}"
        status = b"200 OK" if body is CAPABILITIES else b"404 Not Found"
        lines = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), b"Connection: close")
        writer.write(b"\r\n".join([*lines, b"", body]))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_it_lists_the_cases_that_are_asked_for() -> None:
    status, said = await conformance("--list", "--case", "upgrade.", "--case", "open.re")
    assert status == 0
    assert "upgrade.origin.none" in said
    assert "open.re" in said
    assert "open.fields" not in said


async def test_a_case_that_there_is_not_is_an_error() -> None:
    status, said = await conformance("--case", "open.nonsense")
    assert status == 2
    assert "No case is called that" in said


async def test_a_server_that_is_not_there_is_an_error() -> None:
    status, said = await conformance("--url", "http://127.0.0.1:1")
    assert status == 2
    assert "can't be reached" in said


@pytest.mark.parametrize(
    ("case", "arguments", "expected"),
    [
        ("told.created", (), 1),
        ("open.limits.values", (), 0),
        ("open.limits.values", ("--strict",), 1),
        ("sign-in.token", ("--strict",), 0),
    ],
)
async def test_it_exits_with_1_if_a_must_fails_or_strictly_a_should(
    case: str, arguments: tuple[str, ...], expected: int
) -> None:
    async with hollow() as url:
        status, said = await conformance("--url", url, "--case", case, *arguments)
    assert status == expected, said


async def test_the_outcomes_are_told_as_json_and_as_junit_has_them(tmp_path: Path) -> None:
    told, junit = tmp_path / "told.json", tmp_path / "junit.xml"
    async with hollow() as url:
        _, said = await conformance(
            *("--url", url, "--json", str(told), "--junit", str(junit)),
            *("--case", "told.created", "--case", "sign-in.token", "--case", "http.public"),
        )
    outcomes = {(each["id"], each["transport"]): each for each in json.loads(told.read_text())}
    failed = outcomes["told.created", "ws"]
    assert failed["verdict"] == "failed"
    assert "no interview was made" in failed["why"]
    assert any("POST /v1/interviews" in line for line in failed["transcript"])
    assert outcomes["sign-in.token", "sse"]["verdict"] == "skipped"
    assert outcomes["sign-in.token", "sse"]["transcript"] == []
    assert "POST /v1/interviews" in said, "a failure is shown with its transcript"
    suite = ElementTree.fromstring(junit.read_bytes())
    assert suite.get("tests") == str(len(outcomes)) == "4"
    assert suite.get("failures") == "2"
    assert suite.get("skipped") == "2"
    names = [
        each.get("name") for each in suite.iter("testcase") if each.find("failure") is not None
    ]
    assert sorted(map(str, names)) == ["http.public[ws]", "told.created[ws]"]
