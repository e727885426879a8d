"""DOCX (ECMA-376): the text of its body, with headers, footers and notes.

The archive is never unpacked: of a bounded number of entries the few that hold text are inflated
piece by piece, counted, straight into the parser of XML, which keeps no tree. A document type
definition ends the reading (ECMA-376-2, 7.2.1 forbids them): without one there are no entities.
Pictures, embedded files, macros and links to elsewhere aren't looked at.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from xml.parsers import expat

from realtime.documents.child import serve
from realtime.documents.unreadable import Unreadable
from realtime.documents.wordprocessing import Story

_MOST_ENTRIES = 2_000
_MOST_INFLATED_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_MAIN_ROOT = "document"
# In the order in which their text is told; the body comes after the headers.
_BEFORE, _AFTER = ("header",), ("footnotes", "endnotes", "footer")
_MOST_PARTS = 40

Started = Callable[[str, dict[str, str]], None]


def read(data: bytes) -> str:
    """The document's text: headers, body, notes, footers; each that is the same as another once.

    Raises:
        Unreadable: `unsupported`, `damaged`, `encrypted`, `too_complex` or `too_large`.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _Package(archive).text()
    except (zipfile.BadZipFile, zlib.error, EOFError, expat.ExpatError) as error:
        raise Unreadable("damaged") from error


class _Package:
    """The archive as a package of parts, which relationships lead to (ECMA-376-2, 6.5)."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left = _MOST_INFLATED_BYTES
        entries = archive.infolist()
        if len(entries) > _MOST_ENTRIES:
            raise Unreadable("too_complex")
        self._entries = {entry.filename.lower(): entry for entry in entries}

    def text(self) -> str:
        mains = self._related("", ("officeDocument",))
        if not mains:
            raise Unreadable("unsupported")
        main = mains[0]
        parts = [*self._related(main, _BEFORE), main, *self._related(main, _AFTER)]
        if len(parts) > _MOST_PARTS:
            raise Unreadable("too_complex")
        texts: dict[str, None] = {}
        for part in parts:
            story = Story()
            root = self._parse(part, story.start, story)
            if part == main and root != _MAIN_ROOT:
                raise Unreadable("unsupported")  # A workbook or a presentation.
            texts.setdefault(story.text())
        return "\n\n".join(texts)

    def _related(self, part: str, kinds: tuple[str, ...]) -> list[str]:
        """The parts that this one names as being of these kinds, in the order of the kinds."""
        folder, name = posixpath.split(part)
        relationships = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, list[str]] = {kind: [] for kind in kinds}

        def start(tag: str, attributes: dict[str, str]) -> None:
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = attributes.get("Target", "")
            if kind in found and attributes.get("TargetMode") != "External":
                path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                if path.lower() in self._entries:
                    found[kind].append(path)

        if relationships.lower() in self._entries:
            self._parse(relationships, start, None)
        return [path for kind in kinds for path in found[kind]]

    def _parse(self, part: str, start: Started, story: Story | None) -> str:
        """The name of the part's root, after all its elements were told."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        roots: list[str] = []

        def started(tag: str, attributes: dict[str, str]) -> None:
            local = tag.rpartition(" ")[2]
            if not roots:
                roots.append(local)
            start(local, attributes)

        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = started
        if story is not None:
            parser.EndElementHandler = lambda tag: story.end(tag.rpartition(" ")[2])
            parser.CharacterDataHandler = story.characters
        for chunk in self._inflated(part):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
        return roots[0]

    def _inflated(self, part: str) -> Iterator[bytes]:
        entry = self._entries[part.lower()]
        if entry.flag_bits & _ENCRYPTED:
            raise Unreadable("encrypted")
        if entry.compress_type not in _METHODS:
            raise Unreadable("damaged")
        with self._archive.open(entry) as file:
            while chunk := file.read(_CHUNK_BYTES):
                self._left -= len(chunk)
                if self._left < 0:
                    raise Unreadable("too_complex")
                yield chunk


def _refuse_doctype(*_: object) -> None:
    raise Unreadable("damaged")


if __name__ == "__main__":
    serve(read)
