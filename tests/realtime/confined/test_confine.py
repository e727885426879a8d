"""What a reader that was taken over can do: each deed is done in the real process."""

import ctypes
import os
import platform
import signal
import sys
from pathlib import Path

import pytest

from realtime.confined.process import Ended, Limits, Reader

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="there is a filter of system calls for Linux alone",
)
SECRET = b"of a server"


def after(deed: str, module: str = "misbehaving") -> Ended:
    """How the process ended that did it, or wouldn't."""
    return Reader(f"tests.realtime.confined.{module}", Limits(cpu_s=2)).run(deed.encode())


def struck_down(ended: Ended) -> bool:
    return (ended.answer, ended.status) == (b"filter\n", -signal.SIGSYS)


@pytest.mark.parametrize("deed", ["peek", "poke"])
def test_the_servers_memory_is_out_of_reach(deed: str) -> None:
    memory = ctypes.create_string_buffer(SECRET)
    assert struck_down(after(f"{deed} {ctypes.addressof(memory)}"))
    assert memory.value == SECRET


@pytest.mark.parametrize("deed", ["unlink", "truncate", "rename", "chmod"])
def test_a_file_stays_as_it_is(tmp_path: Path, deed: str) -> None:
    tmp_path.chmod(0o777)
    file = tmp_path / "file"
    file.write_text("kept")
    file.chmod(0o606)
    assert struck_down(after(f"{deed} {file}"))
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("kept", 0o606)


@pytest.mark.parametrize("deed", ["mkdir", "symlink"])
def test_nothing_is_made(tmp_path: Path, deed: str) -> None:
    tmp_path.chmod(0o777)
    assert struck_down(after(f"{deed} {tmp_path / 'made'}"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("deed", ["kill", "kill-thread"])
@pytest.mark.parametrize("number", [0, signal.SIGURG])
def test_the_server_gets_no_signal(deed: str, number: int) -> None:
    got: list[int] = []
    before = signal.signal(signal.SIGURG, lambda number, _: got.append(number))
    try:
        assert struck_down(after(f"{deed} {number}"))
    finally:
        signal.signal(signal.SIGURG, before)
    assert got == []


def test_the_server_is_not_traced() -> None:
    assert struck_down(after("trace"))
    assert "TracerPid:\t0" in Path("/proc/self/status").read_text()


@pytest.mark.parametrize("deed", ["fork", "spawn", "start", "thread", "execve"])
def test_nothing_is_started(deed: str) -> None:
    assert struck_down(after(deed))


@pytest.mark.parametrize("deed", ["connect", "kill-all", "unalarm", "leave", "become-root", "x32"])
def test_nor_is_anything_else_done(deed: str) -> None:
    assert struck_down(after(deed))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="it is that machine's")
def test_numbers_of_32_bits_are_not_taken_for_others() -> None:
    # A kernel may have no such gate, which is as good.
    assert after("i386").status in (-signal.SIGSYS, -signal.SIGSEGV)


@pytest.mark.parametrize("deed", ["open", "write", "look", "list", "unlimit"])
def test_what_libraries_ask_in_good_faith_is_refused_alone(deed: str) -> None:
    assert after(deed).answer == b"filter\nok\nrefused: PermissionError"


def test_it_may_end_itself() -> None:
    assert after("abort").status == -signal.SIGABRT


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
@pytest.mark.parametrize(
    "deed",
    [
        *("kill 0", "kill-thread 0", "trace", "peek {memory}", "poke {memory}", "fork"),
        *("unlink {file}", "truncate {file}", "rename {file}", "chmod {file}"),
        *("mkdir {file}-", "symlink {file}-", "become-root", "open", "write", "connect"),
    ],
)
def test_without_a_filter_root_is_nobody_within_limits(tmp_path: Path, deed: str) -> None:
    memory, file = ctypes.create_string_buffer(SECRET), tmp_path / "file"
    file.write_text("kept")
    ended = after(deed.format(memory=ctypes.addressof(memory), file=file), "unfiltered")
    assert ended.answer.startswith(b"limits\nok\nrefused: ")
    assert (memory.value, file.read_text()) == (SECRET, "kept")
    assert list(tmp_path.iterdir()) == [file]
