"""What every way through an SDK shares: time-outs, stop reasons, text that is fit to be kept.

These ways exist to be compared with ours: they keep the same contract, as far as the SDK lets them.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from realtime.interviewer.model import ModelError, Prompt, Stopped, StopReason, Usage
from realtime.interviewer.upstream.client import Endpoint, Timeouts
from realtime.interviewer.upstream.reply import MAX_CHARS_PER_TOKEN, Characters
from realtime.interviewer.upstream.watch import Watch
from realtime.ports import Clock


@dataclass
class Heard:
    """What a reply has told so far beside its text. `began`: there is a response."""

    began: bool = False
    reason: StopReason | None = None
    usage: Usage | None = None


class Sdk(Protocol):
    """One way to stream through an SDK."""

    provider: str

    def pieces(self, prompt: Prompt, heard: Heard) -> AsyncGenerator[str, None]: ...

    def meaning(self, error: Exception, *, now_ms: int) -> ModelError | None:
        """What an error of the SDK means; null: the connection failed."""
        ...

    async def aclose(self) -> None: ...


class SdkModel:
    """Plays `LanguageModel`."""

    def __init__(self, sdk: Sdk, endpoint: Endpoint, timeouts: Timeouts, clock: Clock) -> None:
        self._sdk = sdk
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._clock = clock

    @property
    def provider(self) -> str:
        return self._sdk.provider

    @property
    def name(self) -> str:
        return self._endpoint.model

    async def aclose(self) -> None:
        await self._sdk.aclose()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Stopped, None]:
        heard = Heard()
        wait = _Wait(self._clock)
        characters = Characters(self.provider)
        pieces = self._sdk.pieces(prompt, heard)
        room = prompt.max_tokens * MAX_CHARS_PER_TOKEN
        length = 0
        wait.watch.allow(self._timeouts.first_token_s)
        try:
            while length <= room and (piece := await self._next(pieces, wait, heard)) is not None:
                text = characters.clean(piece, halves=not _is_whole(piece))
                if not text:
                    continue
                wait.watch.hold()
                yield text
                if length:
                    wait.watch.begin()
                else:
                    wait.watch.allow(self._timeouts.next_token_s)
                length += len(text)
            characters.end()
        finally:
            wait.watch.stop()
            await pieces.aclose()
        yield self._stopped(heard, length, room)

    async def _next(
        self, pieces: AsyncGenerator[str, None], wait: "_Wait", heard: Heard
    ) -> str | None:
        try:
            async with asyncio.timeout(None) as wait.scope:
                return await anext(pieces, None)
        except ModelError:
            raise
        except Exception as error:
            if heard.reason is not None:
                return None
            if wait.scope is not None and wait.scope.expired():
                raise ModelError("slow", f"{self.provider}: nothing came in time") from error
            meaning = self._sdk.meaning(error, now_ms=self._clock.now())
            what = type(error).__name__
            broken = ModelError("cut" if heard.began else "unavailable", what)
            raise (meaning or broken) from error
        finally:
            wait.scope = None

    def _stopped(self, heard: Heard, length: int, room: int) -> Stopped:
        reason = heard.reason or ("length" if length > room else None)
        if reason is None:
            raise ModelError("cut", f"{self.provider}: ended without a reason to stop")
        if not length:
            raise ModelError("filtered" if reason == "filtered" else "empty", self.provider)
        return Stopped(reason, heard.usage)


class _Wait:
    """A watch whose end ends the `anext` that is going on."""

    def __init__(self, clock: Clock) -> None:
        self.scope: asyncio.Timeout | None = None
        self.watch = Watch(clock, self._expire)

    def _expire(self) -> None:
        if self.scope is not None:
            self.scope.reschedule(0)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
