"""A world from its seed: first anything happens, in any order; then all is well, and it ends."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from realtime.session.directory import Directory
from tests.simulation.interviewer import Mood
from tests.simulation.simulation import random_config
from tests.simulation.whole.chronicle import Chronicle
from tests.simulation.whole.database import Weather
from tests.simulation.whole.interviewer import Temper
from tests.simulation.whole.wires import HEARTBEATS_S, Pace
from tests.simulation.whole.world import Figures, Plan, World

STEPS = 250
STEPS_AFTER_THE_END = 20
PAUSES_S = (0.0, 0.001, 0.02, 0.1, 0.5, 2.0)


@dataclass(frozen=True)
class Outcome:
    """`hash` is of all that happened."""

    figures: Figures
    hash: str


def play(
    seed: int,
    *,
    directory: type[Directory] = Directory,
    tell: Callable[[str], None] | None = None,
) -> Outcome:
    """Play world `seed`; `tell` is handed each line of its story.

    Raises:
        Broken: something that has to hold doesn't; its notes are the end of the story.
    """
    chance = Random(seed)
    chronicle = Chronicle(lambda: 0.0, tell)
    world = World(random_plan(chance, directory), chance, chronicle)
    try:
        player = Player(world, chance)
        left = STEPS
        while left:
            player.step()
            # What is over is over; but a little goes on happening to it.
            left = min(left - 1, STEPS_AFTER_THE_END) if world.finished else left - 1
        return Outcome(world.calm(), chronicle.hash)
    except Exception as error:
        error.add_note("\n".join(chronicle.lines))
        error.add_note(f"python -m tests.simulation.whole --seed {seed} --tell")
        raise
    finally:
        world.close()


def random_plan(chance: Random, directory: type[Directory]) -> Plan:
    """Of a world in which more or less goes wrong."""
    config = replace(random_config(chance), questions=chance.randint(1, 6))
    return Plan(
        config,
        witnessed=chance.random() < 0.5,
        observers=chance.choice((0, 1, 1, 2)),
        candidates=chance.choice((1, 1, 2)),
        mood=Mood(
            delay=chance.choice((0.0, 0.3)),
            failover=chance.choice((0.0, 0.2)),
            failure=chance.choice((0.0, 0.0, 0.3)),
        ),
        temper=Temper(
            hang=chance.choice((0.0, 0.02)),
            break_off=chance.choice((0.0, 0.02)),
            break_down=chance.choice((0.0, 0.01)),
            chatter=chance.choice((0.0, 0.0, 0.0, 0.5)),
        ),
        directory=directory,
    )


def random_weather(chance: Random) -> Weather:
    if chance.random() < 0.4:
        return Weather()
    return Weather(
        not_stored=chance.choice((0.0, 0.05, 0.5)),
        unstorable=chance.choice((0.0, 0.0, 0.05)),
        unknown=chance.choice((0.0, 0.02, 0.2)),
        stall=chance.choice((0.0, 0.02, 0.1)),
    )


def random_pace(chance: Random) -> Pace:
    return Pace(
        most_s=chance.choice((0.0, 0.01, 0.3, 3.0)),
        post_lost=chance.choice((0.0, 0.2)),
        post_repeated=chance.choice((0.0, 0.2)),
        websockets_blocked=chance.random() < 0.3,
    )


class Player:
    """Does one thing after another, at random. How often each is done differs from world to
    world.
    """

    def __init__(self, world: World, chance: Random) -> None:
        self._world = world
        self._chance = chance
        trouble = chance.choice((0.2, 1.0, 3.0))
        actions: list[tuple[Callable[[], None], float]] = [
            (self._next, 40),
            (self._command, 15),
            (self._begin, 15),
            (self._nothing, 25),
            (self._long_wait, 1),
            (self._cut, 4 * trouble),
            (self._leave, 2 * trouble),
            (self._stall, 3 * trouble),
            (self._pace, 2 * trouble),
            (self._weather, 2 * trouble),
            (self._crash, 0.7 * trouble),
            (self._drain, 0.7 * trouble),
            (self._fence, 0.5 * trouble),
            (self._outage, 0.7 * trouble),
            (self._darkness, 0.5 * trouble),
        ]
        self._actions = [action for action, _ in actions]
        self._weights = [weight for _, weight in actions]
        world.weather(random_weather(chance))
        for terminal in world.terminals:
            terminal.pace = random_pace(chance)
            terminal.start()

    def step(self) -> None:
        """Do something, and see what comes of it."""
        (action,) = self._chance.choices(self._actions, self._weights)
        action()
        self._world.wait(self._chance.choice(PAUSES_S))

    # --- people ---------------------------------------------------------------------------------

    def _next(self) -> None:
        self._world.command(self._chance.choice(self._world.terminals), "next")

    def _command(self) -> None:
        whim = self._chance.choice(("possible", "possible", "anything", "acked", "reused"))
        self._world.command(self._chance.choice(self._world.terminals), whim)

    def _begin(self) -> None:
        self._world.boot()
        for terminal in self._world.terminals:
            if terminal.stopped:
                terminal.start()
                break

    def _leave(self) -> None:
        self._chance.choice(self._world.terminals).leave()

    def _nothing(self) -> None:
        """Time passes."""

    def _long_wait(self) -> None:
        self._world.wait(self._chance.choice((10.0, 60.0, 400.0)))

    # --- trouble --------------------------------------------------------------------------------

    def _cut(self) -> None:
        chance = self._chance
        terminal_after_s = chance.choice((0.0, 0.2, 5.0, None))
        node_after_s = chance.choice((0.0, 0.2, 5.0, HEARTBEATS_S))
        self._world.cut(chance.choice(self._world.terminals), node_after_s, terminal_after_s)

    def _stall(self) -> None:
        seconds = self._chance.choice((0.2, 5.0, 25.0, 60.0))
        self._world.stall(self._chance.choice(self._world.terminals), seconds)

    def _pace(self) -> None:
        self._world.pace(self._chance.choice(self._world.terminals), random_pace(self._chance))

    def _weather(self) -> None:
        self._world.weather(random_weather(self._chance))

    def _crash(self) -> None:
        self._world.crash()
        self._world.wait(self._chance.choice((0.0, 1.0, 20.0)))
        self._world.boot()

    def _drain(self) -> None:
        if self._chance.random() < 0.5:
            self._world.drain(over=True)
            return
        self._world.drain(over=False)
        self._world.wait(self._chance.choice((1.0, 60.0)))
        self._world.crash()
        self._world.boot()

    def _fence(self) -> None:
        self._world.fence()

    def _outage(self) -> None:
        self._world.outage(self._chance.choice((0.5, 20.0, 400.0)))

    def _darkness(self) -> None:
        self._world.darkness(self._chance.choice((1.0, 30.0, 400.0)))
