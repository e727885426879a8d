"""Whatever a model writes for scores, each is a number that the answer's own words bear, or there
are none and the candidate is told why.
"""

import pytest

from protocol.effects import Scored
from realtime.interviewer.leading.criteria import criteria
from tests.realtime.interviewer.replies.outcomes import base, outcome
from tests.realtime.interviewer.replies.prompts import told
from tests.realtime.interviewer.replies.replies import RawReply, of_task, replies, sections_of
from tests.realtime.interviewer.replies.scoring import folded, is_valid, stands_in

JUDGED = [*of_task("answered"), *of_task("scores")]


def answer_of(reply: RawReply) -> str:
    assert reply.place.about is not None
    return told(reply.language).answer(reply.place.about)


def scored(reply: RawReply, *, stubborn: bool = True) -> Scored:
    made = outcome(reply, stubborn=stubborn).scored
    assert made is not None
    return made


def competencies(reply: RawReply) -> list[str]:
    assert reply.place.state is not None
    config = reply.place.state.view.interview.config
    return [each.name for each in criteria(config, base().library.rubric)]


@pytest.mark.parametrize("stubborn", [True, False])
def test_every_score_is_valid_and_every_passage_is_in_the_answer(stubborn: bool) -> None:
    for reply in JUDGED:
        scores = scored(reply, stubborn=stubborn).scores or ()
        assert [score.competency for score in scores] in ([], competencies(reply)), reply.name
        assert all(map(is_valid, scores)), reply.name
        for score in scores:
            assert len(score.evidence) <= 2
            assert all(stands_in(quote, answer_of(reply)) for quote in score.evidence), reply.name


@pytest.mark.parametrize("stubborn", [True, False])
def test_where_there_are_none_the_candidate_is_told_why(stubborn: bool) -> None:
    for reply in JUDGED:
        made = scored(reply, stubborn=stubborn)
        assert (made.scores is None) == bool(made.reason), reply.name


def test_what_cannot_be_read_is_asked_for_once_more() -> None:
    mended = 0
    for reply in JUDGED:
        words = base().prompts[reply.language].words
        if scored(reply).reason == words.unscored.unreadable:
            assert outcome(reply, stubborn=True).requests["scores"] in (1, 2), reply.name
            assert scored(reply, stubborn=False).scores is not None, reply.name
            mended += 1
    assert mended >= 20


def test_what_is_miscounted_has_no_scores_or_those_that_were_written() -> None:
    found = [reply for reply in JUDGED if reply.nature == "miscounted"]
    assert len(found) >= 5
    for reply in found:
        written = {section.words for section in sections_of(reply) if section.name == "score"}
        scores = scored(reply).scores
        for name, score in zip(ids(reply), scores or (), strict=scores is not None):
            assert any(each.startswith(f"{name} {score.score}") for each in written), reply.name


def ids(reply: RawReply) -> list[str]:
    assert reply.place.state is not None
    config = reply.place.state.view.interview.config
    return [each.id for each in criteria(config, base().library.rubric)]


def test_invented_passages_are_dropped_and_their_scores_marked() -> None:
    found = [reply for reply in JUDGED if reply.nature == "invented"]
    assert len(found) >= 5
    unsupported = 0
    for reply in found:
        answer, scores = answer_of(reply), scored(reply).scores
        assert scores is not None, reply.name
        written = {
            section.words.split()[0]: [line for line in section.text.splitlines() if line.strip()]
            for section in sections_of(reply)
            if section.name == "score"
        }
        for score, criterion in zip(scores, ids(reply), strict=True):
            true = [folded(line) for line in written[criterion] if stands_in(line, answer)]
            assert [folded(each) for each in score.evidence] == true[:2], (reply.name, criterion)
            assert score.supported == (bool(true) or score.score == 0)
            unsupported += not score.supported
        assert any(not stands_in(line, answer) for lines in written.values() for line in lines)
    assert unsupported >= 5


def test_no_task_gives_scores_but_those_that_are_asked_for_them() -> None:
    for reply in replies():
        if reply.task not in ("answered", "scores"):
            assert outcome(reply, stubborn=True).scored is None, reply.name
