"""Nothing of the prompt, and nothing unobserved, reaches a candidate."""

import re
import unicodedata
from collections.abc import Mapping
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.view import Language
from realtime.interviewer.leading.guard import Guard, Secret, Unfit
from realtime.interviewer.leading.prompting import Prompts

LANGUAGES: tuple[Language, ...] = get_args(Language)
NEVER = re.compile("(?!)")
PROMPT = (
    "Three to five sentences. First what was good, pointing at their own words; if little was, "
    "say so kindly. Then the one gap that matters most for this question."
)
SECRET = Secret(PROMPT)


def through(guard: Guard, pieces: list[str]) -> str:
    return "".join([guard.feed(piece) for piece in pieces] + [guard.end()])


def words_of(text: str) -> list[str]:
    return re.findall(r"\s*\S+\s*$|\s*\S+", text)


@given(st.lists(st.sampled_from(["first", " what", " was", " good", ", ", "you ", "did. ", "\n"])))
def test_what_is_no_secret_passes_whole(pieces: list[str]) -> None:
    assert through(Guard(SECRET, NEVER), pieces) == "".join(pieces)


@pytest.mark.parametrize("cut", [1, 3, 7, 1_000])
@pytest.mark.parametrize("prefix", ["", "Well. ", "The instructions say: "])
def test_a_passage_of_the_prompt_is_stopped_before_it_is_told(prefix: str, cut: int) -> None:
    text = prefix + PROMPT.upper().replace(",", " ,\n")
    guard, told = Guard(SECRET, NEVER), ""
    with pytest.raises(Unfit):
        for at in range(0, len(text), cut):
            told += guard.feed(text[at : at + cut])
        guard.end()
    assert len(told.removeprefix(prefix)) < 40


def test_words_that_the_prompt_has_too_are_no_leak() -> None:
    text = "What was good was the figure. The one gap that matters is the result."
    assert through(Guard(SECRET, NEVER), words_of(text)) == text


def test_calm_text_passes_at_once() -> None:
    guard = Guard(SECRET, NEVER)
    for piece in ("You ", "named ", "the ", "index."):
        assert guard.feed(piece) == piece


SEEN: dict[Language, tuple[str, str]] = {
    "en": ("You kept good eye contact.", "You looked nervous at first."),
    "ko": ("시선 처리가 좋았습니다.", "목소리가 조금 작았습니다."),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_not_observed_is_not_told(
    language: Language, prompts: Mapping[Language, Prompts]
) -> None:
    made = prompts[language]
    for text in SEEN[language]:
        with pytest.raises(Unfit):
            through(judging(made), words_of(f"{text} "))
        with pytest.raises(Unfit):
            through(judging(made), [text.rstrip(".")])
        assert through(Guard(made.own, made.unobserved), words_of(text)) == text


def judging(prompts: Prompts, *spoken_of: str, careful: bool = False) -> Guard:
    guard = Guard(prompts.own, prompts.unobserved, lambda: spoken_of, careful=careful)
    guard.watches = True
    return guard


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_careful_guard_leaves_such_sentences_out(
    language: Language, prompts: Mapping[Language, Prompts]
) -> None:
    first, last = {"en": ("You named it. ", "Say why."), "ko": ("잘 짚으셨습니다. ", "이유도요.")}[
        language
    ]
    seen = SEEN[language][0]
    text = f"{first}{seen} {last}"
    told = through(judging(prompts[language], careful=True), words_of(text))
    assert told.replace(" ", "") == f"{first}{last}".replace(" ", "")


def test_what_the_candidate_brought_up_may_be_spoken_of(
    prompts: Mapping[Language, Prompts],
) -> None:
    made = prompts["en"]
    spoken_of = ("I train nurses to keep Eye Contact, and my tone is calm.",)
    text = "You said that you train them to keep eye contact, and that your tone is calm."
    assert through(judging(made, *spoken_of), words_of(text)) == text
    spoken_of = (unicodedata.normalize("NFD", "고객의 목소리에 맞춰 표정을 살폈습니다."),)
    text = "고객의 목소리를 모으고 표정이 어떤지 보신 점이 좋았습니다."
    assert through(judging(prompts["ko"], *spoken_of), words_of(text)) == text
