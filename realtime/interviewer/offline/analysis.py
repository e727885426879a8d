"""What an answer holds and what it lacks, read from its words alone.

Pure, and modest: it sees that a figure, an action or a result was named, not whether it is true or
clever. All that it gives back of an answer is a slice of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from protocol.view import Language
from realtime.interviewer.offline.lexicon import Aspect, Lexicon
from realtime.interviewer.offline.text import (
    WORD,
    language_of,
    length,
    lower,
    sentences,
)

# empty: hardly a word. unknown: owns to having no answer. unclear: no sentence of a known language.
# foreign: in the other language than the interview's. The rest can be judged.
Standing = Literal["empty", "unknown", "unclear", "foreign", "brief", "full", "long"]

Lexicons = Mapping[Language, Lexicon]

UNJUDGEABLE: frozenset[Standing] = frozenset({"empty", "unknown", "unclear"})

# What must have happened.
_HAPPENED: tuple[Aspect, ...] = ("situation", "action", "manner", "result")

# What a vague sentence doesn't show, although it has the words of it.
_HOLLOWED: tuple[Aspect, ...] = (
    *("action", "result", "task", "reason", "example", "plan", "check", "learning"),
)

# From so many sentences on, an answer has a beginning.
_A_STORY = 3

# More of an answer than anybody says. A bound on the work, not a judgement.
_MAX_SENTENCES = 150


@dataclass(frozen=True, slots=True)
class Analysis:
    """An answer, read.

    `language`: what it was read as. `found`: for each aspect the sentences that show it, in their
    order. `length`: in the unit of the language; `seconds`: about how long it takes to say.
    `names`: what it calls by name. `hollow`: sentences that say nothing definite. `repeats`: it
    says the same sentences again and again.
    """

    language: Language
    standing: Standing
    sentences: tuple[str, ...]
    found: Mapping[Aspect, tuple[str, ...]]
    hollow: frozenset[str]
    length: int
    seconds: int
    names: tuple[str, ...]
    repeats: bool

    @property
    def judgeable(self) -> bool:
        return self.standing not in UNJUDGEABLE

    def has(self, aspect: Aspect) -> bool:
        return bool(self.found[aspect])


def analyse(answer: str, language: Language, lexicons: Lexicons) -> Analysis:
    """Read an answer given in an interview that is held in `language`."""
    spoken = language_of(answer)
    read_as = spoken or language
    lexicon = lexicons[read_as]
    every = sentences(answer)
    distinct = tuple(dict.fromkeys(every))[:_MAX_SENTENCES]
    found = _found(distinct, lexicon)
    hollow = _hollow(found, lexicon)
    for aspect in _HOLLOWED:
        found[aspect] = tuple(each for each in found[aspect] if each not in hollow)
    said = length(answer, read_as)
    return Analysis(
        language=read_as,
        standing=_standing(answer, language, spoken, lexicon, found),
        sentences=distinct,
        found=found,
        hollow=hollow,
        length=said,
        seconds=round(said * 60 / lexicon.length.per_minute),
        names=tuple(dict.fromkeys(match.group() for match in lexicon.names.finditer(answer)))[:50],
        repeats=len(every) >= 6 and len(distinct) * 2 < len(every),
    )


def _found(told: tuple[str, ...], lexicon: Lexicon) -> dict[Aspect, tuple[str, ...]]:
    """For each aspect the sentences that show it, in their order."""
    lowered = {sentence: lower(sentence) for sentence in told}
    real = {sentence: lexicon.unreal.sub(" ", text) for sentence, text in lowered.items()}
    found: dict[Aspect, tuple[str, ...]] = {
        aspect: tuple(
            sentence
            for sentence in told
            if cue.search((real if aspect in _HAPPENED else lowered)[sentence])
        )
        for aspect, cue in lexicon.cues.items()
    }
    # A way of acting is an action where it isn't a plan.
    acted = {each for each in found["action"] if _is_deed(lowered[each], lexicon)}
    acted |= {each for each in found["manner"] if each not in found["plan"]}
    found["action"] = tuple(sentence for sentence in told if sentence in acted)
    # What opens a longer answer, and is neither deed nor thought, sets the scene.
    elsewhere: tuple[Aspect, ...] = ("situation", "action", "plan", "reason", "vague")
    if len(told) >= _A_STORY and not any(told[0] in found[aspect] for aspect in elsewhere):
        found["situation"] = (told[0], *found["situation"])
    # "Last year we launched an app" begins a story; it is not how the story ended.
    if len(told) > 1 and told[0] in found["situation"] and told[0] not in found["numbers"]:
        found["result"] = tuple(sentence for sentence in found["result"] if sentence != told[0])
    return found


def _is_deed(sentence: str, lexicon: Lexicon) -> bool:
    """Whether an action stands on its own, and not within a plan: "I would use what I built"."""
    plan = lexicon.cues["plan"].search(sentence)
    deed = lexicon.cues["action"].search(sentence)
    return plan is None or (deed is not None and deed.start() < plan.start())


def _hollow(found: Mapping[Aspect, tuple[str, ...]], lexicon: Lexicon) -> frozenset[str]:
    """The sentences with the words of an action or a result, but without anything in them."""
    return frozenset(
        sentence
        for sentence in found["vague"]
        if sentence not in found["numbers"] and not lexicon.names.search(sentence)
    )


def _standing(
    answer: str,
    language: Language,
    spoken: Language | None,
    lexicon: Lexicon,
    found: Mapping[Aspect, tuple[str, ...]],
) -> Standing:
    said = length(answer, lexicon.language)
    limits = lexicon.length
    substance = found["action"] or found["result"] or found["numbers"]
    if lexicon.unknown.search(answer) and said < limits.brief and not substance:
        return "unknown"
    if spoken is None:
        return "unclear" if any(char.isalpha() for char in answer) else "empty"
    if said <= limits.scant and max(map(len, answer.split())) < 30:
        return "empty"
    if _is_noise(answer, lexicon):
        return "unclear"
    if spoken != language:
        return "foreign"
    if said < limits.brief:
        return "brief"
    return "long" if said > limits.long else "full"


def _is_noise(answer: str, lexicon: Lexicon) -> bool:
    """Keys struck at random, or one word over and over: it lacks what every sentence has."""
    words = WORD.findall(answer)
    common = sum(1 for _ in lexicon.common.finditer(answer))
    if len({word.lower() for word in words}) <= 3 and len(words) >= 8:
        return True
    return common * 12 < len(words) or (common == 0 and len(words) <= 12)
