"""The answer that is being spoken, if there is one: when it begins, when its audio may be sent, and
when it is over (`protocol.md` 6).

What the log says counts, not what was asked for: acks have no fixed place among the events.
"""

from collections.abc import Iterator

from protocol.client.in_flight import CommandsInFlight
from protocol.client.voice import KeptAnswer, SpokenAnswer
from protocol.commands import AudioCancel, AudioStart, AudioStop, Command
from protocol.events import (
    AnswerAccepted,
    AnswerSkipped,
    AudioCancelled,
    AudioStarted,
    AudioStopped,
    Event,
    InterviewFinished,
)
from protocol.messages import AudioProgress
from protocol.view import Interview


class Speaking:
    """At most one answer at a time."""

    def __init__(self) -> None:
        self._answer: SpokenAnswer | None = None

    @property
    def now(self) -> bool:
        """Whether an answer's audio is kept."""
        return self._answer is not None

    @property
    def recorded(self) -> int:
        """Bytes of audio so far."""
        return 0 if self._answer is None else self._answer.recorded

    def frames(self, max_frame_bytes: int) -> Iterator[bytes]:
        """What to send now."""
        return iter(()) if self._answer is None else self._answer.frames(max_frame_bytes)

    def record(self, turn: int, pcm: bytes, max_answer_ms: int) -> None:
        """Audio of `turn`; passed over if no such answer is being spoken any more.

        Raises:
            ValueError: half a sample.
        """
        if (answer := self._of(turn)) is not None:
            answer.record(pcm, max_answer_ms)

    def recall(self, kept: KeptAnswer) -> None:
        """An answer from a client that is gone.

        Raises:
            ValueError: one is kept already; or half a sample.
        """
        if self._answer is not None:
            raise ValueError(f"turn {self._answer.turn} is being answered already")
        answer = SpokenAnswer(kept.start)
        answer.started = kept.started
        answer.recall(kept.audio)
        if kept.stop is not None:
            answer.stopped(kept.stop)
        self._answer = answer

    # --- commands ---------------------------------------------------------------------------------

    def check(self, command: Command) -> None:
        """Whether `command` may be given now.

        Raises:
            ValueError: it begins an answer while another one is kept.
        """
        begins = isinstance(command, AudioStart) and self._answer is not None
        if begins and self._answer is not None and self._answer.start != command:
            raise ValueError(f"turn {self._answer.turn} is being answered already")

    def given(self, command: Command) -> None:
        """`command` is on its way."""
        if isinstance(command, AudioStart) and self._answer is None:
            self._answer = SpokenAnswer(command)
        elif isinstance(command, AudioStop) and (answer := self._of(command.turn)) is not None:
            answer.stopped(command)

    def give_again(self, commands: CommandsInFlight) -> None:
        """Put in flight what may not have taken effect, because the client that gave it is
        gone. The ids stay, so that it takes effect once (`protocol.md` 4).
        """
        for command in () if self._answer is None else self._answer.unanswered:
            commands.add(command)

    def acked(self, command: Command) -> None:
        if isinstance(command, AudioCancel) and self._of(command.turn) is not None:
            self._answer = None

    def refused(self, command: Command) -> None:
        answer = self._answer
        if answer is None:
            return
        # Where nobody listens and there is nothing to cancel, the answer is over.
        cancels = isinstance(command, AudioCancel) and command.turn == answer.turn
        if (cancels and not answer.live) or answer.start == command:
            self._answer = None
        elif isinstance(command, AudioStop):
            answer.go_on(command)

    # --- the connection ---------------------------------------------------------------------------

    def disconnected(self) -> None:
        if self._answer is not None:
            self._answer.live = False

    def resumed(self, progress: AudioProgress | None) -> None:
        """A session was opened that goes on where the last one ended. Where another answer is open
        than the one kept here, this one was dropped meanwhile.
        """
        answer = self._answer
        if progress is None or answer is None:
            return
        if answer.start.id == progress.id:
            answer.opened(progress.received, progress.bytes)
        else:
            self._answer = None

    def replaced(
        self, interview: Interview, progress: AudioProgress | None, *, asked: bool
    ) -> None:
        """A session was opened with a snapshot. `asked`: an `audio.start` is still in flight."""
        self.resumed(progress)
        answer, turns = self._answer, interview.turns
        if answer is None or answer.live:
            return
        turn = turns[answer.turn - 1] if answer.turn <= len(turns) else None
        waits = asked or (interview.phase == "reviewing" and turn is interview.current)
        if turn is None or turn.has_outcome or not waits:
            self._answer = None

    # --- the log ----------------------------------------------------------------------------------

    def told(self, event: Event, *, past: bool) -> None:
        """The log has `event`. `past`: from before the connection was opened."""
        answer = self._of(getattr(event, "turn", None))
        match event:
            case InterviewFinished():
                self._answer = None
            case _ if answer is None:
                pass
            case AnswerAccepted() | AnswerSkipped():
                self._answer = None
            case AudioStarted() if past:
                answer.started = True
            case AudioStarted():
                answer.opened(0)
            case AudioStopped(bytes=length) if answer.started:
                answer.end(length)
            case AudioCancelled() if answer.started:
                self._answer = None

    def received(self, turn: int, received: int) -> None:
        """`audio.received`."""
        if (answer := self._of(turn)) is not None:
            answer.acknowledged(received)

    def missing(self, received: object) -> None:
        """`audio_gap`, with its `details.received`."""
        if self._answer is not None and isinstance(received, int) and received >= 0:
            self._answer.missing(received)

    def misses(self, progress: AudioProgress) -> bool:
        """Whether the server waits for audio that isn't here: then nobody has it."""
        whole = progress.bytes is not None and progress.received >= progress.bytes
        return not whole and (self._answer is None or self._answer.start.id != progress.id)

    def _of(self, turn: int | None) -> SpokenAnswer | None:
        """The answer, if it is to that turn."""
        answer = self._answer
        return answer if answer is not None and answer.turn == turn else None
