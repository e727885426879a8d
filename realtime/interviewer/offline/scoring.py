"""Scores from 0 to 5, each standing on words of the answer.

Deterministic: the same answer to the same question has the same scores. No evidence, no score above
0; what can't be judged by rule has no score at all (`correctness.py`). What each number means is
told by the rubric (`data/rubric.toml`); the rules here count what can be counted towards it, and
claim no more. They stand in one place each, so that they can be argued about.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from protocol.view import Competency, Score, Turn
from realtime.interviewer.offline.correctness import correctness
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.lacks import hides_speaker
from realtime.interviewer.offline.lexicon import Aspect, Form
from realtime.interviewer.offline.marks import Mark
from realtime.interviewer.offline.reading import Reading, read_turn
from realtime.interviewer.offline.text import stems
from realtime.interviewer.rubric import MAX_SCORE, CompetencyId

# Longest piece of evidence, in characters, and most pieces of it.
_EVIDENCE = 160
_PIECES = 2

# As far as an answer gets that is too short for its question.
_SHORT = 3

# The parts of an account, by what the question was after. Any aspect of a part shows it.
_PARTS: Mapping[Form, tuple[tuple[Aspect, ...], ...]] = {
    "experience": (("situation",), ("task", "reason"), ("action",), ("result",)),
    "case": (("plan", "action"), ("order",), ("reason",), ("check",)),
    "view": (("own",), ("reason",), ("example", "action"), ("learning", "result", "plan")),
}


@dataclass(frozen=True, slots=True)
class Scoring:
    """The scores of an answer, or null and the reason why there are none."""

    scores: tuple[Score, ...] | None
    reason: str | None = None


def score(desk: Desk, turn: Turn) -> Scoring:
    """Score an answered turn by the interview's competencies, or else by the standard rubric.

    Of the rubric's, those are left out of which nothing can be told.
    """
    reading = read_turn(desk, turn)
    reason = why_not_judged(desk, reading)
    if reason is not None:
        return Scoring(None, reason)
    named = desk.config.competencies
    if named is None:
        marks = {
            standard.name: _standard(desk, reading, standard.id)
            for standard in desk.library.rubric.languages[desk.language]
        }
    else:
        marks = {competency.name: _named(reading, competency) for competency in named}
    told = (_scored(reading, name, mark) for name, mark in marks.items() if mark is not None)
    return Scoring(tuple(told))


def why_not_judged(desk: Desk, reading: Reading) -> str | None:
    """Why nothing can be judged in an answer, in a sentence; null if something can."""
    said = desk.phrases.report.summary
    match reading.analysis.standing:
        case "empty":
            return said.empty
        case "unknown":
            return said.unknown
        case "unclear":
            return said.unclear
        case _:
            return None


def _scored(reading: Reading, name: str, mark: Mark) -> Score:
    """The mark with its evidence, cut to what can be quoted. Without any, it counts for nothing."""
    quotes = (reading.words(sentence, _EVIDENCE) for sentence in mark.sentences[:_PIECES])
    evidence = tuple(dict.fromkeys(quote for quote in quotes if quote))
    value = max(0, min(mark.score, MAX_SCORE)) if evidence else 0
    return Score(name, value, MAX_SCORE, evidence if value else ())


# --- the standard rubric --------------------------------------------------------------------------


def _intent(reading: Reading) -> Mark:
    """By the words it shares with the question and with what a good answer contains."""
    analysis = reading.analysis
    shared = reading.shared
    by_words = sorted(
        _longest(reading), key=lambda sentence: len(stems(sentence) & shared), reverse=True
    )
    if analysis.standing == "foreign" or not reading.question.key_points:
        # No words to compare with: it is taken to answer, if it has what such a question is after.
        value = 3 if not {"action", "plan", "example"}.isdisjoint(reading.shown) else 2
    else:
        value = 1 if "relevance" in reading.lacks else 2 + min(2, len(shared))
        value += len(shared) >= 3 and any(stems(each) & shared for each in analysis.sentences[:2])
    if reading.probe is not None:
        value = max(value, 4) if reading.answered_probe else min(value, 2)
    if "real" in reading.lacks or "detail" in reading.lacks:
        value = min(value, 3 if "detail" in reading.lacks else 2)
    return Mark(value, tuple(by_words))


def _structure(reading: Reading) -> Mark:
    """By the parts of an account that are there; earlier answers to the question count as told."""
    parts = _PARTS[reading.question.form]
    here = [_first(reading, part) for part in parts]
    told = sum(
        sentence is not None or not reading.known.isdisjoint(part)
        for sentence, part in zip(here, parts, strict=True)
    )
    places = [reading.analysis.sentences.index(each) for each in here if each is not None]
    in_order = places == sorted(places) and len(set(places)) > 1
    complete = told == len(parts) and "detail" not in reading.lacks
    value = told + (complete and in_order)
    if "detail" in reading.lacks:
        value = min(value, _SHORT)
    evidence = [each for each in reversed(here) if each is not None]
    return Mark(value, tuple(evidence))


def _specificity(reading: Reading) -> Mark:
    """By figures, named things and cases; vague words count against it."""
    analysis = reading.analysis
    figures, cases = analysis.found["numbers"], analysis.found["example"]
    named = tuple(
        sentence
        for sentence in analysis.sentences
        if any(name in sentence for name in analysis.names)
    )
    points = min(len(figures), 3) + min(len(analysis.names), 2) + bool(cases)
    value = 1 + min(points, 3)
    value += points >= 4 and bool(figures) and bool(named)
    if len(analysis.found["hedge"]) * 2 >= len(analysis.sentences):
        value = max(1, value - 1)
    if "detail" in reading.lacks:
        value = min(value, _SHORT)
    return Mark(value, (*figures, *named, *cases) or _longest(reading))


def _ownership(reading: Reading) -> Mark:
    """By what the speaker did, apart from the group."""
    found = reading.analysis.found
    own, acted = found["own"], (*found["action"], *found["plan"])
    if "real" in reading.lacks:
        return Mark(2, own or found["plan"])
    if hides_speaker(reading.analysis):
        return Mark(2 if own else 1, (*own, *found["team"]))
    # Korean leaves 'I' out where it is clear who speaks.
    unsaid = reading.lexicon.language == "ko" and not found["team"]
    deeds = tuple(
        dict.fromkeys(each for each in acted if each in own or unsaid or each in found["reason"])
    )
    if not deeds:
        return Mark(2 if own else 1, own or acted)
    value = 3 + (len(deeds) >= 2) + (len(deeds) >= 2 and bool(found["reason"]) and bool(own))
    return Mark(value, deeds)


def _communication(reading: Reading) -> Mark:
    """By length, links between sentences, and definiteness."""
    analysis, limits = reading.analysis, reading.lexicon.length
    vague, linked = analysis.found["hedge"], analysis.found["order"]
    count = len(analysis.sentences)
    value = 3
    value += analysis.standing == "full" or (reading.probe is not None and reading.answered_probe)
    value += len(linked) >= 2 and analysis.standing == "full"
    value -= len(vague) * 3 >= count
    value -= analysis.standing == "long"
    value -= analysis.repeats
    value -= analysis.length > count * limits.brief * 1.5
    value -= "detail" in reading.lacks
    clear = tuple(each for each in analysis.sentences if each not in vague)
    if analysis.standing == "foreign":
        value = min(value, 2)
    evidence = (*linked, *clear) if value >= 3 else (*vague, *clear)
    return Mark(max(1, value), evidence or _longest(reading))


def _standard(desk: Desk, reading: Reading, competency: CompetencyId) -> Mark | None:
    if competency == "correctness":
        return correctness(reading, known=desk.library.banks.has(reading.question))
    return _STANDARD[competency](reading)


_STANDARD: Mapping[CompetencyId, Callable[[Reading], Mark]] = {
    "intent": _intent,
    "structure": _structure,
    "specificity": _specificity,
    "ownership": _ownership,
    "communication": _communication,
}


def _longest(reading: Reading) -> tuple[str, ...]:
    """The answer's longest sentences: what one points at where nothing stands out."""
    return tuple(sorted(reading.analysis.sentences, key=len, reverse=True))


def _first(reading: Reading, part: Iterable[Aspect]) -> str | None:
    return next((sentence for aspect in part for sentence in reading.analysis.found[aspect]), None)


# --- competencies in a team's own words -----------------------------------------------------------


def _named(reading: Reading, competency: Competency) -> Mark:
    """By the sentences that speak of the competency, and how much stands in them."""
    found = reading.analysis.found
    words = stems(f"{competency.name} {competency.description}")
    shows = {
        aspect
        for theme in reading.lexicon.themes
        if theme.names.search(competency.name)
        for aspect in theme.shows
    }
    speaking = tuple(
        sentence
        for sentence in reading.analysis.sentences
        if stems(sentence) & words or any(sentence in found[aspect] for aspect in shows)
    )
    if not speaking:
        return Mark(0, ())
    concrete = any(each in found["numbers"] or each in found["result"] for each in speaking)
    done = any(each in found["action"] for each in speaking) and not hides_speaker(reading.analysis)
    value = 1 + min(len(speaking), 2) + concrete + done
    return Mark(value - ("detail" in reading.lacks), speaking)
