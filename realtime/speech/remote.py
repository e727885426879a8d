"""A recogniser elsewhere: any server with OpenAI's `/v1/audio/transcriptions` (OpenAI, speaches,
LocalAI, vLLM …).

Each clip is one request. There are only so many at once; finals wait their turn, shared out among
owners. Partials are asked for only where that is set, as each costs, and only while a place stays
free for a final; else they are passed over. What passes by itself (too many requests, a fault of
the server's, a cut connection, an answer that isn't one) is tried again, later and later, and a
bounded number of times.

A server that refuses to tell times and certainty (as models do that know only the text) is asked
for the text alone from then on. No error here repeats what a server says, which may have the key or
what was spoken in it.
"""

import asyncio
import wave
from dataclasses import dataclass, field
from io import BytesIO
from random import Random
from typing import Any, Literal
from urllib.parse import urlsplit

import structlog
from openai import APIStatusError, AsyncAPIResponse, AsyncOpenAI, Omit, OpenAIError, omit
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential

from realtime.confined.sharing import Shares
from realtime.ports import Clock
from realtime.speech.clip import (
    SAMPLE_RATE,
    SAMPLES_A_MS,
    Behind,
    Clip,
    Overloaded,
    Recognized,
    RecognizerFailed,
    Samples,
)
from realtime.speech.remote_answer import NoTranscript, read_answer

logger = structlog.get_logger(__name__)

BASE_URL = "https://api.openai.com/v1"
# It tells times and certainty, which OpenAI's later models don't.
MODEL = "whisper-1"

MOST_ANSWER_BYTES = 4 * 1024 * 1024
_PASSING = frozenset({408, 409, 425, 429})
_REFUSES_PARAMETERS = frozenset({400, 422})
# OpenAI's word for a bill that wasn't paid, which waiting doesn't change.
_NO_CREDIT = "insufficient_quota"
_FIRST_WAIT_S = 0.5
# OpenAI refuses less than a tenth of a second; it gets silence after it.
_FEWEST_SAMPLES = SAMPLE_RATE // 10
_Form = Literal["verbose_json", "json"]
# The SDK reads them from the environment, and sends them wherever it is pointed at.
_UNSENT = {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}


@dataclass(frozen=True, slots=True)
class TranscriptionServer:
    """Where it is. Without a `key` it is told that there is none."""

    base_url: str = BASE_URL
    model: str = MODEL
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RemoteLimits:
    """`at_once`: how many requests; `waiting`: how many more finals, each up to 960 KB. `tries`: of
    a final, each `within_s`; between two of them `longest_wait_s` at most, or what the server asks
    for. One that asks for more is waited for no more. `partials`: whether they are asked for.
    """

    at_once: int = 8
    waiting: int = 64
    tries: int = 4
    within_s: float = 20.0
    longest_wait_s: float = 8.0
    partials: bool = False


class _Failed(Exception):
    """An attempt came to nothing. The message says why, without what the server said."""


class _Passing(_Failed):
    """The next one may come to more; `after_s`: when, if the server says so."""

    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.after_s = after_s


class _TooMuchAsked(_Failed):
    """It refuses what was asked; perhaps that it should tell times and certainty."""


class TranscriptionsRecognizer:
    """Plays `Recognizer`."""

    def __init__(
        self,
        server: TranscriptionServer,
        clock: Clock,
        chance: Random,
        limits: RemoteLimits | None = None,
    ) -> None:
        self._server = server
        self._where = urlsplit(server.base_url).netloc
        self._clock = clock
        self._chance = chance
        self._limits = limits or RemoteLimits()
        self._turns = Shares(self._limits.at_once)
        self._here = 0
        self._detailed = True
        self._client = AsyncOpenAI(
            api_key=server.key or "none",
            base_url=server.base_url,
            timeout=self._limits.within_s,
            max_retries=0,  # They are ours, as time and chance are passed in.
        )

    async def aclose(self) -> None:
        """Closes its connections. What is being asked fails."""
        await self._client.close()

    async def recognize(self, clip: Clip) -> Recognized:
        """What is said in `clip`. If that is cancelled, the request is given up.

        Raises:
            Behind: partials aren't asked for, or there is no place for one.
            Overloaded: too many wait.
            RecognizerFailed: it can't be done: the server didn't do it.
        """
        limits = self._limits
        if not len(clip.samples):
            return Recognized(())
        if clip.urgency == "partial" and not (limits.partials and self._here + 1 < limits.at_once):
            raise Behind
        if self._here >= limits.at_once + limits.waiting:
            raise Overloaded("too many clips wait to be recognised")
        self._here += 1
        try:
            async with self._turns.turn(clip.owner):
                return await self._tried(clip)
        finally:
            self._here -= 1

    async def _tried(self, clip: Clip) -> Recognized:
        tries = self._limits.tries if clip.urgency == "final" else 1
        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            stop=stop_after_attempt(tries),
            retry=retry_if_exception_type(_Passing),
            wait=self._wait_s,
            before_sleep=_log_retry,
            reraise=True,
        )
        try:
            return await retrying(self._asked, clip, _wav(clip.samples))
        except _Failed as error:
            logger.warning("transcription.failed", urgency=clip.urgency, error=str(error))
            raise RecognizerFailed(f"{self._where} {error}") from None

    def _wait_s(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        if isinstance(error, _Passing) and error.after_s is not None:
            return error.after_s
        bound = wait_exponential(multiplier=_FIRST_WAIT_S, max=self._limits.longest_wait_s)
        return self._chance.uniform(0.5, 1.0) * bound(state)

    async def _asked(self, clip: Clip, wav: bytes) -> Recognized:
        """One attempt; two requests, where the server takes only the shorter one."""
        detailed = self._detailed
        try:
            body = await self._answer(clip, wav, detailed)
        except _TooMuchAsked:
            body = await self._answer(clip, wav, False)
            self._detailed = False  # It was that, as it takes the rest.
        try:
            return read_answer(body, len(clip.samples) // SAMPLES_A_MS)
        except NoTranscript as error:
            raise _Passing(str(error)) from None

    async def _answer(self, clip: Clip, wav: bytes, detailed: bool) -> bytes:
        """The body of an answer that isn't an error's.

        Raises:
            _Failed: there is none.
        """
        create = self._client.audio.transcriptions.with_streaming_response.create
        form: _Form = "verbose_json" if detailed else "json"
        try:
            async with (
                asyncio.timeout(self._limits.within_s),
                create(
                    file=("answer.wav", wav, "audio/wav"),
                    model=self._server.model,
                    language=clip.language,
                    response_format=form,
                    temperature=0.0,
                    timestamp_granularities=["word", "segment"] if detailed else omit,
                    extra_headers=_UNSENT,
                ) as response,
            ):
                return await _read(response)
        except TimeoutError:
            raise _Passing(f"gave no answer within {self._limits.within_s:g} s") from None
        except APIStatusError as error:
            raise self._refused(error, detailed) from None
        except OpenAIError as error:
            raise _Passing(f"can't be asked: {type(error).__name__}") from None

    def _refused(self, error: APIStatusError, detailed: bool) -> _Failed:
        status = error.status_code
        why = f"answered {status}"
        if detailed and status in _REFUSES_PARAMETERS:
            return _TooMuchAsked(why)
        if (status not in _PASSING and status < 500) or error.code == _NO_CREDIT:
            return _Failed(why)
        after_s = _retry_after_s(error)
        if after_s is not None and after_s > self._limits.longest_wait_s:
            return _Failed(f"{why}, and asks for a wait of {after_s:g} s")
        return _Passing(why, after_s)


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome is not None else None
    logger.info("transcription.retried", tries=state.attempt_number, error=str(error))


def _retry_after_s(error: APIStatusError) -> float | None:
    """How long the server wants to be left alone, in seconds; a date isn't understood."""
    try:
        after_s = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return after_s if after_s >= 0 else None


async def _read(response: AsyncAPIResponse[Any]) -> bytes:
    body = bytearray()
    pieces = response.iter_bytes()
    while True:
        try:
            piece = await anext(pieces, None)
        except OpenAIError:
            raise
        except Exception as error:
            # Its transport's own, which the SDK lets through here: the connection was cut.
            raise _Passing(f"broke off its answer: {type(error).__name__}") from None
        if piece is None:
            return bytes(body)
        body += piece
        if len(body) > MOST_ANSWER_BYTES:
            raise _Failed("answers with too much")


def _wav(samples: Samples) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(samples.astype("<i2").tobytes().ljust(2 * _FEWEST_SAMPLES, b"\0"))
    return file.getvalue()
