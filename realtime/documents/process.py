"""One process that reads one document, seen from outside: started, fed, listened to, ended.

It is a fresh interpreter, of a process group of its own, with an empty environment and no
descriptors of ours but three pipes' ends. Whatever it does, it is gone in the end, and what it said
is bounded. All here blocks, so it runs in a thread; `kill` may be called from any.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

_PIECE_BYTES = 64 * 1024
# It closes its end of the pipe by ending, so it is gone when it is looked for, or in a moment.
_LOOK_AGAIN_S = 0.002


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one document may take. The clock's time is longer than the processor's, as a
    busy machine shares that out.
    """

    cpu_s: int = 8
    wall_s: int = 15
    memory_bytes: int = 384 * 1024 * 1024
    answer_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. `answer`: what it said, none of it where that was too much; `status`: the exit
    status, or a signal's number, negative; `killed`: by us; `peak_bytes`: the most memory it
    had, null if that isn't known, as it was less than ours.
    """

    answer: bytes
    status: int
    killed: bool
    peak_bytes: int | None
    cpu_ms: int
    took_ms: int


class Reader:
    """One process, not yet started."""

    def __init__(self, module: str, limits: Limits) -> None:
        # `-I`: neither the environment nor the current folder decides what is imported.
        self._command = [sys.executable, "-I", "-m", module]
        self._command += [str(limits.cpu_s), str(limits.wall_s), str(limits.memory_bytes)]
        self._answer_bytes = limits.answer_bytes
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._killed = False

    def run(self, data: bytes) -> Ended:
        """Start it, hand it a document, take its answer, and wait for its end.

        Raises:
            OSError: it can't be started.
        """
        started = time.monotonic()
        process = self._start()
        try:
            _feed(process, data)
            answer = self._listen(process)
        finally:
            _close(process)
            status, usage = self._reap(process)
        # A process begins as a copy of ours, whose own peak its figure holds.
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        unit = 1 if sys.platform == "darwin" else 1024
        return Ended(
            answer=answer,
            status=status,
            killed=self._killed,
            peak_bytes=usage.ru_maxrss * unit if usage.ru_maxrss > own else None,
            cpu_ms=int(1000 * (usage.ru_utime + usage.ru_stime)),
            took_ms=int(1000 * (time.monotonic() - started)),
        )

    def kill(self) -> None:
        """End it and what it started, at once; before it started, as soon as it does."""
        with self._lock:
            self._killed = True
            self._kill_group()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._lock:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                close_fds=True,
                cwd="/",
                env={},
            )
            self._pid = process.pid
            if self._killed:
                self._kill_group()
            return process

    def _kill_group(self) -> None:
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)

    def _listen(self, process: "subprocess.Popen[bytes]") -> bytes:
        assert process.stdout is not None
        pieces, left = [], self._answer_bytes
        while piece := os.read(process.stdout.fileno(), _PIECE_BYTES):
            left -= len(piece)
            if left < 0:
                self.kill()
                return b""
            pieces.append(piece)
        return b"".join(pieces)

    def _reap(self, process: "subprocess.Popen[bytes]") -> tuple[int, resource.struct_rusage]:
        """Wait for its end: its status, and what it took.

        It is looked for under the lock, so that `kill` never meets another process of its number.
        """
        while True:
            with self._lock:
                pid, raw, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    self._kill_group()  # Should anything of it be left.
                    self._pid = None
                    process.returncode = os.waitstatus_to_exitcode(raw)
                    return process.returncode, usage
            time.sleep(_LOOK_AGAIN_S)


def _feed(process: "subprocess.Popen[bytes]", data: bytes) -> None:
    """It reads everything before it says anything, so writing can't wait for our reading."""
    assert process.stdin is not None
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(process.stdin.fileno(), view[: 16 * _PIECE_BYTES]) :]
    except BrokenPipeError:
        pass  # It has ended already: how, is told by its answer and status.
    finally:
        process.stdin.close()


def _close(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
