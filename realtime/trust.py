"""Which settings let whom in: what an address, a secret and a place for keys may be.

Each function takes a setting and gives it back, or raises `ValueError` with the reason.
"""

import ipaddress
import re

from pydantic import SecretStr, ValidationInfo

MIN_SECRET_BYTES = 32
_FEWEST_DIFFERENT_BYTES = 8
# Long enough, but printed where everybody reads them: Supabase's and jwt.io's examples.
PUBLISHED_SECRETS = frozenset(
    {
        "a-string-secret-at-least-256-bits-long",
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "your-super-secret-jwt-token-with-at-least-32-characters-long",
    }
)


def is_loopback(host: str) -> bool:
    """Whether that is this machine's own address, which no other reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def only_to_known_people(host: str, others: ValidationInfo) -> str:
    """Beyond this machine only where people sign in, by a secret that not everybody knows."""
    secret, keys = others.data.get("jwt_secret"), others.data.get("jwks_url")
    if is_loopback(host):
        return host
    if not (secret or keys):
        raise ValueError(
            "nobody has to sign in, so the server listens on this machine alone: "
            "127.0.0.1, ::1 or localhost; with VIVA_JWT_SECRET or VIVA_JWKS_URL they have to"
        )
    if secret and secret.get_secret_value() in PUBLISHED_SECRETS:
        raise ValueError(
            "everybody knows VIVA_JWT_SECRET, as it is in a manual; so the server listens on "
            "this machine alone: 127.0.0.1, ::1 or localhost"
        )
    return host


def hard_to_guess(secret: SecretStr) -> SecretStr:
    """As long as RFC 7518 (3.2) demands for HS256, and not just one thing again and again."""
    value = secret.get_secret_value().encode()
    if len(value) < MIN_SECRET_BYTES:
        raise ValueError(f"it must have at least {MIN_SECRET_BYTES} bytes (`openssl rand -hex 32`)")
    if len(set(value)) < _FEWEST_DIFFERENT_BYTES:
        raise ValueError("it is easy to guess (`openssl rand -hex 32` makes one that isn't)")
    if value.startswith(b"-----BEGIN "):
        raise ValueError("it is a key, not a secret; VIVA_JWKS_URL is for published keys")
    return secret


def web_address(url: str) -> str:
    """Of HTTP or HTTPS, without a password in it."""
    if not re.fullmatch(r"https?://[^/@?#\s]+(/[^#\s]*)?", url, re.ASCII):
        raise ValueError(
            "an address such as https://auth.example.org/.well-known/jwks.json is expected"
        )
    return url
