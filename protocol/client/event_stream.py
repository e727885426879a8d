"""A reader of `text/event-stream` (WHATWG HTML 9.2): bytes in, each event's `data` out.

`id` and `event` say what stands in the data as well (`protocol.md` 2), so they are passed over. An
event that isn't closed by an empty line is not delivered. The reader is bounded: a longer event is
an error.
"""

import re
from collections.abc import Iterator

MOST_BYTES = 16_777_216

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventTooLongError(Exception):
    """An event has more bytes than a client takes."""


class EventStream:
    """Of one response."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._rest = bytearray()
        self._scanned = 0
        self._data: list[bytes] = []
        self._size = 0
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The data of the events that `chunk` completes, each as soon as it is read. The iterator
        has to be taken to its end.

        Raises:
            EventTooLongError: the stream is no use any more.
            UnicodeDecodeError: it isn't UTF-8.
        """
        self._rest += chunk
        for line in self._lines():
            if line:
                self._take(line)
            elif self._data:
                data = b"\n".join(self._data)
                self._data = []
                self._size = 0
                yield data.decode()
        if self._size + len(self._rest) > self._most_bytes:
            raise EventTooLongError(f"an event has more than {self._most_bytes} bytes")

    def _lines(self) -> list[bytes]:
        lines: list[bytes] = []
        start = 0
        for end in _LINE_END.finditer(self._rest, self._scanned):
            if end.group() == b"\r" and end.end() == len(self._rest):
                break  # Half of a CR LF, perhaps.
            lines.append(bytes(self._rest[start : end.start()]))
            start = end.end()
        del self._rest[:start]
        self._scanned = max(0, len(self._rest) - 1)
        if lines and not self._begun:
            self._begun = True
            lines[0] = lines[0].removeprefix(_BOM)
        return lines

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(line)
