"""Files made to harm: each gets its reason, or its text, within the bounds."""

import pytest

from realtime.clock import SystemClock
from realtime.confined.process import Limits, Reader
from realtime.documents.extract import Extractor, Unreadable
from tests.realtime.documents.hostile import FILES, docx_outside, pdf_bomb

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", FILES)
async def test_gets(name: str) -> None:
    make, expected = FILES[name]
    extractor = Extractor(SystemClock())
    try:
        await extractor.extract(make(), name)
        reason = None
    except Unreadable as unreadable:
        reason = unreadable.reason
    finally:
        await extractor.aclose()
    assert reason == expected


def test_memory_is_bounded_by_the_limit_itself() -> None:
    """With less of it a bomb goes off sooner; what a process may map, it can't exceed in use."""
    limits = Limits(memory_bytes=256 * 1024 * 1024)
    ended = Reader("realtime.documents.pdf", limits).run(pdf_bomb())
    assert ended.status < 0
    assert ended.peak_bytes is None or ended.peak_bytes < limits.memory_bytes


def test_no_file_of_the_machine_is_told() -> None:
    ended = Reader("realtime.documents.docx", Limits()).run(docx_outside())
    assert ended.answer.split(b"\n", 1)[1] == b"damaged\n"
