"""Choices that look free and are not: the same seed, interview and occasion always choose the same.

Nothing is drawn in sequence, so that a rebuilt interview chooses as the lost one did, without
having to remember how far that one got.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chance:
    """The chance of one interview under one seed."""

    seed: int
    interview_id: str

    def number(self, *occasion: object) -> float:
        """A number from 0 to 1 (excluded), evenly spread over occasions."""
        words = "\x1f".join(map(str, (self.seed, self.interview_id, *occasion)))
        digest = blake2b(words.encode("utf-8", "surrogatepass"), digest_size=6).digest()
        return int.from_bytes(digest) / 2**48

    def pick(self, options: Sequence[T], *occasion: object) -> T:
        """One of the options, of which there is at least one."""
        return options[int(self.number(*occasion) * len(options))]

    def order(self, options: Iterable[str], *occasion: object) -> list[str]:
        """The options in an order of their own. One that is added or taken away moves no other."""
        return sorted(options, key=lambda option: (self.number(*occasion, option), option))
