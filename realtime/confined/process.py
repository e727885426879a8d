"""One process that reads one file, seen from outside: started, fed, listened to, ended.

It is a fresh interpreter, of a process group of its own, with an empty environment and no
descriptors of ours but two pipes' ends. Whatever it does, be it to leave something behind that
holds the pipes, it is gone within its time, and what it said is bounded. All here blocks, so it
runs in a thread; `kill` may be called from any.
"""

import contextlib
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

_PIECE_BYTES = 64 * 1024
# It closes its end of the pipe by ending, so it is gone when it is looked for, or in a moment.
_LOOK_AGAIN_S = 0.002
# How often one that holds still is looked for: it may be gone, while a pipe of it is open yet.
_STILL_THERE_S = 0.1
# It is ended from here this long after it should have ended itself.
_GRACE_S = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take. The clock's time is longer than the processor's, as a
    busy machine shares that out.
    """

    cpu_s: int = 8
    wall_s: int = 15
    memory_bytes: int = 384 * 1024 * 1024
    answer_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. `answer`: what it said, cut where that was too much; `status`: the exit
    status, or a signal's number, negative; `killed`: by us; `late`: its time was up;
    `peak_bytes`: the most memory it had, null if that isn't known, as it was less than ours.
    """

    answer: bytes
    status: int
    killed: bool
    late: bool
    peak_bytes: int | None
    cpu_ms: int
    took_ms: int


class Reader:
    """One process, not yet started."""

    def __init__(self, module: str, limits: Limits) -> None:
        # `-I`: neither the environment nor the current folder decides what is imported.
        self._command = [sys.executable, "-I", "-m", module]
        self._command += [str(limits.cpu_s), str(limits.wall_s), str(limits.memory_bytes)]
        self._within_s = limits.wall_s + _GRACE_S
        self._answer_bytes = limits.answer_bytes
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._end: tuple[int, resource.struct_rusage] | None = None
        self._killed = False
        self._late = False

    def run(self, data: bytes) -> Ended:
        """Start it, hand it a file, take its answer, and wait for its end: at most its clock
        time and a moment.

        Raises:
            OSError: it can't be started.
        """
        started = time.monotonic()
        until = started + self._within_s
        process = self._start()
        try:
            self._feed(process, data, until)
            answer = self._listen(process, until)
        finally:
            _close(process)
            status, usage = self._reap(process, until)
        # A process begins as a copy of ours, whose own peak its figure holds.
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        unit = 1 if sys.platform == "darwin" else 1024
        return Ended(
            answer=answer,
            status=status,
            killed=self._killed,
            late=self._late,
            peak_bytes=usage.ru_maxrss * unit if usage.ru_maxrss > own else None,
            cpu_ms=int(1000 * (usage.ru_utime + usage.ru_stime)),
            took_ms=int(1000 * (time.monotonic() - started)),
        )

    def kill(self) -> None:
        """End it and what it started, at once; before it started, as soon as it does."""
        with self._lock:
            self._killed = True
            self._strike()

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
                self._strike()
            return process

    def _strike(self) -> None:
        if self._pid is None:
            return
        # Its group, and itself, should it have left that.
        for strike in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                strike(self._pid, signal.SIGKILL)

    def _feed(self, process: "subprocess.Popen[bytes]", data: bytes, until: float) -> None:
        """It reads everything before it answers, so writing can't wait for our reading."""
        assert process.stdin is not None
        pipe, left = process.stdin.fileno(), memoryview(data)
        os.set_blocking(pipe, False)
        # Should it have ended already: how, is told by its answer and status.
        with contextlib.suppress(BrokenPipeError):
            while left and self._ready(process, pipe, select.POLLOUT, until):
                left = left[os.write(pipe, left[: 16 * _PIECE_BYTES]) :]
        process.stdin.close()

    def _listen(self, process: "subprocess.Popen[bytes]", until: float) -> bytes:
        assert process.stdout is not None
        pipe, pieces, left = process.stdout.fileno(), list[bytes](), self._answer_bytes
        while self._ready(process, pipe, select.POLLIN, until):
            piece = os.read(pipe, _PIECE_BYTES)
            if not piece:
                break
            pieces.append(piece[:left])
            left -= len(piece)
            if left < 0:
                self.kill()
                break
        return b"".join(pieces)

    def _ready(
        self, process: "subprocess.Popen[bytes]", pipe: int, event: int, until: float
    ) -> bool:
        """Wait for a pipe of it; false: the time is up, or it is gone and nothing comes."""
        # Unlike `select`, this takes descriptors of any number.
        poll = select.poll()
        poll.register(pipe, event)
        while (left := until - time.monotonic()) > 0:
            if poll.poll(1000 * min(left, _STILL_THERE_S)):
                return True
            if self._ended(process):
                return bool(poll.poll(0))
        return False

    def _reap(
        self, process: "subprocess.Popen[bytes]", until: float
    ) -> tuple[int, resource.struct_rusage]:
        """Wait for its end, or bring it about: its status, and what it took."""
        while (end := self._ended(process)) is None:
            if time.monotonic() > until:
                self._late = True
                self.kill()
            time.sleep(_LOOK_AGAIN_S)
        return end

    def _ended(
        self, process: "subprocess.Popen[bytes]"
    ) -> tuple[int, resource.struct_rusage] | None:
        """How it ended; null: not yet. It is looked for under the lock, so that `kill` never meets
        another process of its number.
        """
        with self._lock:
            if self._end is None:
                pid, raw, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    self._strike()  # Should anything of it be left.
                    self._pid = None
                    process.returncode = os.waitstatus_to_exitcode(raw)
                    self._end = process.returncode, usage
            return self._end


def _close(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
