"""The parts of voice, chosen by the settings and put together."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, closing
from pathlib import Path
from random import Random

import anyio.to_thread
import structlog

from realtime.ports import Clock
from realtime.settings import Settings
from realtime.speech.clip import Recognizer, RecognizerFailed
from realtime.speech.decoding import RecordingDecoder
from realtime.speech.ear import Ears, Organs
from realtime.speech.fetching import CannotFetch, fetch
from realtime.speech.machine import look
from realtime.speech.passes import FINALS_AT_ONCE
from realtime.speech.pool import pool_for
from realtime.speech.recordings import Recordings
from realtime.speech.remote import RemoteLimits, TranscriptionServer, TranscriptionsRecognizer
from realtime.speech.vad import DetectorThread, DetectorUnavailable, VoiceDetector
from realtime.speech.voice import NoVoice, Voice, find_voice, places
from realtime.speech.worker_process import WorkerLimits
from realtime.voice_parts import VoiceParts

logger = structlog.get_logger(__name__)

# Of answers at once where others recognise them, each with one request a pause.
REMOTE_STREAMS = 100
_MEGABYTE = 1_000_000


class _Unavailable(Exception):
    """There is no voice; the message is for people."""


@asynccontextmanager
async def voice_parts(
    settings: Settings, clock: Clock, detector: Path | None = None
) -> AsyncIterator[VoiceParts]:
    """The real parts, until the block ends. `detector`: where the voice detector's model is, unless
    it is the one that comes with faster-whisper.
    """
    unavailable = None
    async with AsyncExitStack() as stack:
        try:
            organs = await _organs(settings, clock, detector, stack)
        except _Unavailable as error:
            unavailable = str(error)
        else:
            recordings = await stack.enter_async_context(aclosing(Recordings(clock)))
            yield VoiceParts(None, Ears(organs), RecordingDecoder(recordings))
    if unavailable is not None:
        yield VoiceParts(unavailable)


async def _organs(
    settings: Settings, clock: Clock, detector: Path | None, stack: AsyncExitStack
) -> Organs:
    """What ears need, to be closed with `stack`.

    Raises:
        _Unavailable: it can't be had.
    """
    if settings.transcriptions_base_url is None:
        recognizer, streams = await _here(settings, clock, stack)
    else:
        streams = settings.voice_streams or REMOTE_STREAMS
        remote = _elsewhere(settings, settings.transcriptions_base_url, clock, streams)
        recognizer = await stack.enter_async_context(aclosing(remote))
    try:
        thread = DetectorThread(VoiceDetector(detector))
    except DetectorUnavailable as error:
        logger.error("no_voice", reason=str(error))
        raise _Unavailable(f"Spoken answers can't be heard here: {error}.") from error
    stack.enter_context(closing(thread))
    return Organs(recognizer, thread, clock, most=streams, review_below=settings.voice_review_below)


async def _here(settings: Settings, clock: Clock, stack: AsyncExitStack) -> tuple[Recognizer, int]:
    """A speech model of our own, once it is loaded, and how many answers it bears at once.

    Raises:
        _Unavailable: there is none, or it can't be loaded.
    """
    found = await anyio.to_thread.run_sync(_found, settings)
    if isinstance(found, NoVoice):
        logger.info("no_voice", reason=found.reason)
        raise _Unavailable(found.reason)
    streams = settings.voice_streams or found.sizing.streams
    name = found.model.name
    # The server isn't there before: whoever waits for it should see for what.
    logger.info("loading_model", model=name, within_s=WorkerLimits().load_s)
    pool = await stack.enter_async_context(pool_for(found, clock, _waiting(streams)))
    try:
        await pool.loaded()
    except RecognizerFailed as error:
        logger.error("no_voice", reason=str(error))
        raise _Unavailable(f"The speech model {name} can't be used: {error}") from error
    logger.info("voice", model=name, device=found.device)
    return pool, streams


def _found(settings: Settings) -> Voice | NoVoice:
    """The model that is there, or was fetched."""
    machine = look()
    found = find_voice(settings, settings.data_dir, machine, os.environ)
    if not (isinstance(found, NoVoice) and found.to_fetch and settings.whisper_fetch):
        return found
    logger.info("fetching_model", model=found.to_fetch)
    home, _ = places(settings, settings.data_dir, os.environ)
    try:
        fetch(found.to_fetch, home, _Progress(found.to_fetch))
    except CannotFetch as error:
        logger.error("model_not_fetched", model=found.to_fetch, reason=str(error))
        return found
    return find_voice(settings, settings.data_dir, machine, os.environ)


class _Progress:
    """Logs each tenth of a model."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._tenths = 0

    def __call__(self, there_bytes: int, total_bytes: int) -> None:
        tenths = 10 * there_bytes // max(1, total_bytes)
        if tenths > self._tenths:
            self._tenths = tenths
            logger.info(
                "fetching_model",
                model=self._model,
                megabytes=there_bytes // _MEGABYTE,
                of_megabytes=total_bytes // _MEGABYTE,
            )


def _waiting(streams: int) -> int:
    """How many finals may wait: of each who speaks two that are over, and one that may be."""
    return max(64, (FINALS_AT_ONCE + 1) * streams)


def _elsewhere(
    settings: Settings, base_url: str, clock: Clock, streams: int
) -> TranscriptionsRecognizer:
    key = settings.transcriptions_api_key
    server = TranscriptionServer(
        base_url,
        settings.transcriptions_model,
        None if key is None else key.get_secret_value(),
    )
    limits = RemoteLimits(waiting=_waiting(streams), partials=settings.transcriptions_partials)
    logger.info("voice", model=server.model, base_url=base_url)
    return TranscriptionsRecognizer(server, clock, Random(), limits)
