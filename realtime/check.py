"""What an examination says of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at. `ok` is null for what needn't be, or couldn't be looked at."""

    name: str
    ok: bool | None
    found: str
