"""The pool over real processes, whose model does what a clip says (`scripted.py`)."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio.to_thread
import numpy as np
import pytest
from structlog.testing import capture_logs

from realtime.clock import SystemClock
from realtime.ports import Clock
from realtime.speech.clip import Behind, Clip, Overloaded, Recognized, RecognizerFailed
from realtime.speech.pool import Pool, PoolLimits, PoolLoad, worker_command
from realtime.speech.wire import MAX_CLIP_SAMPLES, WhisperOptions
from tests.realtime.fakes import FakeClock
from tests.realtime.speech.scripted import Deed, clip, said

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def pool(
    folder: Path, *, workers: int = 1, finals: int = 8, clock: Clock | None = None
) -> AsyncIterator[Pool]:
    command = worker_command(WhisperOptions(str(folder)), "tests.realtime.speech.scripted")
    limits = PoolLimits(workers=workers, finals=finals)
    async with Pool(command, clock or SystemClock(), limits) as made:
        yield made


class Holding:
    """A pool's one worker, kept busy until `release`; and those who wait meanwhile."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self._pool = pool
        self._pipe = folder / "hold-0"
        self._first: Awaitable[Recognized] | None = None
        self.order: list[int] = []
        self.behind: list[int] = []

    async def begin(self) -> None:
        os.mkfifo(self._pipe)
        await self._pool.loaded()
        self._first = self.ask(clip(Deed.HOLD, owner="a"))
        await settle()

    def ask(self, wanted: Clip) -> "asyncio.Task[Recognized]":
        return asyncio.create_task(self._pool.recognize(wanted))

    def want(self, wanted: Clip) -> "asyncio.Task[None]":
        """Ask, and note by number what becomes of it."""
        return asyncio.create_task(self._want(wanted))

    async def _want(self, wanted: Clip) -> None:
        number = int(wanted.samples[1])
        try:
            await self._pool.recognize(wanted)
            self.order.append(number)
        except Behind:
            self.behind.append(number)

    async def release(self) -> None:
        # Opening it waits until the worker has opened it too.
        await anyio.to_thread.run_sync(self._pipe.write_bytes, b"go")
        assert self._first is not None
        await self._first


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[Holding]:
    async with pool(tmp_path, finals=3) as made:
        holding = Holding(made, tmp_path)
        await holding.begin()
        yield holding


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def pid_of(pool: Pool) -> int:
    return said(await pool.recognize(clip(Deed.SAY)))[2]


def is_there(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def test_a_clip_is_recognised(tmp_path: Path) -> None:
    async with pool(tmp_path) as made:
        await made.loaded()
        assert said(await made.recognize(clip(Deed.SAY, 3)))[:2] == (3, "final")
        assert said(await made.recognize(clip(Deed.SAY, 4, "partial")))[:2] == (4, "partial")


async def test_the_longest_clip_is_taken_and_a_longer_one_isn_t(tmp_path: Path) -> None:
    samples = np.zeros(MAX_CLIP_SAMPLES, np.int16)
    async with pool(tmp_path) as made:
        assert said(await made.recognize(Clip(samples, "en", "final")))[0] == 0
        with pytest.raises(ValueError, match="480001"):
            await made.recognize(Clip(np.append(samples, np.int16(0)), "en", "final"))


async def test_a_part_of_a_longer_array_is_taken(tmp_path: Path) -> None:
    samples = np.array([Deed.SAY, 9, 5, 9], np.int16)[::2]
    async with pool(tmp_path) as made:
        assert said(await made.recognize(Clip(samples, "en", "final")))[0] == 5


async def test_several_workers_work_at_once(tmp_path: Path) -> None:
    for number in (0, 1):
        os.mkfifo(tmp_path / f"hold-{number}")
    async with pool(tmp_path, workers=2) as made:
        both = [asyncio.create_task(made.recognize(clip(Deed.HOLD, each))) for each in (0, 1)]
        for number in (1, 0):
            await anyio.to_thread.run_sync((tmp_path / f"hold-{number}").write_bytes, b"go")
        (one, other) = [said(await each)[2] for each in both]
        assert one != other
        assert made.load == PoolLoad(workers=2, busy=0, finals=0, partials=0)


async def test_what_a_library_prints_is_no_answer(tmp_path: Path) -> None:
    async with pool(tmp_path) as made:
        assert said(await made.recognize(clip(Deed.PRINT, 2)))[0] == 2


async def test_a_language_that_the_model_doesn_t_hear_is_refused(tmp_path: Path) -> None:
    async with pool(tmp_path) as made:
        with pytest.raises(RecognizerFailed, match="ko"):
            await made.recognize(Clip(np.zeros(9, np.int16), "ko", "final"))
        assert said(await made.recognize(clip(Deed.SAY, 1)))[0] == 1


# --- who goes before whom


async def test_owners_take_turns(held: Holding) -> None:
    wanted = [held.want(clip(Deed.SAY, 1, owner="a")), held.want(clip(Deed.SAY, 2, owner="a"))]
    await settle()
    wanted.append(held.want(clip(Deed.SAY, 3, owner="b")))
    await settle()
    await held.release()
    await asyncio.gather(*wanted)
    assert held.order == [3, 1, 2]


async def test_while_finals_wait_partials_are_passed_over(held: Holding) -> None:
    waiting = held.want(clip(Deed.SAY, 1, "partial"))
    await settle()
    final = held.want(clip(Deed.SAY, 2))
    await waiting
    await held.want(clip(Deed.SAY, 3, "partial"))
    assert held.behind == [1, 3]
    await held.release()
    await final
    assert held.order == [2]


async def test_an_owner_s_newer_partial_takes_the_place_of_the_older(held: Holding) -> None:
    older, newer = (held.want(clip(Deed.SAY, each, "partial", "b")) for each in (1, 2))
    await older
    await held.release()
    await newer
    assert (held.order, held.behind) == ([2], [1])


async def test_a_partial_that_would_wait_too_long_is_passed_over(tmp_path: Path) -> None:
    clock = FakeClock()
    async with pool(tmp_path, clock=clock) as made:
        held = Holding(made, tmp_path)
        await held.begin()
        clock.advance(0.4)
        await held.release()  # Clips take 400 ms, as far as is known: two may wait.
        (tmp_path / "hold-0").unlink()
        await held.begin()
        wanted = [held.want(clip(Deed.SAY, each, "partial", f"{each}")) for each in (1, 2, 3, 4)]
        await settle()
        assert held.behind == [3, 4]
        await held.release()
        await asyncio.gather(*wanted)
        assert held.order == [1, 2]


async def test_before_a_worker_is_ready_finals_wait_and_partials_don_t(tmp_path: Path) -> None:
    async with pool(tmp_path) as made:
        with pytest.raises(Behind):
            await made.recognize(clip(Deed.SAY, urgency="partial"))
        assert said(await made.recognize(clip(Deed.SAY, 1)))[0] == 1


async def test_too_many_finals_are_refused(held: Holding) -> None:
    wanted = [held.want(clip(Deed.SAY, each)) for each in (1, 2, 3)]
    await settle()
    with pytest.raises(Overloaded):
        await held.ask(clip(Deed.SAY, 4))
    await held.release()
    await asyncio.gather(*wanted)
    assert held.order == [1, 2, 3]


async def test_a_clip_that_is_given_up_before_its_turn_has_none(held: Holding) -> None:
    given_up, other = held.want(clip(Deed.CRASH, 1)), held.want(clip(Deed.SAY, 2))
    await settle()
    given_up.cancel()
    await held.release()
    await other
    assert held.order == [2]


async def test_one_that_is_given_up_later_is_run_out(tmp_path: Path) -> None:
    async with pool(tmp_path) as made:
        held = Holding(made, tmp_path)
        await held.begin()
        pid = said(await held_pid(held, tmp_path))[2]
        given_up = held.ask(clip(Deed.HOLD, 1))
        await settle()
        given_up.cancel()
        await anyio.to_thread.run_sync((tmp_path / "hold-1").write_bytes, b"go")
        assert await pid_of(made) == pid


async def held_pid(held: Holding, folder: Path) -> Recognized:
    os.mkfifo(folder / "hold-1")
    asked = held.ask(clip(Deed.SAY))
    await held.release()
    return await asked


# --- workers that are lost


async def test_a_crash_costs_a_final_one_more_try(tmp_path: Path) -> None:
    async with pool(tmp_path) as made:
        before = await pid_of(made)
        with capture_logs() as logs:
            number, _, pid = said(await made.recognize(clip(Deed.CRASH_ONCE, 7)))
        assert number == 7
        assert pid != before
        assert [each["reason"] for each in logs if each["event"] == "recognizer.worker_lost"] == [
            "it was ended by SIGSEGV"
        ]


@pytest.mark.parametrize(
    ("deed", "reason"), [(Deed.CRASH, "SIGSEGV"), (Deed.FAIL, "RuntimeError: out of memory")]
)
async def test_a_second_crash_ends_it_and_others_go_on(
    tmp_path: Path, deed: Deed, reason: str
) -> None:
    clock = FakeClock()
    async with pool(tmp_path, clock=clock) as made:
        asked = asyncio.create_task(made.recognize(clip(deed)))
        other = asyncio.create_task(made.recognize(clip(Deed.SAY, 1)))
        with pytest.raises(RecognizerFailed, match=reason):
            await asked
        while not clock.alarms:
            await settle()
        clock.advance(1)
        assert said(await other)[0] == 1


async def test_a_crash_costs_a_partial_its_chance(tmp_path: Path) -> None:
    async with pool(tmp_path) as made:
        await made.loaded()
        with pytest.raises(Behind):
            await made.recognize(clip(Deed.CRASH, urgency="partial"))
        assert said(await made.recognize(clip(Deed.SAY, 1)))[0] == 1


async def test_a_worker_that_is_killed_at_leisure_is_replaced(tmp_path: Path) -> None:
    async with pool(tmp_path) as made:
        for _ in range(3):
            pid = await pid_of(made)
            os.kill(pid, signal.SIGKILL)
            assert await pid_of(made) != pid


async def test_a_worker_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    clock = FakeClock()
    async with pool(tmp_path, clock=clock) as made:
        pid = await pid_of(made)
        asked = asyncio.create_task(made.recognize(clip(Deed.HANG)))
        await settle()
        clock.advance(60)
        with pytest.raises(RecognizerFailed, match="60 s"):
            await asked
        assert not is_there(pid)
        assert await pid_of(made) != pid


async def test_a_worker_that_stands_still_is_ended(tmp_path: Path) -> None:
    clock = FakeClock()
    async with pool(tmp_path, clock=clock) as made:
        pid = await pid_of(made)
        os.kill(pid, signal.SIGSTOP)
        samples = np.zeros(MAX_CLIP_SAMPLES, np.int16)
        asked = asyncio.create_task(made.recognize(Clip(samples, "en", "final")))
        await settle()
        clock.advance(60)
        with pytest.raises(RecognizerFailed, match="60 s"):
            await asked
        assert not is_there(pid)


# --- models that can't be loaded


async def test_who_can_t_load_the_model_says_why_once(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("model.bin is cut off")
    clock = FakeClock()
    with capture_logs() as logs:
        async with pool(tmp_path, clock=clock, workers=2) as made:
            waiting = asyncio.create_task(made.recognize(clip(Deed.SAY)))
            for wanted in (made.loaded(), waiting, made.recognize(clip(Deed.SAY))):
                with pytest.raises(RecognizerFailed, match=r"RuntimeError: model\.bin is cut off"):
                    await wanted
            with pytest.raises(Behind):
                await made.recognize(clip(Deed.SAY, urgency="partial"))
    assert [each["event"] for each in logs] == ["recognizer.cannot_load"]


async def test_a_model_that_takes_too_long_to_load_is_waited_for_no_longer(tmp_path: Path) -> None:
    (tmp_path / "stuck").touch()
    clock = FakeClock()
    async with pool(tmp_path, clock=clock, workers=2) as made:
        loading = asyncio.create_task(made.loaded())
        await settle()
        assert clock.alarms == 2
        clock.advance(179.9)
        await settle()
        assert not loading.done()
        clock.advance(0.1)
        with pytest.raises(RecognizerFailed, match="180 s"):
            await loading


async def test_it_is_tried_again_later_and_later(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("no memory left")
    clock = FakeClock()
    async with pool(tmp_path, clock=clock) as made:
        for delay_s in (1, 2, 4):
            with pytest.raises(RecognizerFailed):
                await made.recognize(clip(Deed.SAY))
            while clock.alarms != 1:
                await settle()
            clock.advance(delay_s - 0.1)
            with pytest.raises(RecognizerFailed):
                await made.recognize(clip(Deed.SAY))
            if delay_s == 4:
                (tmp_path / "broken").unlink()
            clock.advance(0.1)
            await settle()
        assert said(await made.recognize(clip(Deed.SAY, 1)))[0] == 1


async def test_a_model_that_isn_t_loaded_in_time_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "broken")
    clock = FakeClock()
    async with pool(tmp_path, clock=clock) as made:
        await settle()
        clock.advance(180)
        with pytest.raises(RecognizerFailed, match="180 s"):
            await made.loaded()


# --- the end


async def test_its_end_is_everybody_s(tmp_path: Path) -> None:
    async with pool(tmp_path, workers=2) as made:
        pids = {await pid_of(made)}
        at_work, waiting = (
            [asyncio.create_task(made.recognize(clip(Deed.HANG))) for _ in range(2)],
            asyncio.create_task(made.recognize(clip(Deed.SAY))),
        )
        await settle()
    for asked in (*at_work, waiting):
        with pytest.raises(RecognizerFailed):
            await asked
    with pytest.raises(RecognizerFailed):
        await made.recognize(clip(Deed.SAY))
    assert not any(is_there(pid) for pid in pids)


async def test_it_may_end_before_it_has_begun(tmp_path: Path) -> None:
    async with pool(tmp_path):
        pass
    async with pool(tmp_path):
        await settle()
