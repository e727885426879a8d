"""What a session needs from the outside. Everything here is a role, played by real parts, and in
tests by plain ones.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from protocol.documents import DocumentKind, Profile
from protocol.draft import State, Voice
from protocol.effects import Output, Work
from protocol.errors import ProtocolError
from protocol.view import Config, Interview, Language, PastScore, Word
from storage.records import Commit as Commit
from storage.records import CorruptRecord as CorruptRecord
from storage.records import Fenced as Fenced
from storage.records import NotStored as NotStored
from storage.records import Outcome as Outcome
from storage.records import Paper as Paper
from storage.records import Purpose as Purpose
from storage.records import Receipt as Receipt
from storage.records import RequestRecord as RequestRecord
from storage.records import Spent as Spent
from storage.records import StorageUnavailable as StorageUnavailable
from storage.records import Unstorable as Unstorable
from storage.records import Woken as Woken

# Samples a second of a recording that was handed in, once it is decoded.
RECORDING_RATE = 16_000


class Conversation(Protocol):
    """An interviewer's side of one interview. It may remember (a plan, a reply that holds several
    works).
    """

    def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        """Do `work` and yield what comes of it.

        A stream yields `Began` (a question `QuestionBegan`), `Delta`s of at least one character,
        and `Ended` (a report `Reported`); a question may yield `NothingToAsk` alone, scores yield
        one `Scored`. `Delayed` and `Failed(retrying=True)` may come before any `Began`, the latter
        also in a stream, which it ends. `Noticed` may come wherever something else follows, but
        not within a stream. Closing the generator stops the work, upstream too.

        Raises:
            InterviewerError: the work failed for good.
        """
        ...

    async def aclose(self) -> None:
        """Let go of what is remembered."""
        ...


class Interviewer(Protocol):
    """Whoever asks, listens and judges: offline, OpenAI, Gemini, or a router over several."""

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models it can use, the preferred one first."""
        ...

    def converse(self, user_id: str, interview_id: str) -> Conversation:
        """Its side of that user's interview."""
        ...


class Listening(Protocol):
    """A voice answer that is being heard."""

    @property
    def received(self) -> int:
        """How many bytes of its audio are there, without a gap."""
        ...

    @property
    def unheard(self) -> int:
        """How many of them have to be listened to yet, in bytes; whoever brings more is made to
        wait.
        """
        ...

    @property
    def partial(self) -> str:
        """What was heard so far."""
        ...

    def take(self, offset: int, chunk: bytes) -> None:
        """More of its audio, from that byte on. What is there already is passed over, as is what
        lies beyond its end.

        Raises:
            ProtocolError: `audio_gap`, once until it is closed; `audio_format`: half a sample.
        """
        ...

    def end(self, length: int) -> None:
        """It was stopped, and has so many bytes in all; said again where only fewer came."""
        ...

    def gap(self) -> ProtocolError | None:
        """`audio_gap`, for who has just stopped it; null: nothing is missing, or it was told."""
        ...

    def outputs(self, work: Work) -> AsyncGenerator[Output, None]:
        """What is heard: `Speech` and `Heard` as it comes, perhaps `Stopped`; after its end, when
        all of it is there, one `Transcribed`.

        Raises:
            InterviewerError: it can't be heard.
        """
        ...


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who answers: a user, in one of their interviews, which hears one answer at a time."""

    owner: str
    interview: str


class Listener(Protocol):
    """Whoever hears spoken answers. One for all interviews."""

    def full_for(self, speaker: Speaker) -> bool:
        """Whether no further answer of theirs can be heard just now."""
        ...

    def expect(self, speaker: Speaker) -> None:
        """An answer of theirs was accepted, and is about to begin: it is to find a place."""
        ...

    def listen(self, speaker: Speaker, language: Language, voice: Voice) -> Listening:
        """Hear an answer of theirs, which begins."""
        ...


class Decoder(Protocol):
    """Whoever makes samples of recordings."""

    async def decode(self, owner: str, recording: bytes) -> bytes:
        """The sound of that user's recording: mono PCM, 16 bit, at `RECORDING_RATE`.

        Raises:
            ProtocolError: `unsupported_media`, `too_large` (it is too long), `overloaded`.
        """
        ...


class InterviewerError(Exception):
    """A work that failed for good. `code` is a stable word, `message` is for the candidate."""

    def __init__(self, code: str, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


class Store(Protocol):
    """What lasts. Every method raises `StorageUnavailable` within bounded time if storage doesn't
    answer.
    """

    async def wake(self, user_id: str, interview_id: str) -> Woken | None:
        """Fetch an interview to run it, under a new term and epoch stored before this returns; a
        finished one keeps its epoch, a new one has its first. Null: not this user's.
        """
        ...

    async def commit(self, commit: Commit) -> None:
        """Store a step, whole or not at all. Goes on to its end if whoever waits is cancelled.

        Raises:
            NotStored: it can't be stored now; nothing was stored.
            Unstorable: it can never be stored; nothing was.
            Fenced: another actor has woken the interview, or it was deleted; nothing was stored.
        """
        ...


class Interviews(Protocol):
    """The interviews as HTTP deals with them, asleep or not."""

    async def create(self, user_id: str, config: Config, *, now: int, key: str | None) -> Interview:
        """A new interview; with an idempotency `key` seen before, the one it made.

        Raises:
            ProtocolError: `id_reused`, for a key that came with another config.
        """
        ...

    async def load(self, user_id: str, interview_id: str) -> Woken | None:
        """As stored, without waking it."""
        ...

    async def words(self, user_id: str, interview_id: str, turn: int) -> tuple[Word, ...] | None:
        """The words of a turn's transcript; null: not this user's interview, no such turn, or
        nothing of it was spoken.
        """
        ...

    async def page(
        self, user_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[Woken], str | None]:
        """A page of the user's interviews, newest first, and the cursor of the next.

        Raises:
            ProtocolError: `malformed`, for a cursor that isn't ours.
        """
        ...

    async def delete(self, user_id: str, interview_id: str) -> bool:
        """Delete it and all that hangs on it; false: not this user's."""
        ...


class Progress(Protocol):
    """How a user's finished interviews were scored."""

    async def page(
        self, user_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[PastScore], str | None]:
        """At most `limit` of the user's scores, those of the interview that was finished last
        first, and the cursor of the next page.

        Raises:
            ProtocolError: `malformed`, for a cursor that isn't ours.
            StorageUnavailable: storage didn't answer, within bounded time.
        """
        ...


class Shelf(Protocol):
    """Where the documents are that an interview is led by."""

    async def papers(self, user_id: str, document_ids: Sequence[str]) -> tuple[Paper, ...]:
        """Those of that user's documents, in that order; what was deleted is left out.

        Raises:
            StorageUnavailable: storage didn't answer, within bounded time.
        """
        ...


class Profiler(Protocol):
    """Whoever reads out of a document what stands in it."""

    async def profile(self, user_id: str, kind: DocumentKind, text: str) -> Profile:
        """What stands in it, in its own words. Never fails: what can't be told is left out, and it
        takes no longer than some seconds, as an upload waits for it.
        """
        ...


class Ledger(Protocol):
    """What was asked of models, and what it cost."""

    async def spent(self, user_id: str, interview_id: str) -> Spent:
        """What an interview has cost, and its user in the last 24 hours. What was recorded a
        moment ago may be missing.

        Raises:
            StorageUnavailable: storage didn't answer, within bounded time.
        """
        ...

    def record(self, entry: RequestRecord) -> None:
        """Have it stored in a while. Never waits, and raises nothing: what can't be stored for so
        long that too much gathers is lost, and counted in the log.
        """
        ...


class Alarm(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    """Time, as passed in: real, or a test's."""

    def now(self) -> int:
        """Unix time in milliseconds."""
        ...

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Alarm: ...

    async def sleep(self, delay_s: float) -> None: ...
