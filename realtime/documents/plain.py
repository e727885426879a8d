"""Plain text and Markdown: which encoding it is in, by strict rules, and never a guess.

A byte order mark decides. Else it is UTF-8 if that is valid; else CP949 (which holds EUC-KR) if
that is valid and what comes out is mostly Hangul; else Windows-1252, if what comes out is letters
of Latin script with a few accents among them. All else is no text.
"""

import codecs
import re

from realtime.documents.child import serve
from realtime.documents.unreadable import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # It begins as UTF-16's mark does: first.
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Where characters of C0 make up more than 1 in this many, it is no text.
_ONE_CONTROL_IN = 50
_FORGIVEN_CONTROLS = 2
_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ABOVE_ASCII = re.compile(r"[^\0-\x7f]")
_KOREAN = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ]")
_LATIN = re.compile("[À-ÖØ-öø-ÿŠšŽžŒœŸ‘’“”–—…•€«»°·\xa0§©®´]")
_WORD_OF_LATIN = re.compile("[A-Za-z]")


def read(data: bytes) -> str:
    """The text of a file that has no other type.

    Raises:
        Unreadable: `unsupported`, if it isn't text; `damaged`, if it breaks off its own encoding.
    """
    text = _decoded(data)
    controls = len(_CONTROLS.findall(text))
    if controls > _FORGIVEN_CONTROLS and controls * _ONE_CONTROL_IN > len(text):
        raise Unreadable("unsupported")
    return text


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding)
    for encoding, plausible in (("utf-8", _always), ("cp949", _korean), ("cp1252", _western)):
        text = _strictly(data, encoding)
        if text is not None and plausible(text):
            return text
    raise Unreadable("unsupported")


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _marked(data: bytes, encoding: str) -> str:
    """What follows a byte order mark has to keep to it."""
    text = _strictly(data, encoding)
    if text is None:
        raise Unreadable("damaged")
    return text


def _always(_: str) -> bool:
    return True


def _korean(text: str) -> bool:
    """At least half of what isn't ASCII is Hangul, and of that two thirds are the 2,350 syllables
    of daily use; other encodings come out as rare ones.
    """
    korean = _KOREAN.findall(text)
    # EUC-KR has two bytes for each of these, and spells the rest out in eight.
    rare = (len("".join(korean).encode("euc-kr")) - 2 * len(korean)) // 6
    return 2 * len(korean) >= len(_ABOVE_ASCII.findall(text)) and 3 * rare <= len(korean)


def _western(text: str) -> bool:
    """All that isn't ASCII is a letter or a sign of Western Europe, and letters outweigh it."""
    above = len(_ABOVE_ASCII.findall(text))
    return above == len(_LATIN.findall(text)) and 3 * above <= len(_WORD_OF_LATIN.findall(text))


if __name__ == "__main__":
    serve(read)
