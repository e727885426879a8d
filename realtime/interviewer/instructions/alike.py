"""Gives a text one form, whatever it is disguised as.

An honest text has little to undo: each step first asks, cheaply, whether it has anything to do, and
where a character stood is worked out only for what is found.
"""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from urllib.parse import unquote

# A search passes at once over what can't begin a match, where a pattern begins with a single class:
# then what must stand there is asked again from behind.
_ODD_ONE = (
    r"[^\t\n\x20-\x24\x27-\x5b\x5d-\x7e가-힣•…·。](?:"
    r"(?<=%)[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2}){0,399}|(?<=&)#?[A-Za-z0-9]{1,31};"
    r"|(?<=\\)(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})"
    r"|(?<=[\u1100-\u115f])[\u1160-\u11a7][\u11a8-\u11ff]?|(?<=[^%&\\])[\u0300-\u036f]{0,8})"
)
_MARK = re.compile(r"[\u0300-\u036f]")
_ODD = re.compile(_ODD_ONE)
_ODD_OR_MARKED = re.compile(rf"{_ODD_ONE}|[a-zA-Z][\u0300-\u036f]{{1,8}}")

_PERHAPS_SPELLED_OUT = re.compile(r"([ .*_/|·-])[a-z가-힣]\1[a-z가-힣]\1")
_SPELLED_OUT = re.compile(
    r"(?<![a-z0-9가-힣])"
    r"(?:[a-z]([ .*_/|·-])[a-z](?:\1[a-z]){2,}|[가-힣]([ .*_/|·-])[가-힣](?:\2[가-힣]){3,})"
    r"(?![a-z0-9가-힣])"
)
_MORE_SPACES = re.compile(r"(?<= ) +")
_PERHAPS_DIGITS_FOR_LETTERS = re.compile(r"[0134578@$](?<=[a-z].)[0134578@$]?[a-z]")
_DIGITS_FOR_LETTERS = re.compile(
    r"(?<![a-z0-9])[0134578@$]?[a-z]{1,16}[0134578@$]{1,2}[a-z][a-z0134578@$]{1,20}"
)
_LETTERS = str.maketrans("0134578@$", "oieastbas")
_LETTERS_ALIKE = str.maketrans(
    "авеёкмнорстухѕіјһԁԛԝɡαβγεζηικνορτυχωıɑ" + "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ" + "‘’ʼ`´“”„«»–—−‑",
    "abeekmhopctyxsijhdqwgabyeznikvoptuxwia" + "abcdefghijklmnoprstuvwyz" + "'''''\"\"\"\"\"----",
)
# Letters in boxes and discs, and the halves of flags.
_LETTERS_ALIKE |= {
    first + index: ord("a") + index for first in (0x1F150, 0x1F170, 0x1F1E6) for index in range(26)
}

_BREAKS = "\n\t\r\v\f\x85\u2028\u2029"
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Mn", "Me"})
FILLERS = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0]


# A place in a new text, start and end, and what it stands for in the one before, start and end.
_Edit = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Alike:
    """A text in the form that rules look at; `steps`: the edits, in order, of each step to it."""

    text: str
    steps: tuple[Sequence[_Edit], ...] = ()

    def origin(self, at: int) -> int:
        """Where the character at `at`, or the end, was in the text as it came."""
        for edits in reversed(self.steps):
            if passed := bisect_right(edits, at, key=itemgetter(0)):
                _, new_end, start, end = edits[passed - 1]
                at = start if at < new_end else end + at - new_end
        return at


def made_alike(text: str) -> Alike:
    marked = not text.isascii() and _MARK.search(text)
    odd = (_ODD_OR_MARKED if marked else _ODD).finditer(text)
    alike = _edited(Alike(text), ((*match.span(), _folded(match[0])) for match in odd))
    alike = Alike(alike.text.lower(), alike.steps)
    if _PERHAPS_SPELLED_OUT.search(alike.text):
        runs = (match.span() for match in _SPELLED_OUT.finditer(alike.text))
        between = ((at, at + 1, "") for run in runs for at in range(run[0] + 1, run[1], 2))
        alike = _edited(alike, between)
    if "  " in alike.text:
        spaces = _MORE_SPACES.finditer(alike.text)
        alike = _edited(alike, ((*match.span(), "") for match in spaces))
    if _PERHAPS_DIGITS_FOR_LETTERS.search(alike.text):
        alike = Alike(_DIGITS_FOR_LETTERS.sub(_as_letters, alike.text), alike.steps)
    return alike


def _edited(alike: Alike, changes: Iterable[tuple[int, int, str]]) -> Alike:
    """A text in which something else stands at some places, which come in order."""
    parts: list[str] = []
    edits: list[_Edit] = []
    done = length = 0
    for start, end, new in changes:
        parts += (alike.text[done:start], new)
        length += start - done
        edits.append((length, length + len(new), start, end))
        length += len(new)
        done = end
    if not edits:
        return alike
    return Alike("".join((*parts, alike.text[done:])), (*alike.steps, edits))


@lru_cache(4096)
def _folded(odd: str) -> str:
    """What an escape, an unusual character or a composed one stands for."""
    if odd[0] == "%":
        odd = unquote(odd, errors="replace")
    elif odd[0] == "&":
        odd = html.unescape(odd)
    elif odd[0] == "\\":
        odd = chr(int(odd[2:], 16))
    parts = (each for each in unicodedata.normalize("NFKD", odd) if ord(each) not in FILLERS)
    kept = "".join(" " if each in _BREAKS else each for each in parts if not _is_unseen(each))
    return unicodedata.normalize("NFC", kept).lower().translate(_LETTERS_ALIKE)


def _is_unseen(character: str) -> bool:
    return character not in _BREAKS and unicodedata.category(character) in _DROPPED


def _as_letters(match: re.Match[str]) -> str:
    """A word with digits for letters; one that has letters enough to be a word."""
    word = match[0]
    return word.translate(_LETTERS) if sum(map(str.isalpha, word)) >= 3 else word
