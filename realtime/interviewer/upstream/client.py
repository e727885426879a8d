"""Asks a model over HTTP and reads the reply as it streams in: what all dialects share.

The token path: aiohttp's C parser, one `await` a chunk, our own reader of events, and no task, no
timer and no object of an SDK for a token.
"""

import ssl
import urllib.request
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import msgspec
import structlog
from yarl import URL

from realtime.interviewer.model import Prompt, Stopped
from realtime.interviewer.upstream.exchange import AbortedResponse, Exchange
from realtime.interviewer.upstream.failures import no_stream, refused
from realtime.interviewer.upstream.parameters import Parameters
from realtime.interviewer.upstream.reply import Reader, Reply
from realtime.ports import Clock

logger = structlog.get_logger(__name__)

# One for each of a thousand interviews, and some for those with several lanes; who comes later
# waits for one within the time for the first token.
MAX_CONNECTIONS = 2000
# Shorter than the providers keep theirs, so that a request seldom meets a connection just closed.
_KEEP_ALIVE_S = 30
_REFUSES_PARAMETERS = frozenset({400, 422})
# A proxy, or a server that doesn't know how to stream. Others are let off an exact media type.
_NO_STREAMS = frozenset({"application/json", "text/html"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is. Without a `key` none is sent. `ca_file`: trusted beside the system's own
    authorities. `proxy`: the URL of an HTTP proxy, see `system_proxy`.
    """

    base_url: str
    model: str
    key: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    proxy: str | None = field(default=None, repr=False)

    def tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        return context


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds: for a connection, for the first text (from sending on, the
    connection included), for the next one.
    """

    connect_s: float = 5.0
    first_token_s: float = 15.0
    next_token_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Checkup:
    """Whether a model can be used, and a sentence about it for the operator."""

    ok: bool
    found: str


class Dialect(Protocol):
    """How a provider is asked, and how it answers."""

    @property
    def provider(self) -> str: ...

    @property
    def url(self) -> str: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def parameters(self) -> Parameters: ...

    def body(self, prompt: Prompt, parameters: Parameters) -> dict[str, Any]: ...

    def reader(self) -> Reader: ...


def system_proxy(url: str) -> str | None:
    """The proxy that the environment names for `url` (`HTTPS_PROXY`, `NO_PROXY` …), or null."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.netloc):
        return None
    return http_proxy(urllib.request.getproxies().get(parts.scheme))


@cache  # Said once, not for each model.
def http_proxy(given: str | None) -> str | None:
    """The URL of a proxy as people name it, also without `http://`; null if it is of another kind,
    which can't be used.
    """
    if not given:
        return None
    url = given if "://" in given else f"http://{given}"
    scheme = urlsplit(url).scheme
    if scheme not in {"http", "https"}:
        logger.warning("proxy_not_used", scheme=scheme)
        return None
    return url


class ModelClient:
    """One model of one provider."""

    def __init__(
        self, dialect: Dialect, endpoint: Endpoint, timeouts: Timeouts, clock: Clock
    ) -> None:
        self._dialect = dialect
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._clock = clock
        self._parameters = dialect.parameters
        self._url = URL(dialect.url, encoded=True)
        self._headers = {
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",  # Compressed, a chunk may wait for the next.
            "Content-Type": "application/json",
            "User-Agent": "viva",
            **dialect.headers,
        }
        # Reading the system's authorities takes long enough for whoever waits for a token to feel.
        self._tls = endpoint.tls() if self._url.scheme == "https" else True
        self._session: aiohttp.ClientSession | None = None

    @property
    def provider(self) -> str:
        return self._dialect.provider

    @property
    def name(self) -> str:
        return self._endpoint.model

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Stopped, None]:
        """As `LanguageModel.stream`. What has come already is yielded as one piece."""
        reply = Reply(self._dialect.provider, self._dialect.reader(), prompt.max_tokens)
        exchange = Exchange(self._connections(), self._dialect.provider, self._clock)
        watch = exchange.watch
        next_token_s = self._timeouts.next_token_s
        try:
            watch.allow(self._timeouts.first_token_s)
            await self._open(exchange, prompt)
            while not reply.is_endless and (chunk := await exchange.read(reply)):
                is_ending = reply.reason is not None
                text = reply.feed(chunk)
                if text and is_ending:
                    yield text  # What still comes has no time of its own.
                elif text:
                    watch.hold()
                    yield text
                    if next_token_s:
                        watch.allow(next_token_s)
                        next_token_s = 0.0
                    else:
                        watch.begin()
                if reply.reason is not None:
                    exchange.expect_end()
            yield reply.stopped()
        finally:
            exchange.close()

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _open(self, exchange: Exchange, prompt: Prompt) -> None:
        """Ask, until there is a stream. What a server refuses is asked otherwise, and if that will
        do, remembered.
        """
        parameters = self._parameters
        while True:
            body = msgspec.json.encode(self._dialect.body(prompt, parameters))
            response = await exchange.ask(self._url, self._headers, body)
            if response.status == 200 and response.content_type not in _NO_STREAMS:
                # Meanwhile another request may have learned something else.
                self._parameters = self._parameters.lowered_to(parameters)
                return
            said = await exchange.whole()
            provider = self._dialect.provider
            if response.status == 200:
                raise no_stream(provider, said)
            refusal = response.status in _REFUSES_PARAMETERS
            weaker = parameters.without(said) if refusal else None
            if weaker is None:
                now_ms = self._clock.now()
                raise refused(provider, response.status, response.headers, said, now_ms)
            parameters = weaker

    def _connections(self) -> aiohttp.ClientSession:
        # Made with the first request, as it belongs to the event loop that runs then.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=MAX_CONNECTIONS,
                    ssl=self._tls,
                    keepalive_timeout=_KEEP_ALIVE_S,
                    ttl_dns_cache=60,
                ),
                timeout=aiohttp.ClientTimeout(sock_connect=self._timeouts.connect_s),
                response_class=AbortedResponse,
                cookie_jar=aiohttp.DummyCookieJar(),
                # Not `trust_env`: that also reads ~/.netrc, in a thread, for each request.
                proxy=self._endpoint.proxy,
            )
        return self._session
