"""The rubric can be told to anyone, and says what every score means."""

from typing import get_args

import orjson

from protocol.view import Language
from realtime.interviewer.offline.text import HANGUL
from realtime.interviewer.rubric import MAX_SCORE, CompetencyId, rubric


def test_both_languages_judge_the_same_competencies() -> None:
    languages = rubric().languages
    assert set(languages) == set(get_args(Language))
    for standards in languages.values():
        assert [each.id for each in standards] == list(get_args(CompetencyId))
        assert len({each.name for each in standards}) == len(standards)


def test_every_score_has_a_meaning_of_its_own() -> None:
    for standards in rubric().languages.values():
        for each in standards:
            assert len(set(each.scores)) == MAX_SCORE + 1


def test_the_six_competencies_are_these() -> None:
    assert get_args(CompetencyId) == (
        *("intent", "structure", "specificity", "ownership", "correctness", "communication"),
    )


def test_a_candidate_is_spoken_to_in_the_language() -> None:
    for standard in rubric().languages["ko"]:
        assert all(HANGUL.search(text) for text in (standard.name, *standard.scores))
        assert all(text.endswith("니다.") for text in standard.scores)


def test_it_can_be_dumped() -> None:
    told = orjson.loads(orjson.dumps(rubric()))
    assert told["max"] == MAX_SCORE
    assert set(told["languages"]["ko"][0]) == {"id", "name", "description", "scores"}
