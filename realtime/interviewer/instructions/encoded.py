"""Passages in base64, in hexadecimal or in invisible tags that hold a text."""

import base64
import binascii
import re
from collections.abc import Iterator

# Passages that are looked into, and of each so many characters.
_MOST = 64
_LONGEST = 8_192

_SHORTEST = 16
_TAG = re.compile("[\U000e0020-\U000e007e]")
_ENCODED = re.compile(
    rf"[0-9A-Fa-f]{{24,{_LONGEST}}}(?![\w+/])"
    rf"|[A-Za-z0-9+/_-]{{{_SHORTEST},{_LONGEST}}}={{0,2}}"
    rf"|[\U000e0020-\U000e007e]{{4,{_LONGEST}}}"
)


def encoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Where a run of letters is a text, start and end, and the text."""
    if max(map(len, text.split()), default=0) < _SHORTEST and (
        text.isascii() or not _TAG.search(text)
    ):
        return
    for match, _ in zip(_ENCODED.finditer(text), range(_MOST), strict=False):
        if (hidden := _decoded(match[0])) is not None:
            yield match.start(), match.end(), hidden


def _decoded(run: str) -> str | None:
    if run[0] >= "\U000e0020":
        return "".join(chr(ord(each) - 0xE0000) for each in run)
    try:
        if re.fullmatch(r"[0-9A-Fa-f]+", run) and len(run) % 2 == 0:
            return bytes.fromhex(run).decode()
        whole = run.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
        whole = whole[: len(whole) - (len(whole) % 4 == 1)]
        data = base64.b64decode(whole + "=" * (-len(whole) % 4))
    except (binascii.Error, UnicodeDecodeError):
        return None
    hidden = data.decode("utf-8", "ignore")
    return hidden if hidden.isprintable() and len(hidden.encode()) + 4 >= len(data) else None
