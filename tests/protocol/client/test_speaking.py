"""A spoken answer over a network that is cut, to a server that crashes (`protocol.md` 6): in the
end the server has heard exactly what was said, and the client keeps nothing of it.
"""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from protocol.client.core import Core
from protocol.client.data import Connect, Disconnect, Output, Send, Tell
from protocol.client.line import Options
from protocol.codec import encode
from protocol.commands import AudioStart, AudioStop
from protocol.messages import Error
from tests.protocol.client.ear import Ear

START = AudioStart("a", 1, 16_000)
CODES = (1006, 1012, 4101, 4104)
PATIENCE = 20_000


class Conversation:
    """A client that speaks, an ear, and what is under way between them."""

    def __init__(self) -> None:
        self.core = Core(Options(lambda: 0.5, lambda: "own"))
        self.ear = Ear()
        self.said = bytearray()
        self.stopped = False
        self._up: list[str | bytes] = []
        self._now = 0.0
        self._connected = False
        self._take(self.core.start(0))
        self._take(self.core.send(START, 0))

    def _take(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Connect(over=over, opening=opening):
                    self._connected = True
                    # Only the WebSocket gets through here.
                    self._up = [encode(opening).decode()] if over == "websocket" else [b""]
                case Disconnect():
                    self._lose()
                case Send(frame=frame):
                    self._up.append(frame)
                case Tell(update=update):
                    assert not isinstance(update, Error)

    def say(self, samples: int) -> None:
        numbers = itertools.count(len(self.said))
        pcm = bytes(next(numbers) % 251 for _ in range(2 * samples))
        if not self.stopped:
            self.said += pcm
        self._take(self.core.audio(1, pcm))

    def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            self._take(self.core.send(AudioStop("b", 1, self.core.recorded), self._now))

    def cut(self, code: int) -> None:
        if self._connected:
            self._lose()
            self._take(self.core.closed(code, self._now))

    def _lose(self) -> None:
        self._connected = False
        self._up.clear()
        self.ear.cut()

    def crash(self) -> None:
        self.ear.crash()
        self.cut(4104)

    def up(self) -> bool:
        if not self._connected or not self._up:
            return False
        frame = self._up.pop(0)
        if frame:
            self.ear.take(frame)
        else:
            self.cut(1006)
        return True

    def down(self) -> bool:
        if not self._connected or not self.ear.down:
            return False
        self._take(self.core.received(self.ear.down.popleft().decode(), self._now))
        return True

    def wake(self) -> None:
        assert self.core.wake_at is not None
        self._now = max(self._now, self.core.wake_at)
        self._take(self.core.tick(self._now))


ACTIONS = st.sampled_from(
    [*("say", "cut", "crash", "wake"), *("up", "down") * 5, *("say",) * 3],
)
THINGS = st.tuples(ACTIONS, st.integers(0, 4_000))


@given(st.lists(THINGS, max_size=80), st.integers(0, 80))
def test_what_was_said_is_heard(things: list[tuple[str, int]], stop_after: int) -> None:
    conversation = Conversation()
    for done, (action, number) in enumerate(things):
        if done == stop_after:
            conversation.stop()
        match action:
            case "say":
                conversation.say(number)
            case "cut":
                conversation.cut(CODES[number % len(CODES)])
            case "crash" | "up" | "down" | "wake":
                getattr(conversation, action)()
    conversation.stop()
    for _ in range(PATIENCE):
        if conversation.core.recorded == 0 and not conversation.core.in_flight:
            break
        if not conversation.up() and not conversation.down():
            conversation.wake()
    assert conversation.core.recorded == 0
    assert conversation.ear.answer == bytes(conversation.said)
