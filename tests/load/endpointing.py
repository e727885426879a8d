"""Whether the server lets people think: `python -m tests.load.endpointing [answers]`.

Synthetic answers with seeds, in both languages: pieces of speech with words from the labelled
examples, pauses of 0.3 to 4 s between them, each of a distribution by what was said before it, and
speakers who pause longer or shorter altogether. What is recognised comes late and isn't always
right: it misses fillers and ends of sentences, adds full stops, and leaves them out. The answers go
through the real `Segmenter`, `completeness` and `Endpointer`, window by window; beside them, in the
same run, a fixed silence ends them.

Printed: the share of answers that were cut off, the mean wait after the true end of the others, and
how long that wait would be with a fixed silence that cuts off as few. Nothing is recorded or
spoken; how people really pause is another question, and docs/endpointing.md says what was assumed.
"""

import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, log
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Literal, get_args

from protocol.view import Language
from realtime.speech.completeness import Completeness, completeness
from realtime.speech.endpointing import Endpointer
from realtime.speech.segments import WINDOW_MS, Segmenter, SpeechBegan, Window

ANSWERS = 1_500
SILENCES_MS = (500, 1_000, 1_500, 2_000, 3_000)
FIXED_MS = (500, 1_000, 2_000)

# After what: the median pause (ms) and its spread (of the logarithm). Within clauses brief; between
# sentences medium; thinking long: the three kinds of Campione and Veronis, "A large-scale
# multilingual study of silent pause duration" (2002), all log-normal.
Kind = Literal["within", "between", "thinking"]
PAUSES: dict[Kind, tuple[float, float]] = {
    "within": (380, 0.35),
    "between": (650, 0.45),
    "thinking": (1_400, 0.55),
}
SHORTEST_MS, LONGEST_MS = 300, 4_000
SPEAKERS_SPREAD = 0.3

# How often recognition is wrong about an end, and how late it is (median, spread).
FILLER_MISSED = 0.5
FULL_STOP_ADDED = 0.2
FULL_STOP_MISSED = 0.15
SENTENCE_BROKEN_OFF = 0.08
RECOGNISED_MS = (600.0, 0.4)

_EXAMPLES = Path(__file__).parents[1] / "realtime/speech/completeness_examples.toml"
EXAMPLES = tomllib.loads(_EXAMPLES.read_text("utf-8"))

SPEECH, SILENCE = Window(0.95, -20.0), Window(0.02, -70.0)
AFTER_MS = 15_000


@dataclass(frozen=True)
class Piece:
    """Speech and the pause after it; its end as recognised, and how late that is known."""

    speech_ms: int
    pause_ms: int
    recognised: Completeness
    known_after_ms: int


@dataclass(frozen=True)
class Answer:
    pieces: Sequence[Piece]

    @property
    def end_ms(self) -> int:
        return sum(piece.speech_ms + piece.pause_ms for piece in self.pieces[:-1]) + (
            self.pieces[-1].speech_ms
        )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ANSWERS
    answers = {
        language: [random_answer(language, Random(seed)) for seed in range(count)]
        for language in get_args(Language)
    }
    pauses = [piece.pause_ms for each in answers["en"] for piece in each.pieces[:-1]]
    print(
        f"{count} answers a language, {len(pauses) / count:.1f} pauses each; shares of the pauses: "
        + ", ".join(
            f"over {ms / 1000:g} s {sum(pause > ms for pause in pauses) / len(pauses):.0%}"
            for ms in FIXED_MS
        )
    )
    print(f"{'':22}cut off          mean wait, s      as safe, fixed: wait, s")
    print(f"{'':22}{'en':>6}{'ko':>6}{'en':>12}{'ko':>6}{'en':>14}{'ko':>6}")
    for silence_ms in FIXED_MS:
        _print_row(f"fixed {silence_ms / 1000:g} s", answers, partial(fixed, silence_ms=silence_ms))
    for silence_ms in SILENCES_MS:
        _print_row(
            f"silence_ms {silence_ms}",
            answers,
            partial(adapted, silence_ms=silence_ms),
            beside=True,
        )


def random_answer(language: Language, random: Random) -> Answer:
    """Two to six sentences of one to three clauses; the last one ends the answer."""
    speaker = exp(random.gauss(0, SPEAKERS_SPREAD))
    pieces: list[Piece] = []
    sentences = random.randint(2, 6)
    for sentence in range(sentences):
        for _ in range(random.randint(0, 2)):
            pieces.append(_piece("unfinished", _kind_within(random), speaker, language, random))
        if random.random() < 0.3:
            pieces.append(_piece("filler", "thinking", speaker, language, random))
        last = sentence == sentences - 1
        kind: Kind = "thinking" if random.random() < 0.15 and not last else "between"
        pieces.append(_piece("finished", kind, speaker, language, random))
    return Answer(pieces)


def _kind_within(random: Random) -> Kind:
    return "thinking" if random.random() < 0.3 else "within"


def _piece(
    meaning: Completeness, kind: Kind, speaker: float, language: Language, random: Random
) -> Piece:
    median_ms, spread = PAUSES[kind]
    pause_ms = min(max(_log_normal(median_ms * speaker, spread, random), SHORTEST_MS), LONGEST_MS)
    late_ms = _log_normal(*RECOGNISED_MS, random)
    text = _recognised(meaning, language, random)
    speech_ms = random.randint(300, 600) if meaning == "filler" else random.randint(700, 4_000)
    return Piece(_whole(speech_ms), _whole(pause_ms), completeness(text, language), int(late_ms))


def _recognised(meaning: Completeness, language: Language, random: Random) -> str:
    if meaning == "filler" and random.random() < FILLER_MISSED:
        meaning = "unfinished"
    if meaning == "finished" and random.random() < SENTENCE_BROKEN_OFF:
        meaning = "unfinished"
    text: str = random.choice(EXAMPLES[language][meaning])
    if meaning == "finished" and random.random() < FULL_STOP_MISSED:
        return text.rstrip(".")
    if meaning == "unfinished" and random.random() < FULL_STOP_ADDED:
        return text.rstrip(" ,.…—:") + "."
    return text


def _log_normal(median: float, spread: float, random: Random) -> float:
    return exp(random.gauss(log(median), spread))


def _whole(span_ms: float) -> int:
    return round(span_ms / WINDOW_MS) * WINDOW_MS


def _frames(answer: Answer) -> Iterator[tuple[Window, Completeness | None]]:
    """Each window, and how the words before it end, as far as that is known by then."""
    for piece in answer.pieces:
        for _ in range(piece.speech_ms // WINDOW_MS):
            yield SPEECH, None
        last = piece is answer.pieces[-1]
        for silent_ms in range(WINDOW_MS, (AFTER_MS if last else piece.pause_ms) + 1, WINDOW_MS):
            yield SILENCE, piece.recognised if silent_ms >= piece.known_after_ms else None


def adapted(answer: Answer, silence_ms: int) -> int:
    """When the `Endpointer` ends the answer: the audio that was heard by then."""
    segmenter, endpointer = Segmenter(), Endpointer(silence_ms)
    known: Completeness | None = None
    for window, recognised in _frames(answer):
        for event in segmenter.feed([window]):
            endpointer.take(event, known if isinstance(event, SpeechBegan) else None)
        known = recognised if window is SILENCE else known
        end_ms = endpointer.end_ms(known)
        if end_ms is not None and segmenter.decided_ms >= end_ms:
            return segmenter.heard_ms
    return segmenter.heard_ms


def fixed(answer: Answer, silence_ms: int) -> int:
    at_ms = 0
    for piece in answer.pieces[:-1]:
        at_ms += piece.speech_ms
        if piece.pause_ms >= silence_ms:
            return at_ms + silence_ms
        at_ms += piece.pause_ms
    return answer.end_ms + silence_ms


def _measured(answers: Sequence[Answer], ended: Callable[[Answer], int]) -> tuple[float, float]:
    """The share of answers cut off, and the mean wait of the others in seconds."""
    waits_ms = [ended(answer) - answer.end_ms for answer in answers]
    waited = [wait_ms for wait_ms in waits_ms if wait_ms >= 0]
    return 1 - len(waited) / len(waits_ms), fmean(waited or [0]) / 1_000


def _as_safe_s(answers: Sequence[Answer], cut_off: float) -> float:
    """The least fixed silence that cuts off no more answers."""
    longest = sorted(max(piece.pause_ms for piece in each.pieces[:-1]) for each in answers)
    survivors = round((1 - cut_off) * len(longest))
    return (longest[min(survivors, len(longest)) - 1] + WINDOW_MS) / 1_000 if survivors else 0.0


def _print_row(
    name: str,
    answers: dict[Language, list[Answer]],
    ended: Callable[[Answer], int],
    beside: bool = False,
) -> None:
    measured = {language: _measured(each, ended) for language, each in answers.items()}
    cut = "".join(f"{cut_off:6.0%}" for cut_off, _ in measured.values())
    wait = "".join(f"{wait_s:6.2f}" for _, wait_s in measured.values())
    safe = "".join(
        f"{_as_safe_s(answers[language], cut_off):6.2f}"
        for language, (cut_off, _) in measured.items()
    )
    print(f"{name:22}{cut}      {wait}{'        ' + safe if beside else ''}")


if __name__ == "__main__":
    main()
