"""What a file is, by its content."""

import pytest

from realtime.documents.sniff import DOCX, MARKDOWN, PDF, PLAIN, media_type
from realtime.documents.unreadable import Unreadable
from tests.realtime.documents.hostile import compound
from tests.realtime.documents.made import docx, pdf_of


@pytest.mark.parametrize(
    ("data", "name", "found"),
    [
        (pdf_of(b"<<>>"), "mina.docx", PDF),
        (b"\xef\xbb\xbf\r\n" + pdf_of(b"<<>>"), "", PDF),
        (b"junk before it\n" + pdf_of(b"<<>>"), "", PDF),
        (b"I wrote a parser that looks for %PDF-1.7 in a file.", "mina.txt", PLAIN),
        (docx(""), "mina.pdf", DOCX),
        (b"Mina", "mina", PLAIN),
        (b"Mina", "mina.pdf", PLAIN),
        (b"# Mina", "mina.txt", PLAIN),
        (b"# Mina", "MINA.Md", MARKDOWN),
        (b"# Mina", "mina.markdown", MARKDOWN),
        (pdf_of(b"<<>>"), "mina.md", PDF),
    ],
)
def test_media_type(data: bytes, name: str, found: str) -> None:
    assert media_type(data, name) == found


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (compound("WordDocument"), "unsupported"),
        (compound("EncryptedPackage"), "encrypted"),
        (b"{\\rtf1\\ansi Mina}", "unsupported"),
        (b"  <!DOCTYPE html><p>Mina", "unsupported"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "unsupported"),
        (b"%!PS-Adobe-3.0", "unsupported"),
    ],
)
def test_refused_at_once(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        media_type(data, "mina.md")
    assert refused.value.reason == reason
