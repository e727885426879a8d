"""What clamd finds, and what becomes of its silence. The same is asked of the real clamd, where it
is installed, and of one that answers as its manual page says.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from realtime.documents.scan import CHUNK_BYTES, Clamd, ScannerAway, address
from tests.realtime.documents import clamd
from tests.realtime.documents.clamd import EICAR, MOST_BYTES, SIGNATURE, EmulatedClamd

pytestmark = pytest.mark.anyio

REAL = pytest.param(
    "real", marks=pytest.mark.skipif(clamd.PROGRAM is None, reason="clamd isn't installed")
)


@pytest.fixture(params=["emulated", REAL])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    either = EmulatedClamd().listening() if request.param == "emulated" else clamd.real(tmp_path)
    async with either as found:
        yield found


def scanner(url: str, within_s: float = 20.0) -> Clamd:
    return Clamd(address(url), within_s=within_s)


# --- clamd, either one ---------------------------------------------------------------------------


async def test_what_is_clean_and_what_is_not(url: str) -> None:
    asked = scanner(url)
    before = b"A text. ".ljust(CHUNK_BYTES - 20)  # so that it lies across two chunks
    for data in (b"", b"A clean one.", bytes(3 * CHUNK_BYTES)):
        assert await asked.scan(data) is None
    for data in (EICAR, before + EICAR):
        found = await asked.scan(data)
        assert found is not None
        assert found.startswith(SIGNATURE)


async def test_many_at_once_each_get_their_own_verdict(url: str) -> None:
    asked = scanner(url)
    files = [EICAR if number % 2 else b"clean" for number in range(20)]
    found = await asyncio.gather(*map(asked.scan, files))
    assert [each is not None for each in found] == [number % 2 == 1 for number in range(20)]


async def test_more_than_it_takes_is_no_verdict(url: str) -> None:
    with pytest.raises(ScannerAway, match=r"size limit exceeded|StreamMaxLength"):
        await scanner(url).scan(bytes(2 * MOST_BYTES))


async def test_it_says_what_it_is(url: str) -> None:
    assert (await scanner(url).version()).startswith("ClamAV")


# --- what isn't a verdict ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "verdict",
    [b"stream: no memory ERROR", b"UNKNOWN COMMAND", b"\xff\xfe", b"stream: OK FOUNDER"],
)
async def test_whatever_else_it_says_is_not_clean(verdict: bytes) -> None:
    emulated = EmulatedClamd()
    emulated.verdict = verdict
    async with emulated.listening() as url:
        with pytest.raises(ScannerAway, match="clamd answers"):
            await scanner(url).scan(b"A clean one.")


async def test_an_answer_without_end_is_none() -> None:
    emulated = EmulatedClamd()
    emulated.verdict = b"stream: " + b"x" * 100_000
    async with emulated.listening() as url:
        with pytest.raises(ScannerAway, match="can't be asked"):
            await scanner(url).scan(b"A clean one.")


async def test_silence_is_waited_for_no_longer_than_that() -> None:
    emulated = EmulatedClamd()
    emulated.silent = True
    async with emulated.listening() as url:
        with pytest.raises(ScannerAway, match=r"within 0\.05 s"):
            await scanner(url, within_s=0.05).scan(b"A clean one.")


async def test_so_many_ask_at_once() -> None:
    emulated = EmulatedClamd()
    async with emulated.listening() as url:
        asked = Clamd(address(url), within_s=20.0, at_once=2)
        await asyncio.gather(*(asked.scan(bytes(CHUNK_BYTES)) for _ in range(10)))
        assert emulated.most_connections <= 2


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:1", "unix:///nowhere/clamd.sock"])
async def test_nobody_is_there(url: str) -> None:
    with pytest.raises(ScannerAway, match="can't be asked"):
        await scanner(url).scan(b"A clean one.")


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        *("", "127.0.0.1:3310", "http://127.0.0.1:3310", "tcp://127.0.0.1", "tcp://:3310"),
        *("tcp://h:3310/x", "tcp://h:99999", "unix:", "unix://run/clamd"),
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"expected|out of range"):
        address(url)
