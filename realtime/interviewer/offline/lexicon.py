"""Which words of a language tell of a situation, an action, a figure, and so on.

The patterns are data (`data/lexicon/`), one file a language. They are searched in one sentence at a
time: the cues in lower case, which is five times as fast as ignoring case. A pattern must need time
linear in the sentence: no nested and no boundless repetition.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from msgspec import Meta

from protocol.view import Language
from realtime.interviewer.files import DATA, DataFileError, read

Aspect = Literal[
    "situation",
    "task",
    "action",
    "result",
    "numbers",
    "own",
    "team",
    "reason",
    "example",
    "plan",
    "check",
    "learning",
    "order",
    "hedge",
    "vague",
    "manner",
]
# Which way a figure went.
Way = Literal["fell", "rose"]
Form = Literal["experience", "case", "view"]
Level = Literal["junior", "mid", "senior", "any"]
Patterns = Annotated[tuple[str, ...], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Length:
    """How long an answer is, in the unit in which the language is spoken.

    `scant` and below: too little to judge; below `brief`: shorter than a question bears; above
    `long`: more than a listener keeps. `per_minute`: an unhurried pace. All in words or syllables.
    """

    unit: Literal["words", "syllables"]
    scant: int
    brief: int
    long: int
    per_minute: int


@dataclass(frozen=True, slots=True)
class _ThemeFile:
    names: Patterns
    shows: tuple[Aspect, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """What freely chosen words are about (`names`), and which aspects of an answer show it."""

    names: re.Pattern[str]
    shows: tuple[Aspect, ...]


@dataclass(frozen=True, slots=True)
class _File:
    length: Length
    common: str
    unreal: str
    unknown: Patterns
    names: Patterns
    clause: str
    lead: str
    tail: str
    cues: dict[Aspect, Patterns]
    figures: dict[Way, str]
    forms: dict[Form, Patterns]
    levels: dict[Level, Patterns]
    themes: tuple[_ThemeFile, ...]
    points: tuple[_ThemeFile, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A language's patterns, compiled.

    `common`: what any sentence of the language has; `unreal`: what is only supposed; `unknown`:
    owning that one has no answer; `names`: a named tool, method or product; `clause`: where a
    sentence may be cut; `lead`, `tail`: what a quotation leaves out at its ends; `cues`: what tells
    of each aspect; `figures`: a figure that went from `before` to `after`, each with its `unit`, in
    lower case; `forms`: what kind of question a text is; `levels`: the level that freely
    written words mean; `themes`: what a freely written competency means; `points`: what a bank's
    key point means.
    """

    language: Language
    length: Length
    common: re.Pattern[str]
    unreal: re.Pattern[str]
    unknown: re.Pattern[str]
    names: re.Pattern[str]
    clause: re.Pattern[str]
    lead: re.Pattern[str]
    tail: re.Pattern[str]
    cues: dict[Aspect, re.Pattern[str]]
    figures: dict[Way, re.Pattern[str]]
    forms: dict[Form, re.Pattern[str]]
    levels: dict[Level, re.Pattern[str]]
    themes: tuple[Theme, ...]
    points: tuple[Theme, ...]

    def form(self, question: str) -> Form:
        """What kind of answer a question without further notice is after."""
        return next((form for form, cue in self.forms.items() if cue.search(question)), "view")

    def level(self, words: str) -> Level | None:
        """The level that these words name, if they do."""
        return next((level for level, cue in self.levels.items() if cue.search(words)), None)


def load_lexicon(language: Language) -> Lexicon:
    """The language's lexicon.

    Raises:
        DataFileError: the file is wrong, or a pattern in it is.
    """
    path = DATA / "lexicon" / f"{language}.toml"
    file = read(path, _File)
    if missing := [aspect for aspect in get_args(Aspect) if aspect not in file.cues]:
        raise DataFileError(path, f"nothing for {', '.join(missing)} - at `$.cues`")

    def compiled(
        field: str, *patterns: str, flags: re.RegexFlag = re.IGNORECASE
    ) -> re.Pattern[str]:
        try:
            # An apostrophe in a pattern stands for the typographic one too.
            return re.compile("|".join(patterns).replace("'", "['’]"), flags)
        except re.error as error:
            raise DataFileError(path, f"{error} - at `$.{field}`") from error

    def themes(field: str, listed: tuple[_ThemeFile, ...]) -> tuple[Theme, ...]:
        return tuple(
            Theme(compiled(f"{field}[{index}].names", *theme.names), theme.shows)
            for index, theme in enumerate(listed)
        )

    return Lexicon(
        language=language,
        length=file.length,
        common=compiled("common", file.common),
        unreal=compiled("unreal", file.unreal),
        unknown=compiled("unknown", *file.unknown),
        names=compiled("names", *file.names, flags=re.NOFLAG),
        clause=compiled("clause", file.clause),
        lead=compiled("lead", file.lead),
        tail=compiled("tail", file.tail),
        cues={
            aspect: compiled(f"cues.{aspect}", *cues, flags=re.NOFLAG)
            for aspect, cues in file.cues.items()
        },
        figures={
            way: compiled(f"figures.{way}", pattern, flags=re.NOFLAG)
            for way, pattern in file.figures.items()
        },
        forms={form: compiled(f"forms.{form}", *cues) for form, cues in file.forms.items()},
        levels={level: compiled(f"levels.{level}", *cues) for level, cues in file.levels.items()},
        themes=themes("themes", file.themes),
        points=themes("points", file.points),
    )
