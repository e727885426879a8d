"""What is written as it should be is read whole, to the letter."""

import pytest

from tests.realtime.interviewer.replies.outcomes import outcome
from tests.realtime.interviewer.replies.prompts import told
from tests.realtime.interviewer.replies.replies import (
    FORMS,
    RawReply,
    Written,
    of_task,
    sections_of,
)
from tests.realtime.interviewer.replies.scoring import folded, stands_in

GOOD = ("good", "terse")


def well_written(task: str) -> list[RawReply]:
    return [reply for reply in of_task(task) if reply.nature in GOOD]


def texts(reply: RawReply, name: str) -> list[str]:
    return [section.text for section in sections_of(reply) if section.name == name]


@pytest.mark.parametrize("task", FORMS)
def test_nothing_is_asked_for_again(task: str) -> None:
    most = {"plan": {"question": 2}, "report": {"report": 2}, "report_turns": {"report": 2}}
    again = {
        reply.name: dict(made.requests)
        for reply in well_written(task)
        for made in [outcome(reply, stubborn=True)]
        if made.offline
        or made.by_rules
        or any(n > most.get(task, {}).get(what, 1) for what, n in made.requests.items())
    }
    assert again == {}


@pytest.mark.parametrize("task", ["answered", "question", "hint", "report"])
def test_every_stream_is_told_as_it_was_written(task: str) -> None:
    for reply in well_written(task):
        made = outcome(reply, stubborn=True)
        for what in {"answered": ("feedback", "question")}.get(task, (task,)):
            written = "".join(texts(reply, what))
            assert made.stream(what) == written, reply.name


@pytest.mark.parametrize("task", ["answered", "question"])
def test_the_question_is_of_the_kind_that_was_written(task: str) -> None:
    for reply in well_written(task):
        kinds = [section.words for section in sections_of(reply) if section.name == "question"]
        put = outcome(reply, stubborn=True).question
        assert ([] if put is None else [put.kind]) == kinds, reply.name


@pytest.mark.parametrize("task", ["answered", "scores"])
def test_every_score_is_given_with_all_that_it_quotes(task: str) -> None:
    for reply in well_written(task):
        scored = outcome(reply, stubborn=True).scored
        assert scored is not None, reply.name
        assert reply.place.about is not None
        answer = told(reply.language).answer(reply.place.about)
        wanted = [
            as_scored(section, answer) for section in sections_of(reply) if section.name == "score"
        ]
        given = [
            (score.score, [folded(each) for each in score.evidence])
            for score in scored.scores or ()
        ]
        assert given == wanted, reply.name
        assert all(score.supported for score in scored.scores or ())


def as_scored(section: Written, answer: str) -> tuple[int, list[str]]:
    """The score of a section, and its passages, all of which stand in the answer."""
    figure = int(section.words.split()[1])
    passages = [folded(line) for line in section.text.splitlines() if line.strip()]
    assert all(stands_in(passage, answer) for passage in passages), passages
    return figure, passages[:2]


def test_plans_are_asked_about() -> None:
    for reply in well_written("plan"):
        topics = [text.partition("|") for text in texts(reply, "topic")]
        made = outcome(reply, stubborn=True)
        assert made.question is not None
        assert made.question.topic == topics[0][0].strip(), reply.name
        assert topics[0][2].strip() in made.prompts[-1], reply.name


def test_reports_have_all_their_parts() -> None:
    for reply in well_written("report"):
        reported = outcome(reply, stubborn=True).reported
        assert reported is not None
        assert list(reported.report.strengths) == texts(reply, "strength"), reply.name
        assert list(reported.report.improvements) == texts(reply, "improvement"), reply.name


def test_reports_have_every_turn() -> None:
    for reply in well_written("report_turns"):
        reported = outcome(reply, stubborn=True).reported
        assert reported is not None
        turns = reported.report.turns
        assert [turn.summary for turn in turns] == texts(reply, "summary"), reply.name
        assert [turn.better_answer for turn in turns] == texts(reply, "better"), reply.name
        if reply.place.number == 2:
            assert reported.report.unscored == (), reply.name
            assert reported.report.score is not None


def test_profiles_have_all_that_stands_in_the_document() -> None:
    for reply in well_written("profile"):
        made = outcome(reply, stubborn=True)
        profile = made.profile
        document = told(reply.language).papers()[reply.place.number - 1].text
        assert profile is not None and not made.by_rules
        skills = [folded(skill) for skill in profile.skills]
        # Several behind one mark are taken apart.
        written = [folded(each) for text in texts(reply, "skill") for each in text.split(",")]
        assert skills == list(dict.fromkeys(written)), reply.name
        for name, entries in (
            ("experience", profile.experience),
            ("project", profile.projects),
            ("education", profile.education),
        ):
            titles = [folded(text.partition("|")[0]) for text in texts(reply, name)]
            titles = [title for title in titles if stands_in(title, document)]
            assert [folded(entry.title) for entry in entries] == titles, reply.name
