"""What is said about an answer: what was good, what was missing, and one thing to try.

It speaks of what stands in the answer and of nothing else. Three to six sentences.
"""

from collections.abc import Iterator

from protocol.view import Turn
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.lacks import GAPS, Gap
from realtime.interviewer.offline.lexicon import Aspect, Form
from realtime.interviewer.offline.reading import Reading, read_turn
from realtime.interviewer.offline.text import lower, sentences

# Longest quotation in feedback, in characters.
_QUOTE = {"en": 110, "ko": 60}

# What to praise first, by what the question was after.
_PRAISED: dict[Form, tuple[Aspect, ...]] = {
    "experience": ("numbers", "result", "own", "learning", "reason", "action", "task", "situation"),
    "case": ("check", "reason", "plan", "numbers", "example", "action"),
    "view": ("example", "reason", "numbers", "learning", "own", "action"),
}

_PRAISED_IN_A_BEGINNING: tuple[Aspect, ...] = ("numbers", "learning")

_MOST_SENTENCES = 6

# From so many vague words on, they are worth a remark.
_MANY_HEDGES = 2


def feedback(desk: Desk, turn: Turn) -> str:
    """The feedback on an answered turn."""
    before = desk.interview.turns[: turn.turn - 1]
    return feedback_after(desk, turn, [given.text for each in before for given in each.feedback])


def feedback_after(desk: Desk, turn: Turn, heard: list[str]) -> str:
    """The feedback on an answered turn, where these have been given before."""
    reading = read_turn(desk, turn)
    match reading.analysis.standing:
        case "empty" | "unknown" | "unclear" as standing:
            lines = desk.phrases.feedback.special[standing].of(desk.config.persona)
            hints = reading.question.hints or desk.phrases.hint.structure[reading.question.form]
            return desk.say(lines, f"feedback {turn.turn}", {"hint": hints[0]}, heard=heard)
        case _:
            parts = [*_parts(desk, reading, heard)]
            parts += _last(desk, reading, len(sentences(" ".join(parts))), heard)
            return " ".join(parts)


def _parts(desk: Desk, reading: Reading, heard: list[str]) -> Iterator[str]:
    phrases = desk.phrases.feedback
    turn = reading.turn.turn
    if reading.analysis.standing == "foreign":
        yield desk.say(phrases.foreign, f"foreign {turn}")
    praised = [*_praise(desk, reading, heard)]
    yield from praised
    gap = _gap(reading)
    if gap is not None:
        yield from _criticism(desk, reading, gap, heard)
    elif reading.probe is not None and not reading.answered_probe:
        yield from desk.phrases.follow_up[reading.probe].hints
    else:
        yield desk.say(
            phrases.nothing_missing.of(desk.config.persona), f"complete {turn}", heard=heard
        )
        yield _refinement(desk, reading, heard)


def _last(desk: Desk, reading: Reading, said: int, heard: list[str]) -> Iterator[str]:
    """A remark on the manner, or a word to close with, as far as there is room after so much."""
    if said < _MOST_SENTENCES and (remark := _manner(desk, reading)):
        yield remark
    elif said < _MOST_SENTENCES - 1:
        lines = desk.phrases.feedback.closing.of(desk.config.persona)
        closing = desk.say_once(lines, f"closing {reading.turn.turn}", heard=heard)
        if closing is not None:
            yield closing


def _gap(reading: Reading) -> Gap | None:
    """The one thing to speak about: what a follow-up still waits for, else the first lack."""
    missing = [lack for lack in reading.lacks if lack in GAPS]
    waiting = reading.probe if not reading.answered_probe and reading.probe != "detail" else None
    first = waiting if waiting in GAPS else next(iter(missing), None)
    return next((gap for gap in GAPS if gap == first), None)


def _praise(desk: Desk, reading: Reading, heard: list[str]) -> Iterator[str]:
    """One or two sentences on what was good; if nothing was, one on what stays."""
    phrases = desk.phrases.feedback
    turn = reading.turn.turn
    limit = _QUOTE[reading.analysis.language]
    said: list[str] = []
    if reading.probe is not None:
        said += _on_probe(desk, reading, heard, limit)
    unanswered = reading.probe is not None and not reading.answered_probe
    wanted = 2 if unanswered or not (reading.lacks or said) else 1
    for aspect in _praised(reading):
        if len(said) >= wanted:
            break
        quote = reading.quote((aspect,), limit, spared=said)
        if quote is not None and not reading.is_vague(quote):
            values = {"quote": quote}
            said.append(desk.say(phrases.praise[aspect], f"{aspect} {turn}", values, heard=heard))
    if not said:
        words = reading.words(reading.analysis.sentences[0], limit)
        said.append(desk.say(phrases.praise_none, f"little {turn}", {"quote": words}, heard=heard))
    yield from said


def _praised(reading: Reading) -> tuple[Aspect, ...]:
    """What may be praised, in this order."""
    if "detail" in reading.lacks:
        # What is only just begun has earned nothing by its form.
        return () if "real" in reading.lacks else _PRAISED_IN_A_BEGINNING
    return _PRAISED["case" if "real" in reading.lacks else reading.question.form]


def _on_probe(desk: Desk, reading: Reading, heard: list[str], limit: int) -> list[str]:
    """What to say first about the answer to a follow-up."""
    phrases = desk.phrases.feedback
    if not reading.answered_probe:
        return [desk.say(phrases.unanswered, f"unanswered {reading.turn.turn}", heard=heard)]
    values = {"quote": reading.quote(reading.wanted, limit) or reading.gist(limit)}
    return [desk.say(phrases.answered, f"answered {reading.turn.turn}", values, heard=heard)]


def _criticism(desk: Desk, reading: Reading, gap: Gap, heard: list[str]) -> Iterator[str]:
    phrases = desk.phrases.feedback
    turn = reading.turn.turn
    follow_up_failed = reading.probe == gap and not reading.answered_probe
    if not follow_up_failed:
        yield desk.say(phrases.bridge.of(desk.config.persona), f"bridge {turn}", heard=heard)
    values = {"seconds": reading.analysis.seconds}
    yield desk.say(phrases.missing[gap], f"missing {gap} {turn}", values, heard=heard)
    lines = advice(desk, gap, reading.question.form)
    yield desk.say(lines, f"advice {gap} {turn}", heard=heard)


def advice(desk: Desk, gap: Gap, form: Form) -> tuple[str, ...]:
    """What to say to someone whose answer lacks this, to a question of that form."""
    if gap == "detail" and form != "experience":
        return desk.phrases.hint.structure[form]
    return desk.phrases.feedback.advice[gap]


def _refinement(desk: Desk, reading: Reading, heard: list[str]) -> str:
    """What would lift a complete answer: a point it hasn't touched, else how it is told."""
    phrases = desk.phrases.feedback
    turn = reading.turn.turn
    points = reading.open_points
    if points and reading.turn.kind == "main":
        point = desk.chance.pick(points, "point", turn)
        return desk.say(phrases.point, f"point {turn}", {"point": point}, heard=heard)
    return desk.say(phrases.polish, f"polish {turn}", heard=heard)


def _manner(desk: Desk, reading: Reading) -> str | None:
    """A remark on the way it was told, where that gets in the way."""
    phrases = desk.phrases.feedback
    analysis, turn = reading.analysis, reading.turn.turn
    if analysis.repeats:
        return desk.say(phrases.repeats, f"repeats {turn}")
    if analysis.standing == "long":
        return desk.say(phrases.long, f"long {turn}", {"minutes": max(2, analysis.seconds // 60)})
    hedges = [
        sentence[match.start() : match.end()]
        for sentence in analysis.found["hedge"]
        for match in reading.lexicon.cues["hedge"].finditer(lower(sentence))
    ]
    if len(hedges) >= _MANY_HEDGES:
        return desk.say(phrases.hedges, f"hedges {turn}", {"hedge": max(hedges, key=len).strip()})
    return None
