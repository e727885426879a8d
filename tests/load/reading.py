"""What one client makes of what it is told: that nothing is lost, nothing comes twice, all is in
order.

Pure: frames go in, with the time they came. A token of a streaming interview is `NUMBER.SENT `: the
numbers count 1, 2, 3 … through all of an interview's streams, and `SENT` is when the token was
made, in microseconds of this machine's monotonic clock.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

FEW = 5


@dataclass(slots=True)
class Defects:
    """How many there were, and the first few in words."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, words: str) -> None:
        self.count += 1
        if len(self.first) < FEW:
            self.first.append(words)


@dataclass(slots=True)
class Tally:
    """What a measurement is made of, of all clients together, since it was last set to zero.

    `latencies_us`: one a frame, of its oldest token.
    """

    tokens: int = 0
    frames: int = 0
    latencies_us: list[int] = field(default_factory=list)

    def reset(self) -> None:
        self.tokens = self.frames = 0
        self.latencies_us.clear()


class Reading:
    """One interview as one client reads it. `counted`: whether its tokens are numbered."""

    __slots__ = ("_counted", "_defects", "_name", "_seq", "_streams", "_tally", "last", "open")

    def __init__(self, name: str, counted: bool, defects: Defects, tally: Tally) -> None:
        self._name = name
        self._counted = counted
        self._defects = defects
        self._tally = tally
        self._seq = 0
        self._streams: dict[tuple[str, int], list[str]] = {}
        self.last = 0
        self.open = False

    def wrong(self, words: str) -> None:
        """Note a defect."""
        self._defects.add(f"{self._name}: {words}")

    def take(self, frame: bytes, at_us: int) -> dict[str, Any]:
        """Check a message that came at `at_us`; returned as it was parsed."""
        message: dict[str, Any] = orjson.loads(frame)
        kind: str = message["type"]
        if kind == "session.opened":
            self.open = True
            self._seq = message["seq"]
            for stream in message.get("snapshot", {}).get("streaming", ()):
                self._streams[stream["what"], stream["turn"]] = [stream["text"]]
        elif kind == "error":
            self.wrong(f"{message['code']}: {message['message']}")
        elif "seq" in message and kind != "ack":
            if message["seq"] != self._seq + 1:
                self.wrong(f"seq {message['seq']} after {self._seq}")
            self._seq = message["seq"]
            self._follow(kind, message, at_us)
        return message

    def _follow(self, kind: str, message: dict[str, Any], at_us: int) -> None:
        """An event of a stream, or another."""
        what, _, step = kind.partition(".")
        if step not in ("started", "delta", "completed") or "turn" not in message:
            return
        stream = (what, message["turn"])
        if step == "started":
            self._streams[stream] = []
        elif stream not in self._streams:
            self.wrong(f"{kind} of no stream, turn {message['turn']}")
        elif step == "delta":
            self._streams[stream].append(message["text"])
            if self._counted:
                self._count(message["text"], at_us)
        else:
            joined = "".join(self._streams.pop(stream))
            if joined != message["text"]:
                self.wrong(f"the deltas of {kind}, turn {message['turn']}, aren't its text")

    def _count(self, text: str, at_us: int) -> None:
        tokens = [token.split(".") for token in text.split()]
        for number, _ in tokens:
            if int(number) != self.last + 1:
                self.wrong(f"token {number} after {self.last}")
            self.last = int(number)
        self._tally.tokens += len(tokens)
        self._tally.frames += 1
        self._tally.latencies_us.append(at_us - int(tokens[0][1]))
