"""The report: how the interview went, from what was said in it (`protocol.md` 9).

With `feedback: "each"` it stands on the scores that were given on the way; an answer that has none
stays without. With `"end"` the answers are scored here, and what would have been said of each is
said here. Where the job is described, it tells which of the skills asked for the answers named, and
which they didn't.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from protocol.view import (
    CompetencyResult,
    LaneScore,
    Report,
    Score,
    Turn,
    TurnReport,
)
from realtime.interviewer.offline.better import better_answer
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.feedback import advice, feedback_after
from realtime.interviewer.offline.lacks import GAPS, LACKS, Lack
from realtime.interviewer.offline.lexicon import Form
from realtime.interviewer.offline.phrases import Band
from realtime.interviewer.offline.reading import Reading, read_turn
from realtime.interviewer.offline.scoring import score, why_not_judged
from realtime.interviewer.rubric import MAX_SCORE
from realtime.interviewer.tally import competency_results, counting, fairly_asked, overall

MODEL = "offline"

_QUOTE = {"en": 120, "ko": 70}
_MOST_STRENGTHS = 3
_MOST_IMPROVEMENTS = 3
# Of the skills that a job asks for.
_MOST_SKILLS = 6
# Between the strongest and the weakest competency, for it to be worth saying.
_TELLING = 0.5

# Upper ends of the bands, of MAX_SCORE.
_BANDS: tuple[tuple[float, Band], ...] = (
    (1.5, "low"),
    (2.5, "fair"),
    (3.4, "middle"),
    (4.3, "good"),
    (MAX_SCORE + 1, "high"),
)


@dataclass(frozen=True, slots=True)
class _Findings:
    """What the report stands on. `scores`: by turn, of those that have any."""

    asked: tuple[Turn, ...]
    readings: tuple[Reading, ...]
    scores: Mapping[int, tuple[Score, ...]]

    @property
    def unscored(self) -> tuple[int, ...]:
        """The answers without a score."""
        turns = (reading.turn.turn for reading in self.readings)
        return tuple(turn for turn in turns if turn not in self.scores)


def report(desk: Desk) -> Report:
    """The report on an interview that has ended."""
    findings = _findings(desk)
    competencies = tuple(_competencies(desk, findings))
    score_of_all = overall(competencies)
    strengths = tuple(_strengths(desk, findings))
    improvements = tuple(_improvements(desk, findings))
    made = Report(
        text="",
        score=score_of_all,
        max=MAX_SCORE,
        competencies=competencies,
        strengths=strengths,
        improvements=improvements,
        turns=tuple(_turns(desk)),
        unscored=findings.unscored,
        comparison=None,
        lanes=(LaneScore(0, MODEL, score_of_all),),
    )
    return replace(made, text="\n\n".join(_paragraphs(desk, findings, made)))


def _findings(desk: Desk) -> _Findings:
    answered = [turn for turn in desk.interview.turns if turn.answer is not None]
    scores = {turn.turn: found for turn in answered if (found := _scores(desk, turn))}
    return _Findings(
        asked=fairly_asked(desk.interview),
        readings=tuple(read_turn(desk, turn) for turn in answered),
        scores=scores,
    )


def _scores(desk: Desk, turn: Turn) -> tuple[Score, ...]:
    """The scores of an answer that may count."""
    if desk.config.feedback == "end":
        given = score(desk, turn).scores
    else:
        given = next((each.scores for each in turn.feedback if each.lane == 0), None)
    return counting(given or ())


# --- competencies ---------------------------------------------------------------------------------


def _competencies(desk: Desk, findings: _Findings) -> Iterator[CompetencyResult]:
    own = desk.config.competencies is not None
    return competency_results(_names(desk), findings.scores, own=own)


def _names(desk: Desk) -> Iterator[str]:
    """The names of the competencies, in their order."""
    named = desk.config.competencies
    if named is not None:
        return (competency.name for competency in named)
    return (standard.name for standard in desk.library.rubric.languages[desk.language])


def _meaning(desk: Desk, result: CompetencyResult) -> str:
    """What a competency's score means: by the rubric, or by the team's description."""
    for competency in desk.config.competencies or ():
        if competency.name == result.competency:
            text = competency.description.strip()
            return text if text[-1] in ".!?。" else f"{text}."
    standards = {each.name: each for each in desk.library.rubric.languages[desk.language]}
    return standards[result.competency].scores[round(result.score or 0)]


# --- strengths and improvements -------------------------------------------------------------------


def _strengths(desk: Desk, findings: _Findings) -> Iterator[str]:
    """What the answers do well, each shown by words of one of them."""
    phrases = desk.phrases.report
    used: list[str] = []
    for aspect, strength in phrases.strength.items():
        if len(used) == _MOST_STRENGTHS:
            return
        for reading in findings.readings:
            if not reading.analysis.judgeable:
                continue
            quote = reading.quote((aspect,), _QUOTE[reading.analysis.language], spared=used)
            if quote is None or reading.is_vague(quote):
                continue
            used.append(quote)
            values = {"strength": strength, "turn": reading.turn.turn, "quote": quote}
            yield phrases.strength_line.format_map(values)
            break


def _improvements(desk: Desk, findings: _Findings) -> Iterator[str]:
    """What the answers lack most often, and what to do about it."""
    phrases = desk.phrases.report
    places: dict[Lack, int] = {}
    forms: dict[Lack, Form] = {}
    counts: Counter[Lack] = Counter()
    last = _last_words(findings.readings)
    for reading in last:
        for lack in reading.lacks:
            counts[lack] += 1
            places.setdefault(lack, reading.turn.main_turn)
            forms.setdefault(lack, reading.question.form)
    ordered = sorted(counts, key=lambda lack: (-counts[lack], LACKS.index(lack)))
    for lack in ordered[:_MOST_IMPROVEMENTS]:
        values = {
            "lack": phrases.lack[lack],
            "count": counts[lack],
            "total": len(last),
            "turn": places[lack],
            "advice": _advice(desk, lack, forms[lack]),
        }
        line = phrases.lack_some if counts[lack] > 1 else phrases.lack_one
        yield line.format_map(values)


def _last_words(readings: Sequence[Reading]) -> list[Reading]:
    """Of each main question the last answer, if possible one that can be judged.

    What it lacks is what was open in the end.
    """
    last: dict[int, Reading] = {}
    for reading in readings:
        main = reading.turn.main_turn
        if main not in last or reading.analysis.judgeable or not last[main].analysis.judgeable:
            last[main] = reading
    return list(last.values())


def _advice(desk: Desk, lack: Lack, form: Form) -> str:
    gap = next((each for each in GAPS if each == lack), None)
    if gap is None:
        return desk.phrases.report.advice[lack]
    return desk.say(advice(desk, gap, form), f"report {lack}")


# --- words ----------------------------------------------------------------------------------------


def _turns(desk: Desk) -> Iterator[TurnReport]:
    """Each turn in a sentence or two; with feedback at the end, in the whole feedback."""
    said: list[str] = []
    for turn in desk.interview.turns:
        if turn.answer is not None and desk.config.feedback == "end":
            summary = feedback_after(desk, turn, said)
            said.append(summary)
        else:
            summary = _summary(desk, turn)
        yield TurnReport(turn.turn, summary, better_answer(desk, turn))


def _summary(desk: Desk, turn: Turn) -> str:
    phrases = desk.phrases.report
    if turn.answer is None:
        return phrases.summary.skipped
    reading = read_turn(desk, turn)
    if (reason := why_not_judged(desk, reading)) is not None:
        return reason
    quote = reading.gist(_QUOTE[reading.analysis.language])
    missing = [_missing(desk, reading, lack) for lack in reading.lacks[:2]]
    return " ".join(
        (
            phrases.summary.told.format_map({"quote": quote}),
            *(missing or [phrases.summary.complete]),
        )
    )


def _missing(desk: Desk, reading: Reading, lack: Lack) -> str:
    gap = next((each for each in GAPS if each == lack), None)
    if gap is None:
        return desk.phrases.feedback.foreign[0]
    lines = desk.phrases.feedback.missing[gap]
    return lines[0].format_map({"seconds": reading.analysis.seconds})


def _paragraphs(desk: Desk, findings: _Findings, made: Report) -> Iterator[str]:
    phrases = desk.phrases.report
    if not findings.readings:
        yield phrases.nothing.format_map({"role": desk.role})
        return
    yield " ".join(_overview(desk, findings, made))
    if made.strengths:
        yield " ".join((phrases.strengths, *made.strengths))
    if made.improvements:
        yield " ".join((phrases.improvements, *made.improvements))
    if compared := [*_compared(desk, made.competencies)]:
        yield " ".join(compared)
    if asked_for := [*_asked_for(desk, findings)]:
        yield " ".join(asked_for)
    yield desk.say(phrases.closing.of(desk.config.persona), "report closing")


def _overview(desk: Desk, findings: _Findings, made: Report) -> Iterator[str]:
    phrases = desk.phrases.report
    asked, answered = len(findings.asked), len(findings.readings)
    values = {
        "role": desk.role,
        "asked": asked,
        "answered": answered,
        "skipped": asked - answered,
        "unscored": len(findings.unscored),
        "score": made.score,
        "max": made.max,
    }
    if answered < asked:
        yield phrases.overview.format_map(values)
    else:
        yield (phrases.overview_one if asked == 1 else phrases.overview_all).format_map(values)
    if findings.unscored:
        yield phrases.unscored.format_map(values)
    if desk.interview.finish_reason == "requested":
        yield phrases.finished
    elif desk.interview.finish_reason == "time_limit":
        yield phrases.out_of_time
    if made.score is None:
        yield phrases.no_score
        return
    yield phrases.score.format_map(values)
    yield phrases.verdict[next(band for end, band in _BANDS if made.score < end)]


def _compared(desk: Desk, competencies: Sequence[CompetencyResult]) -> Iterator[str]:
    """The strongest and the weakest competency, and those that have no score.

    A team's own competency has none because it never showed; one of the rubric's, because rules
    can't judge it. Nor can they say of an answer that it is right, so that correctness is never
    held up as the strongest or the weakest.
    """
    phrases = desk.phrases.report
    own = desk.config.competencies is not None
    without_score = phrases.never_shown if own else phrases.not_judged
    beside = {
        each.name
        for each in desk.library.rubric.languages[desk.language]
        if not own and each.id == "correctness"
    }
    known = sorted(
        (each for each in competencies if each.score is not None and each.competency not in beside),
        key=_score_of,
    )
    if known and _score_of(known[-1]) - _score_of(known[0]) >= _TELLING:
        for line, result in (
            (phrases.competency_best, known[-1]),
            (phrases.competency_worst, known[0]),
        ):
            values = {
                "competency": result.competency,
                "score": result.score,
                "max": result.max,
                "meaning": _meaning(desk, result),
            }
            yield line.format_map(values)
    if known:
        for each in competencies:
            if each.score is None:
                yield without_score.format_map({"competency": each.competency})


def _asked_for(desk: Desk, findings: _Findings) -> Iterator[str]:
    """Which of the skills that the job asks for the answers named, and which they didn't.

    Named, not proved: that is for the scores to tell.
    """
    phrases, skills = desk.phrases.report, desk.library.skills
    answers = "\n".join(reading.turn.answer or "" for reading in findings.readings)
    heard = {found.name for found in skills.find(answers)}
    plain = answers.casefold()
    shown: list[str] = []
    missing: list[str] = []
    for skill in desk.known.asked_skills:
        named = skills.name(skill) in heard or skill.casefold() in plain
        (shown if named else missing).append(skill)
    if not shown and not missing:
        return
    line = phrases.asked_some if shown and missing else phrases.asked_none
    values = {"shown": _listing(desk, shown), "missing": _listing(desk, missing)}
    yield (line if missing else phrases.asked_all).format_map(values)
    own = {skills.name(skill) for skill in desk.known.own_skills}
    if named_there := [skill for skill in missing if skills.name(skill) in own]:
        yield phrases.asked_resume.format_map({"named": _listing(desk, named_there)})


def _listing(desk: Desk, names: Sequence[str]) -> str:
    """Some names in a row: "Kafka, Redis and SQL"."""
    *most, last = names[:_MOST_SKILLS] or ("",)
    return f"{', '.join(most)}{desk.phrases.labels.conjunction}{last}" if most else last


def _score_of(result: CompetencyResult) -> float:
    return result.score or 0.0
