"""The event log of one interview, which every connection reads from a position (`protocol.md` 1, 3,
5).

Pure: no clock, no task, no socket. The log is bounded: it keeps the newest `keep` events, and a
reader that falls off its start is told so. Readers hold no queue; they are woken, and read.

A tail grows: the last delta of a stream takes in what follows until somebody has read it, so that
an unread stream costs one event and not hundreds. What has been read never changes. An event is
encoded once, when it is first read, for all readers.
"""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import replace

from protocol.codec import encode_event
from protocol.commands import Position
from protocol.events import (
    Event,
    FeedbackDelta,
    HintDelta,
    Logged,
    QuestionDelta,
    ReportDelta,
    RivalDelta,
)

KEEP = 256

Delta = QuestionDelta | HintDelta | FeedbackDelta | RivalDelta | ReportDelta
_DELTAS = (QuestionDelta, HintDelta, FeedbackDelta, RivalDelta, ReportDelta)


class FellBehindError(Exception):
    """The events that were asked for are no longer in the log."""


class Log:
    """Events `start` to `head` of an epoch.

    `keep` is the number of events that are kept at least (256 by `protocol.md` 3).
    """

    __slots__ = ("_entries", "_keep", "_read", "_tails", "_wakes", "epoch", "head")

    def __init__(self, epoch: int, head: int = 0, *, keep: int = KEEP) -> None:
        self.epoch = epoch
        self.head = head
        self._keep = keep
        self._read = head
        self._entries: deque[Logged | bytes] = deque()
        self._tails: dict[Hashable, int] = {}
        self._wakes: dict[Callable[[], None], None] = {}

    @property
    def start(self) -> int:
        """The `seq` of the oldest event that is kept; `head + 1` if none is."""
        return self.head - len(self._entries) + 1

    def append(self, event: Event, at: int) -> None:
        """Say `event` at `at` (Unix ms), or let the tail of its stream take it in."""
        if isinstance(event, _DELTAS):
            key = _stream(event)
            tail = self._tails.get(key, 0)
            if tail > self._read and tail >= self.start:
                self._grow(tail, event.text)
                return
            self._tails[key] = self.head + 1
        else:
            # Whatever ends a stream or begins it anew is no delta: what follows starts a new tail.
            self._tails.clear()
        self.head += 1
        self._entries.append(Logged(self.epoch, self.head, at, event))
        if len(self._entries) > self._keep:
            self._entries.popleft()
        for wake in tuple(self._wakes):
            wake()

    def _grow(self, seq: int, text: str) -> None:
        index = seq - self.start
        entry = self._entries[index]
        if isinstance(entry, bytes) or not isinstance(entry.event, _DELTAS):
            raise AssertionError("a tail is an unread delta")
        grown = replace(entry.event, text=entry.event.text + text)
        self._entries[index] = Logged(entry.epoch, entry.seq, entry.at, grown)

    def holds(self, position: Position) -> bool:
        """Whether a reader at `position` can go on without a snapshot."""
        return position.epoch == self.epoch and self.start - 1 <= position.seq <= self.head

    def read_through(self, seq: int) -> None:
        """Note that everything through `seq` has been read: by a snapshot, or by opening there."""
        self._read = max(self._read, seq)

    def read(self, after: int, limit: int) -> list[bytes]:
        """Up to `limit` encoded events behind `after`, oldest first.

        Raises:
            FellBehindError: the first of them is no longer kept.
        """
        first = after - self.start + 1
        if first < 0:
            raise FellBehindError
        frames: list[bytes] = []
        for index in range(first, min(first + limit, len(self._entries))):
            entry = self._entries[index]
            if not isinstance(entry, bytes):
                entry = encode_event(entry)
                self._entries[index] = entry
            frames.append(entry)
        self.read_through(after + len(frames))
        return frames

    def subscribe(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever an event is added, until `unsubscribe`: readers are woken in the
        order in which they came.
        """
        self._wakes[wake] = None

    def unsubscribe(self, wake: Callable[[], None]) -> None:
        self._wakes.pop(wake, None)


def _stream(event: Delta) -> Hashable:
    if isinstance(event, ReportDelta):
        return ReportDelta
    if isinstance(event, FeedbackDelta):
        return (FeedbackDelta, event.turn, event.lane)
    return (type(event), event.turn)
