"""The main questions and their order."""

from itertools import islice
from typing import get_args

import pytest

from protocol.view import Config, Language
from realtime.interviewer.offline.banks import ROLES, Question
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.plan import MOST, plan
from tests.realtime.interviewer.offline.desks import desk


def planned(library: Library, config: Config, count: int = MOST, seed: int = 0) -> list[Question]:
    return [*islice(plan(desk(library, config=config, seed=seed)), count)]


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("role", [*ROLES, "lion tamer"])
def test_no_topic_comes_twice_in_twenty_questions(
    role: str, language: Language, library: Library
) -> None:
    questions = planned(library, Config(role=role, language=language))
    assert len({asked.topic for asked in questions}) == len(questions) == MOST
    assert questions[0].opening


def test_what_a_question_covers_is_not_asked_again(library: Library) -> None:
    for seed in range(20):
        questions = planned(library, Config(role="new_graduate"), 10, seed)
        covered = {topic for asked in questions for topic in asked.covers}
        assert covered.isdisjoint(asked.topic for asked in questions)


def test_a_general_question_comes_now_and_then(library: Library) -> None:
    general = {asked.text for asked in library.banks.get(None, "en").questions}
    questions = planned(library, Config(role="backend"), 8)
    assert [asked.text in general for asked in questions].index(True) == 3
    assert sum(asked.text in general for asked in questions) == 2


def test_the_level_is_preferred(library: Library) -> None:
    for level in ("junior", "senior"):
        of_level = 0
        others = 0
        for seed in range(10):
            questions = planned(library, Config(role="backend", level=level), 6, seed)
            of_level += sum(asked.level == level for asked in questions)
            others += sum(asked.level in ({"junior", "senior"} - {level}) for asked in questions)
        assert of_level >= 10
        assert others == 0


def test_the_job_description_draws_questions(library: Library) -> None:
    job = "We run payments. You will change the schema of large tables and repeat requests safely."
    plain = planned(library, Config(role="backend"), 5)
    drawn = planned(library, Config(role="backend", job_description=job), 5)
    topics = {"Repeated requests", "A schema change under load"}
    assert topics <= {asked.topic for asked in drawn}
    assert not topics <= {asked.topic for asked in plain}


def test_the_first_questions_spread_over_the_competencies(library: Library) -> None:
    for role in ROLES:
        questions = planned(library, Config(role=role), 6)
        of_role = {each.name for each in library.banks.get(role, "en").competencies}
        seen = {name for asked in questions for name in asked.competencies}
        assert len(of_role & seen) >= 3, role


def test_another_seed_plans_otherwise(library: Library) -> None:
    plans = {tuple(each.text for each in planned(library, Config("sales"), 5, n)) for n in range(9)}
    assert len(plans) >= 8
