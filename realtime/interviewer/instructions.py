"""Finds what a text says to its judge and not to the question, and tames what goes into a prompt.

Candidates, and those who write their documents, may try to talk a model into a score. `Detector`
finds such passages by rules, which are data (`data/instructions/`): it claims no more than its
measured rates. `tame` needs no rule: after it no text opens or closes anything in a prompt.

A cue is a pattern without boundless repetition; a rule is a row of cues that follow each other
closely within a sentence; an excuse is what tells that the sentence only reports such words. The
rules of all languages look at every text. A text is first made alike: no disguise by case, width,
accents, look-alikes, invisible characters, escapes, or spelling out. All of it takes time linear in
the text: sentences are cut at a fixed length, and what is found in one depends on nothing else.
"""

import base64
import binascii
import codecs
import html
import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources.abc import Traversable
from itertools import chain
from typing import Annotated, Literal, get_args
from urllib.parse import unquote

from msgspec import Meta

from protocol.view import Language
from realtime.interviewer.files import DATA, DataFileError, read

# "override": another task, role or rule; "score": a verdict asked for or forged; "authority": a
# claim to rank above the rules; "leak": the prompt, or what belongs to others, asked for.
Kind = Literal["override", "score", "authority", "leak"]

# In characters. A sentence is looked at in windows of a few pieces.
_LONGEST_PIECE = 200
_LONGEST_WINDOW = 400
# Encoded passages that are looked into, and of each so many characters.
_MOST_ENCODED = 64
_LONGEST_ENCODED = 8_192

# A space in a pattern, alone or in a class; named cues come with theirs.
_SPACE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]| ")
_NAME = re.compile(r"\{([a-z_]+)\}")
_Patterns = Annotated[tuple[str, ...], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that speaks to the judge: code points `start` to `end` of the text."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Rule:
    """`steps`: cues, each at most `near` characters behind the one before."""

    kind: Kind
    steps: Annotated[tuple[str, ...], Meta(min_length=1)]
    near: Annotated[int, Meta(ge=1, le=_LONGEST_WINDOW)] = 60


@dataclass(frozen=True, slots=True)
class _File:
    """`trigger`: has a match in every sentence that fits a rule; `excuses`: have none in it."""

    trigger: _Patterns
    excuses: _Patterns
    cues: dict[str, _Patterns]
    rules: Annotated[tuple[_Rule, ...], Meta(min_length=1)]


class _Rules:
    """The rules of one language, compiled."""

    def __init__(self, path: Traversable) -> None:
        file = read(path, _File)
        cues: dict[str, str] = {}

        def written(field: str, patterns: Sequence[str]) -> str:
            def named(match: re.Match[str]) -> str:
                if match[1] not in cues:
                    raise DataFileError(path, f"no cue `{match[1]}` before it - at `$.{field}`")
                return cues[match[1]]

            joined = "|".join(_NAME.sub(named, each) for each in patterns)
            pattern = f"(?:{_SPACE.sub(_or_line_break, joined)})"
            try:
                re.compile(pattern)
            except re.error as error:
                raise DataFileError(path, f"{error} - at `$.{field}`") from error
            return pattern

        for name, patterns in file.cues.items():
            cues[name] = written(f"cues.{name}", patterns)
        for index, rule in enumerate(file.rules):
            if missing := [step for step in rule.steps if step not in cues]:
                raise DataFileError(path, f"no cue `{missing[0]}` - at `$.rules[{index}]`")
        used = {step for rule in file.rules for step in rule.steps}
        self._cues = {name: re.compile(cues[name]) for name in cues if name in used}
        # A short pattern takes little time, and mostly says that the rule doesn't fit.
        self._rules = [
            (rule, sorted(rule.steps, key=lambda step: len(cues[step]))) for rule in file.rules
        ]
        self._trigger = re.compile(written("trigger", file.trigger))
        self.excuse = re.compile(written("excuses", file.excuses))

    def matches(self, window: str) -> Iterator[tuple[int, int, Kind]]:
        """Where what fits a rule starts and ends, and its kind; one match a rule."""
        if not self._trigger.search(window):
            return
        places: dict[str, list[tuple[int, int]]] = {}

        def spans(cue: str) -> list[tuple[int, int]]:
            if cue not in places:
                places[cue] = [match.span() for match in self._cues[cue].finditer(window)]
            return places[cue]

        for rule, cheapest_first in self._rules:
            if not all(spans(cue) for cue in cheapest_first):
                continue
            first, *rest = rule.steps
            reached = spans(first)
            for step in rest:
                reached = list(_following(reached, spans(step), rule.near))
            if reached:
                yield *reached[0], rule.kind


def _or_line_break(match: re.Match[str]) -> str:
    """A line may be wrapped at any space."""
    if match[0] == " ":
        return r"[ \n]"
    return (
        match[0].replace(" ", r" \n") if match[0][0] == "[" and r"\n" not in match[0] else match[0]
    )


def _following(
    reached: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]], near: int
) -> Iterator[tuple[int, int]]:
    """What is reached, grown by each of the spans that begins closely behind it."""
    for start, end in spans:
        for origin, before in reached:
            if 0 <= start - before <= near:
                yield origin, end
                break


class Detector:
    """The rules of every language."""

    def __init__(self, folder: Traversable = DATA / "instructions") -> None:
        """
        Raises:
            DataFileError: a file is missing or wrong, or a pattern in it is.
        """
        self._rules = [_Rules(folder / f"{language}.toml") for language in get_args(Language)]

    def find(self, text: str) -> tuple[Found, ...]:
        """The passages, whole sentences or lines, in order and disjoint."""
        found = list(self._read(_alike(text)))
        for start, end, hidden in _encoded(text):
            found += (Found(start, end, each.kind) for each in self._read(_alike(hidden)))
        return tuple(_disjoint(found))

    def _read(self, alike: "_Alike") -> Iterator[Found]:
        yield from self._look(alike, alike.text)
        if _ROT13_SAID.search(alike.text):
            yield from self._look(alike, codecs.decode(alike.text, "rot13"))

    def _look(self, alike: "_Alike", text: str) -> Iterator[Found]:
        for pieces in _windows(text):
            begin, end = pieces[0][0], pieces[-1][1]
            window = text[begin:end]
            matches = [match for rules in self._rules for match in rules.matches(window)]
            if not matches or any(each.excuse.search(window) for each in self._rules):
                continue
            for start, stop, kind in matches:
                # Where an order begins, a rule may have taken the sign before it along.
                said = begin + stop - len(window[start:stop].lstrip(_SIGNS))
                first = next((piece for piece in pieces if piece[1] > said), pieces[-1])
                last = next(piece for piece in pieces if piece[1] >= begin + stop)
                yield Found(alike.origin[first[0]], alike.origin[last[1]], kind)


_SIGNS = " \t\n" + string.punctuation

# Sentences, lines, and what is cut from them where they go on and on: white space stays outside.
_PIECE = re.compile(
    rf"\S(?:[^\n]{{0,{_LONGEST_PIECE}}}?"
    r"(?:[.!?。]['\")\]]{0,2}(?=\s|\Z)|(?=[ \t]{0,9}(?:\n|\Z)))"
    rf"|[^\n]{{0,{_LONGEST_PIECE}}}(?=\s)|[^\n]{{0,{_LONGEST_PIECE}}})"
)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?。'\")\]])\s|\s{0,9}\n[ \t]{0,9}\n|\s{0,9}\n\s{0,9}[-*•▪·#>]")


def _windows(text: str) -> Iterator[Sequence[tuple[int, int]]]:
    """The pieces of a sentence, start and end of each; a long sentence's in turns that overlap."""
    window: list[tuple[int, int]] = []
    for match in _PIECE.finditer(text):
        if window and match.end() - window[0][0] > _LONGEST_WINDOW:
            yield window
            window = window[-1:]
        window.append(match.span())
        if _SENTENCE_ENDS.match(text, match.end()):
            yield window
            window = []
    if window:
        yield window


def _disjoint(found: list[Found]) -> Iterator[Found]:
    """In order; what overlaps is one passage, of the kind that begins it."""
    last: Found | None = None
    for each in sorted(found, key=lambda each: (each.start, -each.end)):
        if last is not None and each.start < last.end:
            last = Found(last.start, max(last.end, each.end), last.kind)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


# --- One form for all disguises ------------------------------------------------------------------

_ESCAPED = r"(?:%[0-9A-Fa-f]{2}){1,400}|&#?[A-Za-z0-9]{1,31};|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}"
_ODD = re.compile(
    rf"{_ESCAPED}|[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?"
    r"|[^\t\n\x20-\x7e가-힣•…·。][\u0300-\u036f]{0,8}|[a-zA-Z][\u0300-\u036f]{1,8}"
)
_SPELLED_OUT = re.compile(
    r"(?<![a-z0-9가-힣])"
    r"(?:[a-z]([ .*_/|·-])[a-z](?:\1[a-z]){2,}|[가-힣]([ .*_/|·-])[가-힣](?:\2[가-힣]){3,})"
    r"(?![a-z0-9가-힣])"
)
_DIGITS_FOR_LETTERS = re.compile(
    r"(?<![a-z0-9])[0134578@$]?[a-z]{1,16}[0134578@$]{1,2}[a-z][a-z0134578@$]{1,20}"
)
_MORE_SPACES = re.compile(r"(?<= ) +")
_LETTERS = str.maketrans("0134578@$", "oieastbas")
_LETTERS_ALIKE = str.maketrans(
    "авеёкмнорстухѕіјһԁԛԝɡαβγεζηικνορτυχωıɑ" + "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ" + "‘’ʼ`´“”„«»–—−‑",
    "abeekmhopctyxsijhdqwgabyeznikvoptuxwia" + "abcdefghijklmnoprstuvwyz" + "'''''\"\"\"\"\"----",
)
# Letters in boxes and discs, and the halves of flags.
_LETTERS_ALIKE |= {
    first + index: ord("a") + index for first in (0x1F150, 0x1F170, 0x1F1E6) for index in range(26)
}


@dataclass(frozen=True, slots=True)
class _Alike:
    """A text in the form that rules look at; `origin`: where each character, and the end, was."""

    text: str
    origin: Sequence[int]


def _alike(text: str) -> _Alike:
    parts: list[str] = []
    origin: list[int] = []
    done = 0
    for match in _ODD.finditer(text):
        parts += (text[done : match.start()].lower(), folded := _folded(match[0]))
        origin += range(done, match.start())
        origin += [match.start()] * len(folded)
        done = match.end()
    parts.append(text[done:].lower())
    origin += range(done, len(text) + 1)
    joined = _Alike("".join(parts), origin)
    if _SPELLED_OUT.search(joined.text):
        runs = (match.span() for match in _SPELLED_OUT.finditer(joined.text))
        joined = _without(
            joined, ((at, at + 1) for run in runs for at in range(run[0] + 1, run[1], 2))
        )
    if "  " in joined.text:
        joined = _without(joined, (match.span() for match in _MORE_SPACES.finditer(joined.text)))
    return _Alike(_DIGITS_FOR_LETTERS.sub(_as_letters, joined.text), joined.origin)


_BREAKS = "\n\t\r\v\f\x85\u2028\u2029"
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Mn", "Me"})


@lru_cache(4096)
def _folded(odd: str) -> str:
    """What an escape, an unusual character or a composed one stands for."""
    if odd[0] == "%":
        odd = unquote(odd, errors="replace")
    elif odd[0] == "&":
        odd = html.unescape(odd)
    elif odd[0] == "\\":
        odd = chr(int(odd[2:], 16))
    parts = (each for each in unicodedata.normalize("NFKD", odd) if ord(each) not in _FILLERS)
    kept = "".join(" " if each in _BREAKS else each for each in parts if not _is_unseen(each))
    return unicodedata.normalize("NFC", kept).lower().translate(_LETTERS_ALIKE)


def _is_unseen(character: str) -> bool:
    return character not in _BREAKS and unicodedata.category(character) in _DROPPED


def _without(alike: _Alike, gaps: Iterable[tuple[int, int]]) -> _Alike:
    """What is left of a text when the gaps, in order, close."""
    parts: list[str] = []
    origin: list[int] = []
    done = 0
    for start, end in chain(gaps, [(len(alike.text), len(alike.text))]):
        parts.append(alike.text[done:start])
        origin += alike.origin[done:start]
        done = end
    return _Alike("".join(parts), [*origin, alike.origin[-1]])


def _as_letters(match: re.Match[str]) -> str:
    """A word with digits for letters; one that has letters enough to be a word."""
    word = match[0]
    return word.translate(_LETTERS) if sum(map(str.isalpha, word)) >= 3 else word


_ROT13_SAID = re.compile(r"\brot[ -]?13\b")
_ENCODED = re.compile(
    rf"[0-9A-Fa-f]{{24,{_LONGEST_ENCODED}}}(?![\w+/])"
    rf"|[A-Za-z0-9+/_-]{{16,{_LONGEST_ENCODED}}}={{0,2}}"
    rf"|[\U000e0020-\U000e007e]{{4,{_LONGEST_ENCODED}}}"
)


def _encoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Where a run of letters is a text in base64 or in hexadecimal, or one in invisible tags."""
    for match, _ in zip(_ENCODED.finditer(text), range(_MOST_ENCODED), strict=False):
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


# --- Unable to open or close anything ------------------------------------------------------------

# None of these signs becomes another one in any normal form.
_OPENS, _CLOSES, _AT, _BRACKETS = "‹", "›", "◎", "〔〕"
_UNSEEN = frozenset({"Cf", "Cc", "Cs", "Zl", "Zp"})
_SELECTORS = [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x180B, 0x180C, 0x180D, 0x180F]
_FILLERS = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0]
_TAMED = {
    **dict.fromkeys((*_SELECTORS, *_FILLERS), " "),
    **{
        code: " "
        for code in chain(range(0x20000), range(0xE0000, 0xE0200))
        if unicodedata.category(chr(code)) in _UNSEEN and chr(code) not in "\n\t"
    },
    **dict.fromkeys(map(ord, "<＜﹤〈\u2329⟨˂ᐸ❬❮❰⦑⧼"), _OPENS),
    **dict.fromkeys(map(ord, ">＞﹥〉\u232a⟩˃ᐳ❭❯❱⦒⧽"), _CLOSES),
}
_AT_SIGNS = re.compile(r"[@＠﹫]{2,}")
_BRACKETED = re.compile(r"[\[［﹇]([^\[\]［］﹇﹈]{1,24})[\]］﹈]")
_TEMPLATE_WORDS = re.compile(
    r"[\s/_|:#.-]{0,8}(?:(?:inst|sys|system|assistant|user|human|developer|tool|bos|eos|prompt)[\s/_|:#.-]{0,8}){1,3}"
)


def tame(text: str) -> str:
    """The text of others, of the same length, made fit for a prompt.

    Tags, section marks and the tokens of chat templates lose the signs that make them; what is
    invisible becomes a space. In no normal form do `<`, `>` or `@@` come back.
    """
    text = _AT_SIGNS.sub(lambda run: _AT * len(run[0]), text.translate(_TAMED))
    return _BRACKETED.sub(_tame_brackets, text)


def _tame_brackets(match: re.Match[str]) -> str:
    if not _TEMPLATE_WORDS.fullmatch(_alike(match[1]).text):
        return match[0]
    return _BRACKETS[0] + match[1] + _BRACKETS[1]
