"""Hints for the open question: its own, what the résumé has for it, what a good answer contains,
and how one is built.
"""

from collections.abc import Iterator, Mapping

from protocol.view import Turn
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.lacks import Gap
from realtime.interviewer.offline.lexicon import Form
from realtime.interviewer.offline.wording import quotation

# What an answer of that form can always do with.
_ALWAYS: Mapping[Form, tuple[Gap, ...]] = {
    "experience": ("result", "own", "numbers"),
    "case": ("reason", "check"),
    "view": ("example", "reason"),
}


def hint(desk: Desk, turn: Turn) -> str:
    """The next hint for a turn: never one that it has had."""
    phrases = desk.phrases.hint
    given = [hint.text for hint in turn.hints]
    fresh = (text for text in _ideas(desk, turn) if not any(text in before for before in given))
    idea = next(fresh, None)
    occasion = f"hint {turn.turn} {len(given) + 1}"
    if idea is None:
        return desk.say(phrases.last, occasion, {"number": len(given) + 1})
    lines = phrases.next if given else phrases.first
    return desk.say(lines.of(desk.config.persona), occasion, {"hint": idea}, heard=given)


def _from_resume(desk: Desk, turn: Turn) -> Iterator[str]:
    story = desk.story_of(turn)
    if story is None:
        return
    # A question about the résumé has quoted the first fact itself.
    quotes = [story.quote] if desk.asked_about_resume(turn) is None else story.facts[1:]
    for number, quote in enumerate(quotes):
        lines = desk.phrases.resume.hint
        yield lines[number % len(lines)].format_map(quotation(quote))


def _ideas(desk: Desk, turn: Turn) -> Iterator[str]:
    question = desk.question_of(turn)
    phrases = desk.phrases.hint
    probe = None if turn.kind == "main" else desk.phrases.probe(turn.topic)
    structure = desk.chance.order(phrases.structure[question.form], "structure", turn.turn)
    if probe is not None:
        yield from desk.phrases.follow_up[probe].hints
        yield from structure
        return
    own = desk.chance.order(question.hints, "hints", turn.turn)
    yield from own[:1]
    yield from _from_resume(desk, turn)
    yield from structure[:1]
    yield from own[1:]
    for number, point in enumerate(question.key_points):
        line = phrases.point[number % len(phrases.point)]
        yield line.format_map({"point": point})
    yield from structure[1:]
    for gap in _ALWAYS[question.form]:
        yield desk.phrases.feedback.advice[gap][0]
