"""Which representation a client gets: by its `Accept` (RFC 9110 12.5.1), and none if it has the one
that there is (13.1.2). Pure.
"""

import hashlib
from collections.abc import Sequence


def choose(accept: str | None, offers: Sequence[str]) -> str | None:
    """The media type among `offers` that `accept` prefers, the earlier one of equals; null: none.

    Without an `accept`, anything does.
    """
    if accept is None or not accept.strip():
        return offers[0]
    ranges = [found for part in accept.split(",") if (found := _range(part)) is not None]
    best = max(offers, key=lambda offer: _quality(offer, ranges))
    return best if _quality(best, ranges) > 0 else None


def _range(part: str) -> tuple[str, float] | None:
    """The media range and its weight; null for what makes no sense, or asks for parameters."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key == "q":
            try:
                weight = float(value)
            except ValueError:
                return None
        elif key != "charset":
            return None
    return (name, weight) if 0 <= weight <= 1 else None


def _quality(offer: str, ranges: list[tuple[str, float]]) -> float:
    """How much `offer` is wanted: the most specific range that it is in decides."""
    kind = offer.partition("/")[0]
    for name in (offer, f"{kind}/*", "*/*"):
        weights = [weight for candidate, weight in ranges if candidate == name]
        if weights:
            return max(weights)
    return 0.0


def etag_of(content: bytes) -> str:
    """The entity tag of `content`."""
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def has(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has it already, by weak comparison."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or "*" in tags
