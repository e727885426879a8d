"""Whole interviews that are led by documents, from the upload to the report: by a model, over each
provider's wire format, and by the offline interviewer.
"""

import os
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from playwright.async_api import Browser

from realtime.model_settings import Provider
from tests.browser.applicant import applicant, job_of, resume_of
from tests.browser.axe import is_accessible
from tests.browser.words import Language
from tests.emulators.emulator import emulate
from tests.emulators.script import Script
from tests.realtime.interviewer.replies.playing import playing

pytestmark = pytest.mark.anyio

# A folder in which the reports are left, as they were downloaded.
KEEP = "VIVA_KEEP_REPORTS"

# What a main question can have from that résumé alone.
OWN: dict[Language, tuple[str, ...]] = {
    "en": ("Larkspur", "Tidewater", "ledgerline", "checkout", "idempotency", "runbook", "Airflow"),
    "ko": (
        "모아커머스",
        "한빛물류",
        "구매 전환 퍼널",
        "이탈 예측",
        "Looker",
        "A/B 테스트",
        "배송 지연",
    ),
}


async def keep(name: str, report: str) -> None:
    if folder := os.environ.get(KEEP):
        await anyio.Path(folder).mkdir(parents=True, exist_ok=True)
        await (anyio.Path(folder) / name).write_text(report, "utf-8")


async def profile_in(http: httpx.AsyncClient) -> dict[str, Any]:
    """What was read from the résumé."""
    listed = (await http.get("/v1/documents")).json()["items"]
    (profile,) = (each["profile"] for each in listed if each["kind"] == "resume")
    assert profile is not None
    found: dict[str, Any] = profile
    return found


@pytest.mark.parametrize(
    ("language", "provider"), [("en", "openai"), ("ko", "openai"), ("ko", "gemini")]
)
async def test_a_model_leads_an_interview_by_the_documents(
    chromium: Browser, tmp_path: Path, language: Language, provider: Provider
) -> None:
    async with emulate(provider, Script(playing)) as emulator:
        url = f"{emulator.url}/v1" if provider == "openai" else emulator.url
        async with applicant(chromium, language, tmp_path, (provider, url)) as (
            they,
            http,
            served,
        ):
            await they.bring_documents()
            profile = await profile_in(http)
            assert len(profile["skills"]) > 5
            await they.sees(profile)
            await is_accessible(they.page)
            await they.begin()
            assert await they.answer() == 4
            path = f"/v1/interviews/{they.visitor.interview_id}"
            interview = (await http.get(path)).json()
            await they.reads_report(interview)
            asked = [(turn["kind"], turn["question"]) for turn in interview["turns"]]
            assert asked == [(turn.kind, turn.question) for turn in they.scene.turns]
            assert interview["report"]["unscored"] == []
            assert all(turn["better_answer"] for turn in interview["report"]["turns"])
            prompts = [seen.asked.messages[0].text for seen in emulator.requests]
            for own in OWN[language][:2]:
                assert sum(own in prompt for prompt in prompts) >= 6

            _, downloaded = await they.visitor.download()
            assert interview["report"]["strengths"][0][:20] in downloaded
            await keep(f"{language}-{provider}.md", downloaded)

            # On the next visit they are there still, until they are deleted.
            await they.page.goto(served.url)
            for field, file in (
                (they.labels.resume, resume_of(language)),
                (they.labels.job, job_of(language)),
            ):
                await they.delete(field, file["name"])
            assert (await http.get("/v1/documents")).json()["items"] == []
            assert (await http.get(path)).json()["report"] == interview["report"]
            assert not they.visitor.complaints


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_the_offline_interviewer_takes_up_the_resume(
    chromium: Browser, tmp_path: Path, language: Language
) -> None:
    async with applicant(chromium, language, tmp_path, None) as (they, http, _):
        await they.bring_documents()
        await they.sees(await profile_in(http))
        await they.begin()
        await they.answer()
        path = f"/v1/interviews/{they.visitor.interview_id}"
        interview = (await http.get(path)).json()
        await they.reads_report(interview)
        main = [turn["question"] for turn in interview["turns"] if turn["kind"] == "main"]
        assert any(own in question for own in OWN[language] for question in main)
        assert {given["model"] for each in interview["turns"] for given in each["feedback"]} == {
            "offline"
        }
        _, downloaded = await they.visitor.download()
        await keep(f"{language}-offline.md", downloaded)
        assert not they.visitor.complaints
