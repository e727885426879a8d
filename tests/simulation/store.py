"""A database that can fail: the rows are those of `storage.rows`, the tables are dicts."""

from typing import Any

import orjson

from protocol.draft import State
from protocol.view import Config, Interview
from storage.records import Commit, StorageUnavailable
from storage.rows import changes, new_interview, states

Row = dict[str, Any]


class Store:
    """One interview as a database keeps it, and the receipts of its commands."""

    def __init__(self, config: Config, now: int) -> None:
        interview = Interview(
            id="i1",
            phase="created",
            paused=False,
            created_at=now,
            started_at=None,
            finished_at=None,
            finish_reason=None,
            remaining_ms=None,
            config=config,
        )
        self.receipts: list[tuple[str, bytes]] = []
        self._interview = _stored(new_interview(interview, "u1", None))
        self._turns: dict[int, Row] = {}
        self._feedback: dict[tuple[int, int], Row] = {}

    def wake(self) -> State:
        """The interview as stored, under a new epoch unless it is finished."""
        if self._interview["phase"] != "finished":
            self._interview |= {"epoch": self._interview["epoch"] + 1, "seq": 0}
        self._interview["term"] += 1
        (state,) = states(
            [self._interview],
            [row for _, row in sorted(self._turns.items())],
            [row for _, row in sorted(self._feedback.items())],
        )
        return state

    @property
    def term(self) -> int:
        """The newest."""
        return int(self._interview["term"])

    def commit(self, commit: Commit, fault: str | None) -> None:
        """Store a step. `fault`: the answer is lost, `before` or `after` it was stored.

        Raises:
            StorageUnavailable: whether it was stored is not known.
        """
        if fault == "before":
            raise StorageUnavailable
        changed = changes(commit)
        self._interview |= _stored(changed.interview)
        for row in changed.turns:
            self._turns[row["turn"]] = _stored(row)
        for row in changed.feedback:
            self._feedback[row["turn"], row["lane"]] = _stored(row)
        if commit.receipt is not None:
            self.receipts.append((commit.receipt.command_id, commit.receipt.digest))
        if fault == "after":
            raise StorageUnavailable


def _stored(row: Row) -> Row:
    """As it comes back from columns and JSON documents."""
    stored: Row = orjson.loads(orjson.dumps(row))
    return stored
