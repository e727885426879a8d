"""Which of a model's quotes stand in the answer."""

from realtime.evaluation.quotes import Quotes, quotes
from realtime.interviewer.leading.criteria import Criterion
from realtime.interviewer.leading.evidence import Evidence

ANSWER = "I moved the reports to Airflow. It took two weeks, and nobody missed a night."
CRITERIA = [Criterion("intent", "Intent", "…"), Criterion("structure", "Structure", "…")]


def told(reply: str) -> Quotes:
    return quotes(reply, "k7q3mx", CRITERIA, Evidence(ANSWER))


def test_lines_behind_scores_are_quotes_and_looked_up() -> None:
    reply = (
        "@@k7q3mx feedback\nI moved the reports\n"
        '@@k7q3mx score intent 4\n- "moved the reports to Airflow"\n\n"it took TWO weeks"\n'
        "@@k7q3mx score structure 2\n**nobody missed a night**\nbecause it was good\n"
        "@@k7q3mx end"
    )
    assert told(reply) == Quotes(given=4, verified=3)
    assert told(reply).dropped == 1


def test_only_the_first_score_of_a_competency_that_is_judged_counts() -> None:
    reply = (
        "@@k7q3mx score intent 4\nto Airflow\n"
        "@@k7q3mx score intent 5\ntwo weeks\n"
        "@@k7q3mx score charm 5\ntwo weeks\n"
        "@@k7q3mx score structure high\ntwo weeks\n"
    )
    assert told(reply) == Quotes(1, 1)


def test_another_key_opens_no_score() -> None:
    assert told("@@other1 score intent 4\nto Airflow") == Quotes()
    assert told("") == Quotes()
