"""Who is asking (`protocol.md` 2, 9): the user that a JSON Web Token names, or, where nobody has to
sign in, the one local user.

Rules of this file:
- A token never says how it is to be verified. HS256 is for the shared secret and nothing else, and
  a published key verifies the one algorithm that it is for (RFC 8725 2.1, 3.1).
- Time is the clock's that is passed in, so the library's own checks of time are off.
- Of a refused token nothing is logged but why.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import jwt
import structlog
from jwt.exceptions import InvalidSubjectError

from protocol.errors import ProtocolError
from realtime.gateway.jwks import KeySet, KeysUnavailable
from realtime.ports import Clock

if TYPE_CHECKING:
    from jwt.types import Options

logger = structlog.get_logger(__name__)

LOCAL_USER = "local"
# How far the clock of whoever signs tokens may be off.
LEEWAY_MS = 10_000
MAX_USER_ID_CHARS = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `expires_at`: from when on it counts no more, in Unix milliseconds; null: never.

    `counted_as`: for whom their connections are counted.
    """

    user_id: str
    counted_as: str
    expires_at: int | None = None


class Authenticator(Protocol):
    """Tells who is behind a bearer token."""

    async def caller(self, token: str | None) -> Caller:
        """Who it is.

        Raises:
            ProtocolError: `unauthenticated`; `overloaded`, if that can't be told just now.
        """
        ...


class LocalUser:
    """Everyone is the one local user; a token is not looked at."""

    async def caller(self, token: str | None) -> Caller:
        return Caller(LOCAL_USER, LOCAL_USER)


class BearerTokens:
    """Whoever brings a JSON Web Token (RFC 7519) is the user that its `sub` names.

    `secret` verifies HS256, `keys` all else; either may be missing. `audience` must be among the
    token's, if it is given; else theirs is not looked at.
    """

    def __init__(
        self, clock: Clock, secret: str | None, keys: KeySet | None, audience: str | None
    ) -> None:
        self._clock = clock
        self._secret = secret
        self._keys = keys
        self._audience = audience
        self._options: Options = {
            "require": ["sub", "exp"],
            "verify_aud": audience is not None,
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
            "enforce_minimum_key_length": True,
        }

    async def caller(self, token: str | None) -> Caller:
        if not token:
            raise ProtocolError("unauthenticated", "Sign in: a bearer token is required.")
        try:
            if not token.isascii():
                raise jwt.DecodeError("it is no token")
            return self._described(await self._verified(token))
        except jwt.ExpiredSignatureError:
            raise ProtocolError("unauthenticated", "The token has expired.") from None
        except jwt.PyJWTError as error:
            logger.info("token_refused", reason=type(error).__name__)
            raise ProtocolError("unauthenticated", "This token is not valid.") from None
        except KeysUnavailable:
            raise ProtocolError(
                "overloaded", "The keys to check tokens with can't be had; try again."
            ) from None

    async def _verified(self, token: str) -> dict[str, Any]:
        """The claims of a token that is well signed.

        Raises:
            PyJWTError: it isn't.
            KeysUnavailable: that can't be told just now.
        """
        header = jwt.get_unverified_header(token)
        if header.get("alg") == "HS256":
            if self._secret is None:
                raise jwt.InvalidAlgorithmError("there is no secret")
            return self._decoded(token, self._secret, "HS256")
        if self._keys is None:
            raise jwt.InvalidAlgorithmError("there are no keys")
        key = await self._keys.find(header.get("kid"))
        return self._decoded(token, key, key.algorithm_name)

    def _decoded(self, token: str, key: jwt.PyJWK | str, algorithm: str) -> dict[str, Any]:
        return jwt.decode(
            token, key, algorithms=[algorithm], options=self._options, audience=self._audience
        )

    def _described(self, claims: dict[str, Any]) -> Caller:
        """Of whom these claims tell.

        Raises:
            PyJWTError: of nobody, or not now.
        """
        now = self._clock.now()
        expires_at = _moment(claims, "exp") + LEEWAY_MS
        if now >= expires_at:
            raise jwt.ExpiredSignatureError
        if "nbf" in claims and now < _moment(claims, "nbf") - LEEWAY_MS:
            raise jwt.ImmatureSignatureError
        user_id = claims["sub"]
        if not can_be_user(user_id):
            raise InvalidSubjectError
        return Caller(user_id, user_id, expires_at)


def signed_token(secret: str, user_id: str, expires_at_s: int, audience: str | None) -> str:
    """A token that names `user_id` until `expires_at_s` (Unix seconds), by the shared secret."""
    claims: dict[str, Any] = {"sub": user_id, "exp": expires_at_s}
    return jwt.encode(claims if audience is None else {**claims, "aud": audience}, secret, "HS256")


def can_be_user(user_id: str) -> bool:
    """Whether a user may be called so: it can be stored, and people can tell it from nothing."""
    return (
        0 < len(user_id) <= MAX_USER_ID_CHARS
        and not user_id.isspace()
        and not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in user_id)
    )


def _moment(claims: dict[str, Any], name: str) -> int:
    """A NumericDate (RFC 7519 2), in Unix milliseconds.

    Raises:
        DecodeError: it is none.
    """
    given = claims[name]
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise jwt.DecodeError(f"{name} is no number")
    if isinstance(given, float) and not math.isfinite(given):
        raise jwt.DecodeError(f"{name} is no finite number")
    return int(given) * 1_000
