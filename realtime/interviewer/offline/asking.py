"""The next question: a follow-up on what the last answer left open, or the next main one.

A follow-up takes up words of the answer. Nothing is asked twice: not the same main question, not
the same thing within a main question, and no sentence that the candidate has heard before, as long
as there is another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from protocol.agenda import asked, may_ask_main, may_follow_up
from protocol.draft import State
from protocol.view import Persona, QuestionKind, Turn
from realtime.interviewer.offline.banks import Question
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.lacks import DEEPENING, OBSTACLES, Probe
from realtime.interviewer.offline.lexicon import Aspect
from realtime.interviewer.offline.plan import plan
from realtime.interviewer.offline.reading import Reading, is_weak, read_turn, thread
from realtime.interviewer.offline.text import stems
from realtime.interviewer.offline.wording import quotation

# How often a good answer is asked to go deeper instead of leaving it there.
_DEEPENS: Mapping[Persona, float] = {"neutral": 0.6, "friendly": 0.5, "pressing": 0.9}

# Longest quotation in a question, in characters.
_QUOTE = {"en": 110, "ko": 62}

# What to take up of an answer that lacks something: the first of these that it shows.
_TAKES_UP: Mapping[Probe, tuple[Aspect, ...]] = {
    "detail": ("action", "result", "own", "situation"),
    "real": ("plan",),
    "action": ("situation", "task"),
    "result": ("action", "own", "situation"),
    "own": ("team",),
    "numbers": ("result", "action"),
    "situation": ("action", "result"),
    "task": ("action", "result"),
    "reason": ("action", "plan", "own"),
    "example": ("reason", "plan", "own"),
    "plan": ("reason", "own"),
    "check": ("plan", "action"),
}
_TAKES_UP_ANYTHING: tuple[Probe, ...] = ("detail", "relevance", "example", "plan")
_TAKES_UP_ELSE: tuple[Aspect, ...] = ("action", "plan", "result", "reason", "own", "situation")


# What is so much amiss that it is asked for before the résumé is taken up.
_BEFORE_THE_RESUME: tuple[Probe, ...] = ("relevance", "real", "own")
# Where someone has no example, and their résumé may have one.
_HELPED_BY_RESUME: tuple[Probe, ...] = ("unknown", "real", "example")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to be put."""

    kind: QuestionKind
    topic: str
    text: str


def next_question(desk: Desk, state: State, number: int) -> Asked | None:
    """The question of turn `number`; null if none is left that is worth asking."""
    put = desk.interview.turns[: number - 1]
    if may_follow_up(state) and (follow_up := _follow_up(desk, put)):
        return follow_up
    return _main(desk, put, asked(state)) if may_ask_main(state) else None


# --- main questions -------------------------------------------------------------------------------


def _main(desk: Desk, put: tuple[Turn, ...], index: int) -> Asked:
    listed = desk.config.question_list
    if listed is not None:
        # As it was written, and nothing beside it.
        known = desk.library.banks.find(listed[index], desk.language)
        topic = known.topic if known is not None else desk.phrases.labels.listed
        return Asked("main", topic, listed[index])
    before = [turn.question or "" for turn in put]
    # Where another interviewer asked before, the words are others, and the topics the same.
    topics = {turn.topic for turn in put if turn.kind == "main"}
    question = next(
        each
        for each in plan(desk)
        if each.topic not in topics and not any(text.endswith(each.text) for text in before)
    )
    return Asked(
        "main", question.topic, f"{_transition(desk, put, index, question)} {question.text}"
    )


def _transition(desk: Desk, put: tuple[Turn, ...], index: int, question: Question) -> str:
    phrases = desk.phrases
    occasion = f"transition {len(put) + 1}"
    if not put:
        return desk.say(phrases.greeting.of(desk.config.persona), occasion, {"role": desk.role})
    last = put[-1]
    if index == desk.config.main_questions - 1:
        lines = phrases.transition.last
    elif last.answer is None:
        lines = phrases.transition.after_skip
    elif is_weak(read_turn(desk, last)):
        lines = phrases.transition.after_weak
    else:
        lines = phrases.transition.after_answer
    values = {"topic": _inline(question.topic), "topic_capital": question.topic}
    heard = [turn.question or "" for turn in put]
    return desk.say(lines.of(desk.config.persona), occasion, values, heard=heard)


def _inline(topic: str) -> str:
    """A topic within a sentence: without its capital, unless it is a name."""
    return topic if topic[1:2].isupper() else topic[:1].lower() + topic[1:]


# --- follow-ups -----------------------------------------------------------------------------------


def _follow_up(desk: Desk, put: tuple[Turn, ...]) -> Asked | None:
    reading = read_turn(desk, put[-1])
    heard = [turn.question or "" for turn in put]
    for probe in probes(desk, reading):
        text = _put(desk, reading, probe, heard)
        if text is not None and text not in heard:
            return Asked("follow_up", desk.phrases.follow_up[probe].topic, text)
    return None


def probes(desk: Desk, reading: Reading) -> Iterator[Probe]:
    """What is worth asking about the newest answer, the most important first."""
    turn = reading.turn
    earlier = [desk.phrases.probe(each.topic) for each in (*thread(desk, turn), turn)]
    tried = {probe for probe in earlier if probe is not None}
    if reading.lacks and reading.lacks[0] in OBSTACLES:
        # One attempt to get an answer at all. A second would be harassment.
        if not tried & set(OBSTACLES):
            yield reading.lacks[0]
        return
    lacking = [lack for lack in reading.lacks if lack not in tried]
    if untold(desk, reading) and "resume" not in tried:
        # What the résumé goes further in is worth more than to ask again in general.
        yield from (lack for lack in lacking[:1] if lack in _BEFORE_THE_RESUME)
        yield "resume"
    yield from lacking
    deepening = DEEPENING[reading.question.form]
    number = desk.chance.number("deepen", turn.turn)
    if reading.lacks or tried & set(deepening) or number >= _DEEPENS[desk.config.persona]:
        return
    used = {desk.phrases.probe(each.topic) for each in desk.interview.turns}
    ordered = desk.chance.order(deepening, "deepening", turn.turn)
    yield from sorted(deepening, key=lambda each: (each in used, ordered.index(each)))


def untold(desk: Desk, reading: Reading) -> tuple[str, ...]:
    """What the résumé tells of what a question about it is after, and the answers have not."""
    asked = desk.asked_about_resume(reading.turn)
    if asked is None:
        return ()
    turns = (*thread(desk, reading.turn), reading.turn)
    return asked.story.untold(" ".join((*(turn.answer or "" for turn in turns), asked.story.quote)))


def _with_resume(desk: Desk, reading: Reading, probe: Probe, heard: list[str]) -> str | None:
    """A probe in words that take up the résumé; null where it has none for it."""
    phrases, persona = desk.phrases, desk.config.persona
    occasion = f"{probe} {reading.turn.turn}"
    if probe == "resume" and (facts := untold(desk, reading)):
        lines = phrases.follow_up[probe].of(persona)
        return desk.say(lines, occasion, quotation(facts[0]), heard=heard)
    if probe in _HELPED_BY_RESUME and (quote := _unmentioned(desk, reading, heard)):
        lines = phrases.resume.instead.of(persona)
        return desk.say(lines, occasion, quotation(quote), heard=heard)
    return None


def _unmentioned(desk: Desk, reading: Reading, heard: list[str]) -> str | None:
    """What the résumé tells that would do for an answer, if nobody has spoken of it yet."""
    story = desk.story_of(reading.turn)
    if story is None or len(stems(reading.turn.answer or "") & story.words) > 1:
        return None
    quotes = story.facts or (story.name,)
    return next((each for each in quotes if not any(each in text for text in heard)), None)


def _put(desk: Desk, reading: Reading, probe: Probe, heard: list[str]) -> str | None:
    """A probe in words; null if there is nothing that it could be about."""
    lines = desk.phrases.follow_up[probe].of(desk.config.persona)
    occasion = f"{probe} {reading.turn.turn}"
    if (by_resume := _with_resume(desk, reading, probe, heard)) is not None:
        return by_resume
    points = reading.open_points
    if probe == "point" and points:
        point = desk.chance.pick(points, occasion)
        return desk.say(lines, occasion, {"point": point}, heard=heard)
    if probe in ("point", "resume"):
        return None
    limit = _QUOTE[reading.analysis.language]
    aspects = _TAKES_UP.get(probe, _TAKES_UP_ELSE)
    earlier = (read_turn(desk, turn) for turn in reversed(thread(desk, reading.turn)))
    quotes = (each.quote(aspects, limit, spared=heard) for each in (reading, *earlier))
    quote = next(filter(None, quotes), None)
    if quote is None and probe in _TAKES_UP_ANYTHING:
        quote = reading.gist(limit)
    if quote is None:
        return desk.say([line for line in lines if "{quote}" not in line], occasion, heard=heard)
    quoting = [line for line in lines if "{quote}" in line]
    return desk.say(quoting or lines, occasion, {"quote": quote}, heard=heard)
