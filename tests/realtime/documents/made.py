"""The bones of PDF and DOCX files, to build them by hand."""

import zipfile
from collections.abc import Mapping
from io import BytesIO

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

CONTENT_TYPES = f'<Types xmlns="{_PACKAGE}/content-types"/>'
RELATIONSHIPS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{_KINDS}/officeDocument" Target="word/document.xml"/></Relationships>'
)
BODY = (
    f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_WORD}"><w:body>'.encode(),
    b"</w:body></w:document>",
)


def relationships(parts: Mapping[str, str]) -> str:
    """Relationships to parts of these names, each of the kind given."""
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="r{index}" Type="{_KINDS}/{kind}" Target="{name}"/>'
            for index, (name, kind) in enumerate(parts.items())
        )
        + "</Relationships>"
    )


def part(root: str, inner: str) -> str:
    """A part of WordprocessingML other than the body."""
    return f'<w:{root} xmlns:w="{_WORD}">{inner}</w:{root}>'


def paragraph(text: str, style: str = "") -> str:
    return f'<w:p>{style}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def docx(body: str, others: Mapping[str, str | bytes] | None = None) -> bytes:
    """A DOCX with that body, and other entries beside it."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", CONTENT_TYPES)
        file.writestr("_rels/.rels", RELATIONSHIPS)
        file.writestr("word/document.xml", BODY[0] + body.encode() + BODY[1])
        for name, data in (others or {}).items():
            file.writestr(name, data)
    return buffer.getvalue()


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A PDF's stream object, its content."""
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), entries, data)


def pdf_of(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1 on; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + content + b"endobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(out)
