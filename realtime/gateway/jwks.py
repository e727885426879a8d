"""The keys that a sign-in service publishes (JSON Web Key Set, RFC 7517), kept and renewed.

Rules of this file:
- Nobody waits for a key that is known. One that isn't known is asked for, at most every
  `ASK_EVERY_MS`, by one request for all who wait, bounded in time and size.
- Keys stay as long as the service can't be reached; once it can, those that it no longer publishes
  are gone.
- Only keys for signatures are taken, never a shared secret.
"""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import jwt
import orjson
import structlog

from realtime.ports import Clock

logger = structlog.get_logger(__name__)

ASK_EVERY_MS = 10_000
RENEW_AFTER_MS = 600_000
FETCHED_WITHIN_S = 5.0
MAX_BYTES = 262_144

ALGORITHMS = frozenset(
    {"ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"}
)

Keys = dict[str | None, jwt.PyJWK]


class KeysUnavailable(Exception):
    """The service doesn't tell its keys; the message says why."""


class KeySet:
    """The keys, by their `kid`. `fetch` brings the set as JSON, or raises `KeysUnavailable`."""

    def __init__(self, fetch: Callable[[], Awaitable[bytes]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Keys = {}
        self._asked_at: int | None = None
        self._told = False
        self._asking: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> jwt.PyJWK:
        """The key of that name; without a name, the only one there is.

        Raises:
            InvalidKeyError: there is none.
            KeysUnavailable: there may be one, but the service couldn't be asked.
        """
        known = self._known(kid)
        if known is not None:
            if self._due(RENEW_AFTER_MS if self._told else ASK_EVERY_MS):
                self._ask()
            return known
        if self._asking is not None or self._due(ASK_EVERY_MS):
            await self.renew()
            known = self._known(kid)
        if known is not None:
            return known
        if not self._told:
            raise KeysUnavailable
        raise jwt.InvalidKeyError("no such key")

    async def renew(self) -> None:
        """Ask the service, and wait until it has answered or hasn't in time."""
        # Shielded: others may wait for the same answer.
        await asyncio.shield(self._ask())

    async def aclose(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait((self._asking,))

    def _known(self, kid: str | None) -> jwt.PyJWK | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _due(self, after_ms: int) -> bool:
        return self._asked_at is None or self._clock.now() - self._asked_at >= after_ms

    def _ask(self) -> asyncio.Task[None]:
        if self._asking is None:
            self._asked_at = self._clock.now()
            self._asking = asyncio.create_task(self._renewed())
        return self._asking

    async def _renewed(self) -> None:
        self._told = False
        try:
            self._keys = read(await self._fetch())
            self._told = True
        except KeysUnavailable as error:
            logger.warning("jwks_unavailable", reason=str(error), known=len(self._keys))
        finally:
            self._asking = None


def read(body: bytes) -> Keys:
    """The keys in a published set that are for signatures; others are left out.

    Raises:
        KeysUnavailable: it is no such set, or there are none in it.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    members = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(members, list):
        raise KeysUnavailable("the answer is no JSON Web Key Set")
    keys = [_key(each) for each in members]
    usable = {key.key_id: key for key in keys if key is not None}
    if not usable:
        raise KeysUnavailable("there is no key for signatures in the set")
    return usable


def _key(member: object) -> jwt.PyJWK | None:
    if not isinstance(member, dict) or not isinstance(member.get("kid"), str | None):
        return None
    algorithm = member.get("alg")
    if not isinstance(algorithm, str | None) or algorithm not in {None, *ALGORITHMS}:
        return None
    if member.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(member)
    except jwt.PyJWTError:
        return None
    return key if key.algorithm_name in ALGORITHMS else None


class Published:
    """What is published at `url`, as `client` brings it; redirections aren't followed."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        *,
        within_s: float = FETCHED_WITHIN_S,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._client = client
        self._url = url
        self._within_s = within_s
        self._max_bytes = max_bytes

    async def __call__(self) -> bytes:
        # Uncompressed, so that what arrives is as large as what becomes of it.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            async with (
                asyncio.timeout(self._within_s),
                self._client.stream("GET", self._url, headers=headers) as response,
            ):
                if response.status_code != 200:
                    raise KeysUnavailable(f"the answer is {response.status_code}")
                return await self._body(response)
        except TimeoutError:
            raise KeysUnavailable("there is no answer in time") from None
        except httpx.HTTPError as error:
            raise KeysUnavailable(f"it can't be reached ({type(error).__name__})") from None

    async def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._max_bytes:
                raise KeysUnavailable(f"the answer has more than {self._max_bytes} bytes")
        return bytes(body)
