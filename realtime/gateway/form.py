"""A form (`multipart/form-data`, RFC 7578) as it comes in, part by part, in bounded memory. No I/O.

Rules that hold inside: nothing comes near a disk; a form that isn't wholly there is none.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # for type checkers alone

MOST_PARTS = 8
MOST_HEADERS = 8
MOST_OF_HEADER_BYTES = 2_048
MOST_OF_BOUNDARY_BYTES = 256
# Of a part that is no file.
MOST_OF_FIELD_BYTES = 1_024

# What browsers write for these in a name, and for these alone (HTML, "multipart form data").
_ESCAPED = ((b"%22", b'"'), (b"%0D", b"\r"), (b"%0A", b"\n"))


class BrokenForm(Exception):
    """It isn't as it should be; the message says why, for whoever sent it."""


class FileTooLarge(Exception):
    """A file has more bytes than one may."""


@dataclass(slots=True)
class Part:
    """A field of a form. `filename` is null where it is no file."""

    name: str = ""
    filename: str | None = None
    data: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace")


class Form:
    """A form of that `Content-Type`, whose files have at most so many bytes.

    Raises:
        BrokenForm: the type names no boundary that can be one.
    """

    def __init__(self, content_type: str, most_of_file_bytes: int) -> None:
        self._most = most_of_file_bytes
        self._parts: list[Part] = []
        self._part = Part()
        self._header, self._value, self._disposition = bytearray(), bytearray(), b""
        self._complete = False
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not 0 < len(boundary) <= MOST_OF_BOUNDARY_BYTES:
            raise BrokenForm("its boundary is missing, or too long")
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_end": self._on_end,
        }
        self._parser = MultipartParser(
            boundary,
            callbacks,
            max_header_count=MOST_HEADERS,
            max_header_size=MOST_OF_HEADER_BYTES,
        )

    def feed(self, chunk: bytes) -> None:
        """Take more of it.

        Raises:
            BrokenForm, FileTooLarge: and it takes no more.
        """
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise BrokenForm("its parts can't be told from each other") from None

    def parts(self) -> dict[str, Part]:
        """Its parts by their names, of which the last counts; once it is complete.

        Raises:
            BrokenForm: it isn't.
        """
        if not self._complete:
            raise BrokenForm("its end is missing")
        return {part.name: part for part in self._parts}

    # --- what the parser finds -------------------------------------------------------------------

    def _on_part_begin(self) -> None:
        if len(self._parts) == MOST_PARTS:
            raise BrokenForm(f"it has more than {MOST_PARTS} parts")
        self._part = Part()
        self._disposition = b""
        self._parts.append(self._part)

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _on_headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise BrokenForm("a part has no name")
        self._part.name = _text(options[b"name"])
        if b"filename" in options:
            self._part.filename = _text(options[b"filename"])

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.filename is None and len(part.data) + end - start > MOST_OF_FIELD_BYTES:
            raise BrokenForm(f"a field has more than {MOST_OF_FIELD_BYTES} bytes")
        if len(part.data) + end - start > self._most:
            raise FileTooLarge
        part.data += memoryview(data)[start:end]

    def _on_end(self) -> None:
        self._complete = True


def _text(name: bytes) -> str:
    for escaped, meant in _ESCAPED:
        name = name.replace(escaped, meant)
    return name.decode(errors="replace")
