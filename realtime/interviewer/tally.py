"""What the scores of the answers come to: the same arithmetic for every interviewer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from protocol.view import CompetencyResult, Interview, Quote, Score, Turn
from realtime.interviewer.rubric import MAX_SCORE

MOST_EVIDENCE = 3


def competency_results(
    names: Iterable[str], scores: Mapping[int, tuple[Score, ...]], *, own: bool
) -> Iterator[CompetencyResult]:
    """Each competency's mean over the scores, by turn, and the words that show it best.

    A score that isn't supported counts in nothing. `own`: they are a team's own. Those show where
    they are called for, so that a 0 doesn't count; the rubric's should show in every answer.
    """
    for name in names:
        given = [
            (turn, each)
            for turn, found in scores.items()
            for each in counting(found)
            if each.competency == name
        ]
        counted = [each.score for _, each in given if each.score or not own]
        best = sorted(given, key=lambda each: each[1].score, reverse=True)
        quotes = [Quote(turn, quote) for turn, each in best for quote in each.evidence[:1]]
        yield CompetencyResult(name, mean(counted), MAX_SCORE, tuple(quotes[:MOST_EVIDENCE]))


def counting(scores: Iterable[Score]) -> tuple[Score, ...]:
    """Those of the scores that may count: the supported ones."""
    return tuple(each for each in scores if each.supported)


def overall(results: Iterable[CompetencyResult]) -> float | None:
    """The interview's score: the mean over the competencies that have one."""
    return mean([each.score for each in results if each.score is not None])


def fairly_asked(interview: Interview) -> tuple[Turn, ...]:
    """The turns of an interview that has ended, but for one that its end cut short."""
    turns = interview.turns
    cut_short = interview.finish_reason != "completed" and turns != () and turns[-1].skipped
    return turns[:-1] if cut_short else turns


def mean(values: Sequence[float]) -> float | None:
    """To a tenth; null of nothing."""
    return round(sum(values) / len(values), 1) if values else None
