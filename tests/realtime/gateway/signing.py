"""A sign-in service, as tests need one: it signs tokens, and publishes its keys."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from realtime.gateway.jwks import KeysUnavailable
from tests.realtime.fakes import START

SECRET = "correct horse battery staple, and then some"
NOW_S = START // 1_000


def claims(changes: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """Of a token that is good at the start; a change to null takes one away."""
    usual = {"sub": "mina", "exp": NOW_S + 3_600, "iat": NOW_S, "aud": "authenticated"}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def signed(secret: str = SECRET, /, **changes: Any) -> str:
    """A token by the shared secret."""
    return jwt.encode(claims(changes), secret, "HS256")


class SignIn:
    """Signs by keys that it publishes (ES256). It counts who asks for them, and may be down."""

    def __init__(self, *names: str) -> None:
        self.private = {name: ec.generate_private_key(ec.SECP256R1()) for name in names}
        self.asked = 0
        self.down = False

    def rotate(self, old: str, new: str) -> None:
        del self.private[old]
        self.private[new] = ec.generate_private_key(ec.SECP256R1())

    def token(self, name: str, **changes: Any) -> str:
        headers = {"kid": name}
        return jwt.encode(claims(changes), self.private[name], "ES256", headers=headers)

    @property
    def published(self) -> bytes:
        return json.dumps({"keys": [self.public(name) for name in self.private]}).encode()

    def public(self, name: str) -> dict[str, Any]:
        """A key as it is published."""
        jwk: dict[str, Any] = ECAlgorithm.to_jwk(self.private[name].public_key(), as_dict=True)
        return {**jwk, "kid": name, "use": "sig", "alg": "ES256"}

    async def fetch(self) -> bytes:
        self.asked += 1
        if self.down:
            raise KeysUnavailable("it is down")
        return self.published
