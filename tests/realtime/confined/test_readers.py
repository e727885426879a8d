"""What a reader said, or why it said nothing, told from outside; by real processes."""

import sys
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from realtime.clock import SystemClock
from realtime.confined.process import Limits
from realtime.confined.readers import Answer, Busy, ReaderBroken, Readers

pytestmark = pytest.mark.anyio
MISBEHAVING = "tests.realtime.confined.misbehaving"


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    readers = Readers("letter", SystemClock(), Limits(cpu_s=1), at_once=2, waiting=2)
    yield readers
    await readers.aclose()


async def deed(readers: Readers, name: str, module: str = MISBEHAVING) -> Answer:
    return await readers.read(module, name.encode(), "mina")


async def test_an_answer_has_what_was_read(readers: Readers) -> None:
    assert readers.fence is None
    answer = await deed(readers, "descriptors")
    assert (answer.body, answer.reason, answer.error) == (b"done: [0, 1, 2]", "", "")
    assert answer.figures()["status"] == 0
    assert readers.fence == ("filter" if sys.platform == "linux" else "limits")


@pytest.mark.parametrize(
    ("name", "reason", "error"),
    [
        ("reason", "because", ""),  # What it says is no identifier, so it goes into no log.
        ("silence", "", ""),
        ("stumble", "damaged", "IndexError"),
        ("recurse", "too_complex", "RecursionError"),
        ("fill", "too_complex", "MemoryError"),
        ("failure", "damaged", ""),
        ("crash", "damaged", ""),
        ("abort", "too_complex", ""),
        ("spin", "too_slow", ""),
    ],
)
async def test_what_has_no_body_has_a_reason(
    readers: Readers, name: str, reason: str, error: str
) -> None:
    answer = await deed(readers, name)
    assert (answer.body, answer.reason, answer.error) == (None, reason, error)


@pytest.mark.skipif(sys.platform != "linux", reason="there is a filter for Linux alone")
async def test_the_log_says_what_was_read(readers: Readers) -> None:
    with capture_logs() as logs:
        await deed(readers, "connect")
        await deed(readers, "descriptors", "tests.realtime.confined.unfiltered")
        with pytest.raises(ReaderBroken):
            await deed(readers, "end", "tests.realtime.confined.parting")
    assert [log["event"] for log in logs] == [
        *("letter.reader_overstepped", "letter.reader_unfiltered", "letter.reader_broken")
    ]


async def test_closed_it_reads_no_more(readers: Readers) -> None:
    await readers.aclose()
    with pytest.raises(Busy):
        await deed(readers, "descriptors")
