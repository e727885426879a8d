"""Cuts a stream of bytes into server-sent events (WHATWG HTML, 9.2.6), as models' providers send
them: of an event only its data matters.

Pure: bytes go in, the data of whole events comes out. Bytes may be cut anywhere, also within a line
end or a character. What an event may hold is bounded, and takes time in proportion to its length,
however small the pieces are in which it comes.
"""

# Far above any chunk of a reply, which is a few hundred bytes.
MAX_EVENT_BYTES = 1 << 20

_BOM = b"\xef\xbb\xbf"
_FIELD = b"data:"
_LINE_ENDS = b"\r\n"
_JSON = b' \t{}[]"'
_MAX_STRAY_BYTES = 1 << 16


class EventTooLong(ValueError):
    """A line, or an event's data, is longer than `MAX_EVENT_BYTES`."""


class EventStream:
    """The events of one response. An event that isn't finished when the response ends is dropped,
    as the rules have it.

    `stray`: lines that are no event's but look like JSON. Google's servers report an error so, in
    the middle of a stream.
    """

    def __init__(self) -> None:
        self._partial: list[bytes] = []  # Pieces of a line whose end is still to come.
        self._data: list[bytes] = []  # The data lines of an event whose end is still to come.
        self._partial_bytes = 0
        self._data_bytes = 0
        self._after_cr = False
        self._at_start = True
        self.stray = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that `chunk` ends.

        Raises:
            EventTooLong: the stream can't be read on.
        """
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]  # The second half of a CRLF, whose first half ended the line.
            self._after_cr = False
        if not chunk:
            return []
        # bytes.splitlines() knows exactly the three line ends of event streams: CR, LF and CRLF.
        lines = chunk.splitlines()
        last = chunk[-1]
        self._after_cr = last == _LINE_ENDS[0]
        open_end = None if last in _LINE_ENDS else lines.pop()
        if self._partial and lines:
            lines[0] = b"".join((*self._partial, lines[0]))
            self._partial.clear()
            self._partial_bytes = 0
        events = self._events(lines)
        if open_end is not None:
            self._partial.append(open_end)
            self._partial_bytes += len(open_end)
        if self._partial_bytes > MAX_EVENT_BYTES or self._data_bytes > MAX_EVENT_BYTES:
            raise EventTooLong(f"more than {MAX_EVENT_BYTES} bytes without an end")
        return events

    def _events(self, lines: list[bytes]) -> list[bytes]:
        events = []
        data = self._data
        for line in lines:
            if not line:
                if data and (event := data[0] if len(data) == 1 else b"\n".join(data)):
                    events.append(event)
                data.clear()
                self._data_bytes = 0
                continue
            if self._at_start:
                self._at_start = False
                line = line.removeprefix(_BOM)
            if line.startswith(_FIELD):
                data.append(line[6:] if line[5:6] == b" " else line[5:])
                self._data_bytes += len(line)
            elif line == b"data":
                data.append(b"")
                self._data_bytes += len(line)
            elif line[0] in _JSON and len(self.stray) + len(line) <= _MAX_STRAY_BYTES:
                self.stray += line
        return events
