"""The command line, as a process of its own."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process

import httpx
import pytest

from tests.emulators.faults import FAULTS
from tests.emulators.hearing import LONG_S

pytestmark = pytest.mark.anyio


async def start(*arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.emulators"), *arguments, stdout=PIPE, stderr=PIPE
    )


async def line(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def test_both_serve_until_interrupted() -> None:
    process = await start("both", "--first-token", "0", "--rate", "0", "--text", "Hello")
    urls = [(await line(process)).removeprefix("listening on ") for _ in range(2)]
    assert [url.rpartition(" ")[2] for url in urls] == ["(openai)", "(gemini)"]
    body = {"model": "gpt", "messages": [{"role": "user", "content": "Ask."}]}
    async with httpx.AsyncClient(timeout=LONG_S) as client:
        response = await client.post(urls[0].split()[0] + "/v1/chat/completions", json=body)
    assert response.json()["choices"][0]["message"]["content"] == "Hello"
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0


async def test_its_certificate_is_told() -> None:
    process = await start("openai", "--tls")
    assert (await line(process)).startswith("listening on https://127.0.0.1:")
    assert (await line(process)).startswith("trust ")
    process.terminate()
    assert await process.wait() == 0


async def test_the_faults_are_listed() -> None:
    process = await start("--list")
    listed, _ = await process.communicate()
    assert all(f" {name} " in listed.decode() for name in FAULTS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("openai", "--fault", "tired"), "no fault 'tired'"),
        (("both", "--fault", "blocked"), "isn't one of openai's API"),
        (("openai", "--fault", "cut", "--fault-every", "0"), "a number from 1"),
        (("openai", "--rate", "-1"), "--rate"),
    ],
)
async def test_a_wrong_call_is_refused_with_a_sentence(
    arguments: tuple[str, ...], says: str
) -> None:
    process = await start(*arguments)
    _, told = await process.communicate()
    assert process.returncode == 2
    assert says in told.decode()
