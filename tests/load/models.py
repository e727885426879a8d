"""Tokens through the whole server, from a provider's chunk to a client's frame, beside a naive
server at the same loads: `python -m tests.load.models`. Exit status 1 if anything was lost, came
twice or out of order.

Each load meets a new process of the server, alone on a core: all of `viva serve` over PostgreSQL,
and `tests/load/naive.py`. The provider (`tests/load/provider.py`), the clients
(`tests/load/swarm.py`) and PostgreSQL have the other cores. Every session goes from turn to turn:
feedback and the next question come at a steady pace, and the question is answered at once. To Viva
they are sections of one reply, between marks, and scores follow on them in it, at the same pace,
while the next turn goes on; they are read in gulps. The naive server asks for the text alone.

Then it is sought how many sessions each server bears on its core: the most of which 99 frames in
100 come within 50 ms of the provider's writing, with at least 0.95 frames a token, none behind.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

import orjson
import uvloop

from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade
from tests.emulators.faults import Api
from tests.load.bearing import Borne, Setting, bear
from tests.load.provider import provider
from tests.load.served import Kind, Place, pin
from tests.load.stamps import LONGEST, Replies

SEEK_S = 8.0
FINE = 0.06  # Of the number that is sought.
MOST = 8_192
# So many measurements that others spoilt are made again, of each number.
MOST_SPOILT = 3

Try = Callable[[int], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured. `tries`: a load that is borne in one of so many is borne."""

    api: Api
    kinds: tuple[Kind, ...]
    loads: tuple[int, ...]
    seconds: float
    replies: Replies
    core: int
    others: frozenset[int]
    crowds: int
    seek_from: int
    tries: int


async def measure(plan: Plan) -> tuple[list[Borne], dict[Kind, int]]:
    """Every load on every server, and how many sessions each bears; told as it goes."""
    pin(os.getpid(), set(plan.others))
    with tempfile.TemporaryDirectory(prefix="viva-") as folder:
        async with (
            EmbeddedPostgres(Path(folder)).running() as database,
            provider(plan.api, plan.replies) as given,
        ):
            database_url = database.url.render_as_string(hide_password=False)
            await upgrade(database_url)
            place = Place(plan.api, given.url, database_url, Path(folder), plan.core)
            setting = Setting(place, given, plan.replies, plan.crowds)
            print(_told_of(plan), HEAD, sep="\n", flush=True)
            bornes = []
            for count in plan.loads:
                for kind in plan.kinds:
                    bornes.append(await bear(setting, kind, count, plan.seconds))
                    print(told(bornes[-1]), flush=True)
            for kind in plan.kinds:
                for borne in [each for each in bornes if each.kind == kind][-1:]:
                    print(told_of_turn(borne), flush=True)
            most: dict[Kind, int] = {}
            if plan.seek_from:
                for kind in plan.kinds:
                    most[kind] = await _most(plan, setting, kind, bornes)
    return bornes, most


async def _most(plan: Plan, setting: Setting, kind: Kind, bornes: list[Borne]) -> int:
    async def bears(count: int) -> bool:
        fair = spoilt = 0
        while fair < plan.tries and spoilt < MOST_SPOILT:
            tried = await bear(setting, kind, count, SEEK_S)
            bornes.append(tried)
            print(told(tried), flush=True)
            if tried.borne:
                return True
            fair, spoilt = fair + (not tried.spoilt), spoilt + tried.spoilt
        return False

    print(f"How many {kind} bears:", flush=True)
    return await seek(bears, plan.seek_from)


async def seek(bears: Try, start: int) -> int:
    """The most that is borne, to within 6 %, where what is less is borne too; 0 if not even
    `start`'s eighth is. Doubles, or halves, from `start`, and then bisects.
    """
    low, high = 0, 0
    count = start
    while not (low and high):
        if await bears(count):
            low, count = count, count * 2
        else:
            high, count = count, count // 2
        if count > MOST or count < max(1, start // 8):
            return low
    while high - low > max(1.0, low * FINE):
        middle = (low + high) // 2
        if await bears(middle):
            low = middle
        else:
            high = middle
    return low


# --- what is told --------------------------------------------------------------------------------

HEAD = (
    "server  sessions  tokens/s  of due  frames   latency ms: p50, p95, p99, most   "
    "server cores  us a token   late ms, p99: provider, clients (cores)"
)


def told(borne: Borne) -> str:
    harness = (
        f"{borne.provider_late.p99:.1f} ({borne.provider_cores:.2f}), "
        f"{borne.clients_late.p99:.1f} ({borne.clients_cores:.2f})"
    )
    line = (
        f"{borne.kind:6}  {borne.sessions:8}  {borne.tokens / borne.seconds:8.0f}  "
        f"{borne.pace:6.1%}  {borne.frames:6.3f}   {borne.latency}   "
        f"{borne.server_cores:12.2f}  {borne.token_us:10.1f}   {harness}"
    )
    if borne.kind == "viva":
        line += f"   {borne.scored} answers scored"
    marks = ["borne"] if borne.borne else []
    if borne.harness_is_the_limit:
        marks.append("THE HARNESS IS THE LIMIT: no figure of the server's")
    if borne.was_disturbed:
        marks.append(f"OTHERS TOOK {borne.taken_cores:.2f} OF THE SERVER'S CORE")
    if borne.defects:
        marks.append(f"{borne.defects} defects, such as: {'; '.join(borne.such_as)}")
    return "   ".join([line, *marks])


def told_of_turn(borne: Borne) -> str:
    turn = borne.turn
    words = f"{borne.kind}: of {turn.tokens} tokens a turn {turn.told} are streamed to a candidate"
    if turn.tokens == turn.told:
        return words
    return (
        f"{words}, {turn.marks} are the marks before them, {turn.gulped} scores that are read in "
        f"gulps: {turn.tokens / turn.told:.2f} tokens of the provider's for each that is streamed"
    )


def told_of_most(most: dict[Kind, int], bornes: list[Borne]) -> str:
    lines = []
    for kind, count in most.items():
        beyond = [each for each in bornes if each.kind == kind and each.sessions > count]
        next_one = min((each.sessions for each in beyond), default=0)
        spoilt = all(each.spoilt for each in beyond if each.sessions == next_one)
        more = ", or more: beyond, the harness was the limit, or disturbed" if spoilt else ""
        lines.append(f"{kind} bears {count} sessions on one core{more}")
    if most.get("viva") and most.get("naive"):
        lines.append(f"that is {most['viva'] / most['naive']:.2f} times as many (aim: 5)")
    return "\n".join(lines)


def _told_of(plan: Plan) -> str:
    return (
        f"{plan.replies.rate:g} tokens/s a reply over {plan.api}'s format, in turns of "
        f"{plan.replies.length} that a candidate reads; windows of {plan.seconds:g} s; the "
        f"server on core {plan.core}, all else on {', '.join(map(str, sorted(plan.others)))} "
        f"({plan.crowds} of clients)"
    )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(",") if number)


def _plan() -> tuple[Plan, Path | None]:
    cores = sorted(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(prog="python -m tests.load.models")
    parser.add_argument("--api", choices=get_args(Api), default="openai")
    parser.add_argument("--servers", default="naive,viva", help="viva, naive, or both")
    parser.add_argument(
        "--loads", type=_numbers, default=(60, 300, 700), help="sessions, as 60,300"
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="of each of these loads")
    parser.add_argument("--rate", type=float, default=30.0, help="tokens a second a reply")
    parser.add_argument(
        "--length", type=int, default=LONGEST, help=f"tokens of a turn's text, at most {LONGEST}"
    )
    parser.add_argument("--server-core", type=int, default=cores[-1])
    parser.add_argument("--others", type=_numbers, help="cores for all else")
    parser.add_argument("--clients", type=int, help="processes of clients")
    parser.add_argument("--seek-from", type=int, default=100, help="sessions; 0: don't seek")
    parser.add_argument("--tries", type=int, default=2, help="of each number while seeking")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    given = parser.parse_args()
    kinds = tuple(kind for kind in get_args(Kind) if kind in given.servers.split(","))
    others = frozenset(given.others or cores) - {given.server_core}
    if not (kinds and others and given.rate > 0):
        parser.error("a server, another core, and a positive rate are needed")
    if not 2 <= given.length <= LONGEST:
        parser.error(f"a turn's text has 2 to {LONGEST} tokens")
    if "naive" in kinds and given.api != "openai":
        parser.error("the naive server speaks OpenAI's format alone")
    # The provider and PostgreSQL want one of the other cores.
    crowds = given.clients or max(1, min(4, len(others) - 2))
    replies = Replies(given.length, given.rate)
    plan = Plan(
        given.api,
        kinds,
        given.loads,
        given.seconds,
        replies,
        given.server_core,
        others,
        crowds,
        given.seek_from,
        given.tries,
    )
    return plan, given.json


def main() -> int:
    """Returns the exit status."""
    plan, file = _plan()
    bornes, most = uvloop.run(measure(plan))
    if most:
        print(told_of_most(most, bornes))
    if file is not None:
        file.write_bytes(orjson.dumps({"most": most, "loads": [asdict(each) for each in bornes]}))
    return 1 if any(each.defects for each in bornes) else 0


if __name__ == "__main__":
    sys.exit(main())
