"""The rules of one language: read from a file, compiled, and tried on a window of a text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib.resources.abc import Traversable
from operator import or_
from typing import Annotated, Literal

from msgspec import Meta

from realtime.interviewer.files import DataFileError, read
from realtime.interviewer.instructions.fragments import Fragments, Need
from realtime.interviewer.instructions.sentences import LONGEST_WINDOW

# "override": another task, role or rule; "score": a verdict asked for or forged; "authority": a
# claim to rank above the rules; "leak": the prompt, or what belongs to others, asked for.
Kind = Literal["override", "score", "authority", "leak"]

# A space in a pattern, alone or in a class; named cues come with theirs.
_SPACE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]| ")
_NAME = re.compile(r"\{([a-z_]+)\}")
_Patterns = Annotated[tuple[str, ...], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class _Rule:
    """`steps`: cues, each at most `near` characters behind the one before."""

    kind: Kind
    steps: Annotated[tuple[str, ...], Meta(min_length=1)]
    near: Annotated[int, Meta(ge=1, le=LONGEST_WINDOW)] = 60


@dataclass(frozen=True, slots=True)
class _File:
    """`trigger`: has a match in every sentence that fits a rule; `excuses`: have none in it."""

    trigger: _Patterns
    excuses: _Patterns
    cues: dict[str, _Patterns]
    rules: Annotated[tuple[_Rule, ...], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule, its cues from the cheapest to the dearest, and what a text needs to fit it.

    `bits` is asked first; `needs` are those of the cues that have several alternatives.
    """

    rule: _Rule
    cheapest_first: Sequence[str]
    bits: int
    needs: Sequence[Need]


class Rules:
    """The rules of one language, compiled."""

    def __init__(self, path: Traversable, fragments: Fragments) -> None:
        """
        Raises:
            DataFileError: the file is missing or wrong, or a pattern in it is.
        """
        file = read(path, _File)
        cues: dict[str, str] = {}

        def written(field: str, patterns: Sequence[str]) -> str:
            def named(match: re.Match[str]) -> str:
                if match[1] not in cues:
                    raise DataFileError(path, f"no cue `{match[1]}` before it - at `$.{field}`")
                return f"(?:{cues[match[1]]})"

            joined = "|".join(_NAME.sub(named, each) for each in patterns)
            pattern = _SPACE.sub(_or_line_break, joined)
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
        needs = {name: fragments.need_of(cues[name]) for name in used}
        self._cues = {name: re.compile(cues[name]) for name in used}
        trigger = written("trigger", file.trigger)
        self._trigger = re.compile(trigger)
        triggered = fragments.need_of(trigger).bits
        self.trials = [
            Trial(
                rule,
                # A short pattern takes little time, and mostly says that the rule doesn't fit.
                sorted(rule.steps, key=lambda step: len(cues[step])),
                reduce(or_, (needs[step].bits for step in rule.steps), triggered),
                [needs[step] for step in rule.steps if len(needs[step].alternatives) > 1],
            )
            for rule in file.rules
        ]
        self.excuse = re.compile(written("excuses", file.excuses))

    def matches(self, window: str, trials: Iterable[Trial]) -> Iterator[tuple[int, int, Kind]]:
        """Where what fits one of the rules starts and ends, and its kind; one match a rule."""
        places: dict[str, list[tuple[int, int]]] = {}

        def spans(cue: str) -> list[tuple[int, int]]:
            if cue not in places:
                places[cue] = [match.span() for match in self._cues[cue].finditer(window)]
            return places[cue]

        triggered = False
        for trial in trials:
            if not all(spans(cue) for cue in trial.cheapest_first):
                continue
            first, *rest = trial.rule.steps
            reached = spans(first)
            for step in rest:
                reached = list(_following(reached, spans(step), trial.rule.near))
            if not reached:
                continue
            # The dearest pattern of all: it is asked last, once.
            triggered = triggered or self._trigger.search(window) is not None
            if not triggered:
                return
            yield *reached[0], trial.rule.kind


def may_fit(trials: Iterable[Trial], lacking: int) -> list[Trial]:
    """The rules that a text may fit which lacks what `Fragments.lacking` says."""
    return [
        trial
        for trial in trials
        if not trial.bits & lacking and all([each.met_without(lacking) for each in trial.needs])
    ]


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
