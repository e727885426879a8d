"""The tokens of users who have to sign in, signed as `viva token` signs them."""

from realtime.clock import SystemClock
from realtime.gateway.auth import LEEWAY_MS, signed_token

SECRET = "a secret of the tests and of nobody else"
SETTINGS = {"VIVA_JWT_SECRET": SECRET}


def token(user: str, *, lasts_s: int = 3_600) -> str:
    """A token that the server takes for so long from now; less than nothing: it has run out."""
    now_s = SystemClock().now() // 1_000
    return signed_token(SECRET, user, now_s + lasts_s - LEEWAY_MS // 1_000, None)
