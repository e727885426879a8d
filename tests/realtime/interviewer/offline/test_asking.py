"""Follow-ups take up what was said, and ask for what is missing."""

from dataclasses import replace
from typing import get_args

import pytest

from protocol.draft import State
from protocol.view import Config, Language, Persona, Turn, View
from realtime.interviewer.offline.asking import Asked, next_question
from realtime.interviewer.offline.lacks import Probe
from realtime.interviewer.offline.library import Library
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.offline.desks import desk, follow_up, main

CONFIG = Config(role="backend", questions=2, follow_ups=3)
NO_FIGURES = (
    "Last year at my company the shop was slow in the evenings. I was asked to repair it. I wrote "
    "an index, because the query had none. As a result the complaints stopped."
)


def asked_after(library: Library, *turns: Turn, config: Config = CONFIG, seed: int = 0) -> Asked:
    table = desk(library, *turns, config=config, seed=seed)
    interview = replace(table.interview, phase="evaluating")
    asked = next_question(table, State(View(interview, 1)), len(turns) + 1)
    assert asked is not None
    return asked


def topic_of(library: Library, probe: Probe, language: Language = "en") -> str:
    return library.phrases[language].follow_up[probe].topic


@pytest.mark.parametrize("persona", get_args(Persona))
def test_a_missing_figure_is_asked_for_with_words_of_the_answer(
    persona: Persona, library: Library
) -> None:
    asked = asked_after(library, main(NO_FIGURES), config=replace(CONFIG, persona=persona))
    assert asked.kind == "follow_up"
    assert asked.topic == topic_of(library, "numbers")
    assert "“As a result the complaints stopped”" in asked.text


def test_we_is_asked_who_that_was(library: Library) -> None:
    answer = (
        "작년에 저희 서비스가 느려졌습니다. "
        "저희는 로그를 분석했고 우리 팀은 인덱스를 추가했습니다. "
        "그 결과 응답 시간이 4초에서 1초로 줄었습니다. 저희가 세일 전에 해낸 일입니다."
    )
    korean = replace(CONFIG, language="ko")
    question = library.banks.get("backend", "ko").questions[1].text
    asked = asked_after(library, main(answer, question=question), config=korean)
    assert asked.topic == topic_of(library, "own", "ko")
    assert "“저희는 로그를 분석했고 우리 팀은 인덱스를 추가했습니다”" in asked.text


def test_the_same_is_not_asked_for_twice_in_a_main_question(library: Library) -> None:
    first = main(NO_FIGURES)
    second = follow_up("I don't have the figures any more, sorry about that.", "In figures")
    asked = asked_after(library, first, second)
    assert asked.topic != topic_of(library, "numbers")


def test_who_has_no_answer_is_helped_once_and_then_left_alone(library: Library) -> None:
    first = main("I don't know.")
    config = replace(CONFIG, questions=5)
    asked = asked_after(library, first, config=config)
    assert (asked.kind, asked.topic) == ("follow_up", topic_of(library, "unknown"))
    second = follow_up("No idea.", asked.topic)
    asked = asked_after(library, first, second, config=config)
    assert asked.kind == "main"
    weak = library.phrases["en"].transition.after_weak.neutral
    assert any(asked.text.startswith(line.partition("{")[0]) for line in weak)


def test_a_good_answer_is_deepened_at_most_once(library: Library) -> None:
    deepened = 0
    for seed in range(40):
        asked = asked_after(library, main(GOOD["en"]), seed=seed)
        if asked.kind == "main":
            continue
        deepened += 1
        second = follow_up("Today I would do it earlier, because I learned from it.", asked.topic)
        assert asked_after(library, main(GOOD["en"]), second, seed=seed).kind == "main"
    assert 10 < deepened < 36


def test_a_skipped_question_is_passed_over_with_a_word(library: Library) -> None:
    config = replace(CONFIG, questions=5)
    asked = asked_after(library, main(None), config=config)
    assert asked.kind == "main"
    skipped = library.phrases["en"].transition.after_skip.neutral
    assert any(asked.text.startswith(line.partition("{")[0]) for line in skipped)


def test_the_last_question_is_announced(library: Library) -> None:
    asked = asked_after(library, main(None))
    last = library.phrases["en"].transition.last.neutral
    assert any(asked.text.startswith(line.partition("{")[0]) for line in last)


def test_transitions_differ(library: Library) -> None:
    config = Config(role="backend", questions=6, follow_ups=0)
    turns: list[Turn] = []
    texts = []
    for number in range(1, 5):
        asked = asked_after(library, *turns, config=config)
        texts.append(asked.text)
        turns.append(main(GOOD["en"], turn=number, question=asked.text))
    # The first greets; the others each begin in another way.
    assert len({text.split()[0] + text.split()[1] for text in texts}) == 4


def test_a_listed_question_that_a_bank_knows_has_its_topic(library: Library) -> None:
    known = library.banks.get("sales", "en").questions[2]
    config = Config(role="backend", question_list=(known.text, "Why here?"))
    assert asked_after(library, config=config) == Asked("main", known.topic, known.text)
    asked = asked_after(library, main(None, question=known.text), config=config)
    assert asked == Asked("main", "From the list", "Why here?")


def test_nothing_is_left_when_all_was_asked(library: Library) -> None:
    config = Config(role="backend", questions=1, follow_ups=1)
    table = desk(library, main(None), config=config)
    assert next_question(table, State(View(table.interview, 1)), 2) is None


def test_words_are_not_taken_up_twice(library: Library) -> None:
    first = main(POOR["en"])
    asked = asked_after(library, first)
    assert "“We did our best and it went well”" in asked.text
    second = replace(follow_up("It was fine.", asked.topic), question=asked.text)
    assert asked_after(library, first, second).text != asked.text
