"""The code on `docs/integrate.md` is run as it stands, against a server that drops it once."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from protocol.close_codes import Close
from protocol.view import Report
from realtime.clock import SystemClock
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from storage.interviews import StoredInterviews
from tests.realtime.gateway.house import eventually
from tests.realtime.serving import Running, house, new_user, serving

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[2] / "docs" / "integrate.md"
MOST_LINES, MOST_CHARS = 30, 100
CONFIG = {"role": "backend", "questions": 2, "follow_ups": 0}
ANSWER = "I measured first, then changed one thing, and the delay fell by half."
DRIVER = """
import { createInterface } from "node:readline";
import { takeInterview } from "./interview.mjs";
const [server, token, config] = process.argv.slice(2);
const typed = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const answer = async (question) => {
  console.log(`asked: ${question}`);
  return (await typed.next()).value;
};
const report = await takeInterview(server, token, JSON.parse(config), answer);
console.log(JSON.stringify(report));
"""


def code(language: str) -> str:
    """The first block of code in that language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
async def running(interviews: StoredInterviews) -> AsyncIterator[Running]:
    # Slow enough to be interrupted.
    interviewer = OfflineInterviewer(SystemClock(), seed=1, pace=200)
    async with serving(replace(house(interviews), interviewer=interviewer)) as running:
        yield running


async def interrupt(running: Running) -> None:
    """Cut the first connection that there is."""
    connections = running.application.connections
    await eventually(lambda: len(connections) > 0)
    for follower in connections:
        follower.drop(Close.REBUILT)


async def interrupt_and_await_return(running: Running) -> None:
    """Cut the connection, and wait for the next."""
    connections = running.application.connections
    cut = set(connections)
    await interrupt(running)
    await eventually(lambda: bool(set(connections) - cut))


async def turns_of(running: Running, user: str) -> list[str]:
    """The answers in the user's only interview, which is over."""
    async with running.client(user) as client:
        (item,) = (await client.get("/v1/interviews")).json()["items"]
    assert item["phase"] == "finished"
    return [turn["answer"] for turn in item["turns"]]


@pytest.mark.parametrize("language", ["js", "python"])
def test_it_is_short(language: str) -> None:
    lines = code(language).splitlines()
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= MOST_CHARS


async def test_the_javascript_takes_an_interview(running: Running, tmp_path: Path) -> None:
    user = new_user()
    (tmp_path / "interview.mjs").write_text(code("js"))
    (tmp_path / "driver.mjs").write_text(DRIVER)
    # Node 22 has a browser's WebSocket by itself; Node 20 wants to be told.
    process = await asyncio.create_subprocess_exec(
        *("node", "--experimental-websocket", "--no-warnings", tmp_path / "driver.mjs"),
        *(running.url, user, json.dumps(CONFIG)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    async with asyncio.timeout(60):
        # While the user thinks, the connection drops: the question is put once all the same.
        assert (await process.stdout.readline()).startswith(b"asked: ")
        await interrupt_and_await_return(running)
        process.stdin.write(f"{ANSWER}\n".encode())
        assert (await process.stdout.readline()).startswith(b"asked: ")
        out, complaints = await process.communicate(f"{ANSWER}\n".encode())
    assert (process.returncode, complaints) == (0, b"")
    assert json.loads(out)["text"]
    assert await turns_of(running, user) == [ANSWER, ANSWER]


async def test_the_python_takes_an_interview(running: Running) -> None:
    user = new_user()
    example = ModuleType("example")
    exec(compile(code("python"), str(PAGE), "exec"), example.__dict__)

    async def get_token() -> str:
        return user

    async def answer(question: str) -> str:
        assert question
        return ANSWER

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(interrupt(running))
        taking = example.take_interview(running.url, get_token, CONFIG, answer)
        report = await tasks.create_task(taking)
    assert isinstance(report, Report)
    assert report.text
    assert await turns_of(running, user) == [ANSWER, ANSWER]
