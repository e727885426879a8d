"""One worker from outside, whatever it says (`babbling.py`)."""

import asyncio
import sys
from collections.abc import Sequence

import pytest

from realtime.clock import SystemClock
from realtime.speech.pool import worker_command
from realtime.speech.wire import WhisperOptions
from realtime.speech.worker_process import WorkerLimits, WorkerLost, WorkerProcess
from tests.realtime.speech.scripted import Deed, clip

pytestmark = pytest.mark.anyio


async def start(command: Sequence[str]) -> WorkerProcess:
    return await WorkerProcess.start(command, SystemClock(), WorkerLimits())


def babbling(what: str) -> list[str]:
    return worker_command(WhisperOptions(what), "tests.realtime.speech.babbling")


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("early", "it said something else than that it was ready"),
        ("prose", "it answered what can't be read: a frame of 1282367844 bytes"),
        ("dumb", r"it ended \(0\): Could not load library libcudnn_ops.so.9"),
    ],
)
async def test_one_that_isn_t_ready_tells_why(what: str, reason: str) -> None:
    with pytest.raises(WorkerLost, match=reason):
        await start(babbling(what))


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("garbage", "it answered what can't be read"),
        ("endless", "it answered what can't be read: a frame of 4294967295 bytes"),
        ("cut", r"it ended \(0\)"),
        ("other", "it answered what wasn't asked"),
        ("again", "it answered what wasn't asked"),
    ],
)
async def test_one_that_says_what_it_shouldn_t_is_lost(what: str, reason: str) -> None:
    worker = await start(babbling(what))
    with pytest.raises(WorkerLost, match=reason) as lost:
        await worker.recognize(clip(Deed.SAY))
    assert not lost.value.timed_out
    await worker.gone.wait()
    with pytest.raises(WorkerLost, match=reason):
        await worker.recognize(clip(Deed.SAY))
    await worker.aclose()


async def test_one_that_isn_t_there_can_t_be_started() -> None:
    with pytest.raises(WorkerLost, match=r"it can't be started: .*No such file or directory"):
        await start(["/nowhere/python"])


async def test_one_that_can_t_import_what_it_needs_tells_what() -> None:
    with pytest.raises(WorkerLost, match=r"it ended \(1\): .*No module named .*ctranslate9"):
        await start([sys.executable, "-c", "import ctranslate9"])


async def test_a_start_can_be_given_up_at_any_point() -> None:
    for steps in range(8):
        starting = asyncio.create_task(start(babbling("other")))
        for _ in range(steps):
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
