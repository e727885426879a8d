"""The replies of this folder: raw texts as models might send them back to the prompts of
`prompts.py`, written by readers who saw the prompts alone.

    TASK/PLACE-NN-NATURE.txt

They are evidence, and aren't mended to please the code that reads them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from protocol.view import Language
from realtime.interviewer.leading.conversation import HINT_FORM
from realtime.interviewer.leading.fair_copy import FairCopy, Form
from realtime.interviewer.leading.guard import Guard, Unfit
from realtime.interviewer.leading.judging import FORM as SCORES_FORM
from realtime.interviewer.leading.parts import FORM as TURNS_FORM
from realtime.interviewer.leading.profiling import FORM as PROFILE_FORM
from realtime.interviewer.leading.prompting import Prompts, load_prompts
from realtime.interviewer.leading.putting import FORM as QUESTION_FORM
from realtime.interviewer.leading.reporting import FORM as REPORT_FORM
from realtime.interviewer.leading.reviewing import ANSWERED
from realtime.interviewer.leading.sections import Opened
from realtime.interviewer.leading.topics import FORM as PLAN_FORM
from tests.realtime.interviewer.replies.prompts import KEY, Place, places

HERE = Path(__file__).parent

# How the replies to each task are to look.
FORMS: dict[str, Form] = {
    "answered": ANSWERED,
    "scores": SCORES_FORM,
    "question": QUESTION_FORM,
    "hint": HINT_FORM,
    "plan": PLAN_FORM,
    "report": REPORT_FORM,
    "report_turns": TURNS_FORM,
    "profile": PROFILE_FORM,
}
Nature = Literal[
    "good",
    "terse",
    "long",
    "chatty",
    "fenced",
    "mangled",
    "unmarked",
    "cut",
    "refusing",
    "mixed",
    "wrong_language",
    "invented",
    "miscounted",
    "leaking",
    "echoing",
    "unobserved",
    "empty",
]
NATURES: frozenset[str] = frozenset(get_args(Nature))


@dataclass(frozen=True, slots=True)
class RawReply:
    """A reply as it came. `nature`: what is the matter with it, by its writer's word."""

    name: str
    task: str
    place: Place
    nature: str
    text: str

    @property
    def language(self) -> Language:
        return self.place.language


@cache
def replies() -> tuple[RawReply, ...]:
    """All of them.

    Raises:
        ValueError: a file's name says nothing of a place, or no known nature.
    """
    known = {place.name: place for place in places()}
    return tuple(_reply(path, known) for path in sorted(HERE.glob("*/*.txt")))


def of_task(task: str) -> tuple[RawReply, ...]:
    return tuple(each for each in replies() if each.task == task)


def of_nature(nature: str) -> tuple[RawReply, ...]:
    return tuple(each for each in replies() if each.nature == nature)


def _reply(path: Path, known: dict[str, Place]) -> RawReply:
    place_name, _, rest = path.stem.rpartition("-")[0].rpartition("-")
    nature = path.stem.rpartition("-")[2]
    if place_name not in known or not rest.isdigit() or nature not in NATURES:
        raise ValueError(f"no name for a reply: {path.name}")
    place = known[place_name]
    if place.task != path.parent.name:
        raise ValueError(f"{path.name} is in the folder {path.parent.name}")
    return RawReply(path.stem, place.task, place, nature, path.read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Written:
    """A section of a reply whose marks are as they should be, as it was written."""

    name: str
    words: str
    text: str


_MARK = re.compile(rf"^@@{KEY} (\w+)(.*)\n?", re.MULTILINE)


def sections_of(reply: RawReply) -> list[Written]:
    """Its sections but for the end, read without any of the code that reads replies."""
    marks = [*_MARK.finditer(reply.text)]
    ends = [*(mark.start() for mark in marks[1:]), len(reply.text)]
    sections = [
        Written(mark[1], mark[2].strip(), reply.text[mark.end() : end].strip())
        for mark, end in zip(marks, ends, strict=False)
    ]
    return [each for each in sections if each.name != "end"]


# --- as it is read --------------------------------------------------------------------------------

# The sections and their texts, neighbouring ones joined; or why the reply can't be used.
Read = tuple[Opened | str, ...] | str


@cache
def prompts_of(language: Language) -> Prompts:
    return load_prompts()[language]


def read(pieces: Sequence[str], task: str, language: Language, *, cut: bool = False) -> Read:
    """What becomes of a reply that comes in these pieces, with nothing around it."""
    prompts = prompts_of(language)
    copy = FairCopy(KEY, FORMS[task], Guard(prompts.own, prompts.unobserved))
    joined: list[Opened | str] = []
    try:
        for piece in pieces:
            _join(joined, copy.feed(piece))
        _join(joined, copy.end(cut=cut))
    except Unfit as unfit:
        return str(unfit)
    return tuple(joined)


def _join(joined: list[Opened | str], parts: Sequence[Opened | str]) -> None:
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, str) and isinstance(last, str):
            joined[-1] = last + part
        else:
            joined.append(part)
