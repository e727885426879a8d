"""A model server that nobody here wrote: the npm package `@copilotkit/aimock`, as a process.

It speaks OpenAI's and Gemini's formats on one port, answers by fixtures, and has a chaos of its
own. It needs Node.js and what `npm ci` installs in `aimock/`; `aimock/keyed.mjs` starts it.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

PROGRAM = Path(__file__).parent / "aimock/keyed.mjs"
LISTENING = "listening on "
STARTED_WITHIN_S = 60
ENDED_WITHIN_S = 5


class AimockError(Exception):
    """It didn't start. The message tells what it said."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """An answer, and what it answers: the first whose `user` is part of the last user message, and
    whose `system` is part of the system message, is given. Null: anything. In the answer `{key}`
    stands for the key of the form that the request ends with.
    """

    content: str
    user: str | None = None
    system: str | None = None

    def as_json(self) -> dict[str, object]:
        match = {"userMessage": self.user, "systemMessage": self.system}
        wanted = {key: value for key, value in match.items() if value is not None}
        return {"match": wanted, "content": self.content}


@dataclass(frozen=True, slots=True)
class Manner:
    """How it answers. The last four are the probabilities of its chaos, of a request each: a 500,
    broken JSON, the connection destroyed, a 429 with `Retry-After`.
    """

    chunk_chars: int = 20
    chunk_delay_ms: int = 0
    drop: float = 0
    malformed: float = 0
    disconnect: float = 0
    rate_limit: float = 0

    def options(self) -> dict[str, object]:
        """As aimock has them."""
        return {
            "chunkSize": self.chunk_chars,
            "latency": self.chunk_delay_ms,
            "chaos": {
                "dropRate": self.drop,
                "malformedRate": self.malformed,
                "disconnectRate": self.disconnect,
                "rateLimitRate": self.rate_limit,
            },
        }


@asynccontextmanager
async def aimock(
    fixtures: Sequence[Fixture],
    manner: Manner | None = None,
    transcription: Mapping[str, object] | None = None,
) -> AsyncGenerator[str, None]:
    """Its URL, without `/v1`; it serves until the end of the block. `transcription`: what any audio
    is heard as (`text`, and what else `verbose_json` has).

    Raises:
        AimockError: it didn't start.
    """
    with TemporaryDirectory(prefix="aimock-") as folder:
        file = Path(folder) / "plan.json"
        plan = {
            "fixtures": [each.as_json() for each in fixtures],
            "options": (manner or Manner()).options(),
            "transcription": transcription,
        }
        file.write_bytes(orjson.dumps(plan))
        process = await asyncio.create_subprocess_exec(
            *("node", str(PROGRAM), str(file)),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        reading: asyncio.Task[None] | None = None
        try:
            url = await _url(process)
            reading = asyncio.create_task(_drain(process))
            yield url
        finally:
            await _end(process, reading)


async def _url(process: Process) -> str:
    said: list[str] = []
    assert process.stdout is not None
    try:
        async with asyncio.timeout(STARTED_WITHIN_S):
            async for line in process.stdout:
                said.append(line.decode(errors="replace"))
                if LISTENING in said[-1]:
                    return said[-1].rpartition(LISTENING)[2].strip()
    except TimeoutError:
        said.append("(nothing more in time)")
    raise AimockError("aimock didn't start: " + "".join(said))


async def _drain(process: Process) -> None:
    """Read on, so that it is never held up by what it logs."""
    assert process.stdout is not None
    async for _ in process.stdout:
        pass


async def _end(process: Process, reading: asyncio.Task[None] | None) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(ENDED_WITHIN_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
    if reading is not None:
        await reading
