"""What one client makes of text whose every token is stamped by the provider that made it.

Pure: frames go in, with the time they came. A token is ` NUMBER.SENT`: the numbers count 1, 2, 3 …
within a reply, and `SENT` is when the provider wrote it, in microseconds of this machine's
monotonic clock. Frames of tokens are read without parsing their JSON: there are tens of thousands a
second, and the clients mustn't be the limit.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.load.reading import Defects

_SECOND = 1_000_000
_STAMP = re.compile(rb"\d+\.\d+")
_TEXT = b'"text":"'
_SEQ = b'"seq":'
_DELTA: Mapping[str, Any] = {"type": "delta"}
# What a server says when the provider has failed it, which here it never does.
_TROUBLE = ("error", "notice", "generation.waiting", "generation.failed")


@dataclass(frozen=True, slots=True)
class Replies:
    """How many tokens the replies have, and how fast they come.

    A session's first reply is shorter, by its number: so sessions that begin together don't end
    together.
    """

    length: int
    rate: float

    def tokens(self, session: int, reply: int) -> int:
        """Of a session's `reply`th reply, from 0."""
        if reply:
            return self.length
        # Steps of the golden ratio are spread evenly, however many there are.
        share = session * 0.618034 % 1
        return max(1, round(self.length * (0.2 + 0.8 * share)))


@dataclass(slots=True)
class StampTally:
    """What a measurement is made of, of all clients together, since it was last set to zero; one of
    each a frame, of its oldest token.

    `latencies_us`: from the provider's writing. `late_us`: by how much that was later than the pace
    wanted.
    """

    tokens: int = 0
    frames: int = 0
    latencies_us: list[int] = field(default_factory=list)
    late_us: list[int] = field(default_factory=list)

    def reset(self) -> None:
        self.tokens = self.frames = 0
        self.latencies_us.clear()
        self.late_us.clear()


class StampedReading:
    """One session as its client reads it. `last`: how many tokens have come.

    Made for two servers: Viva, and one that sends `{"type": "delta", "text": …}` a token, and
    `{"type": "done"}`.
    """

    __slots__ = (
        *("_defects", "_due_us", "_number", "_parts", "_period_us", "_replies", "_reply", "_seq"),
        *("_session", "_tally", "last", "name", "open"),
    )

    def __init__(
        self, name: str, session: int, replies: Replies, defects: Defects, tally: StampTally
    ) -> None:
        self.name = name
        self.last = 0
        self.open = False
        self._session = session
        self._replies = replies
        self._defects = defects
        self._tally = tally
        self._period_us = _SECOND / replies.rate
        self._reply = 0
        self._seq = 0
        self._number = 0
        self._due_us = 0.0
        self._parts: list[bytes] = []

    def wrong(self, words: str) -> None:
        """Note a defect."""
        self._defects.add(f"{self.name}: {words}")

    def take(self, frame: bytes, at_us: int) -> Mapping[str, Any]:
        """Check a message that came at `at_us`; returned as it was parsed, but for a token's."""
        if frame.find(b'delta"', 9, 24) > 0:
            self._follow_seq(frame)
            self._count(frame[frame.rfind(_TEXT) + len(_TEXT) : -2], at_us)
            return _DELTA
        message: dict[str, Any] = orjson.loads(frame)
        kind: str = message["type"]
        if kind == "session.opened":
            self.open = True
            self._seq = message["seq"]
        elif "seq" in message and kind != "ack":
            self._follow_seq(frame)
        if kind in _TROUBLE:
            self.wrong(f"{kind}: {message.get('code', message.get('reason'))}")
        elif kind.endswith(".started"):
            self._parts.clear()
        elif kind == "done" or (kind.endswith(".completed") and "text" in message):
            self._end(message.get("text"))
        return message

    def _follow_seq(self, frame: bytes) -> None:
        start = frame.find(_SEQ) + len(_SEQ)
        if start < len(_SEQ):
            return
        seq = int(frame[start : frame.find(b",", start)])
        if seq != self._seq + 1:
            self.wrong(f"seq {seq} after {self._seq}")
        self._seq = seq

    def _count(self, text: bytes, at_us: int) -> None:
        tokens = text.split()
        for token in tokens:
            if not _STAMP.fullmatch(token):
                self.wrong(f"what no provider said: {token.decode()!r}")
                return
            number = int(token[: token.find(b".")])
            if number != self._number + 1:
                self.wrong(f"token {number} after {self._number}")
            self._number = number
        self._parts.append(text)
        self.last += len(tokens)
        self._measure(tokens, at_us)

    def _measure(self, tokens: list[bytes], at_us: int) -> None:
        if not tokens:
            return
        sent_us = int(tokens[0].partition(b".")[2])
        first = self._number - len(tokens)
        if not first:
            self._due_us = sent_us
        tally = self._tally
        tally.tokens += len(tokens)
        tally.frames += 1
        tally.latencies_us.append(at_us - sent_us)
        tally.late_us.append(round(sent_us - self._due_us - first * self._period_us))

    def _end(self, text: str | None) -> None:
        """A reply is whole. `text`: what the server says it was."""
        if text is not None and b"".join(self._parts).split() != text.encode().split():
            self.wrong(f"the deltas of reply {self._reply} aren't its text")
        # A server that lost patience has asked twice, and reads the second reply as the first.
        wanted = {self._replies.tokens(self._session, reply) for reply in (0, 1)}
        if self._number not in wanted:
            self.wrong(f"reply {self._reply} has {self._number} tokens, not one of {wanted}")
        self._reply += 1
        self._number = 0
        self._parts.clear()
