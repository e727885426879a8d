"""A client: the real core (`protocol.client.core`), and a shell that does over the fake network
what it says.

What it checks is what an application relies on: the view is the same as everybody else's, streams
join to their texts, and a command has one outcome each time it is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.client.core import Core
from protocol.client.data import (
    Acked,
    Connect,
    Connecting,
    Disconnect,
    Idle,
    Open,
    Output,
    Post,
    Refused,
    Send,
    Settle,
    Stopped,
    Tell,
)
from protocol.client.errors import TooManyInFlightError
from protocol.client.line import Options
from protocol.codec import decode_client
from protocol.commands import AudioCancel, AudioStart
from protocol.events import (
    FeedbackCompleted,
    HintCompleted,
    Logged,
    QuestionCompleted,
    ReportCompleted,
    RivalCompleted,
)
from tests.simulation.whole.listener import spoken
from tests.simulation.whole.loop import OUTSIDE, VirtualLoop
from tests.simulation.whole.wires import Pace, Socket, Wire

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from random import Random

    from protocol.commands import Command
    from protocol.view import View
    from tests.simulation.whole.network import Network
    from tests.simulation.whole.watch import Watch

_COMPLETED = (
    QuestionCompleted,
    HintCompleted,
    FeedbackCompleted,
    RivalCompleted,
    ReportCompleted,
)


class Terminal:
    """One of several. `acked`: the commands whose acknowledgement it has seen."""

    def __init__(
        self, name: str, network: Network, watch: Watch, chance: Random, *, observer: bool
    ) -> None:
        self.name = name
        self.observer = observer
        self.pace = Pace()
        self.wire: Wire | None = None
        self.acked: dict[str, Command] = {}
        self._network = network
        self._watch = watch
        self._loop: VirtualLoop = network.loop
        self._alarm: asyncio.TimerHandle | None = None
        self._sent: dict[str, Command] = {}
        self._ids = 0
        self._chance = chance
        self._make()

    def _make(self) -> None:
        options = Options(self._chance.random, self.new_id, observer=self.observer)
        self.core = Core(options)

    # --- what a person does ---------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        return isinstance(self.core.link, Open)

    @property
    def view(self) -> View | None:
        return self.core.view

    @property
    def stopped(self) -> bool:
        """Whether it does nothing by itself any more."""
        return isinstance(self.core.link, Stopped | Idle)

    @property
    def busy(self) -> bool:
        """Whether a connection is there, or on its way."""
        return isinstance(self.core.link, Connecting | Open)

    def new_id(self) -> str:
        """One that nobody has used."""
        self._ids += 1
        return f"{self.name}-{self._ids}"

    def start(self) -> None:
        """Begin, or begin again after a stop."""
        self._perform(self.core.start(self._now()))

    def leave(self) -> None:
        """Stop for good."""
        self._perform(self.core.leave())

    def observes(self) -> None:
        """From now on look on, and command no more."""
        self.observer = True
        self._make()

    def nudge(self) -> None:
        """The device was asleep, perhaps."""
        self._perform(self.core.nudge(self._now()))

    def send(self, command: Command) -> None:
        """Send `command`: new, or once more."""
        if command.id in self._sent or self.stopped:
            return
        self._watch.meant(command)
        self._sent[command.id] = command
        self._watch.chronicle.note(self.name, f"sends {command}")
        try:
            self._perform(self.core.send(command, self._now()))
        except (TooManyInFlightError, ValueError):
            # Too many at once; or it would begin to speak while it is speaking.
            del self._sent[command.id]

    @property
    def may_speak(self) -> bool:
        """Whether it has an answer's audio, and a connection that takes it."""
        link = self.core.link
        return self.core._speaking.now and isinstance(link, Open) and link.over == "websocket"

    def speak(self, turn: int, count: int) -> None:
        """Say so many bytes more."""
        begin = self.core.recorded
        self._perform(self.core.audio(turn, spoken(begin, begin + count)))

    # --- as `network.Peer` ----------------------------------------------------------------------

    def received(self, wire: Wire, text: str) -> None:
        if wire is not self.wire:
            return
        before = self.core.view
        outputs = self.core.received(text, self._now())
        self._follow(before, outputs)
        self._perform(outputs)

    def heard(self, wire: Wire) -> None:
        if wire is self.wire:
            self.core.heard(self._now())

    def closed(self, wire: Wire, code: int) -> None:
        if wire is self.wire:
            self._over(f"closed {code}", lambda now: self.core.closed(code, now))

    def refused(self, wire: Wire, status: int, body: bytes) -> None:
        if wire is self.wire:
            self._over(f"refused {status}", lambda now: self.core.refused(status, body, now))

    # --- pieces ---------------------------------------------------------------------------------

    def _over(self, what: str, tell: Callable[[float], list[Output]]) -> None:
        self._watch.chronicle.note(self.name, what)
        self.wire = None
        self._perform(tell(self._now()))

    def _now(self) -> float:
        return self._loop.time() * 1_000

    def _tick(self) -> None:
        self._perform(self.core.tick(self._now()))

    def _perform(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Connect():
                    self._let_go()
                    self._watch.chronicle.note(self.name, f"connects over {output.over}")
                    self.wire = self._network.connect(self.name, output, self.pace, self)
                case Send(frame=frame):
                    assert isinstance(self.wire, Socket)
                    if isinstance(frame, str):
                        self._means(frame)
                    self.wire.say(frame)
                case Post():
                    self._post(output)
                case Disconnect():
                    self._let_go()
                case Settle():
                    self._settled(output)
                case _:
                    pass
        self._set_alarm()

    def _let_go(self) -> None:
        if self.wire is not None:
            self.wire.leave()
            self.wire = None

    def _means(self, frame: str) -> None:
        """The core gives a command of its own, where it misses the audio that is waited for."""
        command = decode_client(frame)
        if isinstance(command, AudioCancel) and command.id not in self._sent:
            self._watch.meant(command)
            self._sent[command.id] = command

    def _post(self, post: Post) -> None:
        def answered(status: int, body: bytes) -> None:
            if status:
                self._perform(self.core.posted(post.id, status, body, self._now()))
            else:
                self._perform(self.core.unposted(post.id, self._now()))

        self._network.post(self.name, post, self.pace, answered)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        wake_at = self.core.wake_at
        if wake_at is not None:
            # A little late rather than a rounding too early.
            self._alarm = self._loop.call_at(wake_at / 1_000 + 1e-6, self._tick, context=OUTSIDE)

    # --- what it relies on ----------------------------------------------------------------------

    def _settled(self, settle: Settle) -> None:
        command = self._sent.pop(settle.id, None)
        if command is None:
            self._watch.fail(f"{settle.id} has a second outcome: {settle.outcome}")
            return
        if isinstance(settle.outcome, Acked):
            self._watch.chronicle.note(self.name, f"{settle.id} is acknowledged")
            self.acked[settle.id] = command
        elif isinstance(settle.outcome, Refused):
            self._watch.chronicle.note(self.name, f"{settle.id}: {settle.outcome.error.code}")
            if command == self.acked.get(settle.id):
                code = settle.outcome.error.code
                # The client itself says so, where it has no WebSocket, and asks no server.
                unasked = code == "voice_unavailable" and isinstance(command, AudioStart)
                retryable = ("storage_unavailable", "internal", "rate_limited", "draining")
                if not unasked and code not in (*retryable, "overloaded"):
                    self._watch.fail(f"{settle.id} was acknowledged, and is refused: {code}")

    def _follow(self, before: View | None, outputs: list[Output]) -> None:
        after = self.core.view
        if after is None or after is before:
            return
        self._watch.agrees(self.name, after)
        for output in outputs:
            if isinstance(output, Tell) and isinstance(output.update, Logged):
                self._joins(before, output.update)

    def _joins(self, before: View | None, logged: Logged) -> None:
        event = logged.event
        if not isinstance(event, _COMPLETED):
            return
        assert before is not None
        what = event.TYPE.partition(".")[0]
        streams = [
            stream
            for stream in before.streaming
            if (stream.what, stream.turn or 0, stream.lane)
            == (what, getattr(event, "turn", 0), getattr(event, "lane", 0))
        ]
        if [stream.text for stream in streams] != [event.text]:
            self._watch.fail(f"{event.TYPE} {logged.epoch}:{logged.seq}: the deltas do not join")
