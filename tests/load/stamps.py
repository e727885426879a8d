"""What one client makes of text whose every token is stamped by the provider that made it.

Pure: frames go in, with the time they came. A token is ` NUMBER.SENT`: the numbers count 1, 2, 3 …
within a reply, from its feedback on through its question, and `SENT` is when the provider wrote it,
in microseconds of this machine's monotonic clock. Frames of tokens are read without parsing their
JSON: there are tens of thousands a second, and the clients mustn't be the limit.
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
# What ends a section, or the whole reply of a server that knows no sections.
_ENDS = ("feedback.completed", "question.completed", "done")
# What a server says when the provider has failed it, which here it never does.
_TROUBLE = ("error", "notice", "generation.waiting", "generation.failed")


# At 23 characters a stamp, a feedback of 86 and a question of 34 are as long as Viva lets them be
# (2,000 and 800 characters).
LONGEST = 120
OF_QUESTION = 34 / LONGEST


@dataclass(frozen=True, slots=True)
class Replies:
    """How many tokens of a reply a candidate is to read, 2 to `LONGEST`, and how fast it comes.

    The first reply is a question. All others follow on an answer, with feedback and a question. The
    first of these is shorter, by the session's number: so sessions that begin together don't end
    their turns together.
    """

    length: int
    rate: float

    def sections(self, session: int, reply: int) -> tuple[int, int]:
        """The tokens of the feedback and of the question in a session's `reply`th reply, from 0."""
        length: float = self.length
        if reply == 1:
            # Steps of the golden ratio are spread evenly, however many there are.
            length *= 0.2 + 0.8 * (session * 0.618034 % 1)
        question = max(1, round(length * OF_QUESTION))
        return (max(1, round(length) - question) if reply else 0), question


@dataclass(slots=True)
class StampTally:
    """What a measurement is made of, of all clients together, since it was last set to zero; one of
    each a frame, of its oldest token.

    `latencies_us`: from the provider's writing. `late_us`: by how much that was later than the pace
    wanted, since the section's first. `scored`: answers.
    """

    tokens: int = 0
    frames: int = 0
    scored: int = 0
    latencies_us: list[int] = field(default_factory=list)
    late_us: list[int] = field(default_factory=list)

    def reset(self) -> None:
        self.tokens = self.frames = self.scored = 0
        self.latencies_us.clear()
        self.late_us.clear()


class StampedReading:
    """One session as its client reads it. `last`: how many tokens have come.

    Made for two servers: Viva, whose replies have sections, and one that sends
    `{"type": "delta", "text": …}` a token, and `{"type": "done"}`.
    """

    __slots__ = (
        *("_before", "_defects", "_due_us", "_number", "_parts", "_period_us", "_replies"),
        *("_reply", "_seq", "_session", "_tally", "last", "name", "open"),
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
        self._number = 0  # of the last token
        self._before = 0  # of the last one before this section
        self._due_us = 0
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
        elif kind in _ENDS:
            self._end(kind, message.get("text"))
        elif kind == "feedback.scored":
            self._score(message)
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
        first = self._number - len(tokens) - self._before
        if not first:
            self._due_us = sent_us
        tally = self._tally
        tally.tokens += len(tokens)
        tally.frames += 1
        tally.latencies_us.append(at_us - sent_us)
        tally.late_us.append(round(sent_us - self._due_us - first * self._period_us))

    def _end(self, kind: str, text: str | None) -> None:
        """A section is whole, or a reply without any. `text`: what the server says it was."""
        of = f"{kind} of reply {self._reply}"
        if text is not None and b"".join(self._parts).split() != text.encode().split():
            self.wrong(f"{of}: the deltas aren't its text")
        feedback, question = self._replies.sections(self._session, self._reply)
        wanted = {"feedback.completed": feedback, "question.completed": question}
        came, due = self._number - self._before, wanted.get(kind, feedback + question)
        if came != due:
            self.wrong(f"{of}: {came} tokens, not {due}")
        if kind != "feedback.completed":
            self._reply += 1
            self._number = 0
        self._before = self._number
        self._parts.clear()

    def _score(self, message: Mapping[str, Any]) -> None:
        if message["scores"]:
            self._tally.scored += 1
        else:
            self.wrong(f"no scores: {message['reason']}")
