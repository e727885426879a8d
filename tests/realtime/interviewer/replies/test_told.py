"""Whatever a model says, what reaches the candidate is clean, and the interview goes on."""

import re
from functools import cache

import pytest

from protocol.effects import Ended, NothingToAsk, QuestionBegan, Reported, Scored
from protocol.view import Language
from realtime.interviewer.leading.prompting import PROMPTS
from tests.realtime.interviewer.replies.outcomes import Outcome, base, outcome
from tests.realtime.interviewer.replies.prompts import KEY
from tests.realtime.interviewer.replies.replies import FORMS, RawReply, of_task

MARKUP = re.compile(rf"@@|```|\*\*|^[ \t]*#{{1,6}} |{KEY}", re.IGNORECASE | re.MULTILINE)
# So much of a prompt's own words in a row, in letters; a Hangul syllable counts as two.
LEAK = 64

WORD = re.compile(r"\w+")


@cache
def own_words(language: Language) -> str:
    """What stands in the prompts before anything is filled in."""
    words = base().prompts[language].words
    texts = [
        path.read_text("utf-8")
        for path in (PROMPTS / language).iterdir()
        if path.is_file() and path.name.endswith(".md")
    ]
    asking = words.asking
    texts += [asking.main, asking.follow_up, asking.either, asking.listed, asking.last]
    return f" {' '.join(WORD.findall(' '.join(texts).casefold()))} "


def letters(word: str) -> int:
    return sum(2 if "가" <= each <= "힣" else 1 for each in word)


def longest_leak(text: str, language: Language) -> int:
    """The letters of the longest row of words that stands in the prompts too."""
    secret, words = own_words(language), WORD.findall(text.casefold())
    longest, start = 0, 0
    for end in range(1, len(words) + 1):
        while start < end and f" {' '.join(words[start:end])} " not in secret:
            start += 1
        longest = max(longest, sum(map(letters, words[start:end])))
    return longest


def unclean(made: Outcome, language: Language) -> list[str]:
    """The texts that a candidate mustn't see."""
    return [
        text for text in made.told() if MARKUP.search(text) or longest_leak(text, language) >= LEAK
    ]


def test_what_is_unclean_is_seen() -> None:
    assert MARKUP.search("Good.\n## Feedback") and MARKUP.search(f"see {KEY.upper()}")
    assert not MARKUP.search("C# and a@b.example, # 1 of 3")
    assert (
        longest_leak(
            "Stand on what was said. Invent no facts, figures or quotations, and don't "
            "guess at who the candidate is.",
            "en",
        )
        >= LEAK
    )


@pytest.mark.parametrize("task", FORMS)
@pytest.mark.parametrize("stubborn", [True, False])
def test_nothing_unclean_reaches_the_candidate(task: str, stubborn: bool) -> None:
    found = {
        reply.name: unclean(outcome(reply, stubborn=stubborn), reply.language)
        for reply in of_task(task)
    }
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize("task", FORMS)
@pytest.mark.parametrize("stubborn", [True, False])
def test_the_work_ends_whatever_the_model_says(task: str, stubborn: bool) -> None:
    for reply in of_task(task):
        made = outcome(reply, stubborn=stubborn)
        assert made.error is None, reply.name
        assert is_whole(reply, made), reply.name


@pytest.mark.parametrize("task", FORMS)
def test_without_a_last_resort_it_ends_or_says_that_no_model_answers(task: str) -> None:
    for reply in of_task(task):
        made = outcome(reply, stubborn=True, last_resort=False)
        if made.error is None:
            assert is_whole(reply, made), reply.name
        else:
            assert made.error.code == "model_unavailable", reply.name


@pytest.mark.parametrize("task", FORMS)
def test_one_repair_is_asked_for_and_no_more(task: str) -> None:
    for reply in of_task(task):
        made = outcome(reply, stubborn=True)
        most = {"report": 3, "question": 2}.get
        assert all(count <= most(what, 2) for what, count in made.requests.items()), reply.name


def is_whole(reply: RawReply, made: Outcome) -> bool:
    """Whether each work of the reply's task has come to its end."""
    ends = [each.work.what for each in made.outputs if isinstance(each, Ended)]
    no_question = any(isinstance(each, NothingToAsk) for each in made.outputs)
    scored = any(isinstance(each, Scored) for each in made.outputs)
    match reply.task:
        case "answered":
            return (
                bool(made.stream("feedback").strip())
                and scored
                and (no_question or ends == ["feedback", "question"])
            )
        case "question" | "plan":
            return set(ends) == {"question"} and all(
                each.topic.strip() for each in made.outputs if isinstance(each, QuestionBegan)
            )
        case "hint":
            return ends == ["hint"] and bool(made.stream("hint").strip())
        case "scores":
            return scored
        case "profile":
            return made.profile is not None and any(
                (made.profile.skills, made.profile.experience, made.profile.projects)
            )
        case _:
            reported = [each for each in made.outputs if isinstance(each, Reported)]
            return len(reported) == 1 and bool(made.stream("report").strip())
