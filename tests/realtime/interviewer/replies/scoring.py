"""Scores as a reply writes them, read without any of the code that reads replies."""

import unicodedata

from protocol.view import Score

_EDGES = " \t\"'“”‘’「」.…"


def folded(text: str) -> str:
    """A text without what doesn't count in a quotation: case, white space, Unicode's form."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split()).strip(_EDGES)


def stands_in(quote: str, answer: str) -> bool:
    return folded(quote) in folded(answer)


def is_valid(score: Score) -> bool:
    """Whether it is a whole number from 0 to 5 that says whether anything bears it."""
    return (
        score.score in range(6)
        and score.max == 5
        and score.supported == (bool(score.evidence) or score.score == 0)
    )
