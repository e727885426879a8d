"""What an operator sets of the gateway."""

from dataclasses import dataclass

from protocol.messages import Capabilities, Limits


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator sets. Times are in seconds but for `heartbeat_ms`, which clients are told."""

    capabilities: Capabilities
    limits: Limits
    heartbeat_ms: int = 20_000
    allowed_origins: frozenset[str] = frozenset()
    open_within_s: float = 10.0
    stalled_after_s: float = 30.0
    close_within_s: float = 10.0
    reconnect_within_ms: int = 10_000
