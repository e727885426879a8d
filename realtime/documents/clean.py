"""Text as we keep it: what can't be seen is dropped, and all else stays as it was written.

Normal form C, so that Korean syllables are whole; line breaks are "\\n"; no control characters but
that and the tab; every kind of space is a space; no line ends in one; at most two blank lines
follow each other. Characters that hide or turn text around (bidirectional controls, tags,
zero-width ones) go, as nobody who reads the document sees them; joiners stay, as emoji and some
scripts are written with them.
"""

import re
import unicodedata

_NEWLINES = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = (
    "\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
_UNSEEN_ONES = re.compile(f"[{_UNSEEN}]")
_BLANK_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> str:
    """The text as we keep it; empty, if nothing in it can be seen. Linear in its length."""
    text = _NEWLINES.sub("\n", text)
    text = _SPACES.sub(" ", text)
    text = unicodedata.normalize("NFC", _UNSEEN_ONES.sub("", text))
    text = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n\n", text).strip("\n")


def is_clean(text: str) -> bool:
    """Whether that is a text that may be kept: it has no unseen characters, and isn't blank."""
    return (
        not text.isspace()
        and bool(text)
        and _UNSEEN_ONES.search(text) is None
        and unicodedata.is_normalized("NFC", text)
    )
