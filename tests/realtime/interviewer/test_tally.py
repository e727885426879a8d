"""What scores come to."""

from dataclasses import replace

import pytest

from protocol.view import CompetencyResult, Config, Quote, Score, Turn
from realtime.interviewer.tally import competency_results, counting, fairly_asked, mean, overall
from tests.realtime.interviewer.play import new_interview

GIVEN = {
    1: (Score("Care", 4, 5, ("a", "b")), Score("Pace", 0, 5, ())),
    2: (Score("Care", 5, 5, ("c",)), Score("Pace", 3, 5, ("d",))),
}


@pytest.mark.parametrize(("own", "pace"), [(False, 1.5), (True, 3.0)])
def test_means_and_the_best_evidence_first(own: bool, pace: float) -> None:
    results = tuple(competency_results(("Care", "Pace", "Luck"), GIVEN, own=own))
    assert results == (
        CompetencyResult("Care", 4.5, 5, (Quote(2, "c"), Quote(1, "a"))),
        CompetencyResult("Pace", pace, 5, (Quote(2, "d"),)),
        CompetencyResult("Luck", None, 5, ()),
    )
    assert overall(results) == mean([4.5, pace])


def test_what_is_not_supported_counts_in_no_result() -> None:
    unsupported = Score("Care", 5, 5, ("not said",), supported=False)
    given = {1: (Score("Care", 2, 5, ("a",)), unsupported), 2: (unsupported,)}
    for own in (False, True):
        (result,) = competency_results(("Care",), given, own=own)
        assert result == CompetencyResult("Care", 2.0, 5, (Quote(1, "a"),))
    (nothing,) = competency_results(("Care",), {2: (unsupported,)}, own=False)
    assert nothing == CompetencyResult("Care", None, 5, ())
    assert counting((unsupported, *given[1])) == given[1][:1]


def test_what_the_end_cut_short_was_not_fairly_asked() -> None:
    answered = Turn(1, 1, "main", "a", None, "Why?", answer="So.")
    skipped = Turn(2, 2, "main", "b", None, "How?", skipped=True)
    interview = replace(new_interview(Config(role="x")).view.interview, turns=(answered, skipped))
    assert fairly_asked(replace(interview, finish_reason="completed")) == (answered, skipped)
    assert fairly_asked(replace(interview, finish_reason="requested")) == (answered,)
    assert fairly_asked(replace(interview, finish_reason="time_limit", turns=())) == ()


def test_nothing_has_no_mean() -> None:
    assert mean([]) is None
    assert overall([]) is None
    assert mean([1, 1, 2]) == 1.3
