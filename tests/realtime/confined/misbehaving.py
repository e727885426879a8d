"""A reader that does what the file says: `realtime.confined.child` runs it as a program.

A deed is a word, and what it is done to. Those that make a system call do that and nothing else.
"""

import contextlib
import ctypes
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from realtime.confined.child import serve

LIBC = ctypes.CDLL(None, use_errno=True)
SERVER = os.getppid()
PTRACE_SEIZE = 0x4206
# A number that the filter takes for `mprotect`, and a caller of 32 bits for `unlink`: x32's mark,
# and i386's own gate (mov eax, 10; int 0x80; ret).
X32_MARK = 0x4000_0000
I386_UNLINK = b"\xb8\x0a\0\0\0\xcd\x80\xc3"


def _given() -> list[int]:
    """The descriptors that are open."""
    found = []
    for number in range(256):
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


GIVEN = _given()


def done(file: bytes) -> str:
    """How it went."""
    deed, _, target = file.decode().partition(" ")
    deeds: dict[str, Callable[[], object]] = {
        "open": lambda: Path("/etc/passwd").read_text(),
        "write": lambda: Path("/tmp/viva-was-here").write_text("x"),
        "look": lambda: os.stat("/etc/passwd"),
        "list": lambda: os.listdir("/"),
        "connect": socket.socket,
        "start": lambda: subprocess.run(["/bin/true"], check=True),
        "peek": lambda: _other_memory(LIBC.process_vm_readv, target),
        "poke": lambda: _other_memory(LIBC.process_vm_writev, target),
        "unlink": lambda: os.unlink(target),
        "truncate": lambda: os.truncate(target, 0),
        "mkdir": lambda: os.mkdir(target),
        "symlink": lambda: os.symlink("/etc/passwd", target),
        "rename": lambda: os.rename(target, target + "-"),
        "chmod": lambda: os.chmod(target, 0o777),
        "kill": lambda: os.kill(SERVER, int(target)),
        "kill-all": lambda: os.kill(-1, 0),
        "kill-thread": lambda: _called(LIBC.tgkill(SERVER, SERVER, int(target))),
        "trace": lambda: _called(LIBC.ptrace(PTRACE_SEIZE, SERVER, None, None)),
        "fork": os.fork,
        "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "thread": lambda: threading.Thread(target=int).start(),
        "execve": lambda: os.execv("/bin/true", ["true"]),
        "unalarm": lambda: signal.alarm(0),
        "unlimit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
        "leave": os.setsid,
        "x32": lambda: LIBC.syscall(X32_MARK + 10, 0, 0, 0),
        "i386": lambda: _machine_code(I386_UNLINK),
        "become-root": lambda: os.setuid(0),
        "spin": _spin,
        "wait": _wait,
        "deaf": _wait_deaf,
        "crash": lambda: ctypes.string_at(0),
        "abort": os.abort,
        "fill": lambda: bytearray(1 << 36),
        "recurse": _recurse,
        "stumble": lambda: "a"[1],
        "babble": _babble,
        "reason": lambda: say(b"because <script>\n"),
        "silence": lambda: say(b""),
        "failure": lambda: os._exit(1),
        "environment": lambda: " ".join(sorted(os.environ)) or "nothing",
        "descriptors": lambda: GIVEN,
    }
    try:
        return f"done: {deeds[deed]()}"
    except OSError as error:
        return f"refused: {type(error).__name__}"


def _spin() -> None:
    while True:
        pass


def _recurse() -> None:
    _recurse()


def _babble() -> None:
    while True:
        os.write(1, b"ok\n" * 100_000)


def say(answer: bytes) -> None:
    """Give that as the whole answer."""
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)


class _Piece(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def _other_memory(call: Callable[..., int], target: str) -> str:
    """Read from, or write to, that address in the server."""
    own = ctypes.create_string_buffer(b"overwritten")
    here = _Piece(ctypes.addressof(own), 11)
    there = _Piece(int(target), 11)
    _called(call(SERVER, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
    return own.value.decode()


def _called(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _machine_code(code: bytes) -> None:
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()


def _wait() -> None:
    """For ever, on a lock that nobody opens."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def _wait_deaf() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    _wait()


if __name__ == "__main__":
    serve(lambda file: done(file).encode())
