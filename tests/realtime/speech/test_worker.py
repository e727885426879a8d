"""The inside of a worker: when it ends, and what it leaves to its server."""

import os
import subprocess
from pathlib import Path

import pytest

from realtime.speech.pool import worker_command
from realtime.speech.wire import (
    LENGTH_BYTES,
    Done,
    Failed,
    Job,
    Loaded,
    Reply,
    WhisperOptions,
    frame,
    reply,
)
from tests.realtime.speech.scripted import Deed, clip, said

Worker = subprocess.Popen[bytes]


def start(folder: Path) -> Worker:
    command = worker_command(WhisperOptions(str(folder)), "tests.realtime.speech.scripted")
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def job(deed: Deed, number: int = 0) -> bytes:
    made = clip(deed, number)
    return frame(Job(1, made.language, made.urgency, made.samples.tobytes()))


def send(worker: Worker, data: bytes) -> None:
    assert worker.stdin is not None
    worker.stdin.write(data)
    worker.stdin.flush()


def answer(worker: Worker) -> Reply:
    assert worker.stdout is not None
    size_bytes = int.from_bytes(worker.stdout.read(LENGTH_BYTES), "big")
    return reply(worker.stdout.read(size_bytes))


def test_it_says_what_it_hears_and_is_nicer_than_the_server(tmp_path: Path) -> None:
    with start(tmp_path) as worker:
        assert answer(worker) == Loaded(frozenset({"en"}))
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) == min(
            19, os.getpriority(os.PRIO_PROCESS, 0) + 10
        )
        send(worker, job(Deed.SAY, 5))
        done = answer(worker)
        assert isinstance(done, Done)
        assert said(done.recognized) == (5, "final", worker.pid)


def test_it_ends_with_its_server_in_the_middle_of_a_clip(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hold-1")
    with start(tmp_path) as worker:
        answer(worker)
        send(worker, job(Deed.HOLD, 1))
        with (tmp_path / "hold-1").open("wb"):  # Opened by now at the other end too.
            assert worker.stdin is not None
            worker.stdin.close()
            assert worker.wait(30) == 0


def test_it_ends_while_it_loads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "broken")
    with start(tmp_path) as worker:
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(30) == 0


@pytest.mark.parametrize("garbage", [b"\xff\xff\xff\xff", b"\0\0\0\x02\xc1\xc1", b"\0\0\0\x09abc"])
def test_it_ends_over_what_is_no_job(tmp_path: Path, garbage: bytes) -> None:
    with start(tmp_path) as worker:
        answer(worker)
        send(worker, garbage)
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(30) == 0


def test_its_last_word_is_what_went_wrong(tmp_path: Path) -> None:
    with start(tmp_path) as worker:
        answer(worker)
        send(worker, job(Deed.FAIL))
        assert answer(worker) == Failed("recognize", "RuntimeError: out of memory")
        assert worker.wait(30) == 1
    (tmp_path / "broken").write_text("x" * 1_000)
    with start(tmp_path) as worker:
        assert answer(worker) == Failed("load", ("RuntimeError: " + "x" * 1_000)[:500])
        assert worker.wait(30) == 1
