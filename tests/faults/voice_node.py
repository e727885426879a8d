"""`viva serve` that hears, with the model for tests: killed, and started again at the same place;
and the processes that it has its speech recognised by.
"""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import orjson

from tests.realtime.viva import COMMAND, environment
from tests.speech.voice import MODEL
from tests.storage.embedded_host import children_of, eventually, process_state

START_S = 60.0
STOP_S = 30.0
WORKER = b"realtime.speech.worker"

# What a lost worker is called; all else that the server calls an error is one of its own.
EXPECTED = ("recognizer.worker_lost",)


class VoiceNode:
    """One server after another at the same port, over the same database. `folder` is theirs."""

    def __init__(self, port: int, database_url: str, folder: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "viva.log"
        self._command = (*COMMAND, "serve", "--port", str(port), "--pace", "0")
        self._settings = {
            "VIVA_DATABASE_URL": database_url,
            "VIVA_DATA_DIR": str(folder / "data"),
            "VIVA_INTERVIEWER": "offline",
            "VIVA_LOG_LEVEL": "warning",
            "VIVA_LOG_FORMAT": "json",
            "VIVA_MAX_INTERVIEWS": "0",
            "VIVA_VOICE_STREAMS": "100",
            "VIVA_WHISPER_MODEL": str(MODEL),
            # What is heard is compared with what was heard before, however sure that was.
            "VIVA_VOICE_REVIEW_BELOW": "0",
        }
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return self._running().pid

    async def start(self) -> None:
        """Start it, and wait until it listens; by then those who recognise are about to."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=environment(self._settings),
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(START_S):
            line = await self._process.stdout.readline()
        if not line.startswith(b"listening on "):
            raise AssertionError(f"it said {line!r}; {self.log.read_text()[-2_000:]}")

    async def kill(self) -> None:
        """Kill it, whatever it does; what it left behind ends by itself."""
        process, workers = self._running(), await self.workers()
        process.kill()
        await process.wait()
        # One that was halted can't notice.
        wake(workers)
        await eventually(lambda: not any(map(process_state, workers)))

    async def workers(self) -> list[int]:
        """The processes that recognise speech for it."""
        children = await asyncio.to_thread(children_of, self.pid)
        return [child for child in children if _recognises(child)]

    async def close(self) -> None:
        """Ask it to end, and see that it does so in good order."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        wake(await self.workers())
        process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                status = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        if status:
            raise AssertionError(f"the server ended with status {status}")

    def errors(self) -> list[str]:
        """What the server itself called an error, but for what was done to it."""
        lines = self.log.read_text().splitlines()
        told = [orjson.loads(line) for line in lines if line.startswith("{")]
        return [
            str(each)
            for each in told
            if each["level"] in ("error", "critical") and each["event"] not in EXPECTED
        ] + [line for line in lines if not line.startswith("{")]

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise AssertionError("start() comes first")
        return self._process


def halt(processes: list[int]) -> None:
    """Let them do nothing more."""
    _signal(processes, signal.SIGSTOP)


def wake(processes: list[int]) -> None:
    """Let them go on, if they were halted."""
    _signal(processes, signal.SIGCONT)


def kill(processes: list[int]) -> None:
    _signal(processes, signal.SIGKILL)


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _recognises(process: int) -> bool:
    with suppress(OSError):
        return WORKER in Path(f"/proc/{process}/cmdline").read_bytes()
    return False
