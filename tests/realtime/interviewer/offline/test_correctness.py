"""Correctness is scored where a rule can see something of it, and nowhere else."""

import pytest

from protocol.view import Config, Language, Score, Turn
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.scoring import score
from tests.realtime.interviewer.offline.desks import desk, follow_up, main

# It speaks of measurement, guess and latency: of each of the question's key points.
TOUCHING = (
    "Last year our order service was slow. My first guess was the cache, but a measurement of each "
    "query showed a full scan, so I wrote an index. The latency fell from 4 s to 1 s."
)


def correctness(library: Library, *turns: Turn, config: Config | None = None) -> Score | None:
    """The newest turn's score."""
    table = desk(library, *turns, config=config)
    standards = library.rubric.languages[table.language]
    name = next(each.name for each in standards if each.id == "correctness")
    scores = score(table, turns[-1]).scores or ()
    return next((each for each in scores if each.competency == name), None)


def test_touched_points_count_and_nothing_is_called_right_throughout(library: Library) -> None:
    given = correctness(library, main(TOUCHING))
    assert given is not None
    assert given.score == 3
    assert given.evidence
    assert all(quote in TOUCHING for quote in given.evidence)
    one = correctness(library, main("I took one measurement of it, and then I asked a colleague."))
    assert one is not None
    assert one.score == 2


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(main("I like roses, and I cut them in spring each year."), id="beside"),
        pytest.param(main(TOUCHING, question="What do you think of caches?"), id="not ours"),
    ],
)
def test_what_no_rule_can_tell_has_no_score(turn: Turn, library: Library) -> None:
    assert correctness(library, turn) is None


def test_a_follow_up_has_none(library: Library) -> None:
    assert correctness(library, main(TOUCHING), follow_up(TOUCHING, "In figures")) is None


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The latency fell from 1 s to 4 s."),
        ("en", "We reduced the error rate from about 2% to 5%."),
        (
            "en",
            "The throughput increased from 400 requests to only 150 requests.",
        ),
        ("ko", "응답 시간이 1초에서 4초로 줄었습니다."),
        ("ko", "오류율을 2%에서 5%로 낮췄습니다."),
        ("ko", "처리량이 400건에서 150건으로 늘었습니다."),
    ],
)
def test_a_contradiction_is_seen(language: Language, said: str, library: Library) -> None:
    config = Config("backend", language=language)
    question = library.banks.get("backend", language).questions[1]
    touching = TOUCHING.partition(" The latency")[0]
    first = touching if language == "en" else "원인을 보여 준 측정을 했습니다."
    turn = main(f"{first} {said}", question=question.text)
    given = correctness(library, turn, config=config)
    assert given is not None
    assert given.score == 1
    assert given.evidence == (said.rstrip("."),)


@pytest.mark.parametrize(
    "said",
    [
        "The latency fell from 4 s to 300 ms.",
        "It was reduced, and throughput rose from 150 to 400.",
        "We cut costs by raising the hit rate from 40% to 80%.",
        "The list was cut from 4 services to 6 tables.",
        "It increased from 1 to 4.",
        "4초에서 300ms로 줄었습니다.",
        "1초에서 4초로 늘었습니다.",
    ],
)
def test_what_is_no_contradiction_is_left_alone(said: str, library: Library) -> None:
    for language in ("en", "ko"):
        lexicon = library.lexicons[language]
        for way, pattern in lexicon.figures.items():
            for found in pattern.finditer(said.lower()):
                before, after = float(found["before"]), float(found["after"])
                assert found["unit"] != found["unit_after"] or (
                    before > after if way == "fell" else before < after
                )
