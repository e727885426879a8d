"""Events: their envelope, their fields, their places, and the streams they make (`protocol.md` 1,
5).
"""

import asyncio
from functools import partial
from typing import Any

from tests.conformance.case import BOTH, Cases, require
from tests.conformance.course import of, to_the_end, tour
from tests.conformance.line import Line, Message
from tests.conformance.shapes import check
from tests.conformance.stage import ANSWER, Stage
from tests.conformance.view import STREAMS

CASES = Cases()

A_TOUR: dict[str, Any] = {"questions": 2, "follow_ups": 1, "question_list": None}
ANSWERS = {
    "en": "I split the service in two, and I measured both halves before and after.",
    "ko": "저는 서비스를 둘로 나누고 전후의 응답 시간을 모두 측정했습니다.",
}
# What a tour through an interview brings for certain, whatever the model says.
CERTAIN = {
    *("interview.started", "interview.paused", "interview.resumed", "interview.finished"),
    *("question.started", "question.delta", "question.completed"),
    *("hint.started", "hint.delta", "hint.completed"),
    *("answer.accepted", "answer.skipped"),
    *("report.started", "report.delta", "report.completed"),
}
FEEDBACK = {"feedback.started", "feedback.delta", "feedback.completed", "feedback.scored"}
ENVELOPE = "Envelope: `type`, `epoch`, `seq`, `at` and the event's own fields, flat."
# The rows of the events that every interview has.
FIELDS = (
    "| `question.started`, `question.delta`, `question.completed` |",
    "| `answer.accepted` |",
    "| `answer.skipped` |",
    "| `hint.started`, `hint.delta`, `hint.completed` |",
    "| `feedback.started`, `feedback.delta`, `feedback.completed` |",
    "| `interview.finished` |",
)
# Four bytes in UTF-8 and two units in UTF-16: emoji, one of them joined of several code points,
# a letter, an ideograph; and characters at which some take a line to end.
BEYOND = "Why 😀, and why 👩🏽‍💻 with 𝔘 and 𠀋\u2028here\u0085and\u2029there 🇰🇷?"


async def _fields(stage: Stage, language: str, feedback: str) -> None:
    place = await stage.interview(**A_TOUR, language=language, feedback=feedback)
    line = await stage.open(place)
    await tour(line, ANSWERS[language])
    for event in line.events:
        check(event)
    came = {event["type"] for event in line.events}
    expected = CERTAIN | (FEEDBACK if feedback == "each" else set())
    require(expected <= came, f"These events never came: {sorted(expected - came)}.")


for _language, _name in (("en", "english"), ("ko", "korean")):
    for _feedback in ("each", "end"):
        _play = partial(_fields, language=_language, feedback=_feedback)
        _play.__doc__ = (
            f"Every event of an interview in {_name.title()}, with feedback `{_feedback}`, has its "
            "envelope and its fields, of the types that the page gives."
        )
        CASES.case(
            f"event.fields.{_name}.{_feedback}",
            (ENVELOPE, *FIELDS),
            over=BOTH,
            within_s=45,
        )(_play)


@CASES.case(
    "event.seq.first",
    "every event has `seq`, which counts 1, 2, 3 … without a gap within an *epoch*",
    over=BOTH,
)
async def first_seq(stage: Stage) -> None:
    """An interview's first event has `seq` 1, and those behind it count on to the end."""
    place, line = await stage.answering()
    await to_the_end(line, 1)
    require(line.opened["seq"] == 0, f"A new interview's seq is {line.opened['seq']}.")
    require(line.opened["epoch"] >= 1, f"The epoch is {line.opened['epoch']}.")
    require(line.events[0]["type"] == "interview.started", "Something came before its start.")
    seqs = [event["seq"] for event in line.events]
    require(seqs == list(range(1, len(seqs) + 1)), f"The seqs are {seqs}.")
    stored = await stage.stored(place)
    require(stored["seq"] == seqs[-1], f"HTTP's seq is {stored['seq']}, the log's {seqs[-1]}.")


@CASES.case("event.epoch.kept", "A dropped connection doesn't change it", over=BOTH)
async def epoch_is_kept(stage: Stage) -> None:
    """A connection that is dropped leaves the epoch as it is, and the log goes on counting."""
    place, line = await stage.answering()
    position = line.position
    await line.drop()
    again = await stage.open(place)
    require(again.opened["epoch"] == position["epoch"], "The epoch changed.")
    require(again.opened["seq"] == position["seq"], "The log didn't stay where it was.")
    await again.acked("question.skip", turn=1)
    skipped = await again.event("answer.skipped")
    require(skipped["seq"] == position["seq"] + 1, f"The log went on at {skipped['seq']}.")


@CASES.case(
    "event.unnumbered",
    "are about the connection: they are not in the log and have no place in `seq`",
    over=BOTH,
)
async def unnumbered(stage: Stage) -> None:
    """Acks, errors and pongs aren't in the log: who reads it from its start meets none of them."""
    place, line = await stage.answering()
    await line.refused("wrong_turn", "answer.submit", turn=7, text=ANSWER)
    if stage.transport == "ws":
        await line.send({"type": "ping", "nonce": "n"})
        await line.wait(lambda: line.others_of("pong") or None, "pong")
    head = line.position
    again = await stage.open(place, resume={"epoch": head["epoch"], "seq": 0})
    await again.event("question.completed")
    require(not again.others, f"The log holds {again.others}.")
    require(again.events == line.events, "The log isn't what was read from it.")


async def _whole(stage: Stage) -> Line:
    line = await stage.open(await stage.interview(**A_TOUR, feedback="each"))
    await tour(line)
    return line


@CASES.case(
    "stream.opens-and-closes",
    "A `*.started` opens a stream, its `*.delta`s follow, one `*.completed` closes it",
    over=BOTH,
    within_s=45,
)
async def opens_and_closes(stage: Stage) -> None:
    """Every delta and every end is of a stream that was begun, and every stream is ended once."""
    line = await _whole(stage)
    open_: set[tuple[Any, ...]] = set()
    for event in line.events:
        noun, _, verb = event["type"].partition(".")
        key = (noun, event.get("turn"), event.get("lane"))
        if noun not in STREAMS or verb not in ("started", "delta", "completed"):
            continue
        if verb == "started":
            require(key not in open_, f"{key} was begun twice.")
            open_.add(key)
        require(key in open_, f"{event['type']} (seq {event['seq']}) is of no open stream.")
        if verb == "completed":
            open_.discard(key)
    require(not open_, f"These streams never ended: {open_}.")


@CASES.case("stream.joined", "the deltas joined are that text exactly", over=BOTH, within_s=45)
async def joined(stage: Stage) -> None:
    """The deltas of every stream, joined, are the text that closes it."""
    line = await _whole(stage)
    _joined(line.events)


def _joined(events: list[Message]) -> None:
    texts: dict[tuple[Any, ...], str] = {}
    for event in events:
        noun, _, verb = event["type"].partition(".")
        key = (noun, event.get("turn"), event.get("lane"))
        if verb == "started":
            texts[key] = ""
        elif verb == "delta":
            texts[key] = texts.get(key, "") + event["text"]
        elif verb == "completed" and noun in STREAMS:
            text = texts.get(key)
            require(text == event["text"], f"{key}: joined {text!r}, completed {event['text']!r}.")


@CASES.case(
    "stream.joined.beyond-bmp", "the deltas joined are that text exactly", over=BOTH, within_s=30
)
async def beyond_the_bmp(stage: Stage) -> None:
    """No delta cuts a character in two, be it outside the BMP or a line's end to some."""
    place, line = await stage.answering(question_list=[BEYOND], feedback="each")
    asked = of(line.events, "question.completed")[0]["text"]
    require(asked == BEYOND, f"The question became {asked!r}.")
    await to_the_end(line, 1, BEYOND)
    accepted = of(line.events, "answer.accepted")[0]["text"]
    require(accepted == BEYOND, f"The answer became {accepted!r}.")
    _joined(line.events)
    turn = (await stage.stored(place))["turns"][0]
    require(turn["question"] == BEYOND, f"The stored question is {turn['question']!r}.")
    require(turn["answer"] == BEYOND, f"The stored answer is {turn['answer']!r}.")


@CASES.case(
    "stream.list",
    "the main questions, in order, instead of generated ones",
    over=BOTH,
)
async def listed_questions(stage: Stage) -> None:
    """A list's questions are asked as they stand there, in their order."""
    listed = ["What did you build?", "Why that way?", "What would you change?"]
    _, line = await stage.finished(questions=3, question_list=listed)
    asked = [event["text"] for event in of(line.events, "question.completed")]
    require(asked == listed, f"Asked was {asked}.")


@CASES.case("turn.counts", "`turn` counts all questions from 1", over=BOTH, within_s=45)
async def turns_count(stage: Stage) -> None:
    """Turns count all questions, main ones and follow-ups, from 1."""
    _, line = await stage.finished(questions=2, follow_ups=1)
    turns = [event["turn"] for event in of(line.events, "question.started")]
    require(turns == list(range(1, len(turns) + 1)), f"The turns are {turns}.")


@CASES.case(
    "turn.number",
    "`number` counts the main ones, a follow-up carries its main question's",
    over=BOTH,
    within_s=45,
)
async def numbers(stage: Stage) -> None:
    """Numbers count main questions; a follow-up has the number and the turn of its main one."""
    _, line = await stage.finished(questions=3, follow_ups=1, question_list=None)
    main: Message = {"number": 0, "turn": None}
    asked = of(line.events, "question.started")
    for event in asked:
        if event["kind"] == "main":
            require(event["parent_turn"] is None, f"A main question's parent: {event}.")
            require(event["number"] == main["number"] + 1, f"The number doesn't count: {event}.")
            main = event
        else:
            require(event["kind"] == "follow_up", f"What kind is this: {event}?")
            require(event["number"] == main["number"], f"Not its main question's number: {event}.")
            require(event["parent_turn"] == main["turn"], f"Not its main question: {event}.")
    require(main["number"] == 3, f"{main['number']} main questions were asked, and not 3.")


@CASES.case("turn.follow-ups", "at most so many a main question, 0–3, 1", over=BOTH, within_s=45)
async def follow_ups_are_bounded(stage: Stage) -> None:
    """No main question has more follow-ups than the interview says; with 0 it has none."""
    config: dict[str, Any] = {"questions": 2, "question_list": None}
    lines = await asyncio.gather(
        stage.finished(**config, follow_ups=0), stage.finished(**config, follow_ups=1)
    )
    for most, (_, line) in enumerate(lines):
        parents = [event["parent_turn"] for event in of(line.events, "question.started")]
        for turn in {parent for parent in parents if parent is not None}:
            count = parents.count(turn)
            require(count <= most, f"Turn {turn} had {count} follow-ups, {most} at most.")
