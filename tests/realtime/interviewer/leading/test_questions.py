"""What is asked next, and about what."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from protocol.draft import State
from protocol.effects import Work
from protocol.view import Competency, Config, Language, Turn
from realtime.interviewer.leading.prompting import Prompts
from realtime.interviewer.leading.questions import Next, next_question
from realtime.interviewer.leading.scene import Kit, Scene
from realtime.interviewer.offline.library import Library
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.leading.answering import ScriptedModels
from tests.realtime.interviewer.play import new_interview

CONFIG = Config(role="backend", questions=3, follow_ups=1)


@pytest.fixture
def kit(library: Library, prompts: Mapping[Language, Prompts]) -> Kit:
    return Kit(ScriptedModels(), prompts, library, None)


def after(config: Config, *turns: Turn) -> State:
    state = new_interview(config)
    interview = replace(state.view.interview, turns=turns, phase="evaluating")
    return replace(state, view=replace(state.view, interview=interview))


def main(number: int, topic: str, answer: str | None) -> Turn:
    return Turn(
        number, number, "main", topic, None, "What did you do?", answer=answer, skipped=not answer
    )


def asked(kit: Kit, state: State) -> Next:
    number = len(state.view.interview.turns) + 1
    following = next_question(Scene("u-1", Work("question", number), state, kit))
    assert following is not None
    return following


def test_a_poor_answer_is_followed_up(kit: Kit) -> None:
    following = asked(kit, after(CONFIG, main(1, "Caching", POOR["en"])))
    assert following.kind == "follow_up"
    assert following.topic in following.task


def test_what_may_not_be_followed_up_is_not(kit: Kit) -> None:
    config = replace(CONFIG, follow_ups=0)
    assert asked(kit, after(config, main(1, "Caching", POOR["en"]))).kind == "main"
    assert asked(kit, after(CONFIG, main(1, "Caching", None))).kind == "main"


def test_no_topic_comes_twice(kit: Kit) -> None:
    config = replace(CONFIG, questions=20, follow_ups=0)
    turns: list[Turn] = []
    for number in range(1, 21):
        topic = asked(kit, after(config, *turns)).topic
        turns.append(main(number, topic, GOOD["en"]))
    assert len({turn.topic for turn in turns}) == 20


def test_a_teams_competencies_come_first(kit: Kit) -> None:
    named = (Competency("Care " * 40, "Takes care"), Competency("Pace", "Is quick"))
    config = replace(CONFIG, competencies=named, follow_ups=0)
    first = asked(kit, after(config))
    assert first.topic.startswith("Care Care")
    assert len(first.topic) < 100
    second = asked(kit, after(config, main(1, first.topic, GOOD["en"])))
    assert second.topic == "Pace"


@pytest.mark.parametrize(
    ("put", "lead"),
    [
        ((), "first"),
        ((main(1, "a", GOOD["en"]),), "after_answer"),
        ((main(1, "a", None),), "after_skip"),
        ((main(1, "a", GOOD["en"]), main(2, "b", None)), "last"),
    ],
)
def test_the_words_before_it_suit_the_moment(put: tuple[Turn, ...], lead: str, kit: Kit) -> None:
    task = asked(kit, after(replace(CONFIG, follow_ups=0), *put)).task
    leads = {name: text for name, text in kit.prompts["en"].words.lead.items() if text in task}
    assert [*leads] == [lead]


def test_nothing_is_left_when_a_complete_answer_ends_the_list(kit: Kit) -> None:
    config = replace(CONFIG, questions=1, follow_ups=0)
    state = after(config, main(1, "a", GOOD["en"]))
    assert next_question(Scene("u-1", Work("question", 2), state, kit)) is None
