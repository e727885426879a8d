"""What is told to be no reply is kept from the candidate; what no rule can tell is named here."""

import pytest

from realtime.interviewer.leading.prompting import load_prompts
from tests.realtime.interviewer.replies.outcomes import told_of
from tests.realtime.interviewer.replies.replies import of_nature

# Declined, excused, or told about the task, inside a section where a text was due: it reads like
# any other text, so it is told.
DECLINED_WITHIN = frozenset(
    {
        "answered-en-4-03-refusing",
        "hint-ko-1-11-refusing",
        "question-ko-3-06-refusing",
        "report-en-1-20-refusing",
        "report-ko-1-20-refusing",
        "report_turns-en-2-11-refusing",
    }
)
# The prompt's sense in other words, or too few of its own in a row.
PARAPHRASED = frozenset(
    {
        "answered-en-2-06-leaking",
        "answered-ko-3-03-leaking",
        "hint-en-2-10-leaking",
        "hint-ko-2-10-leaking",
        "question-ko-3-07-leaking",
        "report-en-1-22-leaking",
        "report_turns-ko-2-11-leaking",
    }
)
# Speaks of looks or voice where nothing is judged.
WHERE_NOTHING_IS_JUDGED = frozenset(
    {
        "hint-en-2-13-unobserved",
        "hint-ko-2-14-unobserved",
        "question-en-3-08-unobserved",
        "question-ko-2-10-unobserved",
    }
)


@pytest.mark.parametrize("nature", ["unmarked", "empty"])
def test_what_has_no_sections_is_told_to_nobody(nature: str) -> None:
    assert {reply.name: told for reply in of_nature(nature) if (told := told_of(reply))} == {}


@pytest.mark.parametrize(
    ("nature", "known"),
    [
        ("refusing", DECLINED_WITHIN),
        ("leaking", PARAPHRASED),
    ],
)
def test_all_that_gets_through_is_known(nature: str, known: frozenset[str]) -> None:
    assert {reply.name for reply in of_nature(nature) if told_of(reply)} <= known


def test_looks_and_voice_are_told_only_where_nothing_is_judged() -> None:
    prompts = load_prompts()
    for reply in of_nature("unobserved"):
        unobserved = prompts[reply.language].unobserved
        if any(map(unobserved.search, told_of(reply))):
            assert reply.name in WHERE_NOTHING_IS_JUDGED


def test_a_refusal_before_the_marks_is_no_text() -> None:
    for reply in of_nature("refusing"):
        if "@@" not in reply.text:
            assert told_of(reply) == [], reply.name
