"""The world of `tests.simulation.whole` under Hypothesis: it chooses what happens, and when it has
found something, it looks for the shortest story that leads there.

The same examples are played every time, so that the outcome depends on the code alone; `make
simulate` is for new ones. What fails is printed as a program of steps.
"""

from dataclasses import replace
from random import Random
from typing import ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from protocol.view import Config
from realtime.session.directory import Directory
from tests.simulation.interviewer import Mood
from tests.simulation.whole.database import Weather
from tests.simulation.whole.interviewer import Temper
from tests.simulation.whole.mutants import ForgetsReceipts, infected
from tests.simulation.whole.terminal import Terminal
from tests.simulation.whole.wires import HEARTBEATS_S, Pace
from tests.simulation.whole.world import Broken, Plan, World

EXAMPLES = 240
STEPS = 50
LEAST_STEPS = 10_000
TERMINALS = 4

shares = st.sampled_from((0.0, 0.1, 0.5))
seconds = st.sampled_from((0.0, 0.02, 0.5, 2.0, 30.0, 100.0))
terminals = st.integers(0, TERMINALS - 1)
configs = st.builds(
    Config,
    role=st.just("backend"),
    questions=st.integers(1, 4),
    follow_ups=st.integers(0, 2),
    feedback=st.sampled_from(("each", "end")),
    time_limit_s=st.sampled_from((None, 60, 300)),
    models=st.sampled_from((None, ("a", "b"))),
    rival=st.sampled_from((None, "beginner")),
)


class Histories(RuleBasedStateMachine):
    """Two candidates and two observers; of each pair one has no WebSocket."""

    steps: ClassVar[int] = 0
    directory: type[Directory] = Directory

    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = None

    @initialize(
        config=configs,
        seed=st.integers(0, 2**16),
        witnessed=st.booleans(),
        mood=st.builds(Mood, delay=shares, failover=shares, failure=shares),
        temper=st.builds(Temper, hang=shares.map(lambda share: share / 5), chatter=shares),
    )
    def begin(self, config: Config, seed: int, witnessed: bool, mood: Mood, temper: Temper) -> None:
        plan = Plan(config, witnessed, observers=2, candidates=2, mood=mood, temper=temper)
        self.world = World(replace(plan, directory=self.directory), Random(seed))
        for number, terminal in enumerate(self.world.terminals):
            terminal.pace = Pace(websockets_blocked=number % 2 == 1)
            terminal.start()

    def teardown(self) -> None:
        world = self.world
        if world is None:
            return
        try:
            Histories.steps += world.steps
            if not world.watch.failures:
                world.calm()
        finally:
            world.close()

    def _terminal(self, number: int) -> Terminal:
        assert self.world is not None
        return self.world.terminals[number]

    def _wait(self, pause_s: float) -> None:
        assert self.world is not None
        self.world.wait(pause_s)

    # --- people ---------------------------------------------------------------------------------

    @rule(
        who=st.integers(0, 1),
        whim=st.sampled_from(("next", "next", "possible", "anything", "acked", "reused")),
        pause_s=seconds,
    )
    def command(self, who: int, whim: str, pause_s: float) -> None:
        assert self.world is not None
        self.world.command(self._terminal(who), whim)
        self._wait(pause_s)

    @rule(who=st.integers(0, 1), pause_s=seconds)
    def go_on(self, who: int, pause_s: float) -> None:
        assert self.world is not None
        self.world.boot()
        self._terminal(who).start()
        self.world.command(self._terminal(who), "next")
        self._wait(pause_s)

    @rule(who=terminals, pause_s=seconds)
    def start(self, who: int, pause_s: float) -> None:
        self._terminal(who).start()
        self._wait(pause_s)

    @rule(who=terminals, pause_s=seconds)
    def leave(self, who: int, pause_s: float) -> None:
        self._terminal(who).leave()
        self._wait(pause_s)

    @rule(who=terminals, pause_s=seconds)
    def nudge(self, who: int, pause_s: float) -> None:
        self._terminal(who).nudge()
        self._wait(pause_s)

    # --- the network ----------------------------------------------------------------------------

    @rule(
        who=terminals,
        node_after_s=st.sampled_from((0.0, 1.0, HEARTBEATS_S)),
        terminal_after_s=st.sampled_from((0.0, 1.0, None)),
        pause_s=seconds,
    )
    def cut(
        self, who: int, node_after_s: float, terminal_after_s: float | None, pause_s: float
    ) -> None:
        assert self.world is not None
        self.world.cut(self._terminal(who), node_after_s, terminal_after_s)
        self._wait(pause_s)

    @rule(who=terminals, for_s=seconds, pause_s=seconds)
    def stall(self, who: int, for_s: float, pause_s: float) -> None:
        assert self.world is not None
        self.world.stall(self._terminal(who), for_s)
        self._wait(pause_s)

    @rule(
        who=terminals,
        pace=st.builds(
            Pace,
            most_s=st.sampled_from((0.0, 0.3, 3.0)),
            post_lost=shares,
            post_repeated=shares,
        ),
    )
    def pace(self, who: int, pace: Pace) -> None:
        assert self.world is not None
        terminal = self._terminal(who)
        blocked = terminal.pace.websockets_blocked
        self.world.pace(terminal, replace(pace, websockets_blocked=blocked))
        self._wait(0.0)

    @rule(for_s=seconds)
    def darkness(self, for_s: float) -> None:
        assert self.world is not None
        self.world.darkness(for_s)
        self._wait(for_s)

    # --- storage and nodes ----------------------------------------------------------------------

    @rule(
        weather=st.builds(
            Weather, not_stored=shares, unstorable=shares, unknown=shares, stall=shares
        ),
        pause_s=seconds,
    )
    def weather(self, weather: Weather, pause_s: float) -> None:
        assert self.world is not None
        self.world.weather(weather)
        self._wait(pause_s)

    @rule(for_s=seconds, pause_s=seconds)
    def outage(self, for_s: float, pause_s: float) -> None:
        assert self.world is not None
        self.world.outage(for_s)
        self._wait(pause_s)

    @rule(pause_s=seconds)
    def fence(self, pause_s: float) -> None:
        assert self.world is not None
        self.world.fence()
        self._wait(pause_s)

    @rule(down_s=seconds)
    def crash(self, down_s: float) -> None:
        assert self.world is not None
        self.world.crash()
        self._wait(down_s)
        self.world.boot()

    @precondition(lambda self: self.world.node is not None and not self.world.node.draining)
    @rule(over=st.booleans(), pause_s=seconds)
    def drain(self, over: bool, pause_s: float) -> None:
        assert self.world is not None
        self.world.drain(over=over)
        self._wait(pause_s)
        if not over:
            self.world.crash()
            self.world.boot()


class WrongHistories(Histories):
    """A server that forgets what it has acknowledged."""

    directory = infected(ForgetsReceipts)


SETTINGS = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, derandomize=True, database=None
)


def test_histories() -> None:
    Histories.steps = 0
    run_state_machine_as_test(Histories, settings=SETTINGS)
    assert Histories.steps >= LEAST_STEPS


def test_a_wrong_server_is_found_out() -> None:
    """Without looking for its shortest story, which takes long."""
    quick = settings(SETTINGS, phases=[Phase.generate], report_multiple_bugs=False)
    with pytest.raises(Broken):
        run_state_machine_as_test(WrongHistories, settings=quick)
