"""Tries a speech model: are its files whole, can it be loaded, and how fast is it."""

from dataclasses import dataclass, replace

import numpy as np
from anyio import to_thread

from realtime.ports import Clock
from realtime.speech.clip import SAMPLE_RATE, Clip, RecognizerFailed
from realtime.speech.model_files import damaged
from realtime.speech.pool import pool_for
from realtime.speech.voice import Unfit, Voice

_LOUDNESS = 300


@dataclass(frozen=True, slots=True)
class Trial:
    """How long loading took, and one pass when it was warm."""

    load_ms: int
    pass_ms: int


async def try_model(voice: Voice, clock: Clock) -> Trial:
    """Load a model in one worker, as a server would, and let it hear a second of noise.

    Raises:
        Unfit: a file isn't whole, or it can't be loaded, or not used.
    """
    fault = await to_thread.run_sync(damaged, voice.model.folder)
    if fault:
        raise Unfit(fault)
    try:
        return await _timed(replace(voice, sizing=replace(voice.sizing, workers=1)), clock)
    except RecognizerFailed as error:
        raise Unfit(str(error)) from error


async def _timed(voice: Voice, clock: Clock) -> Trial:
    noise = np.random.default_rng(0).normal(0, _LOUDNESS, SAMPLE_RATE).astype(np.int16)
    began_ms = clock.now()
    async with pool_for(voice, clock) as pool:
        await pool.loaded()
        loaded_ms = clock.now()
        await pool.recognize(Clip(noise, "en", "final"))
        warm_ms = clock.now()
        await pool.recognize(Clip(noise, "en", "final"))
        return Trial(loaded_ms - began_ms, clock.now() - warm_ms)
