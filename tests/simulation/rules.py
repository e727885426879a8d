"""What a server may say, in which order (`protocol.md` 4 and 5): a watcher of every event.

It sees each event just before it is put into the log, with the view that it leads to.
"""

from collections.abc import Callable
from typing import Any

from protocol.agenda import asks_next
from protocol.commands import Asked, AudioCancel, AudioStop, GenerationRetry, HintRequest
from protocol.draft import State
from protocol.events import (
    AnswerAccepted,
    AnswerSkipped,
    AudioCancelled,
    AudioStarted,
    AudioStopped,
    Event,
    FeedbackCompleted,
    FeedbackDelta,
    FeedbackScored,
    FeedbackStarted,
    GenerationFailed,
    HintCompleted,
    HintDelta,
    HintStarted,
    InterviewFinished,
    Notice,
    QuestionCompleted,
    QuestionDelta,
    QuestionStarted,
    ReportCompleted,
    ReportDelta,
    ReportStarted,
    RivalCompleted,
    RivalDelta,
    RivalStarted,
    SpeechStarted,
    SpeechStopped,
    TranscriptCompleted,
    TranscriptPartial,
)
from protocol.interview import UNSCORED_AT_FINISH
from protocol.view import Interview, Turn

Key = tuple[str, int | None, int]

OPENS = (QuestionStarted, HintStarted, FeedbackStarted, RivalStarted, ReportStarted)
GROWS = (QuestionDelta, HintDelta, FeedbackDelta, RivalDelta, ReportDelta)
CLOSES = (QuestionCompleted, HintCompleted, FeedbackCompleted, RivalCompleted, ReportCompleted)

SPEECH = (
    AudioCancelled,
    AudioStarted,
    AudioStopped,
    SpeechStarted,
    SpeechStopped,
    TranscriptPartial,
    TranscriptCompleted,
)
Watch = Callable[[Any, Interview], None]


def key_of(event: Event) -> Key:
    """The stream that an event opens, grows or closes."""
    return (
        event.TYPE.partition(".")[0],
        getattr(event, "turn", None),
        getattr(event, "lane", 0),
    )


class Rules:
    """Watches one interview through all its epochs."""

    def __init__(self) -> None:
        self.exhausted = False
        self._open: dict[Key, str] = {}
        self._given_up: set[Key] = set()
        self._held: str | None = None
        self._hinting = False
        self._cancels = False
        self._noticed = False
        self._ended: set[int] = set()
        self._transcribed: set[int] = set()
        self._outcomes: set[int] = set()
        self._scored: set[tuple[int, int]] = set()
        self._unsaid = False
        self._unscorable: tuple[int, int] | None = None
        self._finished = False
        self._over = False
        self._watches: list[tuple[tuple[type[Event], ...], Watch]] = [
            (OPENS, self._opens),
            (GROWS, self._grows),
            (CLOSES, self._closes),
            ((QuestionStarted,), self._question),
            ((AnswerAccepted, AnswerSkipped), self._outcome),
            ((HintCompleted,), self._hint),
            ((FeedbackScored,), self._score),
            ((GenerationFailed,), self._failure),
            (SPEECH, self._speech),
            ((InterviewFinished,), self._end),
            ((ReportCompleted,), self._report),
        ]

    def begin_epoch(self, state: State) -> None:
        """What wasn't committed is gone; `state` is what is there."""
        self._open = {}
        self._given_up = set()
        self._held = None
        assert state.hinting or not self._hinting, "a hint that was asked for is still to come"
        if state.view.interview.phase == "evaluating":
            assert not asks_next(state), "after a crash in mid-question the phase is asking"

    def obey(self, command: Asked) -> None:
        """`command` was committed."""
        if isinstance(command, GenerationRetry):
            assert self._held is not None, "nothing has failed that could be retried"
            self._held = None
        elif isinstance(command, HintRequest):
            assert not self._hinting, "one hint at a time"
            self._hinting = True
        self._cancels = isinstance(command, AudioCancel)

    def refuse(self, command: Asked) -> None:
        """`command` was not possible."""
        late = isinstance(command, AudioStop) and command.turn in self._ended
        assert not late, "audio.stop is acked after the server ended the answer"

    def see(self, event: Event, before: Interview) -> None:
        """`event` follows; `before` is the interview as it stood."""
        assert not self._over, "the report's completion is the log's last event"
        if self._finished:
            about_report = getattr(event, "what", None) == "report"
            assert about_report or event.TYPE.startswith("report."), "the interview is finished"
        if self._unscorable is not None:
            assert isinstance(event, FeedbackScored), "failed scores are told as missing"
            assert (event.turn, event.lane, event.scores) == (*self._unscorable, None)
            self._unscorable = None
        for kinds, watch in self._watches:
            if isinstance(event, kinds):
                watch(event, before)
        self._noticed = isinstance(event, Notice)

    # --- streams ----------------------------------------------------------------------------------

    def _opens(self, event: Any, before: Interview) -> None:
        key = key_of(event)
        assert key not in self._open, f"{key} is open already"
        assert not before.paused, "nothing new starts while paused"
        assert self._held != key[0], f"a failed {key[0]} waits for generation.retry"
        self._open[key] = ""
        self._allowed(event, before)

    def _grows(self, event: Any, before: Interview) -> None:
        self._open[key_of(event)] += event.text

    def _closes(self, event: Any, before: Interview) -> None:
        assert self._open.pop(key_of(event)) == event.text, "the deltas joined are the text"

    def _allowed(self, event: Event, before: Interview) -> None:
        if isinstance(event, FeedbackStarted | RivalStarted):
            turn = before.turns[event.turn - 1]
            assert turn.answer is not None, "only an answer gets feedback and rival"
            if isinstance(event, RivalStarted):
                assert turn.kind == "main" and turn.rival is None and before.config.rival
            else:
                assert before.config.feedback == "each"
                assert event.lane < before.config.lanes
                assert event.lane not in {item.lane for item in turn.feedback}
            assert key_of(event) not in self._given_up, "what failed for good holds nothing"
        elif isinstance(event, HintStarted):
            assert before.current is not None and before.current.turn == event.turn
            assert not before.current.has_outcome

    # --- turns ------------------------------------------------------------------------------------

    def _question(self, event: QuestionStarted, before: Interview) -> None:
        put = [turn for turn in before.turns if turn.turn < event.turn]
        again = before.turns[event.turn - 1 :]
        assert len(put) == event.turn - 1, "turns are numbered without a gap"
        assert all(turn.question is None for turn in again), "only a failed question begins again"
        assert all(turn.has_outcome for turn in put), "one turn is open at a time"
        mains = sum(turn.kind == "main" for turn in put)
        if event.kind == "main":
            assert event.parent_turn is None
            assert event.number == mains + 1 <= before.config.main_questions
        else:
            parent = put[-1].main_turn
            assert event.parent_turn == parent
            assert event.number == before.turns[parent - 1].number
            assert put[-1].answer is not None, "a skip drops the remaining follow-ups"
            follow_ups = sum(turn.parent_turn == parent for turn in put)
            assert follow_ups < before.config.follow_ups
        if put:
            self._said(put[-1], before)

    def _said(self, turn: Turn, before: Interview) -> None:
        """The next question waits for lane 0's text and the rival's."""
        if turn.answer is None:
            return
        lanes = {item.lane for item in turn.feedback}
        if before.config.feedback == "each" and ("feedback", turn.turn, 0) not in self._given_up:
            assert 0 in lanes, "the question waits for lane 0"
        rival = before.config.rival is not None and turn.kind == "main"
        if rival and ("rival", turn.turn, 0) not in self._given_up:
            assert turn.rival is not None, "the question waits for the rival"

    def _outcome(self, event: AnswerAccepted | AnswerSkipped, before: Interview) -> None:
        assert event.turn not in self._outcomes, "a turn has one outcome"
        assert ("hint", event.turn, 0) not in self._open, "an outcome first closes the hint"
        self._outcomes.add(event.turn)
        self._hinting = False

    def _score(self, event: FeedbackScored, before: Interview) -> None:
        place = (event.turn, event.lane)
        assert place not in self._scored, "scores are told once"
        given = {item.lane: item for item in before.turns[event.turn - 1].feedback}
        assert not given[event.lane].cancelled, "cancelled feedback is not scored"
        assert event.scores is not None or event.reason
        self._scored.add(place)
        self._unsaid = event.reason == UNSCORED_AT_FINISH

    # --- the rest ---------------------------------------------------------------------------------

    def _hint(self, event: HintCompleted, before: Interview) -> None:
        self._hinting = False

    def _speech(self, event: Any, before: Interview) -> None:
        if isinstance(event, AudioStarted):
            self._ended.discard(event.turn)
            self._transcribed.discard(event.turn)
        elif isinstance(event, TranscriptCompleted):
            assert event.turn not in self._transcribed, "an answer has one transcript"
            self._transcribed.add(event.turn)
            assert event.needs_review or event.text.strip(), "silence waits for review"
            assert before.phase == "transcribing"
        elif isinstance(event, AudioCancelled):
            self._dropped(event, before)
        else:
            assert before.phase == "listening", "nothing is heard after audio.stopped"
            if isinstance(event, AudioStopped) and event.reason != "requested":
                self._ended.add(event.turn)

    def _dropped(self, event: AudioCancelled, before: Interview) -> None:
        """By its candidate, or by the server, which says why."""
        if not self._cancels:
            assert self._noticed, "an answer that can't be heard is told of"
            assert before.phase in ("listening", "transcribing")
            self._ended.add(event.turn)
        self._cancels = False

    def _failure(self, event: GenerationFailed, before: Interview) -> None:
        self._open.pop((event.what, event.turn, event.lane), None)
        if event.retrying:
            return
        if event.what in ("question", "report"):
            self._held = event.what
        elif event.what in ("feedback", "rival"):
            self._given_up.add((event.what, event.turn, event.lane))
        elif event.what == "hint":
            self._hinting = False
        elif event.what == "scores":
            self._unscorable = (event.turn or 0, event.lane)

    def _end(self, event: InterviewFinished, before: Interview) -> None:
        self._finished = True
        self._held = None
        assert not self._open, "each open stream is completed"
        assert all(turn.has_outcome for turn in before.turns)
        for turn in before.turns:
            for item in turn.feedback:
                scored = (turn.turn, item.lane) in self._scored
                assert scored or item.cancelled, "scores come before interview.finished"
        if event.reason == "completed":
            assert not before.paused
            assert not self._unsaid, "the end waits for the scores"
            mains = sum(turn.kind == "main" for turn in before.turns)
            assert self.exhausted or mains == before.config.main_questions

    def _report(self, event: ReportCompleted, before: Interview) -> None:
        assert event.report.text == event.text
        self._over = True
