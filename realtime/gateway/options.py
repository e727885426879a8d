"""What an operator sets of the gateway."""

from dataclasses import dataclass

from protocol.messages import Capabilities, Limits


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator sets. Times are in seconds but for those in `_ms`, which clients are told.

    `connections_per_user` and `connections_per_address` are of both transports together; 0 is no
    bound.
    """

    capabilities: Capabilities
    limits: Limits
    heartbeat_ms: int = 20_000
    allowed_origins: frozenset[str] = frozenset()
    connections_per_user: int = 0
    connections_per_address: int = 0
    open_within_s: float = 10.0
    stalled_after_s: float = 30.0
    close_within_s: float = 10.0
    body_within_s: float = 30.0
    answered_within_s: float = 30.0
    comment_every_s: float = 15.0
    reconnect_within_ms: int = 10_000
    retry_ms: int = 1_000
