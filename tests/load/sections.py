"""What reading a reply costs: 1 MiB of good replies, and of what a model might do worst, in pieces
of 1 and of 64 bytes, through all that a reply passes on its way to a candidate.

    python -m tests.load.sections

prints microseconds a KiB, at three lengths: a reader that is linear has the same at each. Beside it
stands what the same pieces cost to be decoded and joined.
"""

import codecs
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

from protocol.view import Language
from realtime.interviewer.leading.fair_copy import FairCopy
from realtime.interviewer.leading.guard import Guard
from realtime.interviewer.leading.prompting import Prompts, load_prompts
from realtime.interviewer.leading.reviewing import ANSWERED

REPLIES = Path(__file__).parents[1] / "realtime" / "interviewer" / "replies" / "answered"
KEY = "k7q3mx"
KIB = 1_024
LENGTHS = (256 * KIB, 512 * KIB, 1_024 * KIB)
SIZES = (1, 64)


def texts() -> Iterator[tuple[str, Language, str]]:
    """A name, the language, and a text to repeat."""
    for language in get_args(Language):
        good = sorted(REPLIES.glob(f"answered-{language}-*-good.txt"))
        yield f"good replies ({language})", language, "\n".join(each.read_text() for each in good)
    feedback = f"@@{KEY} feedback\n"
    yield "nothing but marks", "en", feedback
    yield "@ without end", "en", "@"
    yield "marks that never end", "en", f"@@{KEY}" + " " * 200
    yield "white space", "en", " \n"
    yield "emphasis", "en", "**`#"
    yield "the prompt, word by word", "en", load_prompts()["en"].words.asking.follow_up[:30] + " … "


def pieces(data: bytes, size: int) -> Iterator[str]:
    """The text as it comes in pieces of so many bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for at in range(0, len(data), size):
        if piece := decoder.decode(data[at : at + size]):
            yield piece


def timed(run: Callable[..., None], data: bytes, *rest: object) -> float:
    """Microseconds of CPU a KiB."""
    began = time.process_time()
    run(data, *rest)
    return (time.process_time() - began) * 1e6 / (len(data) / KIB)


def read(data: bytes, size: int, prompts: Prompts) -> None:
    without_bounds = replace(ANSWERED, most_chars=dict.fromkeys([*ANSWERED.sections], len(data)))
    copy = FairCopy(KEY, without_bounds, Guard(prompts.own, prompts.unobserved))
    copy.feed(f"@@{KEY} feedback\nSo: ")
    for piece in pieces(data, size):
        copy.feed(piece)
    copy.end(cut=False)


def join(data: bytes, size: int) -> None:
    "".join(pieces(data, size))


def main() -> None:
    prompts = load_prompts()
    lengths = "".join(f"{each // KIB:>8} KiB" for each in LENGTHS)
    print(f"{'':28}{'bytes a piece':>14}{lengths}{'joined':>10}")
    for name, language, text in texts():
        unit = text.encode()
        data = (unit * (LENGTHS[-1] // len(unit) + 1))[: LENGTHS[-1]]
        for size in SIZES:
            costs = [timed(read, data[:each], size, prompts[language]) for each in LENGTHS]
            row = "".join(f"{cost:>12.0f}" for cost in costs)
            print(f"{name:28}{size:>14}{row}{timed(join, data, size):>10.0f}", flush=True)


if __name__ == "__main__":
    main()
