"""What HTTP tells of an interview: its fields, its turns, its report (`protocol.md` 9)."""

import re
from collections.abc import Iterator
from typing import Any

from tests.conformance.answers import (
    INTERVIEW,
    TURN,
    array,
    hold,
    media_type,
    never_was,
    problem,
    whole,
)
from tests.conformance.case import BOTH, Cases, require
from tests.conformance.line import Line, Message
from tests.conformance.shapes import REPORT, moment
from tests.conformance.stage import ANSWER, Place, Stage

CASES = Cases()

INTERVIEW_HAS = (
    "`{id, phase, paused, epoch, seq, created_at, started_at, finished_at, finish_reason, "
    "remaining_ms, config, turns, failed, waiting, report}`"
)
TURN_HAS = "`{turn, number, kind, topic, parent_turn, question (text so far committed, or null)"
REPORT_HAS = "`{text, score, max, competencies: [{competency, score, max, evidence"
BY_ACCEPT = "by `Accept`: `application/json`, `text/markdown`, `text/html`, `application/pdf`"
WORDS = "`[{text, start_ms, end_ms, probability}]` of a voice answer"


async def done(stage: Stage, **config: Any) -> tuple[Place, Line]:
    """A finished interview, whose log was told to its end."""
    place, line = await stage.finished(**config)
    await line.end()
    return place, line


async def report(stage: Stage, place: Place, accept: str) -> Any:
    return await stage.http("GET", f"{place.path}/report", headers={"Accept": accept})


@CASES.case("told.created", INTERVIEW_HAS)
async def created(stage: Stage) -> None:
    """An interview that wasn't begun has its fields, and nothing in them."""
    told = await stage.stored(await stage.interview())
    hold(told, INTERVIEW, "The interview")
    require(told["phase"] == "created" and told["paused"] is False, f"It is {told['phase']}.")
    for name in ("started_at", "finished_at", "finish_reason", "failed", "report"):
        require(told[name] is None, f"`{name}` is {told[name]!r}.")
    require(told["turns"] == [] and told["waiting"] == [], "It has turns, or waits.")


@CASES.case("told.answering", INTERVIEW_HAS)
async def answering(stage: Stage) -> None:
    """An interview that runs tells its phase, its place in the log and its open turn."""
    place, line = await stage.answering(time_limit_s=900)
    told = await stage.stored(place)
    hold(told, INTERVIEW, "The interview")
    require(told["phase"] == "answering", f"It is {told['phase']}.")
    position = {"epoch": told["epoch"], "seq": told["seq"]}
    require(position == line.position, f"It is at {position}, the log at {line.position}.")
    require(told["started_at"] is not None, "It wasn't started.")
    require(0 < (told["remaining_ms"] or 0) <= 900_000, f"It has {told['remaining_ms']} ms left.")
    turn = told["turns"][0]
    asked = next(each for each in line.events if each["type"] == "question.completed")
    require((turn["turn"], turn["question"]) == (1, asked["text"]), f"The turn is {turn}.")
    require(turn["answer"] is None and turn["source"] is None, "The turn has an answer.")


@CASES.case("told.paused", INTERVIEW_HAS)
async def paused(stage: Stage) -> None:
    """An interview that is paused tells so."""
    place, line = await stage.answering()
    await line.acked("interview.pause")
    told = await stage.stored(place)
    require((told["phase"], told["paused"]) == ("answering", True), f"{told['phase']}")
    await line.acked("interview.resume")
    require((await stage.stored(place))["paused"] is False, "It is paused still.")


@CASES.case("told.finished", INTERVIEW_HAS)
async def finished(stage: Stage) -> None:
    """An interview that is over tells when and why, its turns and its report."""
    place, line = await done(stage, feedback="each")
    told = await stage.stored(place)
    hold(told, INTERVIEW, "The interview")
    require(told["phase"] == "finished", f"It is {told['phase']}.")
    require(told["finish_reason"] == "completed", f"It finished: {told['finish_reason']}")
    times = [told["created_at"], told["started_at"], told["finished_at"]]
    require(None not in times and times == sorted(times), f"Its times are {times}.")
    require(told["report"] == line.events[-1]["report"], "The report isn't the event's.")
    require(told["seq"] == line.events[-1]["seq"], "It isn't at the log's end.")


@CASES.case("told.requested", "`interview.finished{requested}`")
async def requested(stage: Stage) -> None:
    """An interview that was finished by request tells so, and its open turn is skipped."""
    place, line = await stage.answering()
    await line.acked("interview.finish")
    await line.event("report.completed", 30)
    told = await stage.stored(place)
    require(told["finish_reason"] == "requested", f"It finished: {told['finish_reason']}")
    turn = told["turns"][0]
    require(turn["skipped"] is True and turn["answer"] is None, f"The turn is {turn}.")


@CASES.case("told.turn", TURN_HAS)
async def turn(stage: Stage) -> None:
    """A turn tells its question, hints, answer and feedback as the events did."""
    place, line = await stage.answering(feedback="each")
    await line.acked("hint.request", turn=1)
    hint = await line.event("hint.completed", 30)
    await line.acked("answer.submit", turn=1, text=f"  {ANSWER}\n\U0001f680 ")
    feedback = await line.event("feedback.completed", 30)
    await line.event("report.completed", 30)
    scored = [each for each in line.events if each["type"] == "feedback.scored"]
    told = (await stage.stored(place))["turns"][0]
    hold(told, TURN, "The turn")
    require((told["number"], told["kind"], told["parent_turn"]) == (1, "main", None), f"{told}")
    require(told["answer"] == f"  {ANSWER}\n\U0001f680 ", f"The answer: {told['answer']!r}")
    require((told["source"], told["skipped"]) == ("text", False), f"It is {told['source']}.")
    require(told["transcript"] is None and told["delivery"] is None, "It was spoken.")
    hints = [{"text": hint["text"], "cancelled": hint["cancelled"]}]
    require([_cut(each, hints[0]) for each in told["hints"]] == hints, f"{told['hints']}")
    given = {name: feedback[name] for name in ("lane", "model", "text", "cancelled")}
    given["scores"] = scored[0]["scores"] if scored else None
    require([_cut(each, given) for each in told["feedback"]] == [given], f"{told['feedback']}")


def _cut(told: Message, like: Message) -> Message:
    """What is told, without fields that `like` doesn't have."""
    return {name: told.get(name) for name in like}


@CASES.case("told.turn.skipped", "A skip gets neither feedback nor rival")
async def skipped(stage: Stage) -> None:
    """A turn that was skipped has neither an answer nor feedback."""
    place, line = await stage.answering(feedback="each")
    await line.acked("question.skip", turn=1)
    await line.event("report.completed", 30)
    told = (await stage.stored(place))["turns"][0]
    require(told["skipped"] is True, "It isn't skipped.")
    for name in ("answer", "source", "delivery", "rival"):
        require(told[name] is None, f"`{name}` is {told[name]!r}.")
    require(told["feedback"] == [], f"`feedback` is {told['feedback']}.")


@CASES.case("told.names", "Field names are `snake_case`, types `noun.verb`.", over=BOTH)
async def names(stage: Stage) -> None:
    """Every field is named in `snake_case`, every event in `noun.verb`."""
    place, line = await stage.finished(feedback="each")
    await line.end()
    told: list[object] = [await stage.stored(place), line.opened, *line.events, *line.others]
    for name in set(_names(told)):
        require(re.fullmatch(r"[a-z][a-z0-9_]*", name), f"A field is named {name}.")
    for event in line.events:
        kind = event["type"]
        require(re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", kind), f"An event is named {kind}.")


def _names(value: object) -> Iterator[str]:
    """The names of all fields, however deep."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _names(each)


@CASES.case("told.times", "`at` is Unix time in milliseconds", over=BOTH)
async def times(stage: Stage) -> None:
    """What happens later has a later time, in milliseconds."""
    place, line = await stage.finished()
    await line.end()
    told = await stage.stored(place)
    moments = [event["at"] for event in line.events if not event["type"].endswith(".delta")]
    require(all(moment(each) for each in moments), f"The times are {moments}.")
    require(moments == sorted(moments), f"The times are {moments}.")
    require(told["created_at"] <= moments[0], "It was begun before it was made.")
    require(moments[-1] - moments[0] < 600_000, "The times are of another unit.")


@CASES.case("told.question-list", "the main questions, in order, instead of generated ones")
async def question_list(stage: Stage) -> None:
    """The questions that the config lists are asked, in their order and words."""
    listed = ["What did you build?", "무엇이 어려웠나요? \U0001f680"]
    place, _ = await done(stage, questions=2, question_list=listed)
    told = (await stage.stored(place))["turns"]
    require([each["question"] for each in told] == listed, f"{told}")
    require([each["number"] for each in told] == [1, 2], "They aren't numbered 1, 2.")


@CASES.case("told.follow-ups", "at most so many a main question", within_s=40)
async def follow_ups(stage: Stage) -> None:
    """There are as many main questions as configured, and no more follow-ups than configured."""
    place, _ = await done(stage, questions=2, question_list=["Why so?", "How?"], follow_ups=1)
    told = (await stage.stored(place))["turns"]
    mains = [each["turn"] for each in told if each["kind"] == "main"]
    require(len(mains) == 2, f"There were {len(mains)} main questions.")
    for main in mains:
        below = [each for each in told if each["parent_turn"] == main]
        require(len(below) <= 1, f"Turn {main} has {len(below)} follow-ups.")
    for each in told:
        if each["kind"] == "follow_up":
            require(each["parent_turn"] in mains, f"The main turn of {each['turn']} is unknown.")


@CASES.case("report.json", BY_ACCEPT)
async def as_json(stage: Stage) -> None:
    """The report as JSON is the event's."""
    place, line = await done(stage)
    told = whole(await report(stage, place, "application/json"))
    hold(told, REPORT, "The report")
    require(told == line.events[-1]["report"], "It isn't the report of `report.completed`.")


@CASES.case("report.fields", REPORT_HAS)
async def report_fields(stage: Stage) -> None:
    """A report's scores lie within their bounds, and its evidence is the candidate's words."""
    place, _ = await done(stage)
    told = whole(await report(stage, place, "application/json"))
    hold(told, REPORT, "The report")
    scored = [each for each in (told, *told["competencies"]) if each["score"] is not None]
    for each in scored:
        require(0 <= each["score"] <= each["max"], f"{each['score']} of {each['max']}")
    for each in told["competencies"]:
        for evidence in each["evidence"]:
            require(evidence["turn"] == 1, f"There is no turn {evidence['turn']}.")
            require(evidence["quote"] in ANSWER, f"Nobody said {evidence['quote']!r}.")
    require([each["turn"] for each in told["turns"]] == [1], "It isn't about each turn.")
    require(told["comparison"] is None, "There was no rival to compare with.")


@CASES.case("report.unscored", "`score` is null where nothing could be scored")
async def unscored(stage: Stage) -> None:
    """An interview without an answer is reported, without a score."""
    place, line = await stage.answering()
    await line.acked("question.skip", turn=1)
    await line.event("report.completed", 30)
    told = whole(await report(stage, place, "application/json"))
    require(told["score"] is None, f"Nothing was said, and the score is {told['score']}.")


@CASES.case("report.competencies", "instead of the standard rubric's")
async def own_competencies(stage: Stage) -> None:
    """A report is about the competencies that the config names."""
    own = [{"name": "Depth", "description": "How far down."}]
    place, _ = await done(stage, competencies=own)
    told = whole(await report(stage, place, "application/json"))
    found = [each["competency"] for each in told["competencies"]]
    require(found == ["Depth"], f"It is about {found}.")


@CASES.case("report.markdown", BY_ACCEPT)
async def as_markdown(stage: Stage) -> None:
    """The report is there as Markdown."""
    place, _ = await done(stage)
    await _comes_as(stage, place, "text/markdown")


@CASES.case("report.html", BY_ACCEPT)
async def as_html(stage: Stage) -> None:
    """The report is there as HTML."""
    place, _ = await done(stage)
    body = await _comes_as(stage, place, "text/html")
    require(b"<" in body, "It is no HTML.")


@CASES.case("report.pdf", BY_ACCEPT)
async def as_pdf(stage: Stage) -> None:
    """The report is there as PDF."""
    place, _ = await done(stage)
    body = await _comes_as(stage, place, "application/pdf")
    require(body.startswith(b"%PDF-"), f"It begins with {body[:8]!r}.")


async def _comes_as(stage: Stage, place: Place, kind: str) -> bytes:
    response = await report(stage, place, kind)
    require(response.status_code == 200, f"{kind} is answered {response.status_code}.")
    require(media_type(response) == kind, f"It is {media_type(response)}.")
    require(response.content, "It is empty.")
    return bytes(response.content)


@CASES.case("report.accept", BY_ACCEPT)
async def preferred(stage: Stage) -> None:
    """Of several media types the one that is preferred comes (RFC 9110 12.5.1)."""
    place, _ = await done(stage)
    for accept, kind in (
        ("text/markdown;q=0.2, application/json", "application/json"),
        ("application/json;q=0.2, text/markdown", "text/markdown"),
        ("image/png, text/markdown;q=0.1", "text/markdown"),
        ("application/*", "application/json"),
    ):
        response = await report(stage, place, accept)
        require(response.status_code == 200, f"{accept} is answered {response.status_code}.")
        require(media_type(response) == kind, f"{accept} gets {media_type(response)}.")
    require((await report(stage, place, "*/*")).status_code == 200, "*/* gets no report.")


@CASES.case("report.not-acceptable", "no report in that media type")
async def not_acceptable(stage: Stage) -> None:
    """A media type in which there is no report is answered 406."""
    place, _ = await done(stage)
    for accept in ("image/png", "application/json;q=0"):
        told = problem(await report(stage, place, accept), 406, "not_acceptable")
        require(told["retryable"] is False, "`not_acceptable` is retryable.")


@CASES.case("report.early", "before `finished`: 409 `wrong_phase`")
async def early(stage: Stage) -> None:
    """Before the interview is finished there is no report."""
    place = await stage.interview()
    told = problem(await report(stage, place, "application/json"), 409, "wrong_phase")
    require(told["details"].get("phase") == "created", f"`details`: {told['details']}")
    place, _ = await stage.answering()
    told = problem(await report(stage, place, "text/markdown"), 409, "wrong_phase")
    require(told["details"].get("phase") == "answering", f"`details`: {told['details']}")


@CASES.case("words.text-answer", WORDS)
async def words(stage: Stage) -> None:
    """An answer in text has no spoken words, and neither has a turn that there isn't."""
    place, _ = await done(stage)
    for number_ in (1, 99):
        response = await stage.http("GET", f"{place.path}/turns/{number_}/words")
        if response.status_code == 200:
            require(array(response) == [], f"Turn {number_} has words.")
        else:
            problem(response, 404, "not_found")
    nowhere = f"/v1/interviews/{never_was(place.id)}/turns/1/words"
    problem(await stage.http("GET", nowhere), 404, "not_found")
