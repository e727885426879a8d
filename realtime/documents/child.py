"""The inside of the process that reads one document (`confined/child.py`): its text, as we keep it.

Its answers are `ok`, and the text; or one of the reasons in `unreadable.py`.
"""

import codecs
from collections.abc import Callable

from realtime.confined import child
from realtime.documents.clean import clean
from realtime.documents.unreadable import MOST_CHARS, Unreadable

# Codecs are modules that are loaded when first asked for, which is impossible later on.
_CODECS = (
    *("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"),
    *("cp949", "euc-kr", "cp1252", "cp437"),
)


def serve(read: Callable[[bytes], str]) -> None:
    """Reads the document that comes in by standard input, and answers by standard output."""
    for codec in _CODECS:
        codecs.lookup(codec)
    child.serve(lambda data: _text(read, data))


def _text(read: Callable[[bytes], str], data: bytes) -> bytes:
    try:
        text = clean(read(data))
    except Unreadable as error:
        raise child.Refused(error.reason) from error
    if not text.strip():
        raise child.Refused("empty")
    if len(text) > MOST_CHARS:
        raise child.Refused("too_large")
    return text.encode()
