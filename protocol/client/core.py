"""The client of viva.v1 without its network.

Frames, close codes, commands, audio and the time go in; frames to send and connections to open come
out. Rules that hold inside: no socket and no timer is held, and nobody is asked for the time or for
chance. An output is data, and a shell performs it, in order. After every input the shell calls
`tick` again at `wake_at`. Times are milliseconds of one clock that doesn't go back.

The position (`protocol.md` 1) is the view's own: it is what to resume from, and a client without a
view opens without one.
"""

from dataclasses import replace

from protocol.client.answers import UNAUTHORIZED, read_answer
from protocol.client.data import (
    Abandoned,
    Connecting,
    Link,
    Open,
    Outcome,
    Output,
    Post,
    Refused,
    Replaced,
    Send,
    Settle,
    Stopped,
    Tell,
)
from protocol.client.in_flight import CommandsInFlight
from protocol.client.line import Line, Options, Standing
from protocol.client.speaking import Speaking
from protocol.client.voice import KeptAnswer
from protocol.codec import ServerMessage, Unknown, decode_server, encode, view_of
from protocol.commands import AudioCancel, AudioStart, Command, Position
from protocol.errors import ProtocolError
from protocol.events import Logged
from protocol.fold import fold
from protocol.messages import (
    Ack,
    AudioReceived,
    Capabilities,
    Error,
    Limits,
    ServerDraining,
    SessionOpened,
)
from protocol.view import View


class Core:
    """One client of one interview. Every input returns what is to be done about it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._line = Line(options, self._standing)
        self._commands = CommandsInFlight()
        self._speaking = Speaking()
        self._view: View | None = None
        self._limits = Limits()
        self._capabilities: Capabilities | None = None

    # --- what can be seen -------------------------------------------------------------------------

    @property
    def link(self) -> Link:
        """The connection, as it stands."""
        return self._line.link

    @property
    def view(self) -> View | None:
        """The interview, as of the newest event; null before the first opening."""
        return self._view

    @property
    def in_flight(self) -> tuple[Command, ...]:
        """The commands that have had no outcome yet, oldest first."""
        return self._commands.all

    @property
    def limits(self) -> Limits:
        """What this server takes at most; the usual, before it has said so."""
        return self._limits

    @property
    def capabilities(self) -> Capabilities | None:
        """What this server can do; null before the first opening."""
        return self._capabilities

    @property
    def recorded(self) -> int:
        """Bytes of audio of the answer that is being spoken."""
        return self._speaking.recorded

    @property
    def wake_at(self) -> float | None:
        """When `tick` has something to do, or null."""
        times = [self._line.wake_at]
        if self._line.posts:
            times.append(self._commands.post_at)
        elif isinstance(self.link, Open):
            times.append(self._commands.wake_at)
        return min((time for time in times if time is not None), default=None)

    # --- inputs: beginning, time, end -------------------------------------------------------------

    def start(self, now: float) -> list[Output]:
        """Begin, or begin again after a stop."""
        return self._line.start(now)

    def recall(self, kept: KeptAnswer) -> None:
        """Take over an answer that was being spoken to a client that is gone. Its commands keep
        their ids, so that they take effect once. To be called before `start`.

        Raises:
            ValueError: an answer is being spoken already; or half a sample.
        """
        self._speaking.recall(kept)
        self._speaking.give_again(self._commands)

    def renewed(self, token: str, now: float) -> list[Output]:
        """A token, from now on the one to use."""
        return [*self._line.renewed(token, now), *self._post(now)]

    def leave(self) -> list[Output]:
        """Stop for good: nothing more is sent, and commands in flight are abandoned."""
        self._speaking.disconnected()
        return [*self._line.leave(), *self._abandon()]

    def tick(self, now: float) -> list[Output]:
        """Time has passed."""
        outputs = self._after(self._line.tick(now), now)
        if self._line.posts or not isinstance(self.link, Open):
            return outputs
        return [*outputs, *map(_to_send, self._commands.due(now))]

    def nudge(self, now: float) -> list[Output]:
        """The network may have changed (the device is online again, or awake): try now."""
        return self._line.nudge(now)

    # --- inputs: what is to be sent ---------------------------------------------------------------

    def send(self, command: Command, now: float) -> list[Output]:
        """Take a command, to be sent now or on the next connection. The very same command given
        again while it is in flight is sent once.

        Raises:
            ValueError: another command of that id is in flight; or an answer is being spoken and
                another would begin.
            TooManyInFlightError: too many are in flight.
        """
        if isinstance(self.link, Stopped):
            return [Settle(command.id, Abandoned())]
        if self._line.posts and isinstance(command, AudioStart):
            return [Settle(command.id, Refused(_needs_websocket(command)))]
        self._speaking.check(command)
        if not self._commands.add(command):
            return []
        self._speaking.given(command)
        if self._line.posts or not isinstance(self.link, Open):
            return self._post(now)
        return [*self._frames(), _to_send(command)]

    def audio(self, turn: int, pcm: bytes) -> list[Output]:
        """Audio of the answer that is being spoken, as its `audio.start` announced it.

        What comes after the answer's end, or past `max_answer_ms`, is passed over.

        Raises:
            ValueError: half a sample.
        """
        self._speaking.record(turn, pcm, self._limits.max_answer_ms)
        return self._frames()

    # --- inputs: the connection -------------------------------------------------------------------

    def heard(self, now: float) -> None:
        """Something came that is no message, such as an event stream's comment."""
        self._line.heard(now)

    def received(self, frame: str, now: float) -> list[Output]:
        """A text frame, or an event's data, came."""
        link = self.link
        if not isinstance(link, Connecting | Open):
            return []
        self._line.heard(now)
        try:
            message = decode_server(frame)
        except ProtocolError:
            return self._drop(now)
        if isinstance(link, Open):
            return self._take(message, link, now)
        if isinstance(message, SessionOpened):
            return self._take_opened(message, link, now)
        if isinstance(message, Error):
            self._line.link = replace(link, error=message)
        return []

    def closed(self, code: int, now: float) -> list[Output]:
        """The connection ended; 1006 if without a close frame, as an event stream does."""
        return self._after(self._line.closed(code, now), now)

    def refused(self, status: int, body: bytes, now: float) -> list[Output]:
        """Something answered an attempt to connect with an HTTP status, but not with what was asked
        for: no upgrade, or no event stream.
        """
        return self._after(self._line.refused(status, body, now), now)

    def posted(self, command_id: str, status: int, body: bytes, now: float) -> list[Output]:
        """A POSTed command was answered."""
        if status == UNAUTHORIZED:
            self._commands.lost(command_id, now, chance=0)
            return self._after(self._line.unauthorized(now), now)
        answer = read_answer(status, body, command_id)
        if answer is None:
            return self.unposted(command_id, now)
        self._line.got_through()
        outputs = self._settle(answer, now)
        if not self.in_flight:
            self._line.settled()
        return [*outputs, *self._post(now)]

    def unposted(self, command_id: str, now: float) -> list[Output]:
        """A POSTed command was not answered: it may have taken effect, and is sent again."""
        self._commands.lost(command_id, now, self._options.random())
        return []

    # --- messages ---------------------------------------------------------------------------------

    def _take_opened(self, message: SessionOpened, link: Connecting, now: float) -> list[Output]:
        if message.resumed == (message.snapshot is not None):
            return self._drop(now)
        outputs: list[Output] = []
        self._limits = message.limits
        self._capabilities = message.capabilities
        if message.snapshot is not None:
            partial = "" if message.audio is None else message.audio.partial
            self._view = replace(view_of(message.snapshot), partial=partial)
            asked = any(isinstance(command, AudioStart) for command in self.in_flight)
            self._speaking.replaced(self._view.interview, message.audio, asked=asked)
            outputs.append(Tell(Replaced(self._view)))
        elif self._view is None:
            return self._drop(now)
        else:
            self._speaking.resumed(message.audio)
        self._line.opened(link, message, now)
        self._cancel_lost(message, link)
        if link.over == "events":
            return [*outputs, *self._post(now)]
        return [*outputs, *map(_to_send, self._commands.resend()), *self._frames()]

    def _cancel_lost(self, message: SessionOpened, link: Connecting) -> None:
        """Cancel an answer whose audio isn't here: it would be waited for, for ever (`protocol.md`
        6). Only over a WebSocket is nobody else the candidate.
        """
        audio = message.audio
        if audio is None or link.over != "websocket" or self._options.observer:
            return
        cancelling = any(isinstance(command, AudioCancel) for command in self.in_flight)
        if self._speaking.misses(audio) and not cancelling:
            self._commands.add(AudioCancel(self._options.new_id(), audio.turn))

    def _take(self, message: ServerMessage, link: Open, now: float) -> list[Output]:
        match message:
            case Logged(epoch=epoch, seq=seq) | Unknown(epoch=int(epoch), seq=int(seq)):
                return self._take_event(message, Position(epoch, seq), now)
            case Ack():
                return self._settle(message, now)
            case Error(re=None, code="audio_gap"):
                self._speaking.missing(message.details.get("received"))
                return self._frames()
            case Error(re=None, code="audio_not_open"):
                # What filled a gap twice over came after the answer had been taken.
                return []
            case Error(re=None):
                return [Tell(message)]
            case Error():
                return self._settle(message, now)
            case AudioReceived():
                self._speaking.received(message.turn, message.received)
                return self._frames()
            case ServerDraining():
                self._line.draining(link, message.reconnect_within_ms, now)
        return []

    def _take_event(self, message: ServerMessage, at: Position, now: float) -> list[Output]:
        view, link = self._view, self.link
        if view is None or not isinstance(link, Open):
            raise AssertionError("a session that is open has a view")
        if at.epoch == view.epoch and at.seq <= view.seq:
            return []
        # None is ever missing (`protocol.md` 3); should one be, the log has it.
        if (at.epoch, at.seq) != (view.epoch, view.seq + 1):
            return self._drop(now)
        if not isinstance(message, Logged):
            self._view = replace(view, seq=at.seq)
            return []
        self._view = fold(view, message)
        self._speaking.told(message.event, past=at.seq <= link.opened_at_seq)
        return [Tell(message), *self._frames()]

    def _settle(self, answer: Ack | Error, now: float) -> list[Output]:
        """A command has its answer; it may be tried again all the same."""
        if isinstance(answer, Ack):
            settled = self._commands.acked(answer)
        else:
            settled = self._commands.refused(answer, now, self._options.random())
        return [] if settled is None else self._settled(*settled)

    def _settled(self, command: Command, outcome: Outcome) -> list[Output]:
        tell = self._speaking.refused if isinstance(outcome, Refused) else self._speaking.acked
        tell(command)
        return [Settle(command.id, outcome)]

    # --- pieces -----------------------------------------------------------------------------------

    def _standing(self) -> Standing:
        view = self._view
        return Standing(
            None if view is None else Position(view.epoch, view.seq),
            speaking=self._speaking.now,
            finished=view is not None and view.interview.phase == "finished",
            unanswered=bool(self.in_flight),
        )

    def _drop(self, now: float) -> list[Output]:
        return self._after(self._line.drop(now), now)

    def _after(self, outputs: list[Output], now: float) -> list[Output]:
        """With what it means for the rest that the connection may be over, or all of it."""
        if not isinstance(self.link, Open):
            self._speaking.disconnected()
        return [*outputs, *(self._abandon() if isinstance(self.link, Stopped) else self._post(now))]

    def _abandon(self) -> list[Output]:
        return [Settle(each, Abandoned()) for each in self._commands.abandon()]

    def _frames(self) -> list[Output]:
        """The audio that is to be sent now."""
        if not isinstance(self.link, Open) or self.link.over != "websocket":
            return []
        return [*map(Send, self._speaking.frames(self._limits.max_frame_bytes))]

    def _post(self, now: float) -> list[Output]:
        """The command that is to be POSTed now, if any."""
        command = self._commands.to_post(now) if self._line.posts else None
        return [] if command is None else [Post(command.id, encode(command), self._line.token)]


def _to_send(command: Command) -> Send:
    return Send(encode(command).decode())


def _needs_websocket(command: AudioStart) -> Error:
    message = "Speaking needs a WebSocket, which is blocked here; answers in text work."
    return Error(command.id, "voice_unavailable", message, retryable=False)
