"""What the ears of a server take: `python -m tests.load.ears`; of memory and CPU time.

All in this process: ears as `viva serve` has them, fed as a link feeds them. Answers are sentences
by voices for tests with pauses between them, over and over.

- Memory: resident, of many ears that listen at once, after so much audio; with a recognizer that
  hears a word a second at once, so that words are kept too.
- CPU time of an ear without its recognizer, and of its parts: how much a second of audio takes.
- With the model for tests in worker processes, in real time: this process's CPU time a second of
  audio, with all that goes to and fro, and how many looks at what was said so far were passed over.
"""

import argparse
import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

import numpy as np
import uvloop

from protocol.effects import Transcribed, Work
from realtime.clock import SystemClock
from realtime.speech.clip import Behind, Clip, Recognized, Recognizer, Samples
from realtime.speech.ear import STEP_MS, Ear, Ears, Organs
from realtime.speech.pool import Pool, PoolLimits, worker_command
from realtime.speech.resample import Resampler, bytes_of
from realtime.speech.segments import Segmenter, Window
from realtime.speech.vad import (
    DetectorState,
    DetectorThread,
    VoiceDetector,
    beginning,
    whole_windows,
)
from realtime.speech.wire import WhisperOptions
from realtime.telemetry.logs import configure
from tests.load.beat import Beat
from tests.load.memory import settled
from tests.realtime.speech.listening import MINA, RATE, Prompt, answer, pcm_of, voice
from tests.speech.voice import MODEL, resampled

RATES = (16_000, 48_000)
PARTS_S = 60
MEMORY_S = 40
FRAME_MS = 100
STEP_BYTES = bytes_of(STEP_MS, RATE)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many ears, after how many seconds each their memory is measured; how many of them speak
    in real time, for how long, to how many workers.
    """

    streams: int
    seconds: tuple[int, ...]
    live: int
    live_s: int
    workers: int


class Counting:
    """A recognizer that counts what it is asked for, and what it passes over."""

    def __init__(self, inner: Recognizer) -> None:
        self._inner = inner
        self.partials = 0
        self.behind = 0

    async def recognize(self, clip: Clip) -> Recognized:
        self.partials += clip.urgency == "partial"
        try:
            return await self._inner.recognize(clip)
        except Behind:
            self.behind += 1
            raise


class Watched(DetectorThread):
    """A detector that tells when it has been through so many runs."""

    def __init__(self) -> None:
        super().__init__(VoiceDetector())
        self._runs = 0
        self._news = asyncio.Event()

    async def windows(
        self, state: DetectorState, samples: Samples
    ) -> tuple[list[Window], DetectorState]:
        heard = await super().windows(state, samples)
        self._runs += 1
        self._news.set()
        return heard

    async def ran(self, times: int) -> None:
        """Wait until there were so many since the last time."""
        while self._runs < times:
            self._news.clear()
            await self._news.wait()
        self._runs = 0


class Forgetful(Prompt):
    """Hears as `Prompt` does, and keeps no clip."""

    async def recognize(self, clip: Clip) -> Recognized:
        recognized = await super().recognize(clip)
        self.clips.clear()
        return recognized


class Stream:
    """One ear, and what it is told of an answer that goes on and on."""

    def __init__(self, ears: Ears, pcm: bytes, rate: int = RATE) -> None:
        self.ear: Ear = ears.listen(MINA, "en", voice(rate))
        self._pcm = pcm
        self._told = 0
        self._end: Transcribed | None = None
        self.following = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async for output in self.ear.outputs(Work("transcript", 1)):
            if isinstance(output, Transcribed):
                self._end = output

    def tell(self, count_bytes: int) -> None:
        """More of the answer."""
        at = self._told % len(self._pcm)
        chunk = self._pcm[at : at + count_bytes]
        self.ear.take(self._told, chunk)
        self._told += len(chunk)

    async def end(self) -> Transcribed:
        self.ear.end(self._told)
        await self.following
        assert self._end is not None
        return self._end


def speech(seconds: int, number: int = 0) -> Samples:
    """So many seconds of sentences with pauses, from another one on for each `number`."""
    samples, _ = answer("en", [(number + each) % 40 for each in range(8)], 900, number)
    times = -(-seconds * RATE // len(samples))
    return np.tile(samples, times)[: seconds * RATE]


# --- memory --------------------------------------------------------------------------------------


async def memory(plan: Plan, detector: Watched) -> None:
    ears = Ears(Organs(Forgetful(), detector, SystemClock()))
    answers = [pcm_of(speech(MEMORY_S, each)) for each in range(8)]
    print(f"memory of {plan.streams} ears that listen; KiB an ear: resident, and of that audio")
    warm = Stream(ears, answers[0])
    warm.tell(STEP_BYTES)
    await detector.ran(1)
    await warm.end()
    before = settled()
    streams = [Stream(ears, answers[each % len(answers)]) for each in range(plan.streams)]
    told_ms = 0
    for seconds in plan.seconds:
        while told_ms < seconds * 1_000:
            for each in streams:
                each.tell(STEP_BYTES)
            told_ms += STEP_MS
            await detector.ran(len(streams))
        kib = (settled() - before) / plan.streams
        audio_kib = sum(each.ear.nbytes for each in streams) / plan.streams / 1_024
        print(f"  after {seconds:4} s  {kib:8.1f} {audio_kib:8.1f}", flush=True)
    for each in streams:
        each.following.cancel()
    await asyncio.wait([each.following for each in streams])


# --- CPU -----------------------------------------------------------------------------------------


async def costs(detector: Watched) -> None:
    print(f"CPU time a second of audio, ms, of {PARTS_S} s of it")
    samples = speech(PARTS_S)
    for rate in RATES:
        pcm = pcm_of(resampled(samples, RATE, rate))
        stream = Stream(Ears(Organs(Forgetful(), detector, SystemClock())), pcm, rate)
        all_ns, loop_ns = time.process_time_ns(), time.thread_time_ns()
        for _ in range(PARTS_S * 1_000 // FRAME_MS):
            stream.tell(bytes_of(FRAME_MS, rate))
            await detector.ran(1)
        await stream.end()
        all_ns, loop_ns = time.process_time_ns() - all_ns, time.thread_time_ns() - loop_ns
        told = f"of that on the event loop {_ms(loop_ns, PARTS_S)}"
        print(f"  an ear, frames of {FRAME_MS} ms at {rate} Hz {_ms(all_ns, PARTS_S)}  {told}")
    for rate in RATES[1:]:
        pcm = pcm_of(resampled(samples, RATE, rate))
        print(f"  resampling {rate} Hz{'':23}{_cost(partial(_resample, pcm, rate))}")
    inner, whole = VoiceDetector(), whole_windows(samples)
    windows, _ = inner.windows(beginning(), whole)
    alone = partial(inner.windows, beginning(), whole)
    print(f"  the voice detector, 2 s at once      {_cost(alone)}")
    print(f"  segmenting                           {_cost(partial(_segment, windows))}", flush=True)


def _resample(pcm: bytes, rate: int) -> None:
    resampler, frame = Resampler(rate), bytes_of(FRAME_MS, rate)
    for at in range(0, len(pcm), frame):
        resampler.feed(pcm[at : at + frame])


def _segment(windows: list[Window]) -> None:
    segmenter = Segmenter()
    for at in range(0, len(windows), 3):
        segmenter.feed(windows[at : at + 3])


def _cost(work: Callable[[], object]) -> str:
    began_ns = time.thread_time_ns()
    work()
    return _ms(time.thread_time_ns() - began_ns, PARTS_S)


def _ms(cpu_ns: int, seconds: float) -> str:
    return f"{cpu_ns / 1e6 / seconds:6.2f}"


# --- in real time --------------------------------------------------------------------------------


async def live(plan: Plan, detector: Watched) -> None:
    """Ears that are spoken to in real time, over real workers."""
    print(f"{plan.live} ears in real time for {plan.live_s} s, {plan.workers} workers")
    options = WhisperOptions(str(MODEL), device="cpu", compute_type="int8")
    limits = PoolLimits(workers=plan.workers)
    async with Pool(worker_command(options), SystemClock(), limits) as pool:
        await pool.loaded()
        counting = Counting(pool)
        ears = Ears(Organs(counting, detector, SystemClock()))
        streams = [Stream(ears, pcm_of(speech(MEMORY_S, each))) for each in range(plan.live)]
        frame = bytes_of(FRAME_MS, RATE)
        tellers = [partial(each.tell, frame) for each in streams]
        began_ns = time.process_time_ns()
        await Beat(1_000 / FRAME_MS, Random(0)).run(tellers, plan.live_s)
        cpu_ns = time.process_time_ns() - began_ns
        began = time.monotonic()
        ends = await asyncio.gather(*(each.end() for each in streams))
        took_s = time.monotonic() - began
    print(f"  this process's CPU, ms a second of audio {_ms(cpu_ns, plan.live * plan.live_s)}")
    print(f"  looks at what was said so far: {counting.behind} of {counting.partials} passed over")
    unheard = sum(not each.transcript.text for each in ends)
    print(
        f"  the last transcript {took_s:.1f} s after all had stopped; {unheard} empty", flush=True
    )


async def main(plan: Plan) -> None:
    detector = Watched()
    try:
        await memory(plan, detector)
        await costs(detector)
        await live(plan, detector)
    finally:
        detector.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.load.ears")
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--seconds", type=int, nargs="+", default=(10, 60, 180))
    parser.add_argument("--live", type=int, default=20, help="ears in real time")
    parser.add_argument("--live-s", type=int, default=30)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    configure("error", as_json=False)
    uvloop.run(main(Plan(**vars(given) | {"seconds": tuple(given.seconds)})))
