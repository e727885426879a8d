"""One interview, whole: terminals, wires, nodes, a database and a model, on one clock.

What can happen to it is a method each, for whoever plays: the seeded simulator (`play.py`) and
Hypothesis (`tests/simulation/test_stateful.py`). After each of them `wait` lets the time pass, and
then all that has to hold is looked at.
"""

import asyncio
from dataclasses import dataclass, field
from random import Random

from structlog.testing import capture_logs

from protocol.commands import AudioCancel, AudioStop, Command
from protocol.view import Config, Interview
from realtime.session.directory import Directory
from tests.simulation.interviewer import Mood
from tests.simulation.store import Store
from tests.simulation.whole import whims
from tests.simulation.whole.chronicle import Chronicle
from tests.simulation.whole.database import Database, Weather
from tests.simulation.whole.interviewer import Interviewer, Temper
from tests.simulation.whole.listener import Listener
from tests.simulation.whole.loop import OUTSIDE, START_MS, VirtualLoop
from tests.simulation.whole.network import Network
from tests.simulation.whole.node import Node, Surroundings
from tests.simulation.whole.terminal import Terminal
from tests.simulation.whole.watch import Watch, assert_sound
from tests.simulation.whole.wires import Pace

# Longer than any wait in the server: an interview falls asleep, a wire is given up, a POST is.
LONG_S = 200.0
# Far more than the longest interview needs, once all is well.
PATIENCE = 2_000


class Broken(AssertionError):
    """Something that has to hold doesn't."""


@dataclass
class Figures:
    """What happened, in one world or in many."""

    worlds: int = 0
    steps: int = 0
    events: int = 0
    acks: int = 0
    resumed: int = 0
    wakings: int = 0

    def add(self, other: "Figures") -> None:
        self.worlds += other.worlds
        self.steps += other.steps
        self.events += other.events
        self.acks += other.acks
        self.resumed += other.resumed
        self.wakings += other.wakings


@dataclass
class Plan:
    """What a world is to be."""

    config: Config
    witnessed: bool = False
    observers: int = 1
    candidates: int = 1
    mood: Mood = field(default_factory=Mood)
    temper: Temper = field(default_factory=Temper)
    directory: type[Directory] = Directory


class World:
    """All chance comes from `chance`: the same plan, chance and calls lead to the same hash."""

    def __init__(self, plan: Plan, chance: Random, chronicle: Chronicle | None = None) -> None:
        self.chance = chance
        self.loop = VirtualLoop()
        self.chronicle = chronicle or Chronicle(self.loop.time)
        self.chronicle.now = self.loop.time
        self.steps = 0
        self._compared = (0, 0)
        self.store = Store(plan.config, START_MS)
        self.limit_s = plan.config.time_limit_s
        self.watch = Watch(self.store, self.chronicle, self.loop.time, witnessed=plan.witnessed)
        self.database = Database(self.loop, self.store, self.watch, chance)
        self.interviewer = Interviewer(self.watch, plan.mood, plan.temper, chance)
        self.network = Network(self.loop, self.watch, chance)
        self.nodes: list[Node] = []
        self._around = Surroundings(
            self.loop,
            self.database,
            self.interviewer,
            Listener(self.watch, self.interviewer),
            self.watch,
            plan.directory,
        )
        self.terminals = [
            Terminal(name, self.network, self.watch, chance, observer=name.startswith("o"))
            for name in (
                *(f"c{number}" for number in range(plan.candidates)),
                *(f"o{number}" for number in range(plan.observers)),
            )
        ]
        self.interviewer.begins = lambda: self.loop.call_soon(self._meet, context=OUTSIDE)
        self._logs = capture_logs()
        self._logged = self._logs.__enter__()
        self.boot()

    # --- time -----------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """A step is over: let what follows from it happen, and look at everything.

        Raises:
            Broken: something is not as it has to be.
        """
        self.steps += 1
        self.loop.wait(seconds)
        self._look()

    def _look(self) -> None:
        node = self.node
        if node is not None and not (node.draining or self.database.pending):
            self.watch.looks_at_works(node)
            for wire in self.network.wires:
                if wire.attended:
                    wire.ear.looks_at_answers()
        self._caught_up()
        self.watch.failures += self.loop.defects
        self.loop.defects.clear()
        for entry in self._logged:
            self.watch.logged(entry)
        self._logged.clear()
        if self.watch.failures:
            raise Broken("\n".join(self.watch.failures))

    def _meet(self) -> None:
        """An actor has just begun."""
        for node in self.nodes:
            if node.actor is not None:
                self.watch.look_at(node.actor.log)

    def _caught_up(self) -> None:
        """Whoever has read all sees what the actor holds."""
        node = self.node
        actor = None if node is None else node.actor
        if actor is None:
            return
        place = (actor.log.epoch, actor.log.head)
        if place == self._compared:
            return
        for terminal in self.terminals:
            view = terminal.view
            if view is not None and (view.epoch, view.seq) == place:
                self._compared = place
                snapshot = actor.snapshot()
                assert_sound(snapshot.interview)
                theirs = (snapshot.streaming, snapshot.interview.turns, snapshot.interview.phase)
                if theirs != (view.streaming, view.interview.turns, view.interview.phase):
                    self.watch.fail(f"{terminal.name} at {place}: {view}, not {snapshot}")
                return

    # --- nodes ----------------------------------------------------------------------------------

    @property
    def node(self) -> Node | None:
        """The one that takes connections."""
        return self.nodes[-1] if self.nodes and self.network.node is not None else None

    def boot(self) -> None:
        """Start a node, unless one is there."""
        if self.network.node is None:
            self.chronicle.note("world", "boot")
            self.nodes = [node for node in self.nodes if node.tasks]
            self.nodes.append(Node(self._around))
            self.network.node = self.nodes[-1]

    def crash(self) -> None:
        """`kill -9` of every node."""
        self.chronicle.note("world", "crash")
        for node in self.nodes:
            node.kill()
        self.nodes = []
        self.network.node = None

    def drain(self, *, over: bool) -> None:
        """Let the node go in good order; with `over` another one takes over meanwhile."""
        node = self.node
        if node is None or node.draining:
            return
        self.chronicle.note("world", f"drain, over: {over}")
        node.drain()
        if over:
            self.network.node = None
            self.boot()

    # --- what else can happen -------------------------------------------------------------------

    def fence(self) -> None:
        """Somebody else wakes the interview."""
        self.database.fence()

    def outage(self, seconds: float) -> None:
        """The database can't be reached for so long."""
        self.chronicle.note("world", f"outage of {seconds}")
        self.database.away_until = self.loop.time() + seconds

    def weather(self, weather: Weather) -> None:
        """From now on storage fails so often."""
        self.chronicle.note("world", f"{weather}")
        self.database.weather = weather

    def darkness(self, seconds: float) -> None:
        """Nobody reaches the server for so long, and all wires are cut."""
        self.chronicle.note("world", f"darkness of {seconds}")
        self.network.down_until = self.loop.time() + seconds
        for terminal in self.terminals:
            self.cut(terminal, 0.1, 0.1)

    def cut(self, terminal: Terminal, node_after_s: float, terminal_after_s: float | None) -> None:
        """Cut the terminal's connection."""
        if terminal.wire is not None:
            self.chronicle.note("world", f"cut {terminal.name}")
            terminal.wire.cut(node_after_s, terminal_after_s)

    def stall(self, terminal: Terminal, seconds: float) -> None:
        """The terminal takes nothing for so long."""
        if terminal.wire is not None:
            self.chronicle.note("world", f"stall {terminal.name} for {seconds}")
            terminal.wire.stalled_until = self.loop.time() + seconds

    def pace(self, terminal: Terminal, pace: Pace) -> None:
        """From now on the terminal's network is like that."""
        self.chronicle.note("world", f"{terminal.name}: {pace}")
        terminal.pace = pace

    def command(self, terminal: Terminal, whim: str) -> None:
        """Let the terminal send something: what is `next`, something `possible`, `anything`, or a
        command again that was `acked`, or another one with its id (`reused`).
        """
        if terminal.stopped or terminal.observer:
            return
        command = self._whim(terminal, whim)
        if command is not None:
            terminal.send(command)

    def _whim(self, terminal: Terminal, whim: str) -> Command | None:
        view, chance = terminal.view, self.chance
        if whim in ("acked", "reused") and terminal.acked:
            known = terminal.acked[chance.choice(list(terminal.acked))]
            if whim == "acked":
                return known
            return whims.arbitrary(chance, known.id, view, whims.anything())
        if view is None or whim == "anything":
            return whims.arbitrary(chance, terminal.new_id(), view, whims.anything())
        if whim == "possible":
            return whims.arbitrary(chance, terminal.new_id(), view, whims.possible(view))
        if view.interview.phase in ("listening", "transcribing"):
            return self._speaks_on(terminal, view.interview)
        return whims.following(chance, terminal.new_id(), view.interview)

    def _speaks_on(self, terminal: Terminal, interview: Interview) -> Command | None:
        """Who can speak says more, and stops at some time; who can't cancels it."""
        turn = len(interview.turns)
        if not terminal.may_speak:
            return AudioCancel(terminal.new_id(), turn)
        if interview.phase == "transcribing":
            return None
        terminal.speak(turn, self.chance.choice((320, 1_600, 6_400)))
        if self.chance.random() < 0.6:
            return None
        return AudioStop(terminal.new_id(), turn, terminal.core.recorded)

    # --- the end --------------------------------------------------------------------------------

    def calm(self) -> Figures:
        """Nothing fails any more, and the candidate does what is next: the interview ends, all that
        was promised is there, and nothing is left behind.

        Raises:
            Broken: or else.
        """
        self._heal()
        desert(self)
        self.wait(LONG_S)
        candidate = self.terminals[0]
        for _ in range(PATIENCE):
            for terminal in self.terminals:
                terminal.start()
            if self._over():
                break
            self.command(candidate, "next")
            self.wait(1.0)
        else:
            raise Broken("the interview doesn't come to its end")
        self.wait(LONG_S)
        self._balance()
        self._close()
        return self.figures()

    @property
    def finished(self) -> bool:
        """Whether the interview's end is stored."""
        kept = self.watch.kept
        return kept is not None and kept.view.interview.phase == "finished"

    def figures(self) -> Figures:
        watch = self.watch
        return Figures(1, self.steps, watch.events, watch.acks, watch.resumed, self.store.term)

    def close(self) -> None:
        """Let go of everything, whatever became of it."""
        self._logs.__exit__(None, None, None)
        for node in self.nodes:
            node.kill()
        self.loop.close()

    def _heal(self) -> None:
        self.chronicle.note("world", "all is well")
        self.database.weather = Weather()
        self.database.away_until = 0.0
        self.network.down_until = 0.0
        self.interviewer.calm_down()
        for terminal in self.terminals:
            terminal.pace = Pace()
            if terminal.wire is not None:
                terminal.wire.stalled_until = 0.0
        if self.node is not None and self.node.draining:
            self.network.node = None
        self.boot()
        for terminal in self.terminals[1:]:
            # They would take the candidate's place again and again.
            if not terminal.observer:
                terminal.leave()
                terminal.observes()

    def _over(self) -> bool:
        views = [terminal.view for terminal in self.terminals]
        return all(view is not None and view.interview.phase == "finished" for view in views)

    def _balance(self) -> None:
        """Everything that was promised is there."""
        for terminal in self.terminals:
            if not terminal.stopped:
                self.watch.fail(f"{terminal.name} goes on after the end: {terminal.core.link}")
            if terminal.core.in_flight:
                self.watch.fail(f"{terminal.name} has no outcome of {terminal.core.in_flight}")
        self.watch.accounts()
        self._look()

    def _close(self) -> None:
        """Nothing is left: no connection, no work, no actor, no task."""
        node = self.node
        assert node is not None
        draining = node.drain()
        self.wait(LONG_S)
        left = [task for task in asyncio.all_tasks(self.loop) if not task.done()]
        if left or not draining.done() or self.watch.works:
            self.watch.fail(f"left behind: {left}, {list(self.watch.works)}")
        open_wires = [wire for wire in self.network.wires if not wire.over]
        if open_wires:
            self.watch.fail(f"wires that are still open: {[vars(wire) for wire in open_wires]}")
        self._look()


def desert(world: World) -> None:
    """The candidate stays away, with all that they said and didn't send: where a limit runs the
    interview ends all the same, at the latest when somebody looks.

    Raises:
        Broken: or else.
    """
    kept, limit_s = world.watch.kept, world.limit_s
    if limit_s is None or kept is None or (kept.deadline_at is None and not kept.time_up):
        return
    world.terminals[0].leave()
    world.wait(limit_s + LONG_S)
    for terminal in world.terminals[1:] or world.terminals:
        terminal.start()
    world.wait(LONG_S)
    interview = (world.watch.kept or kept).view.interview
    # A pause may have been on its way.
    if not interview.paused and interview.phase not in ("reporting", "finished"):
        raise Broken("the time limit doesn't end the interview")
