"""Kills the server, or its database, over and over while interviews are under way, and looks
whether anything that was promised is lost: `python -m tests.faults.crash --rounds 20`.

A round is one death. Before it, all interviews have gone on by themselves since the one before; or,
in some rounds, they are still about to. The exit status is 1 if a promise was broken, or if a point
was not reached.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic

import httpx
import uvloop
from rich.console import Console
from rich.table import Table

from tests.faults.candidate import Place
from tests.faults.crowd import Crowd
from tests.faults.ledger import check
from tests.faults.nodes import Node, Unreached
from tests.faults.points import MEANINGS, POINTS, Order, Point
from tests.faults.postgres import KILLINGS, WHICH, Killing, Postgres
from tests.faults.witness import Violation
from tests.ports import free_port

# How often a point is passed at most before the death: a small part of what 50 interviews bring.
MOST_PASSED: dict[Point, int] = {
    "before-commit": 20,
    "in-commit": 20,
    "after-commit": 20,
    "question": 300,
    "feedback": 300,
    "scores": 10,
    "report": 300,
    "idle": 1,
    "draining": 1,
}
MOST_TURNS = 12
# In so many rounds the next death doesn't wait until everyone is back.
HURRY = 0.2
MOST_OUTAGE_S = 2.5
MOST_CALM_S = 1.0
# For a round, and for all that is not one.
ROUND_S = 20.0
AROUND_S = 180.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. With `lying` the server breaks its promise."""

    rounds: int = 20
    interviews: int = 50
    seed: int = 0
    point: Point | None = None
    postgres: bool = False
    lying: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """A death: of what, how many interviews were under way, and how long it took, from one death to
    the next.
    """

    killed: str
    under_way: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """`failure` is null if all went well."""

    plan: Plan
    rounds: list[Round]
    interviews: int
    answers: int
    repeated: int
    failure: str | None


def orders(plan: Plan, chance: Random) -> list[Order]:
    """The deaths of a run: all points equally often, in any order."""
    points: list[Point] = []
    while len(points) < plan.rounds:
        points += [plan.point] if plan.point else chance.sample(POINTS, len(POINTS))
    share = plan.interviews / 50
    return [
        Order(
            point,
            chance.randint(1, max(1, round(MOST_PASSED[point] * share))),
            chance.randint(0, MOST_TURNS),
        )
        for point in points[: plan.rounds]
    ]


class Run:
    """One run of a plan, over a database that is there."""

    def __init__(self, plan: Plan, postgres: Postgres, node: Node, crowd: Crowd) -> None:
        self.rounds: list[Round] = []
        self.now = "the start"
        self._plan = plan
        self._postgres = postgres
        self._node = node
        self._crowd = crowd
        self._chance = Random(plan.seed)

    async def go(self) -> None:
        """All rounds; then let everyone come to the end."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._crowd.take_interviews())
            await (self._kill_postgres() if self._plan.postgres else self._kill_nodes())
            self.now = "the end"
            self._crowd.leave()

    async def _kill_nodes(self) -> None:
        for order in orders(self._plan, self._chance):
            began = monotonic()
            self.now = f"round {len(self.rounds) + 1} ({order.line().rstrip()})"
            if not self.rounds or self._chance.random() >= HURRY:
                await self._crowd.gone_on(anew=True)
            await self._kill_at(order)
            under_way = self._crowd.mark()
            self._crowd.let_go()
            await self._node.start()
            self.rounds.append(Round(order.point, under_way, monotonic() - began))
        await self._crowd.gone_on(anew=True)

    async def _kill_at(self, order: Order) -> None:
        if order.point == "idle":
            await self._crowd.hold_back()
            await self._node.kill()
            return
        await self._node.send_to(order)
        if order.point == "draining":
            self._node.terminate()
        await self._node.died(order)

    async def _kill_postgres(self) -> None:
        for number in range(self._plan.rounds):
            began = monotonic()
            killing: Killing = KILLINGS[number % len(KILLINGS)]
            outage_s = self._chance.uniform(0.2, MOST_OUTAGE_S)
            self.now = f"round {number + 1} ({killing}, {outage_s:.1f} s)"
            await self._crowd.gone_on(anew=False)
            await asyncio.sleep(self._chance.uniform(0, MOST_CALM_S))
            under_way = self._crowd.mark()
            await self._postgres.outage(killing, outage_s)
            self.rounds.append(Round(killing, under_way, monotonic() - began))
        self._crowd.mark()
        await self._crowd.gone_on(anew=False)


async def run(plan: Plan, folder: Path) -> Outcome:
    """Do it, with all that is kept in `folder`."""
    log = folder / "node.log"
    promises, repeated, answers, failure = 0, 0, 0, None
    async with _postgres(folder) as postgres:
        node = Node(free_port(), postgres.url, log, lying=plan.lying)
        gate = asyncio.Event()
        gate.set()
        async with httpx.AsyncClient(base_url=node.url, trust_env=False, timeout=20) as http:
            crowd = Crowd(Place(node.url, http, gate), plan.interviews, plan.seed)
            running = Run(plan, postgres, node, crowd)
            try:
                async with asyncio.timeout(AROUND_S + ROUND_S * plan.rounds):
                    await node.start()
                    await running.go()
                    running.now = "after the end"
                    answers = await check(postgres.superuser_url, crowd.promises)
                    _check_repeated(running.rounds, crowd.repeated)
                    if status := await node.stop():
                        raise Violation(f"the server ended with status {status}")
                    await asyncio.to_thread(_check_log, log)
            except* Exception as failures:
                failure = f"{running.now}: {_first(failures)}"
            finally:
                await node.close()
            promises, repeated = len(crowd.promises), crowd.repeated
    return Outcome(plan, running.rounds, promises, answers, repeated, failure)


@asynccontextmanager
async def _postgres(folder: Path) -> AsyncIterator[Postgres]:
    postgres = Postgres(folder)
    try:
        await postgres.start()
        yield postgres
    finally:
        await postgres.stop()


def _check_repeated(rounds: list[Round], repeated: int) -> None:
    """Who dies between commit and ack leaves somebody who sends the command again."""
    unacked = sum(each.killed == "after-commit" for each in rounds)
    if repeated < unacked:
        raise Violation(f"{unacked} commands were not acknowledged, {repeated} sent again")


def _check_log(log: Path) -> None:
    """What the server itself calls an error is one."""
    for line in log.read_text().splitlines():
        if json.loads(line).get("level") in ("error", "critical"):
            raise Violation(f"the server logged {line}")


def _first(failures: BaseException) -> str:
    while isinstance(failures, BaseExceptionGroup):
        failures = failures.exceptions[0]
    expected = isinstance(failures, Violation | Unreached | TimeoutError)
    told = [str(failures)] if expected else traceback.format_exception(failures)
    return f"{type(failures).__name__}: {''.join(told)}"


# --- the program ----------------------------------------------------------------------------------


def report(outcome: Outcome, seconds: float) -> Table:
    """What was done, by point."""
    table = Table(
        title=f"{outcome.interviews} interviews to their reports, {outcome.answers} answers, "
        f"{outcome.repeated} commands acknowledged as repeated, {seconds:.0f} s"
    )
    for column in ("killed", "meaning", "times", "under way", "s a round"):
        table.add_column(column, justify="left" if column in ("killed", "meaning") else "right")
    for killed in dict.fromkeys(each.killed for each in outcome.rounds):
        rounds = [each for each in outcome.rounds if each.killed == killed]
        table.add_row(
            killed,
            (MEANINGS | WHICH)[killed],
            str(len(rounds)),
            str(min(each.under_way for each in rounds)),
            f"{sum(each.seconds for each in rounds) / len(rounds):.1f}",
        )
    return table


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crash", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="how many deaths (default 20)")
    parser.add_argument("--interviews", type=int, default=50, help="at once (default 50)")
    parser.add_argument("--seed", type=int, default=0, help="of all that is chosen (default 0)")
    parser.add_argument("--point", choices=POINTS, help="die there only")
    parser.add_argument("--postgres", action="store_true", help="kill the database instead")
    parser.add_argument("--lying", action="store_true", help="with a server that must fail")
    plan = Plan(**vars(parser.parse_args(arguments)))
    began = monotonic()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="viva-crash-") as folder:
        outcome = uvloop.run(run(plan, Path(folder)))
        if outcome.failure is not None:
            console.print((Path(folder) / "node.log").read_text()[-4_000:], markup=False)
    console.print(report(outcome, monotonic() - began))
    if outcome.failure is None:
        return 0
    console.print(f"FAILED with seed {plan.seed} at {outcome.failure}", markup=False)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
