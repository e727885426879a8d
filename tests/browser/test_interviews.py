"""Whole interviews, from the choice of a role to the report."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.candidate import Candidate, Size, candidate, has_texts
from tests.browser.words import Language
from tests.realtime.viva import Serving

pytestmark = pytest.mark.anyio


async def _take(visitor: Candidate) -> list[str | None]:
    """Take the interview to its report: with a hint, a good answer, a skip, and thin answers.

    Returns the answers, null for what was skipped.
    """
    words = visitor.words
    await visitor.hint(1)
    await visitor.answer(words.good_answer)
    answers: list[str | None] = [words.good_answer]
    await _quotes(visitor, 1, words.good_answer)
    await visitor.look("interview")
    while await visitor.is_asked(turn := len(answers) + 1):
        if turn == 2:
            await visitor.skip()
            await visitor.turn(2).get_by_text(words.skipped).wait_for()
            answers.append(None)
        else:
            await visitor.answer(words.thin_answer)
            answers.append(words.thin_answer)
    return answers


async def _quotes(visitor: Candidate, turn: int, answer: str) -> None:
    """The feedback's scores quote the answer, in which the same words are marked."""
    words = visitor.words
    feedback = visitor.part(turn, words.feedback)
    await expect(feedback.locator('[data-streaming="false"]')).not_to_be_empty()
    scores = feedback.get_by_label(words.scores)
    await scores.wait_for()
    await expect(scores.get_by_role("img")).not_to_have_count(0)
    quoted = await scores.locator("q").all_text_contents()
    assert quoted
    marks = visitor.part(turn, words.your_answer).locator("mark")
    await expect(marks).not_to_have_count(0)
    marked = await marks.all_text_contents()
    for quote in quoted:
        assert quote in answer
        assert any(mark in quote or quote in mark for mark in marked)


async def _shows(visitor: Candidate, interview: dict[str, Any]) -> None:
    """What stands in the report is what the server holds."""
    words, page = visitor.words, visitor.page
    turns = page.locator("details")
    asked = [turn["question"] for turn in interview["turns"]]
    await has_texts(turns.locator("h3[lang]"), asked)
    said = page.locator(f'details [aria-label="{words.your_answer}"] p')
    answers = [turn["answer"] for turn in interview["turns"]]
    await has_texts(said, [answer for answer in answers if answer is not None])
    for heading, points in (
        (words.strengths, interview["report"]["strengths"]),
        (words.improvements, interview["report"]["improvements"]),
    ):
        shown = page.get_by_role("region", name=heading).get_by_role("listitem")
        await has_texts(shown, points)


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("language", ["en", "ko"])
async def test_an_interview_is_taken_from_set_up_to_report(
    chromium: Browser, server: Serving, language: Language, size: Size
) -> None:
    async with candidate(chromium, server.url, language, size) as visitor, server.client() as http:
        words = visitor.words
        await visitor.set_up(questions=3, follow_ups=1)
        await visitor.look("ready")
        await visitor.begin()
        answers = await _take(visitor)
        await visitor.button(words.download).wait_for()
        await visitor.look("report", whole=True)

        interview = (await http.get(f"/v1/interviews/{visitor.interview_id}")).json()
        assert interview["phase"] == "finished"
        assert [turn["answer"] for turn in interview["turns"]] == answers
        await _shows(visitor, interview)

        name, downloaded = await visitor.download()
        document = await http.get(
            f"/v1/interviews/{visitor.interview_id}/report", headers={"Accept": "text/markdown"}
        )
        assert name.endswith(".md")
        assert downloaded == document.text
        assert not visitor.complaints
