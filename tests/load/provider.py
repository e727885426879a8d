"""A provider of stamped text in a process of its own: `python -m tests.load.provider API LENGTH
RATE` says where it listens, and ends when its input does.

Whoever asks for text gets tokens at a steady pace, stamped (`tests/load/stamps.py`), as many as
that session's reply has: the prompt names it. Whoever asks for JSON (scores) gets it at once.
"""

import asyncio
import gc
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import get_args

import uvloop

from tests.emulators.emulator import emulate
from tests.emulators.faults import Api
from tests.emulators.interviewing import interviewing
from tests.emulators.script import Asked, Reply, Script
from tests.load.stamps import Replies

_NAME = "session-{:05}"
_NAMED = re.compile(r"session-(\d{5})")


class Unnamed(Exception):
    """A prompt that no session's name is in."""


def name_of(session: int) -> str:
    """By which a prompt tells whose it is."""
    return _NAME.format(session)


class Stamped:
    """Chooses the replies."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._given: Counter[int] = Counter()

    def __call__(self, asked: Asked) -> Reply:
        if asked.structure_name is not None:
            return interviewing(asked)
        session = session_of(asked)
        number = self._given[session]
        self._given[session] += 1
        tokens = self._replies.tokens(session, number)
        return Reply(tokens=tokens, rate=self._replies.rate, stamps=True)


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


async def main(api: str, replies: Replies) -> None:
    """Serve until the input ends."""
    gc.disable()  # It lives for minutes, and is not to be late for its own reasons.
    chosen: dict[str, Api] = {name: name for name in get_args(Api)}
    async with emulate(chosen[api], Script(Stamped(replies), by_hand=False)) as emulator:
        print(f"listening on {emulator.url}", flush=True)
        await asyncio.to_thread(sys.stdin.read)


@asynccontextmanager
async def provider(api: Api, replies: Replies) -> AsyncIterator[tuple[int, str]]:
    """Its process, and its URL, until the block ends."""
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
        yield process.pid, said[1]
    finally:
        await process.communicate(b"")  # The end of its input is its end.


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Replies(int(sys.argv[2]), float(sys.argv[3]))))
