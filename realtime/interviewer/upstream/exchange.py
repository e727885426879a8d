"""One request to a provider and its response, until the connection is closed or given back.

Each wait is bounded: for the head, for the first text, for the next one, for the end. Whoever
stops, stops the provider: a connection that isn't read to its end is aborted, never drained.
"""

import asyncio
import contextlib

import aiohttp
from yarl import URL

from realtime.interviewer.model import ModelError, Trouble
from realtime.interviewer.upstream.reply import Reply
from realtime.interviewer.upstream.watch import Watch
from realtime.ports import Clock

# After the reason to stop comes the usage, at once, and the end.
_END_WITHIN_S = 2.0
_MAX_ERROR_BYTES = 1 << 16
# However steadily it drips. No reply that somebody waits for takes a tenth of that.
_WHOLE_WITHIN_S = 300.0


class _Silence(Exception):
    """Nothing came for too long."""


class AbortedResponse(aiohttp.ClientResponse):
    """Closed, it is gone at once. A TLS connection that is closed in good order waits for the other
    side; aiohttp closes so, too, when a request is cancelled before there is a response.
    """

    def close(self) -> None:
        if self._connection is not None and (transport := self._connection.transport):
            transport.abort()
        super().close()


class Exchange:
    """A request and its response, until the connection is closed or given back."""

    def __init__(self, session: aiohttp.ClientSession, provider: str, clock: Clock) -> None:
        self._session = session
        self._provider = provider
        self._response: aiohttp.ClientResponse | None = None
        self._scope: asyncio.Timeout | None = None
        self._is_ending = False
        self._is_late = False
        self.watch = Watch(clock, self._expire)
        self._limit = clock.call_later(_WHOLE_WITHIN_S, self._expire)

    async def ask(self, url: URL, headers: dict[str, str], body: bytes) -> aiohttp.ClientResponse:
        """Send, and wait for the response's head.

        Raises:
            ModelError: `unavailable`, or `slow`.
        """
        self._raise_if_late()
        try:
            async with asyncio.timeout(None) as self._scope:
                self._response = await self._post(url, headers, body)
        except (aiohttp.ClientError, OSError) as error:  # A TimeoutError is an OSError.
            raise self._slow_or("unavailable", error) from error
        finally:
            self._scope = None
        self._raise_if_late()  # The head may come in the very moment in which time runs out.
        return self._response

    async def _post(self, url: URL, headers: dict[str, str], body: bytes) -> aiohttp.ClientResponse:
        try:
            return await self._session.post(url, headers=headers, data=body, allow_redirects=False)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            # Most likely a kept connection that the other side had just closed. aiohttp doesn't ask
            # again what isn't idempotent; a question to a model may be asked twice.
            return await self._session.post(url, headers=headers, data=body, allow_redirects=False)

    async def whole(self) -> bytes:
        """The beginning of a response that is no stream; the rest isn't wanted."""
        assert self._response is not None
        content = self._response.content
        found = bytearray()
        # If it breaks off, or takes too long, the status says enough.
        with contextlib.suppress(_Silence, aiohttp.ClientError, OSError):
            while len(found) < _MAX_ERROR_BYTES and (piece := await content.readany()):
                found += piece
        self._abandon()
        return bytes(found)

    async def read(self, reply: Reply) -> bytes:
        """What came, at the end nothing.

        Raises:
            ModelError: `slow`, or `cut`.
        """
        assert self._response is not None
        try:
            return await self._response.content.readany()
        except (_Silence, aiohttp.ClientError, OSError) as error:
            if reply.reason is not None:
                return b""  # It is whole: all that is missing is the usage.
            raise self._slow_or("cut", error) from error

    def expect_end(self) -> None:
        """The reply is whole, so its end is waited for no longer than it may take."""
        if not self._is_ending:
            self._is_ending = True
            self.watch.allow(_END_WITHIN_S)

    def close(self) -> None:
        """Leave nothing behind: a connection whose response was read to its end has gone back to
        the others, any other is aborted.
        """
        self.watch.stop()
        self._limit.cancel()
        self._abandon()

    def _abandon(self) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.close()

    def _expire(self) -> None:
        self._is_late = True
        if self._scope is not None:
            self._scope.reschedule(0)
        elif self._response is not None:
            self._response.content.set_exception(_Silence())

    def _raise_if_late(self) -> None:
        # The watch ends once: whoever swallowed that, or missed it, would wait without one.
        if self._is_late:
            raise self._slow()

    def _slow(self) -> ModelError:
        return ModelError("slow", f"{self._provider}: nothing came in time")

    def _slow_or(self, trouble: Trouble, error: Exception) -> ModelError:
        """`slow` if it was our patience that ended, else what `trouble` says."""
        is_ours = isinstance(error, _Silence) or (self._scope is not None and self._scope.expired())
        if is_ours:
            return self._slow()
        return ModelError(trouble, f"{self._provider}: {type(error).__name__}")
