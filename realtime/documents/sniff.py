"""What a file is, told from its content. Nothing is parsed here: known marks are looked for.

A name's ending tells Markdown from plain text, and nothing else.
"""

from typing import Literal

from realtime.documents.unreadable import Unreadable

MediaType = Literal[
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/plain",
    "text/markdown",
]
PDF: MediaType = "application/pdf"
DOCX: MediaType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PLAIN: MediaType = "text/plain"
MARKDOWN: MediaType = "text/markdown"

# Where readers of PDF look for its header and its end: Adobe's notes on ISO 32000-1, 7.5.2, 7.5.5.
_PDF_HEAD_BYTES = 1024
_PDF_TAIL_BYTES = 2048
# The compound file of older Office versions (and of HWP), which also wraps what is encrypted.
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# These are text by their bytes, but nothing that a person reads.
_NO_PROSE = (b"{\\rtf", b"%!ps", b"<!doctype", b"<html", b"<?xml", b"<svg")
_MARKDOWN_ENDINGS = (".md", ".markdown", ".mdown", ".mkd")


def media_type(data: bytes, name: str) -> MediaType:
    """What a file seems to be, by its content.

    Raises:
        Unreadable: `unsupported`, `encrypted` or `empty`, where that shows at once.
    """
    if not data:
        raise Unreadable("empty")
    if _is_pdf(data):
        return PDF
    if data.startswith(_COMPOUND_FILE):
        raise Unreadable("encrypted" if _ENCRYPTED in data else "unsupported")
    if data.startswith(b"PK\x03\x04"):
        return DOCX
    if data.removeprefix(b"\xef\xbb\xbf")[:64].lstrip().lower().startswith(_NO_PROSE):
        raise Unreadable("unsupported")
    return MARKDOWN if name.lower().endswith(_MARKDOWN_ENDINGS) else PLAIN


def _is_pdf(data: bytes) -> bool:
    """A header at the start; or further down, if there is a PDF's end too: a text may speak of
    headers.
    """
    head = data[:_PDF_HEAD_BYTES]
    if head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\0\t\n\f\r ").startswith(b"%PDF-"):
        return True
    return b"%PDF-" in head and b"startxref" in data[-_PDF_TAIL_BYTES:]
