"""What storage takes and gives: the values that pass between it and whoever runs an interview.

An interview is run by one actor at a time. Whoever wakes it gets a *term*, the fencing token, which
grows with each waking: storage takes a commit only under the newest. A term is no epoch
(`protocol.md` 1): an epoch is a history that clients know of, and may outlive a term.
"""

from dataclasses import dataclass
from typing import Literal

from protocol.documents import DocumentKind, Profile
from protocol.draft import State
from protocol.effects import WorkKind

# What a model is asked for: a work, or what stands beside all works.
Purpose = WorkKind | Literal["plan", "profile"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a command took effect: its id, and a digest of its content (to tell a repetition from a
    reuse).
    """

    command_id: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Woken:
    """An interview fetched from storage to be run: under a new term, and a new epoch unless it is
    finished.

    `seq`: where the log stands (0 in a new epoch, the last event of a finished interview).
    `receipts`: the digests of all its commands, by id. Where an interview is only looked at, not
    woken, `epoch`, `seq` and `term` are as stored, and no receipts are fetched.
    """

    user_id: str
    state: State
    epoch: int
    seq: int
    term: int
    receipts: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Commit:
    """One step to be stored: what changed from `before` to `after`, and the receipt that goes with
    it.

    `term`: as woken. `seq`: the last event's number once the step is said.
    """

    before: State
    after: State
    term: int
    seq: int
    receipt: Receipt | None


# How a request to a model ended: as the model ended its reply, left by whoever asked, or with a
# trouble (`realtime.interviewer.model` tells what each is).
Outcome = Literal[
    "stop",
    "length",
    "filtered",
    "cancelled",
    "rate_limited",
    "unavailable",
    "slow",
    "cut",
    "garbled",
    "empty",
    "rejected",
    "unauthorized",
]


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request to a model, for the books: whose it was and what it took, and no text.

    `turn`: null for what is of no turn, a report. `cached_tokens` are part of `input_tokens`.
    `estimated`: the provider didn't count the tokens, we did. `cost_micro_usd`: in millionths of a
    US dollar; null where no price is known. `first_token_ms`: from the request on; null: none came.
    `duration_ms`: to its end. `at`: that end, Unix ms.
    """

    user_id: str
    interview_id: str
    turn: int | None
    what: Purpose
    lane: int
    provider: str
    model: str
    outcome: Outcome
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    estimated: bool
    cost_micro_usd: int | None
    first_token_ms: int | None
    duration_ms: int
    at: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What models have cost so far, in millionths of a US dollar, as far as prices are known: of
    an interview, and of its user in the last 24 hours, in all interviews, deleted ones too.
    """

    interview_micro_usd: int
    user_micro_usd: int


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as whoever leads an interview reads it."""

    kind: DocumentKind
    text: str
    profile: Profile | None


class StorageUnavailable(Exception):
    """Storage didn't answer. Whether the commit took place is not known."""


class NotStored(StorageUnavailable):
    """Storage can't take the commit now. Nothing of it was stored, and nothing will be."""


class Unstorable(Exception):
    """Storage refuses what is in the commit, and always will. Nothing of it was stored."""


class Fenced(Exception):
    """The commit's term is not the interview's: another actor has woken it, or it was deleted.

    Nothing was stored, and nothing will be: whoever runs it under that term must stop.
    """


class CorruptRecord(Exception):
    """What is stored is no interview; the message names the interview and the place."""
