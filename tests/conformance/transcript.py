"""Who said what, and when: kept of each case, and shown of those that fail."""

import time
from collections import deque
from dataclasses import dataclass

import orjson

KEPT = 300
WIDTH = 400


@dataclass(frozen=True, slots=True)
class Entry:
    """`at_s`: since the case began. `line`: which connection. `way`: `->` to the server, `<-` from
    it, `--` what happened to the connection.
    """

    at_s: float
    line: str
    way: str
    what: str

    def __str__(self) -> str:
        return f"{self.at_s:8.3f}  {self.line:<6} {self.way} {self.what}"


class Transcript:
    """The newest entries of one case."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def note(self, line: str, way: str, what: object) -> None:
        """Add what was said: an object as JSON, bytes as they are, cut where it is long."""
        if isinstance(what, dict | list):
            what = orjson.dumps(what).decode()
        text = str(what)
        if len(text) > WIDTH:
            text = f"{text[:WIDTH]} … ({len(text)} characters)"
        self._entries.append(Entry(time.monotonic() - self._began, line, way, text))

    def lines(self) -> list[str]:
        return [str(entry) for entry in self._entries]
