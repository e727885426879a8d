"""Interviews taken by voice: what is said is what is answered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.candidate import Size
from tests.browser.speaking import Speaker, hearing, speaker
from tests.browser.words import Language
from tests.realtime.viva import Serving

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def ear(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    async with hearing(tmp_path_factory.mktemp("ear")) as server:
        yield server


async def _says(visitor: Speaker, turn: int) -> str:
    """Answers by voice, sees the words come meanwhile, and ends it. What was said."""
    first, second = visitor.said.answers[turn - 1]
    speech = visitor.mouth.will_say(first, second, pause_ms=1_500)
    await visitor.begin_to_speak()
    await expect(visitor.sure).to_contain_text(first.rstrip("."))
    if turn == 1:
        await visitor.look("voice")
    await visitor.speak(speech)
    await visitor.stop()
    return speech.text


async def _says_and_corrects(visitor: Speaker, turn: int) -> tuple[str, str]:
    """The same, with something written before, so that it isn't sent unseen. What was said, and
    what is sent.
    """
    said = visitor.said
    await visitor.write(said.draft)
    spoken = await _says(visitor, turn)
    await visitor.page.get_by_text(said.review).wait_for()
    await expect(visitor.field).to_have_value(f"{said.draft}\n\n{spoken}")
    await visitor.look("voice-review")
    heard, meant = said.correction
    corrected = spoken.replace(heard, meant)
    assert corrected != spoken
    await visitor.answer(corrected)
    return spoken, corrected


async def _reads_feedback(visitor: Speaker, turn: int) -> None:
    feedback = visitor.part(turn, visitor.words.feedback)
    await expect(feedback.locator('[data-streaming="false"]')).not_to_be_empty()


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("ko", "phone")])
async def test_an_interview_is_taken_by_voice_from_set_up_to_report(
    chromium: Browser, ear: Serving, tmp_path: Path, language: Language, size: Size
) -> None:
    async with (
        speaker(chromium, ear.url, tmp_path, language, size) as visitor,
        ear.client() as http,
    ):
        await visitor.set_up(questions=2, follow_ups=1)
        await visitor.begin()
        spoken: list[str] = []
        answers: list[str] = []
        while await visitor.is_asked(turn := len(answers) + 1):
            if turn > 1:
                await expect(visitor.answered(turn - 1)).to_have_text(answers[-1])
                await _reads_feedback(visitor, turn - 1)
            # The second one is read before it is sent.
            if turn == 2:
                said, sent = await _says_and_corrects(visitor, turn)
            else:
                said = sent = await _says(visitor, turn)
            spoken.append(said)
            answers.append(sent)
        await visitor.button(visitor.words.download).wait_for()
        await visitor.look("voice-report", whole=True)

        interview = (await http.get(f"/v1/interviews/{visitor.interview_id}")).json()
        turns = interview["turns"]
        assert [turn["transcript"]["text"] for turn in turns] == spoken
        assert [turn["answer"] for turn in turns] == answers
        assert {turn["source"] for turn in turns} == {"voice"}
        assert "follow_up" in {turn["kind"] for turn in turns}
        _, report = await visitor.download()
        assert report.count(f"**{visitor.said.how_spoken}**") == len(turns)
        for answer in answers:
            assert f"> {answer}" in report
        assert not visitor.complaints


async def test_an_answer_ends_by_itself_and_waits_to_be_read(
    chromium: Browser, ear: Serving, tmp_path: Path
) -> None:
    async with speaker(chromium, ear.url, tmp_path) as visitor, ear.client() as http:
        said = visitor.said
        await visitor.button(visitor.words.start).wait_for()
        await visitor.choose(said.ends_by_silence, said.reads_first)
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.begin()
        speech = visitor.mouth.will_say(*said.answers[0])
        stopped = visitor.wire.next("audio.stopped")
        await visitor.begin_to_speak()
        assert (await stopped)["reason"] == "silence"
        await expect(visitor.field).to_have_value(speech.text)
        # Said anew, it takes the place of what was said before.
        speech = visitor.mouth.will_say(*said.answers[1])
        await visitor.button(said.again).click()
        await expect(visitor.status).to_have_text(said.recording)
        await visitor.page.get_by_text(said.review).wait_for()
        await expect(visitor.field).to_have_value(speech.text)
        await visitor.field.press("Control+Enter")
        await visitor.button(visitor.words.download).wait_for()
        (turn,) = (await http.get(f"/v1/interviews/{visitor.interview_id}")).json()["turns"]
        assert turn["answer"] == turn["transcript"]["text"] == speech.text
        assert not visitor.complaints
