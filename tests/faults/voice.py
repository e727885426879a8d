"""Spoken answers to which things happen: `python -m tests.faults.voice --rounds 40`.

Lines that break, audio that comes twice or not at all, pages that are loaded again, processes that
are killed. After each, what was heard is what is heard of the same audio undisturbed: transcript,
words, delivery; and the answer is there exactly once. The exit status is 1 if not.
"""

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic

import httpx
import uvloop
from rich.console import Console
from rich.table import Table

from protocol.events import SpeechStopped, TranscriptPartial
from tests.faults.breaking import BreakingLine
from tests.faults.by_hand import Socket, by_hand
from tests.faults.postgres import Postgres
from tests.faults.recorded import killed_before_the_ack
from tests.faults.speaking import ANSWERS, Answer, Interview, Speaker, Stage, speaking
from tests.faults.voice_node import VoiceNode, halt, kill
from tests.faults.witness import Violation
from tests.ports import free_port

DROPS = 20
# A connection's upgrade and opening come to less.
LEAST_CARRIED = 2_500

Happening = Callable[[Stage, Random], Awaitable[None]]


# --- lines that break ----------------------------------------------------------------------------


async def a_drop(stage: Stage, chance: Random) -> None:
    """The line breaks anywhere in the answer, or in what comes before it."""
    spoken = chance.choice(ANSWERS)
    await _speak_over([chance.randint(1, len(spoken.pcm))], stage, spoken, chance)


async def many_drops(stage: Stage, chance: Random) -> None:
    """The line breaks 20 times in one answer."""
    spoken = chance.choice(ANSWERS)
    most = len(spoken.pcm) // DROPS
    carries = [LEAST_CARRIED + chance.randrange(most) for _ in range(DROPS)]
    await _speak_over(carries, stage, spoken, chance)


async def _speak_over(carries: list[int], stage: Stage, spoken: Answer, chance: Random) -> None:
    line = BreakingLine(stage.node.port, carries)
    async with (
        stage.interview(spoken) as interview,
        speaking(interview, line, lambda: chance.random() / len(carries)) as speaker,
    ):
        await speaker.start()
        speaker.say(1)
        await speaker.stop()
        await interview.compare()
    if line.broken != len(carries):
        raise AssertionError(f"the line broke {line.broken} times")


# --- audio that comes twice, or not at all -------------------------------------------------------


@dataclass(slots=True)
class ByHand:
    """Sends an answer's audio, and knows what the server has of it, and where it told of gaps."""

    socket: Socket
    pcm: bytes
    received: int = 0
    gaps: list[int] = field(default_factory=list)

    async def frame(self, offset: int, size: int) -> None:
        chunk = self.pcm[offset : offset + size]
        if offset > self.received:
            self.gap()
        else:
            self.received = max(self.received, offset + len(chunk))
        await self.socket.speak(offset, chunk)

    def gap(self) -> None:
        """It is told once until it is closed."""
        if self.received < len(self.pcm) and self.received not in self.gaps[-1:]:
            self.gaps.append(self.received)

    async def untidily(self, chance: Random) -> None:
        """A frame that goes on, or overlaps with what was there, or lies beyond a gap."""
        size = 2 * chance.randrange(1, 6_000)
        way = chance.random()
        if way < 0.2:
            last = len(self.pcm) - 2
            await self.frame(min(self.received + 2 * chance.randrange(1, 9_000), last), size)
        elif way < 0.5:
            await self.frame(2 * chance.randrange(self.received // 2 + 1), size)
        else:
            await self.frame(self.received, size)

    async def stop(self) -> None:
        """It is asked for what is missing right after the ack."""
        await self.socket.send("audio.stop", "stop", turn=1, bytes=len(self.pcm))
        self.gap()


async def twice_and_not_at_all(stage: Stage, chance: Random) -> None:
    """Frames come in any order, and again; the end is told before all of it is there, or after."""
    spoken = chance.choice(ANSWERS)
    stops_at = chance.choice((0.3, 0.8, 1.0)) * len(spoken.pcm)
    async with (
        stage.interview(spoken) as interview,
        by_hand(stage.node.url, interview.id) as socket,
    ):
        await socket.send("audio.start", "start", turn=1, sample_rate=spoken.rate)
        sending, stopped = ByHand(socket, spoken.pcm), False
        while sending.received < len(spoken.pcm):
            await sending.untidily(chance)
            if not stopped and sending.received >= stops_at:
                await sending.stop()
                stopped = True
        if not stopped:
            await sending.stop()
        await interview.compare()
        if socket.gaps != sending.gaps:
            raise Violation(f"gaps were told at {socket.gaps} instead of {sending.gaps}")


async def a_reload(stage: Stage, chance: Random) -> None:
    """The page goes, in mid-answer or after its end, and another that has the audio goes on."""
    spoken = chance.choice(ANSWERS)
    pcm = spoken.pcm
    sent, stopped = 2 * chance.randrange(len(pcm) // 2), chance.random() < 0.5
    async with stage.interview(spoken) as interview:
        async with by_hand(stage.node.url, interview.id) as socket:
            await socket.send("audio.start", "start", turn=1, sample_rate=spoken.rate)
            await _send(socket, pcm, 0, sent)
            if stopped:
                await socket.send("audio.stop", "stop", turn=1, bytes=len(pcm))
            await socket.settle("sent")
        async with by_hand(stage.node.url, interview.id) as socket:
            audio = socket.opened["audio"]
            has = (audio["turn"], audio["received"], audio["bytes"])
            if has != (1, sent, len(pcm) if stopped else None):
                raise Violation(f"of {sent} bytes the server has {audio}")
            await _send(socket, pcm, sent, len(pcm))
            if not stopped:
                await socket.send("audio.stop", "stop", turn=1, bytes=len(pcm))
            await interview.compare()


async def _send(socket: Socket, pcm: bytes, start: int, end: int) -> None:
    for at in range(start, end, 3_200):
        await socket.speak(at, pcm[at : min(at + 3_200, end)])


# --- processes that are killed -------------------------------------------------------------------


@asynccontextmanager
async def _begun(stage: Stage, chance: Random) -> AsyncIterator[tuple[Interview, Speaker]]:
    """Somebody who has begun an answer; what came of it is compared in the end."""
    spoken = chance.choice(ANSWERS)
    await stage.undisturbed(spoken)
    async with (
        stage.interview(spoken) as interview,
        speaking(interview, chance=chance.random) as speaker,
    ):
        await speaker.start()
        yield interview, speaker
        await interview.compare()


async def killed_listening(stage: Stage, chance: Random) -> None:
    """The server is killed while somebody speaks, who goes on speaking."""
    async with _begun(stage, chance) as (_, speaker):
        speaker.say(chance.uniform(0.4, 0.9))
        await speaker.hears(TranscriptPartial)
        await stage.node.kill()
        speaker.say(chance.uniform(0.9, 1))
        await stage.node.start()
        speaker.say(1)
        await speaker.stop()


async def killed_transcribing(stage: Stage, chance: Random) -> None:
    """The server is killed when all was said, and not all of it is recognised."""
    async with _begun(stage, chance) as (interview, speaker):
        halt(await stage.node.workers())
        speaker.say(1)
        await speaker.stop()
        await stage.phase(interview.id, "transcribing")
        await stage.node.kill()
        await stage.node.start()


async def killed_after_stop(stage: Stage, chance: Random) -> None:
    """The server is killed as soon as it has acknowledged the answer's end."""
    async with _begun(stage, chance) as (_, speaker):
        speaker.say(1)
        await speaker.stop()
        await stage.node.kill()
        await stage.node.start()


async def recognizer_killed(stage: Stage, chance: Random) -> None:
    """The processes that recognise speech are killed while somebody speaks."""
    pid = stage.node.pid
    async with _begun(stage, chance) as (_, speaker):
        speaker.say(chance.uniform(0.4, 0.9))
        await speaker.hears(TranscriptPartial)
        kill(await stage.node.workers())
        speaker.say(1)
        await speaker.stop()
    os.kill(pid, 0)


async def recognizer_killed_at_work(stage: Stage, chance: Random) -> None:
    """They are killed in the middle of a piece that has ended."""
    async with _begun(stage, chance) as (_, speaker):
        workers = await stage.node.workers()
        halt(workers)
        speaker.say(chance.uniform(0.5, 0.9))
        await speaker.hears(SpeechStopped)
        kill(workers)
        speaker.say(1)
        await speaker.stop()


HAPPENINGS: dict[str, Happening] = {
    "drop": a_drop,
    "drops": many_drops,
    "untidy": twice_and_not_at_all,
    "reload": a_reload,
    "killed-listening": killed_listening,
    "killed-transcribing": killed_transcribing,
    "killed-after-stop": killed_after_stop,
    "recognizer-killed": recognizer_killed,
    "recognizer-killed-at-work": recognizer_killed_at_work,
    "recorded": killed_before_the_ack,
}


# --- the stage -----------------------------------------------------------------------------------


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """A server that hears, until the block ends; then it ends in good order, without an error."""
    postgres = Postgres(folder)
    try:
        await postgres.start()
        node = VoiceNode(free_port(), postgres.url, folder)
        try:
            await node.start()
            async with httpx.AsyncClient(base_url=node.url, trust_env=False, timeout=60) as http:
                yield Stage(node, http)
        finally:
            await node.close()
        if errors := node.errors():
            raise Violation(f"the server said {errors}")
    finally:
        await postgres.stop()


# --- the program ---------------------------------------------------------------------------------


async def run(rounds: int, seed: int, only: str | None, folder: Path) -> dict[str, list[float]]:
    """So many rounds; how long each took, in seconds.

    Raises:
        Violation: a promise was broken; the message says in which round.
    """
    names, took = [only] if only else list(HAPPENINGS), dict[str, list[float]]()
    async with staged(folder) as stage:
        for number in range(rounds):
            name, began = names[number % len(names)], monotonic()
            try:
                await HAPPENINGS[name](stage, Random(f"{seed} {number}"))
            except Exception as error:
                told = "".join(traceback.format_exception(error))
                raise Violation(f"round {number}, {name}, seed {seed}: {told}") from None
            took.setdefault(name, []).append(monotonic() - began)
    return took


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.voice", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0, help="of all that is chosen (default 0)")
    parser.add_argument("--only", choices=HAPPENINGS, help="nothing but that happens")
    given = parser.parse_args(arguments)
    console = Console()
    with tempfile.TemporaryDirectory(prefix="viva-") as folder:
        try:
            took = uvloop.run(run(given.rounds, given.seed, given.only, Path(folder)))
        except Violation as violation:
            console.print((Path(folder) / "viva.log").read_text()[-3_000:], markup=False)
            console.print(f"FAILED: {violation}", markup=False)
            return 1
    table = Table(title="the same transcript each time, and one answer")
    for column in ("happened", "times", "s a round"):
        table.add_column(column, justify="left" if column == "happened" else "right")
    for name, seconds in took.items():
        table.add_row(name, str(len(seconds)), f"{sum(seconds) / len(seconds):.1f}")
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
