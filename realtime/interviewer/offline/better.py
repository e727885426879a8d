"""A better answer, made of the candidate's own sentences.

They stand in a better order, and what is missing is marked as a gap. Nothing is invented. What
stands in square brackets is for the candidate to fill in, or comes from their résumé and says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from protocol.view import Turn
from realtime.interviewer.offline.background import Story
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.lacks import Lack
from realtime.interviewer.offline.lexicon import Aspect, Form
from realtime.interviewer.offline.reading import Reading, read_turn
from realtime.interviewer.offline.text import language_of, lower, stems

# The most sentences of a part that a listener keeps.
_MOST = 4

# Shorter than this, in characters, a sentence is no loss.
_SAYS_SOMETHING = 8

# So many stems in common with a story of the résumé, and an answer is about it.
_SAME_STORY = 3

# The longest sentence that is taken over whole.
_LONGEST = 300

# The parts of an answer in the order in which they are best told, and the aspects of the sentences
# that belong there. A sentence goes to the part that it says most of: the one that comes first in
# `_CLAIMS`.
_ORDER: Mapping[Form, tuple[Aspect, ...]] = {
    "experience": ("situation", "task", "action", "reason", "result", "learning"),
    "case": ("situation", "plan", "reason", "check"),
    "view": ("plan", "reason", "example", "learning"),
}
_MIDDLE: Mapping[Form, Aspect] = {"experience": "action", "case": "plan", "view": "reason"}
_CLAIMS: Mapping[Form, tuple[tuple[Aspect, Aspect], ...]] = {
    # (what the sentence shows, the part it goes to)
    "experience": (
        ("result", "result"),
        ("action", "action"),
        ("plan", "action"),
        ("learning", "learning"),
        ("numbers", "result"),
        ("task", "task"),
        ("reason", "reason"),
        ("situation", "situation"),
    ),
    "case": (
        ("check", "check"),
        ("plan", "plan"),
        ("action", "plan"),
        ("order", "plan"),
        ("reason", "reason"),
        ("situation", "situation"),
    ),
    "view": (
        ("learning", "learning"),
        ("example", "example"),
        ("action", "example"),
        ("reason", "reason"),
        ("own", "plan"),
    ),
}
# Which gap belongs behind which part, if the answers lack it.
_GAPS: Mapping[Form, tuple[tuple[Aspect, Lack, str], ...]] = {
    "experience": (
        ("situation", "situation", "situation"),
        ("task", "task", "task"),
        ("action", "action", "action"),
        ("action", "real", "action"),
        ("action", "own", "own"),
        ("reason", "reason", "reason"),
        ("result", "result", "result"),
        ("result", "numbers", "numbers"),
    ),
    "case": (("plan", "plan", "plan"), ("reason", "reason", "reason"), ("check", "check", "check")),
    "view": (("reason", "reason", "reason"), ("example", "example", "example")),
}
# What someone is given to fill in who has said nothing yet.
_SKELETON: Mapping[Form, tuple[str, ...]] = {
    "experience": ("situation", "task", "action", "numbers"),
    "case": ("plan", "reason", "check"),
    "view": ("view", "reason", "example"),
}


def better_answer(desk: Desk, turn: Turn) -> str | None:
    """A better answer to a turn's question; null if it was skipped.

    A main question's takes in what its follow-ups brought to light.
    """
    if turn.answer is None:
        return None
    turns = [turn] if turn.kind == "follow_up" else [*_with_follow_ups(desk, turn)]
    readings = [read for each in turns if (read := read_turn(desk, each)).analysis.judgeable]
    # What really happened makes what was only supposed superfluous.
    readings = [read for read in readings if "real" not in read.lacks] or readings
    gaps = desk.phrases.report.gap
    if not readings:
        form = desk.question_of(turn).form
        return " ".join(gaps[name] for name in _SKELETON[form])
    if turn.kind == "follow_up":
        return _follow_up(desk, readings[0])
    return " ".join(_parts(desk, readings))


def _with_follow_ups(desk: Desk, turn: Turn) -> Iterator[Turn]:
    return (
        each
        for each in desk.interview.turns
        if each.main_turn == turn.turn and each.answer is not None
    )


def _follow_up(desk: Desk, reading: Reading) -> str:
    """To the point that was asked for first, then the rest."""
    wanted = {each for aspect in reading.wanted for each in reading.analysis.found[aspect]}
    every = _substance(reading) or reading.analysis.sentences
    first = [each for each in every if each in wanted]
    rest = [each for each in every if each not in wanted]
    told = [_told(reading, each) for each in (*first, *rest)[: 2 * _MOST]]
    gap = desk.phrases.report.gap.get(str(reading.probe))
    if gap is not None and not reading.answered_probe:
        told.append(gap)
    return " ".join(told)


def _parts(desk: Desk, readings: Sequence[Reading]) -> Iterator[str]:
    form = readings[0].question.form
    gaps = _filled(desk, readings)
    missing = readings[-1].lacks
    placed: dict[Aspect, list[tuple[Reading, str]]] = {part: [] for part in _ORDER[form]}
    for reading in readings:
        part = _ORDER[form][0] if reading.turn.kind == "main" else _MIDDLE[form]
        for sentence in _substance(reading):
            # What shows nothing by itself belongs to what was said before it.
            part = _part(reading, sentence, form) or part
            placed[part].append((reading, sentence))
    if form == "view" and not placed["plan"]:
        yield gaps["view"]
    for part, sentences in placed.items():
        told = [_told(reading, sentence) for reading, sentence in _kept(sentences)]
        open_here = dict.fromkeys(
            gaps[name] for where, lack, name in _GAPS[form] if where == part and lack in missing
        )
        yield from (*open_here, *told) if part == "situation" else (*told, *open_here)


# Which facts of a résumé fill a gap: those that show one of these.
_FILLED_BY: Mapping[str, tuple[Aspect, ...]] = {
    "numbers": ("numbers",),
    "result": ("numbers", "result"),
    "action": (),
}


def _filled(desk: Desk, readings: Sequence[Reading]) -> Mapping[str, str]:
    """What to put into each gap: words of the résumé, where it tells of the same, else what is
    wanted there.
    """
    gaps = desk.phrases.report.gap
    story = _told_of(desk, readings)
    if story is None:
        return gaps
    said = " ".join(reading.turn.answer or "" for reading in readings)
    facts = [fact for fact in story.untold(said) if not set("[]") & set(fact)]
    filled = dict(gaps)
    for name, aspects in _FILLED_BY.items():
        fact = next((each for each in facts if _shows(desk, each, aspects)), None)
        if fact is not None and (name != "numbers" or "result" in readings[-1].shown):
            filled[name] = desk.phrases.resume.gap.format_map({"fact": fact})
            facts.remove(fact)
    return filled


def _told_of(desk: Desk, readings: Sequence[Reading]) -> Story | None:
    """The résumé's story that these answers are about, if they are about one."""
    turn = readings[0].turn
    if (asked := desk.asked_about_resume(turn)) is not None:
        return asked.story
    said = stems(" ".join(reading.turn.answer or "" for reading in readings))
    return desk.known.near(said, alike=_SAME_STORY)


def _shows(desk: Desk, fact: str, aspects: Iterable[Aspect]) -> bool:
    cues = desk.library.lexicons[language_of(fact) or desk.language].cues
    listed = tuple(aspects)
    return not listed or any(cues[aspect].search(lower(fact)) for aspect in listed)


def _part(reading: Reading, sentence: str, form: Form) -> Aspect | None:
    found = reading.analysis.found
    if form == "experience" and sentence not in found["result"] and _comes_first(reading, sentence):
        return "situation"
    return next((part for aspect, part in _CLAIMS[form] if sentence in found[aspect]), None)


def _comes_first(reading: Reading, sentence: str) -> bool:
    """Whether it sets the scene: it opens the answer, or gives figures before anything is done."""
    found = reading.analysis.found
    place = reading.analysis.sentences.index(sentence)
    if sentence in found["situation"] and place == 0:
        return True
    later = [each for each in found["action"] if reading.analysis.sentences.index(each) > 0]
    begins = reading.analysis.sentences.index(later[0]) if later else place + 1
    done = {*found["action"], *found["plan"]}
    return sentence in found["numbers"] and sentence not in done and place < begins


def _kept(sentences: Iterable[tuple[Reading, str]]) -> list[tuple[Reading, str]]:
    """The most telling sentences of a part, in the order in which they were said."""
    listed = list(sentences)
    best = sorted(listed, key=lambda each: each[0].weight(each[1]), reverse=True)[:_MOST]
    return [each for each in listed if each in best]


def _substance(reading: Reading) -> tuple[str, ...]:
    """The sentences that say something."""
    return tuple(
        sentence
        for sentence in reading.analysis.sentences
        if sentence not in reading.analysis.hollow and len(sentence) >= _SAYS_SOMETHING
    )


def _told(reading: Reading, sentence: str) -> str:
    """A sentence as one would write it: without the words of someone who is getting started."""
    lead = reading.lexicon.lead.match(sentence)
    text = sentence if lead is None or lead.end() >= len(sentence) else sentence[lead.end() :]
    if len(text) > _LONGEST:
        text = reading.words(sentence, _LONGEST)
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?。…" else f"{text}."
