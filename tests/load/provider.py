"""A provider of stamped text in a process of its own: `python -m tests.load.provider API LENGTH
RATE` says where it listens, then for each line of its input what a turn's reply is made of, and
ends when its input does.

What a candidate is to read comes at a steady pace, stamped (`tests/load/stamps.py`), as much as
that session's reply has: the prompt names it. Where a prompt ends with a form of marks, its
feedback and question are such text, and the scores follow at the same pace. Whoever shows no form
gets the text alone. A plan is there at once: it is no part of a turn.
"""

import asyncio
import gc
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import get_args

import orjson
import uvloop

from tests.emulators.emulator import emulate
from tests.emulators.faults import Api
from tests.emulators.forms import MARK, Blank, filled
from tests.emulators.interviewing import behind, interviewing
from tests.emulators.script import STAMP, Asked, Reply, Script
from tests.emulators.words import tokens_of
from tests.load.stamps import Replies

_NAME = "session-{:05}"
_NAMED = re.compile(r"session-(\d{5})")
_TURN = re.compile(r'<turn number="(\d+)"')
_STAMPS = re.compile(f"({STAMP})")
_STREAMED = ("feedback", "question")


class Unnamed(Exception):
    """A prompt that no session's name is in."""


def name_of(session: int) -> str:
    """By which a prompt tells whose it is."""
    return _NAME.format(session)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn's reply is made of, in tokens: those that the candidate is `told`, the `marks`
    before and between them, and what is `gulped` behind them.
    """

    told: int
    marks: int = 0
    gulped: int = 0

    @property
    def tokens(self) -> int:
        return self.told + self.marks + self.gulped

    @property
    def shown(self) -> float:
        """The told part of all that comes up to the last told token."""
        return self.told / (self.told + self.marks)


class Stamped:
    """Chooses the replies. `turn`: the latest of full length, if there was one."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self.turn: Turn | None = None

    def __call__(self, asked: Asked) -> Reply:
        message = asked.messages[-1].text
        names = {name for _, name, _ in MARK.findall(message)}
        if names and names.isdisjoint(_STREAMED):
            return Reply(pieces=tuple(interviewing(asked).text.splitlines(keepends=True)))
        session, number = session_of(asked), answered(asked)
        feedback, question = self._replies.sections(session, number)
        pieces = (STAMP,) * (feedback + question)
        if names:
            pieces = tuple(_filled(asked, feedback, question))
        if number > 1:
            self.turn = _turn(pieces)
        return Reply(pieces=pieces, rate=self._replies.rate)


def _filled(asked: Asked, feedback: int, question: int) -> Iterator[str]:
    """The form, in pieces, with so many stamps where the candidate's text is wanted."""
    message = asked.messages[-1].text

    def say(blank: Blank) -> str:
        if blank.name == "feedback":
            return f"\n{STAMP * feedback}"
        if blank.name == "question":
            return f"{blank.rest.split()[0]}\n{STAMP * question}"
        return behind(blank, message, "en", asked.number)

    for part in _STAMPS.split(filled(message, say)):
        yield from (part,) if part == STAMP else tokens_of(part)


def _turn(pieces: tuple[str, ...]) -> Turn:
    told = pieces.count(STAMP)
    gulped = pieces[::-1].index(STAMP)
    return Turn(told, len(pieces) - gulped - told, gulped)


def session_of(asked: Asked) -> int:
    """Whose prompt that is.

    Raises:
        Unnamed: nobody's.
    """
    for said in asked.messages:
        found = _NAMED.search(said.text)
        if found is not None:
            return int(found[1])
    raise Unnamed(f"request {asked.number} names no session")


def answered(asked: Asked) -> int:
    """How many questions have been answered: by the turns that are shown, or the messages."""
    shown = _TURN.findall(asked.messages[-1].text)
    return int(shown[-1]) if shown else sum(said.role == "assistant" for said in asked.messages)


async def main(api: str, replies: Replies) -> None:
    """Serve until the input ends."""
    gc.disable()  # It lives for minutes, and is not to be late for its own reasons.
    chosen: dict[str, Api] = {name: name for name in get_args(Api)}
    stamped = Stamped(replies)
    async with emulate(chosen[api], Script(stamped, by_hand=False)) as emulator:
        print(f"listening on {emulator.url}", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            turn, stamped.turn = stamped.turn or Turn(replies.length), None
            print(orjson.dumps(asdict(turn)).decode(), flush=True)


class Provider:
    """The near side of its process, `pid`, that listens at `url`."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.pid = process.pid
        self.url = url
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders = process.stdin
        self._told = process.stdout

    async def turn(self) -> Turn:
        """What the latest reply of full length is made of, since this was last asked; without one,
        the text alone.
        """
        self._orders.write(b"turn\n")
        return Turn(**orjson.loads(await self._told.readline()))


@asynccontextmanager
async def provider(api: Api, replies: Replies) -> AsyncIterator[Provider]:
    """One that listens until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.load.provider", api),
        *(str(replies.length), str(replies.rate)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        said = re.fullmatch(r"listening on (http://\S+)\n", line)
        if said is None:
            raise ConnectionError(f"the provider's process said {line!r}")
        yield Provider(process, said[1])
    finally:
        await process.communicate(b"")  # The end of its input is its end.


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Replies(int(sys.argv[2]), float(sys.argv[3]))))
