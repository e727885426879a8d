"""The offline interviewer: asks, listens and judges without any model, key or network.

It asks from question banks, follows up on what an answer lacks, and judges by what stands in the
text. It has read the documents that the interview was given. With the same seed and documents, the
same interview goes the same way, also when it is rebuilt in the middle: every choice follows from
seed, interview, state and documents (`chance.py`), and nothing else is remembered. All data is read
when the interviewer is made; while it speaks, only the documents are fetched, once.
"""

from collections.abc import AsyncGenerator, Iterator

from protocol.draft import State
from protocol.effects import (
    Began,
    Delta,
    Ended,
    NothingToAsk,
    Output,
    QuestionBegan,
    Reported,
    Scored,
    Work,
)
from protocol.view import Interview, Turn
from realtime.interviewer.offline.asking import next_question
from realtime.interviewer.offline.banks import ROLES
from realtime.interviewer.offline.chance import Chance
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.documents import Documents
from realtime.interviewer.offline.feedback import feedback
from realtime.interviewer.offline.hints import hint
from realtime.interviewer.offline.library import Library, load_library
from realtime.interviewer.offline.report import MODEL, report
from realtime.interviewer.offline.scoring import score
from realtime.interviewer.offline.text import pieces
from realtime.ports import Clock, Shelf


class OfflineInterviewer:
    """An `Interviewer` that needs nothing but its data files.

    `pace`: words a second of each stream; null or 0 is as fast as they are taken. `shelf`: where
    the interviews' documents are; without one, none are read.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        pace: float | None = None,
        library: Library | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        """Read the data, unless a `library` is given.

        Raises:
            DataFileError: a data file can't be used.
            ValueError: a negative `pace`.
        """
        if pace is not None and pace < 0:
            raise ValueError(f"a pace of {pace} words a second")
        self._clock = clock
        self._seed = seed
        self._pace = pace
        self._library = library or load_library()
        self._shelf = shelf

    @property
    def models(self) -> tuple[str, ...]:
        return (MODEL,)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that have a bank of their own; any other is asked general questions."""
        return ROLES

    def converse(self, user_id: str, interview_id: str) -> "OfflineConversation":
        documents = Documents(self._shelf, user_id)
        chance = Chance(self._seed, interview_id)
        return OfflineConversation(self._library, chance, documents, self._clock, self._pace)


class OfflineConversation:
    """The offline interviewer in one interview."""

    def __init__(
        self,
        library: Library,
        chance: Chance,
        documents: Documents,
        clock: Clock,
        pace: float | None,
    ) -> None:
        self._library = library
        self._chance = chance
        self._documents = documents
        self._clock = clock
        self._pace = pace
        self._desk: Desk | None = None

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        """Do a work, as `realtime.ports.Conversation` has it.

        Raises:
            ValueError: a work that no interviewer of this kind is asked for (a rival's answer, a
            transcript).
        """
        interview = state.view.interview
        desk = (await self._desk_of(interview)).later(interview)
        began = self._clock.now()
        spoken = 0
        for output in self._outputs(work, desk, state):
            if isinstance(output, Delta) and self._pace:
                due = began + round(spoken * 1_000 / self._pace)
                spoken += 1
                if (ahead := due - self._clock.now()) > 0:
                    await self._clock.sleep(ahead / 1_000)
            yield output

    async def aclose(self) -> None:
        """Nothing is to be let go of but the documents, which go with this."""

    async def _desk_of(self, interview: Interview) -> Desk:
        """A desk with the interview's documents on it, kept once they are there."""
        if self._desk is not None:
            return self._desk
        papers = await self._documents.papers(interview)
        desk = Desk(self._library, self._chance, interview, papers or ())
        if papers is not None:
            self._desk = desk
        return desk

    def _outputs(self, work: Work, desk: Desk, state: State) -> Iterator[Output]:
        match work.what:
            case "question":
                yield from _question(work, desk, state)
            case "feedback":
                yield Began(work, MODEL)
                yield from _spoken(work, feedback(desk, _turn(work, desk)))
                yield Ended(work)
            case "hint":
                yield Began(work, MODEL)
                yield from _spoken(work, hint(desk, _turn(work, desk)))
                yield Ended(work)
            case "scores":
                scoring = score(desk, _turn(work, desk))
                yield Scored(work, scoring.scores, scoring.reason)
            case "report":
                made = report(desk)
                yield Began(work, MODEL)
                yield from _spoken(work, made.text)
                yield Reported(work, made)
            case "rival" | "transcript":
                raise ValueError(f"the offline interviewer gives no {work.what}")


def _question(work: Work, desk: Desk, state: State) -> Iterator[Output]:
    assert work.turn is not None
    asked = next_question(desk, state, work.turn)
    if asked is None:
        yield NothingToAsk(work)
        return
    yield QuestionBegan(work, asked.kind, asked.topic)
    yield from _spoken(work, asked.text)
    yield Ended(work)


def _spoken(work: Work, text: str) -> Iterator[Output]:
    return (Delta(work, piece) for piece in pieces(text))


def _turn(work: Work, desk: Desk) -> Turn:
    assert work.turn is not None
    return desk.interview.turns[work.turn - 1]
