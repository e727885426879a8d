"""The extractor over real processes; where it has to, with a reader that misbehaves."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable

import pytest
from structlog.testing import capture_logs

from realtime.clock import SystemClock
from realtime.confined.process import Limits
from realtime.documents import docx, pdf
from realtime.documents.clean import clean
from realtime.documents.extract import Extracted, Extractor, ReaderBroken, Unreadable
from realtime.documents.sniff import MARKDOWN, PLAIN
from tests.realtime.documents.made import docx as docx_of
from tests.realtime.documents.made import paragraph
from tests.realtime.documents.resumes import (
    KOREAN,
    LATIN,
    in_columns,
    in_word,
    locked,
    recognised,
    with_table,
)
from tests.realtime.fakes import FakeAlarm, FakeClock
from tests.realtime.gateway.test_http import problem
from tests.realtime.memory import MemoryStorage
from tests.realtime.papers import document_parts
from tests.realtime.serving import house, serving

pytestmark = pytest.mark.anyio
MISBEHAVING = {PLAIN: "tests.realtime.documents.misbehaving"}
UNFILTERED = {PLAIN: "tests.realtime.documents.unfiltered"}
PARTING = "tests.realtime.confined.parting"


@pytest.fixture
async def extractor() -> AsyncIterator[Extractor]:
    extractor = Extractor(SystemClock())
    yield extractor
    await extractor.aclose()


@pytest.fixture
async def misled() -> AsyncIterator[Extractor]:
    """An extractor whose reader does what the document says."""
    extractor = Extractor(SystemClock(), modules=MISBEHAVING, limits=Limits(cpu_s=1))
    yield extractor
    await extractor.aclose()


class Bell(FakeClock):
    """Tells when an alarm was set."""

    def __init__(self) -> None:
        super().__init__()
        self.set = asyncio.Event()

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> FakeAlarm:
        self.set.set()
        return super().call_later(delay_s, callback)


async def refusal(extractor: Extractor, data: bytes, name: str = "mina.txt") -> str:
    with pytest.raises(Unreadable) as refused:
        await extractor.extract(data, name)
    return refused.value.reason


async def test_text_comes_with_its_type(extractor: Extractor) -> None:
    text = "# 김민아\n\n백엔드 엔지니어"
    assert await extractor.extract(text.encode(), "mina.txt") == Extracted(PLAIN, text)
    assert await extractor.extract(text.encode("cp949"), "MINA.MD") == Extracted(MARKDOWN, text)


REAL: dict[str, tuple[Callable[[bytes], str], bytes]] = {
    "columns.pdf": (pdf.read, in_columns(LATIN, "Mina Kim", ["Python"], ["Cut response times."])),
    "korean.pdf": (pdf.read, in_columns(KOREAN, "김민아", ["기술 스택"], ["결제 서버"])),
    "table.pdf": (pdf.read, with_table(KOREAN, [["기간", "회사"], ["2019.03", "가람페이"]])),
    "recognised.pdf": (pdf.read, recognised()),
    "locked.pdf": (pdf.read, locked(to_open=False)),
    "word.docx": (docx.read, in_word("김민아", {"가람페이": ["결제 서버"]}, [["기간", "회사"]])),
}


@pytest.mark.parametrize("name", REAL)
async def test_confined_it_reads_what_it_reads_at_large(extractor: Extractor, name: str) -> None:
    read, data = REAL[name]
    assert (await extractor.extract(data, name)).text == clean(read(data))


async def test_text_is_clean(extractor: Extractor) -> None:
    found = await extractor.extract("\ufeff가\0 \r\n\r\n\r\n\r\n\r\nb".encode(), "mina")
    assert found.text == "가\n\n\nb"


async def test_nothing_and_blanks_are_empty(extractor: Extractor) -> None:
    for data in (b"", b" \n\t\r\n", b"\xff\xfe", docx_of(paragraph(" "))):
        assert await refusal(extractor, data) == "empty"


async def test_the_longest_text_is_taken_and_a_longer_one_refused(extractor: Extractor) -> None:
    assert len((await extractor.extract("가".encode() * 200_000, "a")).text) == 200_000
    assert await refusal(extractor, "가".encode() * 200_001) == "too_large"


@pytest.mark.parametrize("deed", ["open", "write"])
async def test_a_reader_reaches_nothing(misled: Extractor, deed: str) -> None:
    assert (await misled.extract(deed.encode(), "a")).text.startswith("refused: ")


async def test_a_reader_is_given_nothing_but_its_pipes(misled: Extractor) -> None:
    assert (await misled.extract(b"descriptors", "a")).text == "done: [0, 1, 2]"
    names = (await misled.extract(b"environment", "a")).text.removeprefix("done: ").split()
    assert set(names) <= {"nothing", "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("spin", "too_slow"),
        ("crash", "damaged"),
        ("abort", "too_complex"),
        ("fill", "too_complex"),
        ("recurse", "too_complex"),
        ("stumble", "damaged"),
        ("babble", "damaged"),
        ("zeros", "damaged"),
        ("endless", "damaged"),
        ("bytes", "damaged"),
        ("spaces", "damaged"),
        ("reason", "damaged"),
        ("silence", "damaged"),
        ("failure", "damaged"),
    ],
)
async def test_whatever_a_reader_does_has_a_reason(
    misled: Extractor, deed: str, reason: str
) -> None:
    assert await refusal(misled, deed.encode()) == reason
    assert (await misled.extract(b"descriptors", "a")).text.startswith("done")


async def test_it_tells_what_readers_are_held_by() -> None:
    extractor = Extractor(SystemClock(), modules=UNFILTERED)
    with capture_logs() as logs:
        for _ in range(2):
            await extractor.extract(b"descriptors", "a")
    assert extractor.fence == "limits"
    assert [log["event"] for log in logs].count("document.reader_unfiltered") == 1
    await extractor.aclose()


@pytest.mark.skipif(sys.platform != "linux", reason="there is a filter for Linux alone")
@pytest.mark.parametrize("deed", ["kill 0", "fork", "unlink /tmp", "connect"])
async def test_one_that_reaches_for_more_makes_its_document_damaged(
    misled: Extractor, deed: str
) -> None:
    with capture_logs() as logs:
        assert await refusal(misled, deed.encode()) == "damaged"
    assert "document.reader_overstepped" in [log["event"] for log in logs]
    assert misled.fence == "filter"


@pytest.mark.parametrize("module", ["realtime.documents.nowhere", PARTING])
async def test_a_reader_that_never_came_to_the_document_is_our_fault(module: str) -> None:
    extractor = Extractor(SystemClock(), modules={PLAIN: module})
    with capture_logs() as logs, pytest.raises(ReaderBroken):
        await extractor.extract(b"text", "a")
    assert [log["event"] for log in logs] == ["document.reader_broken"]
    await extractor.aclose()


async def test_who_reads_one_already_lets_others_go_first() -> None:
    extractor = Extractor(FakeClock(), at_once=2, modules=MISBEHAVING)
    done: list[str] = []

    async def one(deed: bytes, owner: str) -> None:
        await extractor.extract(deed, "a", owner)
        done.append(owner)

    reading = [asyncio.create_task(one(b"wait", "mina")) for _ in range(2)]
    waiting = [asyncio.create_task(one(b"descriptors", name)) for name in ("mina", "jun")]
    await asyncio.sleep(0)
    reading[0].cancel()
    await asyncio.gather(*waiting)
    assert done == ["jun", "mina"]
    await extractor.aclose()
    await asyncio.gather(*reading, return_exceptions=True)


async def test_whoever_sent_that_document_is_told_nothing_of_it() -> None:
    extractor = Extractor(SystemClock(), modules={PLAIN: PARTING})
    parts = house(MemoryStorage(), documents=document_parts(extractor=extractor))
    async with serving(parts) as running, running.client() as client:
        files = {"file": ("mina.txt", b"end", "text/plain")}
        answer = await client.post("/v1/documents", files=files, data={"kind": "resume"})
    problem(answer, 500, "internal")
    await extractor.aclose()


async def test_one_that_does_not_come_to_it_in_time_is_busy() -> None:
    bell = Bell()
    extractor = Extractor(bell, modules={PLAIN: PARTING})
    waiting = asyncio.create_task(refusal(extractor, b"stay"))
    await bell.set.wait()
    bell.advance(Limits().wall_s - 0.1)
    assert not waiting.done()
    bell.advance(0.2)
    assert await waiting == "busy"
    await extractor.aclose()


async def test_a_reader_that_waits_and_hears_no_alarm_is_ended_by_the_clock() -> None:
    extractor = Extractor(SystemClock(), modules=MISBEHAVING, limits=Limits(wall_s=5))
    assert await refusal(extractor, b"deaf") == "too_slow"
    await extractor.aclose()


@pytest.mark.parametrize("document", [b"wait", b"deaf"])
async def test_a_reader_that_no_clock_of_ours_ends_is_too_slow(document: bytes) -> None:
    """It ends itself, or is ended a moment later."""
    extractor = Extractor(FakeClock(), modules=MISBEHAVING, limits=Limits(wall_s=3))
    assert await refusal(extractor, document) == "too_slow"
    await extractor.aclose()


async def test_who_is_too_many_is_told_so_at_once() -> None:
    bell = Bell()
    extractor = Extractor(bell, at_once=1, waiting=1, modules=MISBEHAVING)
    first = asyncio.create_task(refusal(extractor, b"wait"))
    await bell.set.wait()
    second = asyncio.create_task(extractor.extract(b"descriptors", "a"))
    await asyncio.sleep(0)
    assert await refusal(extractor, b"descriptors") == "busy"
    bell.advance(Limits().wall_s)
    assert await first in ("busy", "too_slow")
    assert (await second).text.startswith("done")
    await extractor.aclose()


async def test_who_gives_up_makes_room() -> None:
    bell = Bell()
    extractor = Extractor(bell, at_once=1, waiting=0, modules=MISBEHAVING)
    given_up = asyncio.create_task(extractor.extract(b"wait", "a"))
    await bell.set.wait()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert (await extractor.extract(b"descriptors", "a")).text.startswith("done")
    await extractor.aclose()


async def test_closing_ends_those_who_read_and_those_who_wait() -> None:
    bell = Bell()
    extractor = Extractor(bell, at_once=1, modules=MISBEHAVING)
    both = [asyncio.create_task(refusal(extractor, b"wait")) for _ in range(2)]
    await bell.set.wait()
    await extractor.aclose()
    assert await asyncio.gather(*both) == ["busy", "busy"]
    assert await refusal(extractor, b"descriptors") == "busy"
