"""A process that isn't held by anything is gone in the end all the same."""

import os
import signal
import sys
from pathlib import Path

import pytest

from realtime.confined.process import Limits, Reader

NO_TIME = Limits(wall_s=0)


def reader(limits: Limits | None = None) -> Reader:
    return Reader("tests.realtime.confined.parting", limits or Limits())


def test_what_it_said_and_how_it_ended() -> None:
    ended = reader().run(b"end")
    assert (ended.answer, ended.status, ended.killed) == (b"said", 0, False)
    assert not ended.late
    assert reader().run(b"fail").status == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere `cat` may be somewhere else")
@pytest.mark.parametrize("length", [0, 1 << 20])
def test_what_it_leaves_behind_is_not_waited_for(tmp_path: Path, length: int) -> None:
    """It holds both pipes: neither does the answer end, nor is a long document ever taken."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    ended = reader(Limits(wall_s=300)).run(f"leave-behind {gate}".encode().ljust(length))
    gate.write_text("It waits still.")
    assert (ended.answer, ended.status, ended.killed) == (b"said", 0, False)


@pytest.mark.parametrize("deed", ["stay", "shut"])
@pytest.mark.parametrize("length", [0, 1 << 20])
def test_one_that_stays_is_ended_after_its_time(deed: str, length: int) -> None:
    """Whether it holds its pipes or not, and listens or not."""
    ended = reader(NO_TIME).run(deed.encode().ljust(length))
    assert (ended.status, ended.killed, ended.late) == (-signal.SIGKILL, True, True)


def test_an_answer_is_cut_where_it_is_too_long() -> None:
    assert reader(Limits(answer_bytes=3)).run(b"stay").answer == b"sai"
