"""The tables.

Rules: times are Unix milliseconds, as on the wire, so that they come back as they were. A column
that holds a field of `protocol.view` has its name; a nested value is `jsonb`, and null is SQL's.
What may be in a column is a constraint here, not a hope. The migrations make these tables; a test
holds the two together.
"""

from typing import Any, ClassVar, get_args
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from protocol.documents import DocumentKind
from protocol.view import AnswerSource, FinishReason, Phase, QuestionKind
from storage.records import Outcome, Purpose

_JSON = JSONB(none_as_null=True)


def _one_of(column: str, words: Any) -> CheckConstraint:
    """Only the words of that `Literal`, or of several (or null, where the column may be)."""
    parts = [get_args(each) or (each,) for each in get_args(words)]
    listed = ", ".join(f"'{word}'" for part in parts for word in part)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Base(DeclarativeBase):
    """Names what would otherwise be named by the database, so that migrations can speak of it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {str: Text}


class UserRow(Base):
    __tablename__ = "users"
    __table_args__ = (
        {"comment": "Who takes interviews; made with the first one, or the first document."},
    )

    id: Mapped[str] = mapped_column(primary_key=True, comment="The token's sub.")
    created_at: Mapped[int] = mapped_column(BigInteger, comment="Unix ms.")


class InterviewRow(Base):
    __tablename__ = "interviews"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key"),
        Index("ix_interviews_newest", "user_id", "created_at", "id"),
        # Of what changes only in the end: a commit before that writes no index.
        Index(
            "ix_interviews_reported",
            "user_id",
            "finished_at",
            "id",
            postgresql_where=text("report IS NOT NULL"),
        ),
        _one_of("phase", Phase),
        _one_of("finish_reason", FinishReason),
        CheckConstraint("epoch >= 1", name="epoch"),
        CheckConstraint("seq >= 0", name="seq"),
        CheckConstraint("term >= 0", name="term"),
        CheckConstraint("(finished_at IS NULL) = (finish_reason IS NULL)", name="finish"),
        CheckConstraint("phase <> 'finished' OR report IS NOT NULL", name="report"),
        CheckConstraint(
            "(voice IS NOT NULL) = (phase IN ('listening', 'transcribing'))", name="voice"
        ),
        CheckConstraint("NOT time_up OR voice IS NOT NULL", name="time_up"),
        CheckConstraint("delivery IS NULL OR phase = 'reviewing'", name="delivery"),
        {"comment": "One row an interview; every commit updates it, if its term is the row's."},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    idempotency_key: Mapped[str | None] = mapped_column(
        comment="What the user named the request that made it, if anything."
    )
    config: Mapped[Any] = mapped_column(
        _JSON, nullable=False, comment="As posted, defaults filled."
    )
    phase: Mapped[str]
    paused: Mapped[bool]
    epoch: Mapped[int] = mapped_column(
        BigInteger, comment="Counts the unbroken histories; 0: never woken."
    )
    seq: Mapped[int] = mapped_column(
        BigInteger, comment="The last event of this epoch that a commit knew of."
    )
    term: Mapped[int] = mapped_column(
        BigInteger, comment="Counts the wakings; who doesn't know the newest can't write."
    )
    owner: Mapped[str | None] = mapped_column(
        comment="The server that woke it last: its name and a number of its start."
    )
    created_at: Mapped[int] = mapped_column(BigInteger, comment="Unix ms.")
    started_at: Mapped[int | None] = mapped_column(BigInteger, comment="Unix ms.")
    finished_at: Mapped[int | None] = mapped_column(BigInteger, comment="Unix ms.")
    finish_reason: Mapped[str | None]
    remaining_ms: Mapped[int | None] = mapped_column(
        BigInteger, comment="When last started, paused or resumed; null without a limit."
    )
    deadline_at: Mapped[int | None] = mapped_column(
        BigInteger, comment="When the time is up (Unix ms); null without a limit or while paused."
    )
    hinting: Mapped[bool] = mapped_column(comment="A hint was asked for and isn't complete.")
    report: Mapped[Any | None] = mapped_column(_JSON)
    voice: Mapped[Any | None] = mapped_column(
        _JSON, comment="The answer that is being spoken or transcribed, as it was begun."
    )
    time_up: Mapped[bool] = mapped_column(
        comment="The time ran out while an answer was being spoken."
    )
    delivery: Mapped[Any | None] = mapped_column(
        _JSON, comment="How the answer was spoken that is being reviewed."
    )
    ended_by_server: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), comment="The turns whose spoken answer the server ended by itself."
    )


class TurnRow(Base):
    __tablename__ = "turns"
    __table_args__ = (
        _one_of("kind", QuestionKind),
        _one_of("source", AnswerSource),
        CheckConstraint("turn >= 1", name="turn"),
        CheckConstraint("number BETWEEN 1 AND turn", name="number"),
        CheckConstraint("(kind = 'follow_up') = (parent_turn IS NOT NULL)", name="parent_turn"),
        CheckConstraint("question IS NOT NULL OR skipped", name="question"),
        CheckConstraint("NOT (skipped AND answer IS NOT NULL)", name="outcome"),
        CheckConstraint("(answer IS NULL) = (source IS NULL)", name="answer"),
        {"comment": "A question that was put, and what became of it."},
    )

    interview_id: Mapped[str] = mapped_column(
        ForeignKey("interviews.id", ondelete="CASCADE"), primary_key=True
    )
    turn: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Counts all questions from 1."
    )
    number: Mapped[int] = mapped_column(comment="Of its main question, from 1.")
    kind: Mapped[str]
    topic: Mapped[str]
    parent_turn: Mapped[int | None] = mapped_column(comment="A follow-up's main turn.")
    question: Mapped[str | None] = mapped_column(
        comment="Null only if it was never asked and the interview was finished."
    )
    hints: Mapped[Any] = mapped_column(_JSON, nullable=False)
    transcript: Mapped[Any | None] = mapped_column(_JSON)
    answer: Mapped[str | None]
    source: Mapped[str | None]
    delivery: Mapped[Any | None] = mapped_column(_JSON, comment="How it was spoken.")
    skipped: Mapped[bool]
    rival: Mapped[str | None] = mapped_column(comment="The rival's answer.")


class TranscriptWordsRow(Base):
    """Apart from its turn: whoever loads an interview has no use for them, and they are many."""

    __tablename__ = "transcript_words"
    __table_args__ = (
        ForeignKeyConstraint(
            ["interview_id", "turn"], ["turns.interview_id", "turns.turn"], ondelete="CASCADE"
        ),
        {"comment": "The words of a turn's transcript, with their places in the audio."},
    )

    interview_id: Mapped[str] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words: Mapped[Any | None] = mapped_column(
        _JSON, comment="Null once the transcript was dropped."
    )


class FeedbackRow(Base):
    __tablename__ = "feedback"
    __table_args__ = (
        ForeignKeyConstraint(
            ["interview_id", "turn"], ["turns.interview_id", "turns.turn"], ondelete="CASCADE"
        ),
        CheckConstraint("lane >= 0", name="lane"),
        CheckConstraint("scored OR NOT cancelled", name="cancelled"),
        CheckConstraint("scored OR scores IS NULL", name="scores"),
        {"comment": "A lane's review of an answer, once its text is complete."},
    )

    interview_id: Mapped[str] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    model: Mapped[str]
    text: Mapped[str]
    scores: Mapped[Any | None] = mapped_column(_JSON)
    cancelled: Mapped[bool]
    scored: Mapped[bool] = mapped_column(
        comment="No scores are awaited any more, be it that there are none."
    )


class ReceiptRow(Base):
    __tablename__ = "receipts"
    __table_args__ = ({"comment": "A command that took effect, committed with its effect."},)

    interview_id: Mapped[str] = mapped_column(
        ForeignKey("interviews.id", ondelete="CASCADE"), primary_key=True
    )
    command_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(comment="Of the command's content.")


class ModelRequestRow(Base):
    __tablename__ = "model_requests"
    __table_args__ = (
        Index("ix_model_requests_interview_id", "interview_id"),
        Index(
            "ix_model_requests_spent",
            "user_id",
            "at",
            postgresql_include=["cost_micro_usd"],
        ),
        _one_of("what", Purpose),
        _one_of("outcome", Outcome),
        CheckConstraint("turn >= 1", name="turn"),
        CheckConstraint("lane >= 0", name="lane"),
        CheckConstraint("input_tokens >= 0", name="input_tokens"),
        CheckConstraint("cached_tokens >= 0", name="cached_tokens"),
        CheckConstraint("output_tokens >= 0", name="output_tokens"),
        CheckConstraint("cost_micro_usd >= 0", name="cost_micro_usd"),
        CheckConstraint("first_token_ms >= 0", name="first_token_ms"),
        CheckConstraint("duration_ms >= 0", name="duration_ms"),
        {
            "comment": "A request to a model and what it took, without its text. It outlives its "
            "interview: what was spent stays spent."
        },
    )

    id: Mapped[UUID] = mapped_column(
        primary_key=True, comment="Given before it is stored, so that it is stored once."
    )
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    interview_id: Mapped[str | None] = mapped_column(
        ForeignKey("interviews.id", ondelete="SET NULL"), comment="Null once that was deleted."
    )
    turn: Mapped[int | None] = mapped_column(comment="Null for what is of no turn, a report.")
    what: Mapped[str]
    lane: Mapped[int]
    provider: Mapped[str]
    model: Mapped[str]
    outcome: Mapped[str]
    input_tokens: Mapped[int]
    cached_tokens: Mapped[int] = mapped_column(comment="Part of the input.")
    output_tokens: Mapped[int]
    estimated: Mapped[bool] = mapped_column(comment="The provider didn't count the tokens.")
    cost_micro_usd: Mapped[int | None] = mapped_column(
        BigInteger, comment="Millionths of a US dollar; null where no price is known."
    )
    first_token_ms: Mapped[int | None] = mapped_column(
        BigInteger, comment="From the request on; null: none came."
    )
    duration_ms: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[int] = mapped_column(BigInteger, comment="Of its end; Unix ms.")


class DocumentRow(Base):
    __tablename__ = "documents"
    __table_args__ = (
        Index("ix_documents_newest", "user_id", "created_at", "id"),
        Index("uq_documents_object_key", "object_key", unique=True),
        _one_of("kind", DocumentKind),
        CheckConstraint("chars >= 1", name="chars"),
        CheckConstraint("size_bytes >= 1", name="size_bytes"),
        CheckConstraint("(data IS NULL) <> (object_key IS NULL)", name="place"),
        {"comment": "What a user has handed in: the file, its text, and what stands in it."},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(comment="The file's, without a path.")
    media_type: Mapped[str] = mapped_column(comment="As its content tells.")
    chars: Mapped[int] = mapped_column(comment="Of the text.")
    text: Mapped[str]
    profile: Mapped[Any | None] = mapped_column(_JSON)
    size_bytes: Mapped[int] = mapped_column(comment="Of the file.")
    data: Mapped[bytes | None] = mapped_column(comment="The file, unless it is an object.")
    object_key: Mapped[str | None] = mapped_column(comment="In the object store, else null.")
    created_at: Mapped[int] = mapped_column(BigInteger, comment="Unix ms.")


class UnwantedObjectRow(Base):
    __tablename__ = "unwanted_objects"
    __table_args__ = (
        Index("ix_unwanted_objects_due_at", "due_at"),
        CheckConstraint("tries >= 0", name="tries"),
        {
            "comment": "Objects to be deleted from the object store. One is in here from before it "
            "is put there until its document is stored, and again from when that is deleted."
        },
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(comment="Whose it was; such a user may be gone.")
    due_at: Mapped[int] = mapped_column(BigInteger, comment="When it is to be tried; Unix ms.")
    tries: Mapped[int] = mapped_column(comment="How often deleting it was begun.")
