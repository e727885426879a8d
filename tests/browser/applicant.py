"""An applicant at the page: the one of the replies' scenes (`replies/scenes`), with their résumé,
the job's description and their answers.
"""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import httpx
from docx import Document
from playwright.async_api import Browser, FilePayload, Locator, expect
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph, SimpleDocTemplate

from realtime.model_settings import Provider
from tests.browser.candidate import Candidate, candidate
from tests.browser.test_documents import DROP, LABELS
from tests.browser.words import Language
from tests.realtime.documents.resumes import KOREAN, LATIN
from tests.realtime.interviewer.replies.prompts import told
from tests.realtime.viva import Serving, serving

FONTS: dict[Language, str] = {"en": LATIN, "ko": KOREAN}
CHOICES: dict[Language, tuple[str, ...]] = {
    "en": ("Backend engineer", "Mid-level", "English", "Even-handed"),
    "ko": ("데이터 분석가", "미들", "한국어", "다정한 면접관"),
}
BETTER: dict[Language, str] = {"en": "A stronger answer", "ko": "이렇게 답하면 더 좋습니다"}

# --- what is brought -----------------------------------------------------------------------------


def pdf(text: str, font: str) -> bytes:
    """The text as it would be printed: a paragraph a line, the first one larger."""
    buffer = BytesIO()
    plain = ParagraphStyle("plain", fontName=font, fontSize=10, leading=15)
    title = ParagraphStyle("title", parent=plain, fontSize=18, leading=26)
    first, *lines = (escape(line) for line in text.strip().splitlines())
    SimpleDocTemplate(buffer, pagesize=A4).build(
        [Paragraph(first, title), *(Paragraph(line or "&nbsp;", plain) for line in lines)]
    )
    return buffer.getvalue()


def docx(text: str) -> bytes:
    document = Document()
    for line in text.strip().splitlines():
        document.add_paragraph(line)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def resume_of(language: Language) -> FilePayload:
    data = pdf(told(language).resume, FONTS[language])
    return {"name": "resume.pdf", "mimeType": "application/pdf", "buffer": data}


def job_of(language: Language) -> FilePayload:
    text = told(language).job_description
    if language == "en":
        word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        return {"name": "job.docx", "mimeType": word, "buffer": docx(text)}
    return {"name": "채용 공고.txt", "mimeType": "text/plain", "buffer": text.encode()}


# --- at the page ---------------------------------------------------------------------------------


class Applicant:
    """The scene's candidate at the page. `led_by`: who leads the interview, for its pictures."""

    def __init__(self, visitor: Candidate, language: Language, led_by: str) -> None:
        self.visitor = visitor
        self.led_by = led_by
        self.page = visitor.page
        self.words = visitor.words
        self.labels = LABELS[language]
        self.language = language
        self.scene = told(language)

    def field(self, name: str) -> Locator:
        return self.page.get_by_role("group", name=name, exact=True)

    async def drop(self, name: str, file: FilePayload) -> None:
        """Drag a file from the desktop into that field."""
        brought = {
            "base64": base64.b64encode(file["buffer"]).decode(),
            "name": file["name"],
            "type": file["mimeType"],
        }
        await self.field(name).evaluate(DROP, brought)
        await self.field(name).get_by_text(file["name"], exact=True).wait_for()

    async def choose(self, name: str, file: FilePayload) -> None:
        """Choose a file for that field, by the keyboard."""
        async with self.page.expect_file_chooser() as choosing:
            await self.field(name).get_by_role("button").first.press("Enter")
        await (await choosing.value).set_files(file)
        await self.field(name).get_by_text(file["name"], exact=True).wait_for()

    async def bring_documents(self) -> None:
        """One is dropped, the other chosen."""
        resume, job = resume_of(self.language), job_of(self.language)
        await self.page.get_by_role("button", name=self.labels.choose).wait_for()
        if self.language == "en":
            await self.drop(self.labels.resume, resume)
            await self.choose(self.labels.job, job)
        else:
            await self.choose(self.labels.resume, resume)
            await self.drop(self.labels.job, job)

    async def sees(self, profile: dict[str, Any]) -> None:
        """What was read from the résumé is shown: every skill, and every entry."""
        field = self.field(self.labels.resume)
        skills = field.get_by_role("region", name=self.labels.skills, exact=True)
        await expect(skills.get_by_role("listitem")).to_have_text(profile["skills"])
        entries = [*profile["experience"], *profile["projects"], *profile["education"]]
        assert entries
        for entry in entries:
            shown = field.get_by_role("listitem").filter(has_text=entry["title"])
            assert any(entry["detail"] in text for text in await shown.all_text_contents())

    async def begin(self) -> None:
        await self.visitor.set_up(2, 1, CHOICES[self.language])
        await self.visitor.begin()

    async def answer(self) -> int:
        """Give the scene's answers, as long as questions come, the main ones after a hint; how many
        there were. Feedback and scores are read before the next one, and quote the answer.
        """
        turn = 1
        while await self.visitor.is_asked(turn):
            if turn > 1:
                await self.reads_feedback(turn - 1)
            if turn % 2:
                await self.visitor.hint(turn)
            await self.visitor.answer(self.scene.answer(turn))
            turn += 1
        await self.visitor.button(self.words.download).wait_for()
        return turn - 1

    async def reads_feedback(self, turn: int) -> None:
        feedback = self.visitor.part(turn, self.words.feedback)
        await expect(feedback.locator('[data-streaming="false"]')).not_to_be_empty()
        scores = feedback.get_by_label(self.words.scores)
        await scores.wait_for()
        quoted = await scores.locator("q").all_text_contents()
        assert quoted
        assert all(quote in self.scene.answer(turn) for quote in quoted)
        marked = self.visitor.part(turn, self.words.your_answer).locator("mark")
        await expect(marked).not_to_have_count(0)
        await self.visitor.look(f"{self.led_by}-turn-{turn}", whole=True)

    async def reads_report(self, interview: dict[str, Any]) -> None:
        """The whole report is there to be read, turn by turn."""
        report = interview["report"]
        told = [report["text"]]
        for heading, points in (
            (self.words.strengths, report["strengths"]),
            (self.words.improvements, report["improvements"]),
        ):
            listed = self.page.get_by_role("region", name=heading).get_by_role("listitem")
            await expect(listed).to_have_text(points)
        for summary in await self.page.locator("main summary").all():
            await summary.click()
        for turn in report["turns"]:
            told += [turn["summary"], turn["better_answer"] or ""]
        shown = await self.page.locator("main p").all_inner_texts()
        for paragraph in "\n\n".join(told).split("\n\n"):
            assert not paragraph or paragraph in shown
        better = self.page.get_by_role("group", name=BETTER[self.language], exact=True)
        await expect(better).to_have_count(
            sum(bool(each["better_answer"]) for each in report["turns"])
        )
        await self.visitor.look(f"{self.led_by}-report", whole=True)

    async def delete(self, field: str, name: str) -> None:
        await self.field(field).get_by_role("button", name=self.labels.deletes(name)).first.click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_role("button", name=self.labels.delete, exact=True).click()
        await expect(self.field(field).get_by_text(name, exact=True)).to_have_count(0)


@asynccontextmanager
async def applicant(
    chromium: Browser, language: Language, folder: Path, provider: tuple[Provider, str] | None
) -> AsyncIterator[tuple[Applicant, httpx.AsyncClient, Serving]]:
    """A new applicant at a new server, which asks that provider's models at that address; without
    one it has no key.
    """
    led_by, settings = "offline", {}
    if provider is not None:
        led_by, url = provider
        ours = f"VIVA_{led_by.upper()}"
        settings = {f"{ours}_API_KEY": "none-is-needed", f"{ours}_BASE_URL": url}
        settings["VIVA_LAST_RESORT"] = "none"
    place = ("--data-dir", str(folder), "--log-level", "error", "--pace", "0")
    async with (
        serving(*place, settings=settings) as served,
        served.client() as http,
        candidate(chromium, served.url, language, bypass_csp=True) as visitor,
    ):
        yield Applicant(visitor, language, led_by), http, served
