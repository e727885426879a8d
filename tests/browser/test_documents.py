"""Documents on the first screen: brought by keyboard and by drag and drop, to the real server."""

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Route, expect

from tests.browser.axe import is_accessible
from tests.browser.candidate import Candidate, Size, candidate, has_texts
from tests.browser.signing import token
from tests.browser.words import Language
from tests.realtime.viva import Serving

pytestmark = pytest.mark.anyio

RESUME: FilePayload = {
    "name": "이력서 – Mina Kim.md",
    "mimeType": "text/markdown",
    "buffer": (
        "# Mina Kim\n\n## Skills\nPython, PostgreSQL, Kafka\n\n"
        "## Experience\n### Backend engineer, Hanbit Pay\n2019.03 – 2024.06\n"
        "- Moved settlement from nightly batches to events\n"
    ).encode(),
}
JOB: FilePayload = {
    "name": "job.txt",
    "mimeType": "text/plain",
    "buffer": "채용 공고\n\n자격 요건\n- Python 백엔드 개발 경력 5년 이상\n".encode(),
}
NOISE: FilePayload = {
    "name": "mina.pdf",
    "mimeType": "application/pdf",
    "buffer": bytes(range(256)) * 4,
}

# What a drag from the desktop ends in.
DROP = """(field, file) => {
    const held = new DataTransfer();
    const bytes = Uint8Array.from(atob(file.base64), (char) => char.charCodeAt(0));
    held.items.add(new File([bytes], file.name, { type: file.type }));
    for (const kind of ["dragenter", "dragover", "drop"])
        field.dispatchEvent(new DragEvent(kind, { dataTransfer: held, bubbles: true }));
}"""


@dataclass(frozen=True)
class Labels:
    """What stands in the fields for documents."""

    resume: str
    job: str
    choose: str
    skills: str
    delete: str
    unsupported: str
    dismiss: str
    cancel: str
    rubric: str
    text_of: str
    delete_named: str

    def deletes(self, name: str) -> str:
        return self.delete_named.format(name)


LABELS: dict[Language, Labels] = {
    "en": Labels(
        resume="Résumé",
        job="Job description",
        choose="Choose your résumé",
        skills="Skills",
        delete="Delete",
        unsupported="Only PDF, Word (.docx), text and Markdown files can be read.",
        dismiss="Dismiss",
        cancel="Cancel",
        rubric="How answers are scored",
        text_of="The whole text of {}",
        delete_named="Delete {}",
    ),
    "ko": Labels(
        resume="이력서",
        job="채용 공고",
        choose="이력서 선택",
        skills="기술",
        delete="삭제",
        unsupported="PDF, Word(.docx), 텍스트, 마크다운 파일만 읽을 수 있습니다.",
        dismiss="닫기",
        cancel="취소",
        rubric="채점 기준",
        text_of="{}의 전체 텍스트",
        delete_named="{} 삭제",
    ),
}


def _field(visitor: Candidate, name: str) -> Locator:
    return visitor.page.get_by_role("group", name=name, exact=True)


async def _drop(field: Locator, file: FilePayload) -> None:
    encoded = base64.b64encode(file["buffer"]).decode()
    await field.evaluate(DROP, {"base64": encoded, "name": file["name"], "type": file["mimeType"]})


async def _choose(visitor: Candidate, button: str, file: FilePayload) -> None:
    """Choose a file, all by the keyboard."""
    async with visitor.page.expect_file_chooser() as choosing:
        await visitor.button(button).press("Enter")
    chooser = await choosing.value
    assert not chooser.is_multiple()
    await chooser.set_files(file)


async def _shows(field: Locator, labels: Labels, skills: Sequence[str]) -> None:
    """The skills that were made out are there, one by one."""
    shown = field.get_by_role("region", name=labels.skills, exact=True).get_by_role("listitem")
    await has_texts(shown, skills)


async def _reads(visitor: Candidate, labels: Labels, text: str) -> None:
    """The résumé's whole text is at hand, by the keyboard."""
    whole_text = labels.text_of.format(RESUME["name"])
    await visitor.button(whole_text).press("Enter")
    dialog = visitor.page.get_by_role("dialog", name=whole_text)
    shown = dialog.get_by_role("paragraph")
    await expect(shown).to_have_text(text)
    assert await shown.text_content() == text
    await is_accessible(visitor.page)
    await visitor.look("document-text")
    await visitor.page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")
    await expect(visitor.button(whole_text)).to_be_focused()


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("ko", "phone")])
async def test_documents_are_brought_shown_and_taken_into_an_interview(
    chromium: Browser, guarded: Serving, language: Language, size: Size
) -> None:
    owner = f"documents-{language}"
    async with (
        candidate(chromium, guarded.url, language, size, bypass_csp=True) as visitor,
        guarded.client() as http,
    ):
        labels, words = LABELS[language], visitor.words
        http.headers["Authorization"] = f"Bearer {token(owner)}"
        await visitor.bring(token(owner))
        await _choose(visitor, labels.choose, RESUME)
        resume, job = _field(visitor, labels.resume), _field(visitor, labels.job)
        await resume.get_by_text(RESUME["name"], exact=True).wait_for()
        await _drop(job, JOB)
        await job.get_by_text(JOB["name"], exact=True).wait_for()

        listed = (await http.get("/v1/documents")).json()["items"]
        assert [(each["kind"], each["name"]) for each in listed] == [
            ("job_description", JOB["name"]),
            ("resume", RESUME["name"]),
        ]
        read = listed[1]["profile"]
        await _shows(resume, labels, [] if read is None else read["skills"])
        await is_accessible(visitor.page)
        await visitor.look("documents", whole=True)
        await _reads(visitor, labels, RESUME["buffer"].decode().strip())

        await visitor.set_up(questions=1, follow_ups=0)
        interview = (await http.get(f"/v1/interviews/{visitor.interview_id}")).json()
        assert interview["config"]["document_ids"] == [listed[1]["id"], listed[0]["id"]]

        # Next time they are chosen still. One is deleted then.
        await visitor.page.goto(guarded.url)
        await job.get_by_text(JOB["name"], exact=True).wait_for()
        await resume.get_by_role("button", name=labels.deletes(RESUME["name"])).click()
        await (
            visitor.page.get_by_role("dialog")
            .get_by_role("button", name=labels.delete, exact=True)
            .click()
        )
        await visitor.button(labels.choose).wait_for()
        assert [each["id"] for each in (await http.get("/v1/documents")).json()["items"]] == [
            listed[0]["id"]
        ]
        await expect(visitor.button(words.start)).to_be_enabled()
        # Before anybody had signed in; the browser has nothing else to say.
        assert all("401" in said for said in visitor.complaints)


@pytest.mark.parametrize(("language", "size"), [("ko", "desktop"), ("en", "phone")])
async def test_what_cannot_be_read_is_told_why(
    chromium: Browser, server: Serving, language: Language, size: Size
) -> None:
    async with candidate(chromium, server.url, language, size, bypass_csp=True) as visitor:
        labels = LABELS[language]
        resume = _field(visitor, labels.resume)
        await resume.wait_for()
        await _drop(resume, NOISE)
        await expect(resume.get_by_role("alert").last).to_contain_text(labels.unsupported)
        await is_accessible(visitor.page)
        await visitor.look("document-refused", whole=True)
        await resume.get_by_role("button", name=labels.dismiss).click()
        await expect(resume.get_by_text(labels.unsupported)).to_have_count(0)


async def test_an_upload_that_takes_its_time_can_be_given_up(
    chromium: Browser, server: Serving
) -> None:
    async with candidate(chromium, server.url, bypass_csp=True) as visitor:
        labels, page = LABELS["en"], visitor.page
        given_up = asyncio.Event()

        async def hold(route: Route) -> None:
            if route.request.method != "POST":
                await route.continue_()
                return
            await given_up.wait()
            await route.abort()

        await page.route("**/v1/documents*", hold)
        resume = _field(visitor, labels.resume)
        await resume.wait_for()
        await _choose(visitor, labels.choose, RESUME)
        await resume.get_by_role("progressbar").wait_for()
        await expect(visitor.button(visitor.words.start)).to_be_disabled()
        await expect(resume).to_be_focused()
        await is_accessible(visitor.page)
        await resume.get_by_role("button", name=labels.cancel).click()
        given_up.set()
        await visitor.button(labels.choose).wait_for()
        await expect(visitor.button(visitor.words.start)).to_be_enabled()


@pytest.mark.parametrize(("language", "size"), [("en", "phone"), ("ko", "desktop")])
async def test_what_a_score_means_is_at_hand(
    chromium: Browser, server: Serving, language: Language, size: Size
) -> None:
    async with (
        candidate(chromium, server.url, language, size, bypass_csp=True) as visitor,
        server.client() as http,
    ):
        labels, page = LABELS[language], visitor.page
        standards = (await http.get("/v1/rubric")).json()["languages"][language]
        await visitor.set_up(questions=1, follow_ups=0)
        await visitor.begin()
        await visitor.button(labels.rubric).click()
        dialog = page.get_by_role("dialog", name=labels.rubric)
        await expect(dialog.get_by_role("heading", level=3)).to_have_text(
            [standard["name"] for standard in standards]
        )
        for standard in await dialog.locator("summary").all():
            await standard.click()
        meanings = [meaning for standard in standards for meaning in standard["scores"]]
        await has_texts(dialog.get_by_role("definition"), meanings)
        await is_accessible(visitor.page)
        await visitor.look("rubric")
        await page.keyboard.press("Escape")
        await dialog.wait_for(state="detached")
        await expect(visitor.button(labels.rubric)).to_be_focused()
