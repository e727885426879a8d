"""The replies are what they are said to be: as many as is claimed, of all kinds, all different."""

from collections import Counter

import pytest

from tests.realtime.interviewer.replies.prompts import LANGUAGES, places
from tests.realtime.interviewer.replies.replies import FORMS, NATURES, of_task, replies


@pytest.mark.parametrize("task", FORMS)
def test_there_are_forty_to_a_task_and_a_third_in_each_language(task: str) -> None:
    found = of_task(task)
    assert len(found) >= 40
    languages = Counter(reply.language for reply in found)
    assert all(3 * languages[language] >= len(found) for language in LANGUAGES), languages


def test_every_prompt_has_a_good_one() -> None:
    good = {reply.place.name for reply in replies() if reply.nature == "good"}
    assert {place.name for place in places()} - good == set()


def test_all_kinds_are_there() -> None:
    assert {reply.nature for reply in replies()} == NATURES
    for task in FORMS:
        assert len({reply.nature for reply in of_task(task)}) >= 12, task


def test_no_two_are_alike_but_those_that_say_nothing() -> None:
    texts = Counter(
        "".join(reply.text.split()) for reply in replies() if reply.nature not in ("empty",)
    )
    assert [text for text, count in texts.items() if count > 1] == []
