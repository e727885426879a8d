"""PDF: the text of its pages, by PDFium. Nothing in it is run: the library has no JavaScript built
in, and embedded files, annotations and forms aren't looked at.

What lies outside a page isn't part of it. What is painted invisibly is: the text of a scan that was
recognised is painted so.
"""

import ctypes
import math
from collections.abc import Iterator

import pypdfium2  # type: ignore[import-untyped] # It ships no types.
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from realtime.documents.child import serve
from realtime.documents.layout import LINE_HYPHEN, Glyph, text_of_page
from realtime.documents.unreadable import MOST_CHARS, MOST_PAGES, Unreadable

# How many characters are looked at: spaces and repetitions go later on.
_MOST_GLYPHS = 2 * MOST_CHARS

# Bullets of Word's symbol fonts, which have no place in Unicode but a private one.
_SYMBOLS = dict.fromkeys(range(0xF000, 0xF100), "•")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}


def read(data: bytes) -> str:
    """The text of all pages, a blank line between two.

    Raises:
        Unreadable: `damaged`, `encrypted`, `too_many_pages`, `too_large`, `scanned` or `empty`.
    """
    document = _opened(data)
    count = len(document)
    if count > MOST_PAGES:
        raise Unreadable("too_many_pages")
    texts: list[str] = []
    left, drawn, broken = _MOST_GLYPHS, False, 0
    for index in range(count):
        try:
            page = document[index]
            text_page = page.get_textpage()
        except pypdfium2.PdfiumError:
            broken += 1
            continue
        left -= pdfium.FPDFText_CountChars(text_page)
        if left < 0:
            raise Unreadable("too_large")
        texts.append(text_of_page(_glyphs(page, text_page)))
        drawn = drawn or pdfium.FPDFPage_CountObjects(page) > 0
        text_page.close()
        page.close()
    if broken == count:
        raise Unreadable("damaged")
    if not any(texts):
        raise Unreadable("scanned" if drawn else "empty")
    return "\n\n".join(texts)


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        # A password that only restricts what may be done with it isn't asked for on opening.
        locked = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        raise Unreadable("encrypted" if locked else "damaged") from error


def _glyphs(page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> Iterator[Glyph]:
    """The page's characters as painted, and the spaces and line breaks that PDFium sees there."""
    box, high = pdfium.FS_RECTF(), 0
    left, bottom, right, top = page.get_bbox()
    for index in range(pdfium.FPDFText_CountChars(text_page)):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        text, high = _character(code, high), 0
        if not text:
            continue
        if text.isspace():
            yield Glyph(text, 0, 0, 0, 0)
        elif pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box)) and (
            box.left < right and box.right > left and box.bottom < top and box.top > bottom
        ):
            yield _upright(text, box, pdfium.FPDFText_GetCharAngle(text_page, index))


def _upright(text: str, box: pdfium.FS_RECTF, angle: float) -> Glyph:
    """A glyph where it is; if it is turned (clockwise), where it would be if it weren't."""
    match round(angle / (math.pi / 2)) % 4:
        case 1:
            return Glyph(text, -box.top, box.left, -box.bottom, box.right)
        case 2:
            return Glyph(text, -box.right, -box.top, -box.left, -box.bottom)
        case 3:
            return Glyph(text, box.bottom, -box.right, box.top, -box.left)
    return Glyph(text, box.left, box.bottom, box.right, box.top)


def _character(code: int, high: int) -> str:
    if 0xDC00 <= code < 0xE000:
        return chr(0x10000 + ((high & 0x3FF) << 10) + (code & 0x3FF)) if high else ""
    if code == ord("\r") or code > 0x10FFFF:
        return ""
    if code == 0xFFFE:
        return LINE_HYPHEN
    if 0xE000 <= code < 0xF900:
        return _SYMBOLS.get(code, "")
    return _LIGATURES.get(chr(code), chr(code))


if __name__ == "__main__":
    serve(read)
