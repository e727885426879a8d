"""Plays every case twice: against a right server, through a proxy that bends nothing, and against
one that is wrong in just the way that the case is there to catch.
"""

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from realtime.gateway.auth import signed_token
from tests.conformance.case import Case, Need, Transport
from tests.conformance.ours import NOT_BUILT
from tests.conformance.run import Outcome, play
from tests.conformance.sound import RATE, recording
from tests.conformance.target import Target
from tests.conformance.wrong.faults import FAULTS
from tests.conformance.wrong.proxy import WrongServer
from tests.conformance.wrong.voice.language import spoken
from tests.ports import free_port
from tests.realtime.viva import serving

SECRET = "only for the cases, and long enough for HS256"
SIGNED_IN: frozenset[Need] = frozenset({"sign-in", "second-user", "brief-token"})
SPOKEN: frozenset[Need] = frozenset({"voice", "speech"})
VOICE = "tests.conformance.wrong.voice"
SAID = "we split the the service in two and um perhaps it held"

Pair = tuple[Case, Transport]

TIMES_AGAIN = 2
# How long a brief token lasts: the case has begun by then, and has time for what comes after it.
BRIEF_S = 15
_places = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Both:
    """How a case went against a right server, and against its wrong one (null: it has no fault)."""

    right: Outcome
    wrong: Outcome | None

    @property
    def caught(self) -> bool:
        return self.wrong is not None and self.wrong.verdict == "failed"


async def play_all(pairs: Sequence[Pair], *, parallel: int) -> list[Both]:
    """Play these, and start all that it takes. The cases that must be alone have servers to
    themselves, beside the others'.
    """
    alone = [pair for pair in pairs if pair[0].alone and not is_spoken(pair[0])]
    alone_spoken = [pair for pair in pairs if pair[0].alone and is_spoken(pair[0])]
    together = [pair for pair in pairs if not pair[0].alone]
    async with targets() as target_of, mortal() as target, mortal(VOICE) as spoken_target:
        found = await asyncio.gather(
            play_both(target_of, together, parallel=parallel),
            play_both(lambda case: target, alone, parallel=1),
            play_both(lambda case: spoken_target, alone_spoken, parallel=1),
        )
    order = [*together, *alone, *alone_spoken]
    played = dict(zip(order, itertools.chain(*found), strict=True))
    return [played[pair] for pair in pairs]


def is_spoken(case: Case) -> bool:
    """Whether a case is played against the server with voice (`voice/`)."""
    return not SPOKEN.isdisjoint(case.needs)


@asynccontextmanager
async def targets() -> AsyncIterator[Callable[[Case], Target]]:
    """A right server without sign-in, one with it, and one with voice, each behind its proxy, until
    the block ends; gives what case belongs to which.
    """
    quiet = {"VIVA_LOG_LEVEL": "error", "VIVA_CONNECTIONS_PER_USER": "0"}
    async with AsyncExitStack() as stack:
        free, signed = [
            await stack.enter_async_context(
                serving("--data-dir", stack.enter_context(TemporaryDirectory()), settings=settings)
            )
            for settings in (quiet, quiet | {"VIVA_JWT_SECRET": SECRET})
        ]
        free_target = await _target(stack, free.url)
        signed_target = await _target(
            stack,
            signed.url,
            token=_token("first", 3600),
            other_token=_token("second", 3600),
            expired_token=_token("first", -3600),
            brief_token=_token("first", BRIEF_S),
        )
        voice_target = await stack.enter_async_context(mortal(VOICE))

        def target_of(case: Case) -> Target:
            if is_spoken(case):
                return voice_target
            return signed_target if SIGNED_IN.intersection(case.needs) else free_target

        yield target_of


@asynccontextmanager
async def mortal(module: str = "") -> AsyncIterator[Target]:
    """A right server that the cases may kill, behind its proxy, until the block ends: `module`'s,
    or `viva serve`.
    """
    port = free_port()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        speech = folder / "speech.wav"
        speech.write_bytes(recording(spoken(SAID, RATE)))
        deed = f"{sys.executable} -m tests.conformance.serve --port {port}"
        deed += f" --data-dir {folder / 'data'} --module '{module}'"
        await _run(f"{deed} start")
        stack.push_async_callback(_run, f"{deed} stop")
        yield await _target(
            *(stack, f"http://127.0.0.1:{port}"),
            kill=f"{deed} kill",
            drain=f"{deed} drain",
            speech=speech,
        )


async def _run(command: str) -> None:
    process = await asyncio.create_subprocess_shell(command)
    assert await process.wait() == 0, f"{command} failed"


def _token(user: str, for_s: int) -> str:
    return signed_token(SECRET, user, int(time.time()) + for_s, None)


async def _target(stack: AsyncExitStack, upstream: str, **said: Any) -> Target:
    wrong = WrongServer(upstream, FAULTS, said.get("token"))
    url = await stack.enter_async_context(wrong.listening())
    async with httpx.AsyncClient(base_url=upstream, trust_env=False) as client:
        told = (await client.get("/v1/capabilities")).json()
    return Target(url, capabilities=told, limits=told["limits"], without=NOT_BUILT, **said)


async def play_both(
    target_of: Callable[[Case], Target], pairs: Sequence[Pair], *, parallel: int
) -> list[Both]:
    """Play these, `parallel` at a time, the longest first; those that have no fault against the
    right server alone.

    What went otherwise than it should is played again when nothing else is: a case may have been
    too slow for the others' sake, or a stream too quick to be cut short.
    """
    free = asyncio.Semaphore(parallel)

    async def against(fault: str, pair: Pair) -> Outcome:
        case, transport = pair
        target = target_of(case)
        place = f"{target.url}/fault/{fault}~{next(_places)}"
        async with free:
            # It may have waited for longer than a brief token lasts.
            brief_token = target.brief_token and _token("first", BRIEF_S)
            target = replace(target, url=place, brief_token=brief_token)
            return await play(target, case, transport)

    async def wrong(pair: Pair) -> Outcome | None:
        return await against(pair[0].id, pair) if pair[0].id in FAULTS else None

    async def both(pair: Pair) -> Both:
        return Both(*await asyncio.gather(against("none", pair), wrong(pair)))

    async def again(pair: Pair, found: Both) -> Both:
        if found.right.verdict != "passed":
            found = Both(await against("none", pair), found.wrong)
        if found.right.verdict == "passed" and found.wrong is not None and not found.caught:
            found = Both(found.right, await wrong(pair))
        return found

    ordered = sorted(pairs, key=lambda pair: -pair[0].within_s)
    played = dict(zip(ordered, await asyncio.gather(*map(both, ordered)), strict=True))
    for _ in range(TIMES_AGAIN):
        for pair in ordered:
            played[pair] = await again(pair, played[pair])
    return [played[pair] for pair in pairs]
