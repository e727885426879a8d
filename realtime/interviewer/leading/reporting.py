"""The report: a text that streams, and then its parts.

Competencies, the overall score and what is unscored are computed (`tally.py`), never asked for.
What a model leaves out of a turn's part is filled by rule, as the offline interviewer does.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing

from protocol.effects import Began, Delta, Output, Reported
from protocol.view import CompetencyResult, LaneScore, Report, Score, TurnReport
from realtime.interviewer.instructions import tame
from realtime.interviewer.leading.context import begin, in_a_line
from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.parts import Parts, write_parts
from realtime.interviewer.leading.reply import Section, Unusable
from realtime.interviewer.leading.reviewing import ignored
from realtime.interviewer.leading.scene import Order, Scene, Size
from realtime.interviewer.leading.telling import Telling
from realtime.interviewer.offline.report import report as report_by_rule
from realtime.interviewer.offline.text import pieces
from realtime.interviewer.rubric import MAX_SCORE
from realtime.interviewer.tally import competency_results, fairly_asked, overall

_SIZE = Size(2_200, 0.6)
FORM = Form(
    {"report": (), "strength": (), "improvement": (), "end": ()},
    needed=frozenset({"report"}),
    streamed=frozenset({"report"}),
    most_chars={"report": 6_000, "strength": 400, "improvement": 400},
)
_MOST_OF_EACH = 3
# In tokens.
_MOST_OF_NAME = 20

Scores = Mapping[int, tuple[Score, ...]]


async def report(scene: Scene) -> AsyncGenerator[Output, None]:
    """Write the report.

    Raises:
        NoAnswer: no model answers. If only parts are missing, they are made by rule where the
        offline interviewer may help out, unless they were to hold scores.
    """
    work = scene.work
    if not any(turn.answer is not None for turn in scene.interview.turns):
        yield Began(work)
        made = report_by_rule(scene.desk)
        for piece in pieces(made.text):
            yield Delta(work, piece)
        yield Reported(work, _report(scene, [], Parts(), made.lanes[0].model))
        return
    model = ""

    def opening(_: object, by: str) -> Began:
        nonlocal model
        model = by
        return Began(work, by)

    if scene.config.feedback == "end":
        for noticed in ignored(scene, scene.interview.turns[-1]):
            yield noticed
    reply = scene.ask(fairly_asked(scene.interview), _order(scene))
    try:
        telling = Telling(scene, reply, "report", opening, to_end=True)
        async with aclosing(telling.outputs()) as outputs:
            async for output in outputs:
                yield output
    finally:
        await reply.aclose()
    if not telling.begun:
        raise Unusable("failing", "a reply without a report")
    parts = Parts()
    async with aclosing(write_parts(scene, parts)) as outputs:
        async for _ in outputs:
            pass  # Nobody can be told of a wait while a report's stream is open.
    yield Reported(work, _report(scene, telling.others, parts, model))


# --- the text -------------------------------------------------------------------------------------


def _order(scene: Scene) -> Order:
    ending = scene.words.ending[scene.interview.finish_reason or "completed"]
    results = "\n".join(_results(scene))
    return Order("report", lambda _: {"ending": ending, "results": results}, FORM, _SIZE)


def _results(scene: Scene) -> Iterator[str]:
    said, turns = scene.words.results, fairly_asked(scene.interview)
    given = _given(scene, 0)
    answered = [turn.turn for turn in turns if turn.answer is not None]
    yield said.answers.format(answered=len(answered), asked=len(turns))
    if scene.config.feedback == "end":
        return  # The scores are yet to come.
    results = _competencies(scene, given)
    yield said.overall.format(score=_figure(overall(results)), max=MAX_SCORE)
    for each in results:
        name = f"<competency>{begin(tame(each.competency), _MOST_OF_NAME)}</competency>"
        yield said.competency.format(name=name, score=_figure(each.score), max=each.max)
    unscored = sum(turn not in given for turn in answered)
    if unscored:
        yield said.unscored.format(count=unscored)


def _figure(score: float | None) -> str:
    return "-" if score is None else str(score)


# --- the figures ----------------------------------------------------------------------------------


def _given(scene: Scene, lane: int) -> Scores:
    """The scores that a lane gave on the way, by turn."""
    return {
        turn.turn: feedback.scores
        for turn in scene.interview.turns
        for feedback in turn.feedback
        if feedback.lane == lane and feedback.scores
    }


def _competencies(scene: Scene, scores: Scores) -> tuple[CompetencyResult, ...]:
    names = (criterion.name for criterion in scene.criteria)
    own = scene.config.competencies is not None
    return tuple(competency_results(names, scores, own=own))


def _report(scene: Scene, sections: Iterable[Section], parts: Parts, model: str) -> Report:
    turns = scene.interview.turns
    scores: Scores = _given(scene, 0)
    if scene.config.feedback == "end":
        scores = {turn: part.scores for turn, part in parts.turns.items() if part.scores}
    competencies = _competencies(scene, scores)
    answered = {turn.turn for turn in turns if turn.answer is not None}
    strengths = tuple(_lines(sections, "strength"))
    improvements = tuple(_lines(sections, "improvement"))
    whole = bool(strengths and improvements) and answered <= parts.complete
    by_rule = None if whole else report_by_rule(scene.desk)
    return Report(
        text="",
        score=overall(competencies),
        max=MAX_SCORE,
        competencies=competencies,
        strengths=strengths or (by_rule.strengths if by_rule else ()),
        improvements=improvements or (by_rule.improvements if by_rule else ()),
        turns=tuple(_turns(scene, parts, by_rule)),
        unscored=tuple(sorted(answered - scores.keys())),
        comparison=None,
        lanes=tuple(_lanes(scene, overall(competencies), model)),
    )


def _lines(sections: Iterable[Section], name: str) -> Iterator[str]:
    lines = [in_a_line(each.text) for each in sections if each.mark.name == name]
    return (line for line in lines[:_MOST_OF_EACH] if line)


def _turns(scene: Scene, parts: Parts, by_rule: Report | None) -> Iterator[TurnReport]:
    ruled = {} if by_rule is None else {each.turn: each for each in by_rule.turns}
    skipped = scene.desk.phrases.report.summary.skipped
    for turn in scene.interview.turns:
        if turn.answer is None:
            yield TurnReport(turn.turn, skipped, None)
        elif turn.turn in parts.complete:
            part = parts.turns[turn.turn]
            yield TurnReport(turn.turn, part.summary, part.better_answer)
        else:
            yield ruled[turn.turn]


def _lanes(scene: Scene, score: float | None, model: str) -> Iterator[LaneScore]:
    """Each lane's score, and whose it is: the model that wrote the report, or gave the feedback."""
    yield LaneScore(0, model, score)
    for lane in range(1, scene.config.lanes):
        given = (each for turn in scene.interview.turns for each in turn.feedback)
        names = [each.model for each in given if each.lane == lane]
        results = _competencies(scene, _given(scene, lane))
        yield LaneScore(lane, names[-1] if names else "", overall(results))
