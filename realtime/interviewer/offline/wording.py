"""How one of several lines is chosen, and the Korean particles that follow a quotation."""

from collections.abc import Iterable, Mapping, Sequence
from string import Formatter

from realtime.interviewer.offline.chance import Chance

# Shorter fixed parts of a line are no sign that it was used.
_TELLING = 6

_FIRST_SYLLABLE, _LAST_SYLLABLE = ord("가"), ord("힣")
_FINALS = 28
# Digits and letters whose Korean names end in a consonant: 영, 일, 삼, 육, 칠, 팔; 엘, 엠, 엔, 알.
_CLOSED_DIGITS = "013678"
_CLOSED_CAPITALS = "LMNR"
# How Latin words end that do so when they are spoken in Korean.
_CLOSED_ENDINGS = ("l", "m", "n", "ng", "le")


def say(
    chance: Chance,
    lines: Sequence[str],
    occasion: str,
    values: Mapping[str, object] | None = None,
    *,
    heard: Iterable[str] = (),
) -> str:
    """One of the lines, filled in; one that has not been `heard` yet, if there is one."""
    before = tuple(heard)
    order = chance.order(lines, occasion)
    line = next((each for each in order if not was_heard(each, before)), order[0])
    return line.format_map(values or {})


def was_heard(line: str, before: Iterable[str]) -> bool:
    """Whether one of the texts was made from this line: it has all the line's fixed parts."""
    parts = [text for text, *_ in Formatter().parse(line) if len(text) >= _TELLING]
    return bool(parts) and any(all(part in text for part in parts) for text in before)


def quotation(quote: str) -> dict[str, object]:
    """The values of a line that quotes, with what follows the quotation in Korean: "…"라고 or
    "…"이라고, "…"라는 or "…"이라는.
    """
    closed = "이" if _ends_closed(quote) else ""
    return {"quote": quote, "rago": f"{closed}라고", "raneun": f"{closed}라는"}


def _ends_closed(text: str) -> bool:
    """Whether the last sound of a text is a consonant, as it is read in Korean."""
    read = text.rstrip(" .,!?…)]”’\"'")
    last = read[-1:]
    if not last:
        return False
    if _FIRST_SYLLABLE <= ord(last) <= _LAST_SYLLABLE:
        return (ord(last) - _FIRST_SYLLABLE) % _FINALS != 0
    if last.isdigit():
        return last in _CLOSED_DIGITS
    word = read.rsplit(None, 1)[-1]
    return last in _CLOSED_CAPITALS if word.isupper() else word.lower().endswith(_CLOSED_ENDINGS)
