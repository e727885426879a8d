"""The report as PDF, typeset by the real program and read by another; and what becomes of a
typesetter that misbehaves.
"""

import asyncio
import ctypes
from collections.abc import Callable, Iterator
from dataclasses import replace

import pypdfium2  # type: ignore[import-untyped] # It ships no types.
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
import pytest

from protocol.view import Interview, Language, Report
from realtime.clock import SystemClock
from realtime.confined.process import Limits
from realtime.reports.document import describe
from realtime.reports.pdf import Busy, TooLong, Typesetter
from tests.realtime.fakes import FakeAlarm, FakeClock
from tests.realtime.reports.made import (
    ENGLISH,
    FACTS,
    KOREAN,
    REPORT,
    TRAPS,
    TURNS,
    interview,
    tells,
    visible,
)

pytestmark = pytest.mark.anyio

MISBEHAVING = "tests.realtime.reports.misbehaving"


async def typeset(made: Interview) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(await Typesetter(SystemClock()).pdf(describe(made)))


def pages(document: pypdfium2.PdfDocument) -> list[tuple[str, str]]:
    """The text of each, and what stands at its foot."""
    texts = [page.get_textpage().get_text_range().rstrip() for page in document]
    return [(text, foot) for text, _, foot in (each.rpartition("\n") for each in texts)]


def told(document: pypdfium2.PdfDocument) -> str:
    return "\n".join(text for text, _ in pages(document))


def fonts(document: pypdfium2.PdfDocument) -> Iterator[tuple[str, bool]]:
    """The fonts that texts are set in, and whether the file has them."""
    for page in document:
        for shown in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            font = pdfium.FPDFTextObj_GetFont(shown)
            name = ctypes.create_string_buffer(100)
            pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
            yield name.value.decode(), pdfium.FPDFFont_GetIsEmbedded(font) == 1


def language_of(document: pypdfium2.PdfDocument) -> str:
    said = ctypes.create_string_buffer(100)
    length = pdfium.FPDFCatalog_GetLanguage(
        document, ctypes.cast(said, ctypes.POINTER(pdfium.FPDF_WCHAR)), len(said)
    )
    return said.raw[:length].decode("utf-16-le").rstrip("\0")


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_it_tells_all(language: Language) -> None:
    document = await typeset({"en": ENGLISH, "ko": KOREAN}[language])
    assert tells(told(document), FACTS[language])
    assert len(document) == 2
    assert [foot for _, foot in pages(document)] == {
        "en": ["Page 1 of 2", "Page 2 of 2"],
        "ko": ["2쪽 중 1쪽", "2쪽 중 2쪽"],
    }[language]


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_it_can_be_read_anywhere_and_by_anybody(language: Language) -> None:
    document = await typeset({"en": ENGLISH, "ko": KOREAN}[language])
    used = set(fonts(document))
    assert {name.partition("+")[2] for name, _ in used} == {
        "Pretendard-Regular",
        "Pretendard-Bold",
    }
    assert all(embedded for _, embedded in used)
    assert pdfium.FPDFCatalog_IsTagged(document)
    assert language_of(document) == language
    about = document.get_metadata_dict()
    assert (about["Title"], about["Author"]) == (FACTS[language][0], "Viva")
    assert about["CreationDate"].startswith("D:20261121")
    outline = [each.get_title() for each in document.get_toc()]
    assert outline[0] == FACTS[language][0]


async def test_the_same_report_is_the_same_file() -> None:
    typesetter = Typesetter(SystemClock())
    document = describe(ENGLISH)
    assert await typesetter.pdf(document) == await typesetter.pdf(document)


async def test_traps_are_only_words() -> None:
    turns = tuple(
        replace(TURNS[0], turn=number, number=number, question=text, answer=text, feedback=())
        for number, text in enumerate(TRAPS, 1)
    )
    report = replace(REPORT, text="", strengths=tuple(TRAPS), improvements=(), turns=())
    document = await typeset(interview(report=report, turns=turns, role=TRAPS[13]))
    found = visible(told(document))
    for text in TRAPS[:14]:
        assert found.count(visible(text)) >= 3, text
    assert "turnedbackandforth" in found


@pytest.mark.parametrize(
    "text",
    [
        "😀 👩‍👩‍👧 🇰🇷 ✅",
        "漢字 ひらがな العربية עברית हिन्दी ไทย ꦗꦮ 𓀀 \U0010ffff \ufdd0 \ue000",
        "e" + "\u0301" * 300,
    ],
    ids=["emoji", "scripts", "accents"],
)
async def test_what_the_fonts_have_not_fails_nothing(text: str) -> None:
    turn = replace(TURNS[0], question=text, topic=text, answer=f"before {text} behind")
    document = await typeset(interview(turns=(turn,), role=text))
    assert tells(told(document), ("before", "behind", "A clear figure."))


@pytest.mark.parametrize("char", ["W", "가", "/"])
async def test_a_long_word_stays_on_the_page(char: str) -> None:
    word = char * 210
    report = replace(REPORT, strengths=(word,))
    turn = replace(TURNS[0], answer=word, feedback=())
    document = await typeset(interview(report=report, turns=(turn,), role=word))
    right = max(
        text.get_charbox(index)[2]
        for text in (page.get_textpage() for page in document)
        for index in range(text.count_chars())
    )
    assert right <= document[0].get_width() - 50
    assert "".join(told(document).split()).replace("\u200b", "").count(word) == 3


async def test_an_empty_report_is_a_page_too() -> None:
    empty = Report("", None, 5, (), (), (), (), (), None, ())
    document = await typeset(interview(report=empty, turns=()))
    assert len(document) == 1
    assert "not scored" in told(document)


def longest(answer: str) -> Interview:
    """All the turns that there can be, each answered with 10,000 characters."""
    answer = (answer * 10_000)[:10_000]
    turn = replace(TURNS[0], answer=answer, feedback=())
    return interview(
        turns=tuple(replace(turn, turn=number, number=number) for number in range(1, 81)),
        report=replace(REPORT, turns=(), competencies=(), unscored=()),
    )


async def test_the_longest_interview_has_its_pdf() -> None:
    document = await typeset(longest("저는 응답 시간을 40% 줄였고, 그 뒤로 재어 보았습니다. "))
    assert 200 < len(document) < 400
    assert visible(told(document)).count(visible("저는 응답 시간을 40% 줄였고,")) > 80 * 250


# --- a typesetter that misbehaves --------------------------------------------------------------


class Bell(FakeClock):
    """Tells when an alarm was set."""

    def __init__(self) -> None:
        super().__init__()
        self.set = asyncio.Event()

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> FakeAlarm:
        self.set.set()
        return super().call_later(delay_s, callback)


LIMITS = Limits(cpu_s=1, wall_s=20, memory_bytes=1 << 30, answer_bytes=1_000_000)


async def deed(typesetter: Typesetter, name: str) -> bytes:
    return await typesetter.pdf(describe(interview(role=name)))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        *(("abort", TooLong), ("babble", TooLong)),
        *(("crash", RuntimeError), ("fail", RuntimeError), ("lie", RuntimeError)),
    ],
)
async def test_whatever_a_typesetter_does_comes_to_an_end(
    name: str, error: type[Exception]
) -> None:
    typesetter = Typesetter(SystemClock(), limits=LIMITS, module=MISBEHAVING)
    with pytest.raises(error):
        await deed(typesetter, name)
    assert await deed(typesetter, "say") == b"%PDF-1.7"


@pytest.mark.parametrize(
    "limits",
    [Limits(cpu_s=1), Limits(memory_bytes=400 << 20), Limits(wall_s=1)],
    ids=["cpu", "memory", "clock"],
)
async def test_a_report_beyond_a_bound_is_too_long(limits: Limits) -> None:
    # Its clock stands: so it is the process that ends itself.
    typesetter = Typesetter(FakeClock(), limits=replace(limits, answer_bytes=1 << 25))
    with pytest.raises(TooLong):
        await typesetter.pdf(describe(longest("x\n")))


async def test_one_that_waits_is_ended_by_the_clock() -> None:
    bell = Bell()
    typesetter = Typesetter(bell, limits=LIMITS, module=MISBEHAVING)
    waiting = asyncio.create_task(deed(typesetter, "wait"))
    await bell.set.wait()
    bell.advance(LIMITS.wall_s - 0.1)
    assert not waiting.done()
    bell.advance(0.2)
    with pytest.raises(TooLong):
        await waiting


async def test_who_is_too_many_is_told_so_at_once() -> None:
    bell = Bell()
    typesetter = Typesetter(bell, at_once=1, waiting=1, limits=LIMITS, module=MISBEHAVING)
    first = asyncio.create_task(deed(typesetter, "wait"))
    await bell.set.wait()
    second = asyncio.create_task(deed(typesetter, "say"))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await deed(typesetter, "say")
    bell.advance(LIMITS.wall_s)
    with pytest.raises(TooLong):
        await first
    assert await second == b"%PDF-1.7"


async def test_who_gives_up_leaves_room() -> None:
    bell = Bell()
    typesetter = Typesetter(bell, at_once=1, waiting=0, limits=LIMITS, module=MISBEHAVING)
    first = asyncio.create_task(deed(typesetter, "wait"))
    await bell.set.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert bell.alarms == 0
    assert await deed(typesetter, "say") == b"%PDF-1.7"
