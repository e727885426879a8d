"""Text cut into tokens, and counted, roughly as the models' own tokenizers do."""

import re
from collections.abc import Iterator
from itertools import cycle

# A word with the space before it, or a few syllables of a script that writes none between them.
TOKEN = re.compile(
    r"\s*(?:[\u1100-\u11ff\u3000-\ud7ff]{1,3}|[^\s\u1100-\u11ff\u3000-\ud7ff]{1,12})|\s+"
)

# Some of them are of more than one byte, and beyond the Basic Multilingual Plane.
FILLER = (
    "so", " the", " naïve", " answer", " was", " 답변", "이", " good", " 🙂", " and", " then", " we"
)  # fmt: skip

BYTES_A_TOKEN = 4


def tokens_of(text: str) -> Iterator[str]:
    """The text in pieces that joined are the text."""
    return (found[0] for found in TOKEN.finditer(text))


def filler() -> Iterator[str]:
    """Words that mean nothing, for ever."""
    return cycle(FILLER)


def count_tokens(text: str) -> int:
    return -(-len(text.encode(errors="surrogatepass")) // BYTES_A_TOKEN)
