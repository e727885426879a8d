"""One random interview, from its seed: first anything happens, then all goes well, and it ends."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from protocol.agenda import IN_PROGRESS, wanted
from protocol.commands import (
    COMMANDS,
    AnswerSubmit,
    Asked,
    AudioCancel,
    AudioRecord,
    AudioStart,
    AudioStop,
    GenerationCancel,
    GenerationRetry,
    HintRequest,
    InterviewFinish,
    InterviewPause,
    InterviewResume,
    InterviewStart,
    QuestionSkip,
)
from protocol.draft import State
from protocol.effects import Work
from protocol.states import LEGAL, LEGAL_WHILE_PAUSED
from protocol.time_limit import SPARED_MS
from protocol.view import Config, Interview, View
from tests.simulation.client import Client
from tests.simulation.interviewer import Interviewer, Mood
from tests.simulation.server import RECEIVED, Server
from tests.simulation.store import Store

NOW = 1_700_000_000_000
KINDS: list[type[Asked]] = [*COMMANDS.values(), AudioRecord]
ACTIONS = 50
# Far more than the longest interview needs to come to its end.
PATIENCE = 5_000


@dataclass
class Figures:
    """What happened in an interview, or in many."""

    interviews: int = 0
    events: int = 0
    acks: int = 0
    crashes: int = 0

    def add(self, other: "Figures") -> None:
        self.interviews += other.interviews
        self.events += other.events
        self.acks += other.acks
        self.crashes += other.crashes


def simulate(seed: int) -> Figures:
    """Play interview `seed`.

    Raises:
        AssertionError: something that has to hold doesn't.
    """
    simulation = Simulation(seed)
    simulation.trouble()
    simulation.calm()
    return simulation.figures()


class Simulation:
    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.store = Store(random_config(self.chance), NOW)
        mood = Mood(
            delay=self.chance.choice((0.0, 0.3)),
            failover=self.chance.choice((0.0, 0.2)),
            failure=self.chance.choice((0.0, 0.0, 0.3)),
        )
        self.interviewer = Interviewer(self.chance, mood)
        self.server = Server(self.store, self.interviewer, self.chance, NOW)
        self.server.faults = self.chance.choice((0.0, 0.0, 0.05))
        self.clients = [Client(self.server) for _ in range(self.chance.choice((1, 1, 2, 3)))]
        self._crashes = self.chance.choice((0.0, 0.01, 0.05))
        self._ids = 0

    def figures(self) -> Figures:
        acks = sum(len(client.acked) for client in self.clients)
        return Figures(1, self.server.events, acks, self.server.crashes)

    # --- what happens -----------------------------------------------------------------------------

    def trouble(self) -> None:
        """Anything happens, in any order."""
        for _ in range(ACTIONS):
            dice = self.chance.random()
            if dice < self._crashes:
                self.server.crash()
            elif dice < 0.48:
                self._progress()
            elif dice < 0.74:
                self._command()
            elif dice < 0.79:
                self.server.now += self.chance.choice((10, 1_000, 30_000, 60_000))
                self.server.tick()
            else:
                self._connection()
            self._assert_sound()

    def calm(self) -> None:
        """Nothing fails any more and the candidate does what is next: the interview ends."""
        self.interviewer.mood = Mood()
        self.server.faults = 0.0
        candidate = self.clients[0]
        for command in list(candidate.unanswered):
            candidate.send(command)
        for _ in range(PATIENCE):
            if self.server.state.view.interview.phase == "finished":
                break
            self._catch_up(candidate)
            if self.server.starved:
                self._never_comes(candidate)
            move = self._next(self.server.state.view.interview)
            if move is not None:
                candidate.send(move)
            for work in self.server.running:
                if work in self.server.running:
                    self.server.go_on(work)
            self._assert_sound()
        else:
            raise AssertionError("the interview doesn't come to its end")
        self._assert_over()

    def _never_comes(self, candidate: Client) -> None:
        """Nobody has the audio that is missing: where there is a limit, time brings the end."""
        interview = self.server.state.view.interview
        if interview.config.time_limit_s is None:
            candidate.send(AudioCancel(self._id(), len(interview.turns)))
        else:
            self.server.now += SPARED_MS
            self.server.tick()

    def _progress(self) -> None:
        if self.server.running:
            self.server.go_on(self.chance.choice(self.server.running))

    def _connection(self) -> None:
        client = self.chance.choice(self.clients)
        if not client.connected:
            client.open(self.chance)
        elif self.chance.random() < 0.15:
            client.drop()
        else:
            client.read(self.chance.choice((1, 5, 100)))

    def _catch_up(self, client: Client) -> None:
        while True:
            if not client.connected:
                client.open(self.chance)
            client.read(64)
            view = client.view
            if client.connected and view is not None and view.seq == self.server.log.head:
                return

    # --- commands ---------------------------------------------------------------------------------

    def _command(self) -> None:
        """Something sensible, something arbitrary, or something sent before."""
        client = self.clients[0]
        dice = self.chance.random()
        if client.unanswered and dice < 0.4:
            client.send(self.chance.choice(client.unanswered))
        elif client.acked and dice < 0.15:
            client.send(self.chance.choice(list(client.acked.values())))
        elif client.acked and dice < 0.18:
            known = self.chance.choice(list(client.acked))
            client.send(self._arbitrary(known, KINDS))
        else:
            command = self._wish(client.view)
            if command is not None:
                client.send(command, lost=self.chance.random() < 0.1)

    def _wish(self, view: View | None) -> Asked | None:
        """Of a candidate who sees `view`, which may be long past."""
        dice = self.chance.random()
        if view is None or dice < 0.2:
            return self._arbitrary(self._id(), KINDS)
        if dice < 0.6:
            legal = LEGAL_WHILE_PAUSED if view.interview.paused else LEGAL[view.interview.phase]
            recordings = {AudioRecord} if AudioStart in legal else set()
            kinds = sorted(legal | recordings | {GenerationCancel}, key=lambda kind: kind.TYPE)
            return self._arbitrary(self._id(), kinds)
        return self._next(view.interview)

    def _id(self) -> str:
        self._ids += 1
        return f"c{self._ids}"

    def _arbitrary(self, command_id: str, kinds: list[type[Asked]]) -> Asked:
        """A command of one of these kinds, for the newest turn or near it; few end it all."""
        newest = max(1, len(self.server.state.view.interview.turns))
        turn = newest if self.chance.random() < 0.8 else newest + 1
        kind = self.chance.choice(kinds)
        while kind is InterviewFinish and self.chance.random() < 0.8:
            kind = self.chance.choice(kinds)
        if kind is AnswerSubmit:
            return AnswerSubmit(command_id, turn, self.chance.choice(("Because.", "했다.")))
        if kind is AudioStart:
            return AudioStart(command_id, turn, 16_000, review=self.chance.random() < 0.3)
        if kind is AudioStop:
            return AudioStop(command_id, turn, self.chance.choice((RECEIVED, 2 * RECEIVED)))
        if kind is AudioRecord:
            recording = self.chance.choice(("5e1f", "0a0b"))
            review = self.chance.random() < 0.3
            return AudioRecord(command_id, turn, recording, 16_000, 640, review)
        if kind is GenerationCancel:
            what = self.chance.choice(("hint", "feedback"))
            return GenerationCancel(command_id, turn, "hint" if what == "hint" else "feedback")
        if kind is AudioCancel or kind is QuestionSkip or kind is HintRequest:
            return kind(command_id, turn)
        assert kind in (
            InterviewStart,
            GenerationRetry,
            InterviewPause,
            InterviewResume,
            InterviewFinish,
        )
        return kind(command_id)

    def _next(self, interview: Interview) -> Asked | None:
        """What a candidate does next, as far as it is his move."""
        turn = len(interview.turns)
        if interview.paused:
            return InterviewResume(self._id())
        if interview.failed is not None:
            return GenerationRetry(self._id())
        match interview.phase:
            case "created":
                return InterviewStart(self._id())
            case "answering":
                return self._outcome(turn)
            case "listening":
                return AudioStop(self._id(), turn, RECEIVED)
            case "reviewing":
                return AnswerSubmit(self._id(), turn, "I did, really.")
        return None

    def _outcome(self, turn: int) -> Asked:
        """What a candidate does who has been asked."""
        dice = self.chance.random()
        if dice < 0.25:
            return AudioStart(self._id(), turn, 16_000, review=dice < 0.1)
        if dice < 0.3:
            return AudioRecord(self._id(), turn, "5e1f", 16_000, 640)
        if dice < 0.5 and not self.server.state.hinting:
            return HintRequest(self._id(), turn)
        if dice < 0.6:
            return QuestionSkip(self._id(), turn)
        return AnswerSubmit(self._id(), turn, "Because.")

    # --- what has to hold -------------------------------------------------------------------------

    def _assert_sound(self) -> None:
        """After every step: one turn is open, and somebody has something to do."""
        state = self.server.state
        interview = state.view.interview
        turns = interview.turns
        assert [turn.turn for turn in turns] == list(range(1, len(turns) + 1))
        assert all(turn.has_outcome for turn in turns[:-1])
        if interview.phase in ("answering", "listening", "transcribing", "reviewing"):
            assert turns and turns[-1].question is not None and not turns[-1].has_outcome
        if interview.phase in ("evaluating", "reporting", "finished"):
            assert all(turn.has_outcome for turn in turns)
        assert (interview.report is not None) == (interview.phase == "finished")
        self._assert_voice(state)
        assert not interview.paused or interview.phase in IN_PROGRESS
        waits = interview.phase in ("asking", "evaluating", "transcribing", "reporting")
        held = interview.paused or (interview.failed is not None and not state.retrying)
        due = wanted(state)
        if waits and not held:
            assert due, "the interview waits for the server, which has nothing to do"
        if state.hinting and not interview.paused:
            assert Work("hint", len(turns)) in due, "a hint was asked for"
        for item in interview.waiting:
            waited = Work(item.what, item.turn, item.lane) in due
            assert waited or (state.exhausted and item.what == "question")
        self._assert_clock(state)

    def _assert_voice(self, state: State) -> None:
        """What is known of a spoken answer goes with the phase, as storage has it too."""
        interview, voice = state.view.interview, state.voice
        assert (voice is not None) == (interview.phase in ("listening", "transcribing"))
        if voice is not None:
            assert voice.turn == len(interview.turns)
            assert (voice.bytes is None) == (interview.phase == "listening")
            assert voice.bytes is not None or voice.recording is None
        assert state.delivery is None or interview.phase == "reviewing"
        assert not state.time_up or voice is not None

    def _assert_clock(self, state: State) -> None:
        """Where there is a limit, the clock runs or has stopped everything."""
        interview = state.view.interview
        limited = interview.config.time_limit_s is not None
        if not limited or interview.paused or interview.phase not in IN_PROGRESS:
            assert state.deadline_at is None
            return
        runs = state.deadline_at is not None and state.deadline_at > self.server.now
        if state.time_up:
            assert interview.phase == "transcribing"
            assert runs or not self.server.starved, "what is missing is waited for without end"
        else:
            assert runs

    def _assert_over(self) -> None:
        """At the end: all that was acknowledged is there, once, and everybody agrees."""
        for client in self.clients:
            self._catch_up(client)
            client.assert_agrees()
        receipts = Counter(command_id for command_id, _ in self.store.receipts)
        acked = {key: value for client in self.clients for key, value in client.acked.items()}
        assert all(receipts[command_id] == 1 for command_id in acked)
        self.server.crash()
        interview = self.server.state.view.interview
        for command in acked.values():
            assert_effect(command, interview)
        for client in self.clients:
            self._catch_up(client)
            for command in client.acked.values():
                client.send(command)
        assert self.server.running == []


def assert_effect(command: Asked, interview: Interview) -> None:
    """What an acknowledged command did is there at the end."""
    match command:
        case InterviewStart():
            assert interview.started_at is not None
        case InterviewFinish():
            assert interview.finish_reason == "requested"
        case AnswerSubmit():
            assert interview.turns[command.turn - 1].answer == command.text
        case QuestionSkip():
            assert interview.turns[command.turn - 1].skipped


def random_config(chance: Random) -> Config:
    """Of an interview of a few questions."""
    return Config(
        role="backend",
        questions=chance.randint(1, 3),
        follow_ups=chance.choice((0, 0, 1, 2)),
        feedback=chance.choice(("each", "each", "each", "end")),
        time_limit_s=chance.choice((None, None, 60, 300)),
        question_list=("One?", "Two?") if chance.random() < 0.15 else None,
        models=chance.choice((None, None, ("a", "b"), ("a", "b", "c"))),
        rival=chance.choice((None, None, "beginner")),
    )
