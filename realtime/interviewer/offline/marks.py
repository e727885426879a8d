"""What a rule gives for a competency."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A score and the sentences it stands on."""

    score: int
    sentences: tuple[str, ...]
