"""The prompts are whole, and one that isn't stops the program at its start."""

from collections.abc import Mapping
from pathlib import Path
from shutil import copytree
from typing import get_args

import pytest

from protocol.view import Language
from realtime.interviewer.files import DataFileError
from realtime.interviewer.leading.prompting import PROMPTS, Prompts, load_prompts
from realtime.interviewer.offline.text import HANGUL, language_of

LANGUAGES: tuple[Language, ...] = get_args(Language)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The prompts, where they can be spoilt."""
    target = tmp_path / "prompts"
    copytree(str(PROMPTS), target)
    return target


@pytest.mark.parametrize("language", LANGUAGES)
def test_they_are_in_their_language(
    language: Language, prompts: Mapping[Language, Prompts]
) -> None:
    words = prompts[language].words
    said = [*words.notice.values(), *words.error.values(), *words.persona.values()]
    assert [language_of(text) for text in said] == [language] * len(said)
    task = prompts[language].task("scores", {"key": "k", "score_marks": ""})
    assert bool(HANGUL.search(task)) == (language == "ko")


def test_what_is_filled_in_is_not_read_as_a_place(prompts: Mapping[Language, Prompts]) -> None:
    values = {"key": "k", "question": "$lead ${x} {y}", "hints": "$key"}
    task = prompts["en"].task("hint", values)
    assert "\n$lead ${x} {y}\n" in task
    assert "\n$key\n" in task


def rewrite(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        ("en/hint.md", "$question", "the question", "question"),
        ("en/hint.md", "$question", "$question $answer", "answer"),
        ("ko/scores.md", "채점합니다", "$ 채점합니다", r"begins no place"),
        ("en/words.toml", "friendly =", "cheerful =", "persona"),
        ("ko/words.toml", "cost_limit =", "cost_limits =", "notice"),
        ("ko/words.toml", "version = 2", "version = 3", "versions"),
        ("ko/words.toml", "version = 2", "", "version"),
        ("en/words.toml", "up to number {turn}", "up to some", "turn must stand"),
        ("en/words.toml", "Overall: {score}", "Overall: {score", "in 'Overall"),
        ("en/words.toml", "'(eye contact)'", "'(eye contact'", "in '\\(eye"),
        ("ko/words.toml", "aim = ", "goal = ", "aim"),
    ],
)
def test_a_prompt_that_is_wrong_is_refused(
    name: str, before: str, after: str, told: str, copy: Path
) -> None:
    rewrite(copy / name, before, after)
    with pytest.raises(DataFileError, match=told):
        load_prompts(copy)


def test_a_prompt_that_is_missing_is_refused(copy: Path) -> None:
    (copy / "ko" / "report.md").unlink()
    with pytest.raises(DataFileError, match=r"report\.md"):
        load_prompts(copy)


def test_a_spoilt_copy_is_what_is_read(copy: Path) -> None:
    rewrite(copy / "en" / "plan.md", "Task:", "Job:")
    values = {"key": "k", "total": 3, "now": "x", "topics": 2, "topic_marks": ""}
    assert load_prompts(copy)["en"].task("plan", values).startswith("Job:")
