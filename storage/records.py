"""What storage takes and gives: the values that pass between it and whoever runs an interview.

An interview is run by one actor at a time. Whoever wakes it gets a *term*, the fencing token, which
grows with each waking: storage takes a commit only under the newest. A term is no epoch
(`protocol.md` 1): an epoch is a history that clients know of, and may outlive a term.
"""

from dataclasses import dataclass

from protocol.draft import State


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
