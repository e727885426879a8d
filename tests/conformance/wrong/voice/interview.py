"""One interview: what is done to it, one thing at a time, and what is said of it.

The real server's actor in small (`realtime/session/actor.py`). A commit doesn't take its time here,
so nothing waits for one: what lasts is in its file before it is in the log.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from protocol.agenda import wanted
from protocol.codec import digest, fingerprint, snapshot_of
from protocol.commands import AudioStart, AudioStop, Command, Position
from protocol.draft import State, Step
from protocol.effects import (
    Ended,
    NothingToAsk,
    Output,
    Reported,
    Scored,
    Transcribed,
    Work,
)
from protocol.errors import ProtocolError
from protocol.events import (
    AnswerSkipped,
    AudioCancelled,
    AudioStarted,
    AudioStopped,
    Event,
    TranscriptCompleted,
)
from protocol.interview import Rules, decide, recovered
from protocol.messages import (
    Ack,
    AudioProgress,
    AudioReceived,
    Capabilities,
    ConnectionMessage,
    Error,
    Limits,
    SessionOpened,
)
from protocol.progress import receive
from protocol.time_limit import remaining_ms, spared, tick
from realtime.ports import Alarm, Clock, Interviewer
from realtime.session.log import Log
from tests.conformance.wrong.voice.answer import Answer, Terms
from tests.conformance.wrong.voice.kept import Folder, Kept
from tests.conformance.wrong.voice.language import Result, understood

HEARTBEAT_MS = 20_000
# Half of what `audio.received` may take (`protocol.md` 5).
TELLS_EVERY_MS = 500
LAST = (Ended, Scored, Reported, NothingToAsk)
SPOKEN = ("listening", "transcribing")


class Speaker(Protocol):
    """Whoever sends audio, and is told of it."""

    def say(self, message: ConnectionMessage) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every interview is run with."""

    folder: Folder
    interviewer: Interviewer
    clock: Clock
    capabilities: Capabilities
    limits: Limits


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole answer, as it was POSTed under `id`; `whole_file` is its digest."""

    id: str
    turn: int
    review: bool
    rate: int
    audio: bytes
    whole_file: bytes

    @property
    def content(self) -> bytes:
        """What tells it from another recording under the same id."""
        return fingerprint(["audio", self.turn, self.review, self.whole_file.hex()])


class Room:
    """An interview that is awake; one that was under way before begins a new epoch."""

    def __init__(self, kept: Kept, around: Surroundings, *, anew: bool) -> None:
        interview = kept.state.view.interview
        under_way = interview.phase not in ("created", "finished")
        if anew and under_way:
            state = spared(recovered(kept.state), around.clock.now())
            kept = replace(kept, epoch=kept.epoch + 1, seq=0, state=state)
        self._around = around
        self._kept = kept
        self.state: State = kept.state
        self.log = Log(kept.epoch, kept.seq)
        self.candidate: Speaker | None = None
        self._answer: Answer | None = None
        if kept.answer is not None:
            self._answer = self._begun(kept.answer)
        self._told_at = 0
        self._conversation = around.interviewer.converse("", interview.id)
        self._works: dict[Work, asyncio.Task[None]] = {}
        self._alarm: Alarm | None = None
        around.folder.save(kept)
        self._reconcile()

    # --- what is asked of it --------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Whether the log's last event has been said."""
        return self.state.view.interview.phase == "finished"

    def words(self, turn: int) -> object:
        """The words of a voice answer; null where there is none."""
        return self._kept.words.get(turn)

    def opened(self, resume: Position | None, re: str | None) -> SessionOpened:
        """What a connection that opens is told first."""
        log = self.log
        resumed = resume is not None and log.holds(resume)
        log.read_through(log.head)
        view = replace(self.state.view, epoch=log.epoch, seq=log.head)
        around = self._around
        return SessionOpened(
            *(re, log.epoch, log.head, resumed, HEARTBEAT_MS, around.limits, around.capabilities),
            snapshot=None if resumed else snapshot_of(view, self._remaining_ms),
            audio=self._progress,
        )

    @property
    def _progress(self) -> AudioProgress | None:
        answer, voice = self._answer, self.state.voice
        if answer is None or voice is None:
            return None
        terms, partial = answer.terms, self.state.view.partial
        return AudioProgress(voice.id, terms.turn, answer.received, terms.bytes, partial)

    @property
    def _remaining_ms(self) -> int | None:
        return remaining_ms(self.state, self._around.clock.now())

    # --- commands -------------------------------------------------------------------------------

    def obey(self, command: Command) -> Ack:
        """Do `command`, which is stored when this returns.

        Raises:
            ProtocolError: it was refused.
        """

        def do() -> Step:
            return decide(self.state, command, self._around.clock.now(), self._rules)

        ack = self._once(command.id, digest(command), do)
        if isinstance(command, AudioStop) and not ack.repeated:
            self._ask_for_the_rest()
        return ack

    def record(self, recording: Recording) -> Ack:
        """Take a whole recording for a voice answer: started, stopped and transcribed in one.

        Raises:
            ProtocolError: it was refused.
        """
        start = AudioStart(recording.id, recording.turn, recording.rate, None, recording.review)
        stop = AudioStop(recording.id, recording.turn, len(recording.audio))

        def do() -> Step:
            now = self._around.clock.now()
            started = decide(self.state, start, now, self._rules)
            stopped = decide(started.state, stop, now, self._rules)
            language = self.state.view.interview.config.language
            heard = understood(recording.audio, recording.rate, language)
            transcribed = receive(stopped.state, self._result(recording.turn, heard), now)
            events = (*started.events, *stopped.events, *transcribed.events)
            return Step(transcribed.state, events, now)

        return self._once(recording.id, recording.content, do)

    @property
    def _rules(self) -> Rules:
        return Rules(voice=True, max_answer_chars=self._around.limits.max_answer_chars)

    def _once(self, id: str, content: bytes, do: Callable[[], Step]) -> Ack:
        known = self._kept.receipts.get(id)
        if known is not None and known != content:
            raise ProtocolError("id_reused", "This id came with another command.", re=id)
        if known is None:
            try:
                step = do()
            except ProtocolError as error:
                error.re = id
                raise
            receipts = {**self._kept.receipts, id: content}
            self._kept = replace(self._kept, receipts=receipts)
            self._take(step, durable=True)
        return Ack(id, self.log.epoch, self.log.head, repeated=known is not None)

    # --- audio ----------------------------------------------------------------------------------

    def hear(self, frame: bytes, speaker: Speaker) -> None:
        """Take a binary frame.

        Raises:
            ProtocolError: `audio_not_open`, `audio_gap`, `audio_format`.
        """
        answer = self._answer
        if answer is None:
            if self._ended_by_server:
                return
            raise ProtocolError("audio_not_open", "No voice answer is open.")
        for output in answer.take(frame):
            self._bring(output)
        now = self._around.clock.now()
        if now - self._told_at >= TELLS_EVERY_MS:
            self._told_at = now
            speaker.say(AudioReceived(answer.terms.turn, answer.received))
        self._transcribe_if_whole()

    @property
    def _ended_by_server(self) -> bool:
        """Whether what was spoken last is what the server ended: a late frame belongs to that."""
        spoken = [turn.turn for turn in self.state.view.interview.turns if turn.transcript]
        return bool(spoken) and spoken[-1] in self.state.ended_by_server

    def _ask_for_the_rest(self) -> None:
        if self._answer is not None and self.candidate is not None:
            gap = self._answer.gap()
            self.candidate.say(told(gap))

    def _transcribe_if_whole(self) -> None:
        answer = self._answer
        if answer is None or answer.terms.bytes is None or not answer.whole:
            return
        audio = bytes(answer.audio[: answer.terms.bytes])
        language = self.state.view.interview.config.language
        heard = understood(audio, answer.terms.sample_rate, language)
        self._bring(self._result(answer.terms.turn, heard))

    def _result(self, turn: int, heard: Result) -> Transcribed:
        self._kept = replace(self._kept, words={**self._kept.words, turn: heard.words})
        return Transcribed(Work("transcript", turn), heard.transcript, heard.delivery)

    def _begun(self, terms: Terms) -> Answer:
        return Answer(terms, self._around.limits.max_answer_ms)

    def _follow(self, event: Event) -> None:
        """What an event means to the answer that is being spoken."""
        if isinstance(event, AudioStarted):
            self._answer = self._begun(Terms(event.turn, event.sample_rate, event.silence_ms))
        elif isinstance(event, AudioStopped) and self._answer is not None:
            self._answer.terms = replace(self._answer.terms, bytes=event.bytes)
        elif isinstance(event, AudioCancelled | AnswerSkipped | TranscriptCompleted):
            self._answer = None
        if isinstance(event, AudioCancelled):
            kept = {turn: said for turn, said in self._kept.words.items() if turn != event.turn}
            self._kept = replace(self._kept, words=kept)

    # --- steps ----------------------------------------------------------------------------------

    def _bring(self, output: Output) -> None:
        self._take(receive(self.state, output, self._around.clock.now()))

    def _take(self, step: Step, *, durable: bool = False) -> None:
        """Store a step, if it is to last, and then say it."""
        for event in step.events:
            self._follow(event)
        self.state = step.state
        voice = step.state.voice
        if self._answer is not None and voice is not None:
            # The time limit cuts what never arrived, and no event says so.
            self._answer.terms = replace(self._answer.terms, bytes=voice.bytes)
        if durable or step.durable:
            seq = self.log.head + len(step.events)
            terms = None if self._answer is None else self._answer.terms
            self._kept = replace(self._kept, state=step.state, seq=seq, answer=terms)
            self._around.folder.save(self._kept)
        for event in step.events:
            self.log.append(event, step.at)
        if durable or step.durable:
            self._reconcile()

    def _reconcile(self) -> None:
        """Let be done what the state wants, and nothing else."""
        due = [work for work in wanted(self.state) if work.what != "transcript"]
        for work in [work for work in self._works if work not in due]:
            self._works.pop(work).cancel()
        for work in due:
            if work not in self._works:
                self._works[work] = asyncio.create_task(self._perform(work))
        if self._alarm is not None:
            self._alarm.cancel()
        deadline_at = self.state.deadline_at
        if deadline_at is not None:
            delay_s = max(0, deadline_at - self._around.clock.now()) / 1_000
            self._alarm = self._around.clock.call_later(delay_s, self._time_is_up)
        self._transcribe_if_whole()

    def _time_is_up(self) -> None:
        received = 0 if self._answer is None else self._answer.received
        self._take(tick(self.state, self._around.clock.now(), received=received), durable=True)

    async def _perform(self, work: Work) -> None:
        async with aclosing(self._conversation.perform(work, self.state)) as outputs:
            async for output in outputs:
                if isinstance(output, LAST):
                    self._works.pop(work, None)
                    self._bring(output)
                    return
                self._bring(output)


def told(error: ProtocolError) -> Error:
    """An error as a message."""
    return Error(error.re, error.code, error.message, error.kind.retryable, error.details)
