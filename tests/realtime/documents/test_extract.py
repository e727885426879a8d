"""The extractor over real processes; where it has to, with a reader that misbehaves."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from realtime.clock import SystemClock
from realtime.documents.extract import Extracted, Extractor, Unreadable
from realtime.documents.process import Limits
from realtime.documents.sniff import MARKDOWN, PLAIN
from tests.realtime.documents.made import docx, paragraph
from tests.realtime.fakes import FakeAlarm, FakeClock

pytestmark = pytest.mark.anyio
MISBEHAVING = {PLAIN: "tests.realtime.documents.misbehaving"}


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


async def test_text_is_clean(extractor: Extractor) -> None:
    found = await extractor.extract("\ufeff가\0 \r\n\r\n\r\n\r\n\r\nb".encode(), "mina")
    assert found.text == "가\n\n\nb"


async def test_nothing_and_blanks_are_empty(extractor: Extractor) -> None:
    for data in (b"", b" \n\t\r\n", b"\xff\xfe", docx(paragraph(" "))):
        assert await refusal(extractor, data) == "empty"


async def test_the_longest_text_is_taken_and_a_longer_one_refused(extractor: Extractor) -> None:
    assert len((await extractor.extract("가".encode() * 200_000, "a")).text) == 200_000
    assert await refusal(extractor, "가".encode() * 200_001) == "too_large"


@pytest.mark.parametrize("deed", ["open", "write", "connect", "start"])
async def test_a_reader_reaches_nothing(misled: Extractor, deed: str) -> None:
    assert (await misled.extract(deed.encode(), "a")).text == "refused: OSError"


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


async def test_a_reader_that_waits_is_ended_by_the_clock() -> None:
    bell = Bell()
    extractor = Extractor(bell, modules=MISBEHAVING)
    waiting = asyncio.create_task(refusal(extractor, b"wait"))
    await bell.set.wait()
    bell.advance(Limits().wall_s - 0.1)
    assert not waiting.done()
    bell.advance(0.2)
    assert await waiting == "too_slow"
    await extractor.aclose()


async def test_a_reader_ends_itself_where_nobody_does() -> None:
    extractor = Extractor(FakeClock(), modules=MISBEHAVING, limits=Limits(wall_s=1))
    assert await refusal(extractor, b"wait") == "too_slow"
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
    assert await first == "too_slow"
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
