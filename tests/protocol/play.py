"""An interview driven by hand, step by step.

After every step a client that folds what was on the wire must hold what the server holds, wherever
it joined: a `Play` has one client from the beginning, and one that opens anew at every step.
"""

from collections.abc import Iterable
from dataclasses import replace

from protocol.agenda import next_turn, wanted
from protocol.codec import decode_server, encode, encode_event, snapshot_of, view_of
from protocol.commands import (
    AnswerSubmit,
    Asked,
    AudioStart,
    AudioStop,
    InterviewFinish,
    InterviewPause,
    InterviewStart,
)
from protocol.draft import State, Step
from protocol.effects import (
    Began,
    Delta,
    Ended,
    Output,
    QuestionBegan,
    Reported,
    Scored,
    Transcribed,
    Work,
)
from protocol.events import Event, Logged
from protocol.fold import fold
from protocol.interview import Rules, decide, recovered
from protocol.messages import Capabilities, Limits, SessionOpened
from protocol.progress import receive
from protocol.time_limit import tick
from protocol.view import (
    Config,
    Delivery,
    Interview,
    Phase,
    QuestionKind,
    Report,
    Score,
    Transcript,
    View,
)

NOW = 1_700_000_000_000
ONE_QUESTION = Config(role="backend", questions=1, follow_ups=0)
TWO_QUESTIONS = Config(role="backend", questions=2, follow_ups=0)

SCORES = (Score("clarity", 3, 5, ("as I said",)),)
REPORT = Report("", 3.0, 5, (), ("clear",), ("numbers",), (), (), None, ())
DELIVERY = Delivery(4_000, 3_000, 120.0, "words_per_minute", (), (), (), ())

REPORTING = Work("report", None)


def question(turn: int) -> Work:
    return Work("question", turn)


def feedback(turn: int, lane: int = 0) -> Work:
    return Work("feedback", turn, lane)


def scores(turn: int, lane: int = 0) -> Work:
    return Work("scores", turn, lane)


def hint(turn: int) -> Work:
    return Work("hint", turn)


def rival(turn: int) -> Work:
    return Work("rival", turn)


def transcript(turn: int) -> Work:
    return Work("transcript", turn)


def heard(text: str = "I did.", *, needs_review: bool = False) -> Transcript:
    return Transcript(text, "en", 0.9, 4_000, needs_review)


def opened(view: View) -> SessionOpened:
    """A first opening at `view`."""
    return SessionOpened(
        re="c1",
        epoch=view.epoch,
        seq=view.seq,
        resumed=False,
        heartbeat_ms=20_000,
        limits=Limits(),
        capabilities=Capabilities(False, "no speech model", ("en", "ko"), (), ("neutral",), ()),
        snapshot=snapshot_of(view, view.interview.remaining_ms),
    )


def joined(view: View) -> View:
    """What a client holds that opens at `view`, over the wire."""
    message = decode_server(encode(opened(view)))
    assert isinstance(message, SessionOpened)
    assert message.snapshot is not None
    return view_of(message.snapshot)


# A server that recognises speech.
VOICE = Rules(voice=True)


class Play:
    """`state` is the server's, `log` all that it said, `now` its clock (Unix ms)."""

    def __init__(self, config: Config = ONE_QUESTION) -> None:
        interview = Interview(
            id="i1",
            phase="created",
            paused=False,
            created_at=NOW,
            started_at=None,
            finished_at=None,
            finish_reason=None,
            remaining_ms=None,
            config=config,
        )
        self.now = NOW
        self.state = State(View(interview, epoch=1))
        self.epoch = 1
        self.log: list[Logged] = []
        self._stored = self.state
        self._clients = [self.state.view]
        self._told = 0

    # --- what comes in ----------------------------------------------------------------------------

    def do(self, command: Asked, rules: Rules = VOICE) -> Step:
        """A command that is legal."""
        step = self._take(decide(self.state, command, self.now, rules))
        self._stored = self.state
        return step

    def bring(self, *outputs: Output) -> None:
        for output in outputs:
            self._take(receive(self.state, output, self.now))

    def pass_ms(self, ms: int, *, received: int = 0) -> Step:
        """Let the clock go on, and look at it."""
        self.now += ms
        return self._take(tick(self.state, self.now, received=received))

    def _take(self, step: Step) -> Step:
        seq = self.state.view.seq
        for event in step.events:
            seq += 1
            logged = Logged(self.epoch, seq, step.at, event)
            self.log.append(logged)
            received = decode_server(encode_event(logged))
            assert isinstance(received, Logged)
            self._clients = [fold(view, received) for view in self._clients]
        self.state = replace(step.state, view=replace(step.state.view, seq=seq))
        for view in self._clients:
            assert view == self.state.view
        self._clients[1:] = [joined(self.state.view)]
        if step.durable:
            self._stored = self.state
        return step

    def crash(self) -> None:
        """Begin again with what was committed: nothing that streamed, failed or waited."""
        self.epoch += 1
        interview = self._stored.view.interview
        turns = tuple(turn for turn in interview.turns if turn.question or turn.has_outcome)
        self.state = recovered(
            replace(
                self._stored,
                view=View(
                    replace(interview, turns=turns, failed=None, waiting=()), epoch=self.epoch
                ),
                given_up=frozenset(),
                retrying=False,
                exhausted=False,
            )
        )
        self._clients = [joined(self.state.view)]
        self._told = len(self.log)

    # --- what happens often -----------------------------------------------------------------------

    def start(self) -> None:
        self.do(InterviewStart("c"))

    def ask(self, *parts: str, kind: QuestionKind = "main", topic: str = "work") -> None:
        """The next question, whole."""
        work = question(next_turn(self.state))
        self.bring(QuestionBegan(work, kind, topic), *_deltas(work, parts or ("Why?",)))
        self.bring(Ended(work))

    def answer(self, text: str = "Because.") -> None:
        self.do(AnswerSubmit("c", self.turn, text))

    def say(self, work: Work, *parts: str, model: str = "") -> None:
        """A stream, whole."""
        self.bring(Began(work, model), *_deltas(work, parts or ("Good.",)), Ended(work))

    def review(self, lane: int = 0) -> None:
        """The feedback on the newest turn, with its scores."""
        self.say(feedback(self.turn, lane), "Good. ", "Go on.", model="m")
        self.bring(Scored(scores(self.turn, lane), SCORES))

    def report(self) -> None:
        self.bring(Began(REPORTING), Delta(REPORTING, "Well done."), Reported(REPORTING, REPORT))

    def listen(self, *, review: bool = False) -> None:
        self.do(AudioStart("c", self.turn, 16_000, review=review))

    def stop(self) -> None:
        self.do(AudioStop("c", self.turn, 3_200))

    def transcribe(self, text: str = "I did.", *, needs_review: bool = False) -> None:
        result = heard(text, needs_review=needs_review)
        self.bring(Transcribed(transcript(self.turn), result, DELIVERY))

    # --- what can be seen -------------------------------------------------------------------------

    @property
    def interview(self) -> Interview:
        return self.state.view.interview

    @property
    def phase(self) -> Phase:
        return self.interview.phase

    @property
    def turn(self) -> int:
        """The newest turn's number, 0 before the first."""
        return len(self.interview.turns)

    @property
    def wanted(self) -> list[Work]:
        return list(wanted(self.state))

    def told(self) -> list[Event]:
        """The events since this was last asked."""
        events = [logged.event for logged in self.log[self._told :]]
        self._told = len(self.log)
        return events

    def names(self) -> list[str]:
        """The types of the events since this (or `told`) was last asked."""
        return names(self.told())


def names(events: Iterable[Event]) -> list[str]:
    return [event.TYPE for event in events]


def _deltas(work: Work, parts: Iterable[str]) -> list[Delta]:
    return [Delta(work, part) for part in parts]


def in_phase(phase: Phase, config: Config = TWO_QUESTIONS, *, paused: bool = False) -> Play:
    """An interview that has come to `phase` by the shortest way; nothing streams in it."""
    play = Play(config)
    for step in _WAY[phase]:
        _STEPS[step](play)
    if paused:
        play.do(InterviewPause("c"))
    assert play.phase == phase
    play.told()
    return play


_STEPS = {
    "start": Play.start,
    "ask": Play.ask,
    "answer": Play.answer,
    "listen": Play.listen,
    "stop": Play.stop,
    "unsure": lambda play: play.transcribe(needs_review=True),
    "finish": lambda play: play.do(InterviewFinish("c")),
    "report": Play.report,
}
_WAY: dict[Phase, tuple[str, ...]] = {
    "created": (),
    "asking": ("start",),
    "answering": ("start", "ask"),
    "listening": ("start", "ask", "listen"),
    "transcribing": ("start", "ask", "listen", "stop"),
    "reviewing": ("start", "ask", "listen", "stop", "unsure"),
    "evaluating": ("start", "ask", "answer"),
    "reporting": ("start", "ask", "finish"),
    "finished": ("start", "ask", "finish", "report"),
}
