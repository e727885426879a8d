"""`python -m tests.speech.making.evaluate`: how well a model hears, as a table for its page.

The voices are ones that it wasn't trained on. Rate, pitch, loudness, and the silence before and
after each sentence are drawn from a seed. All but the last rows count exact matches, letter by
letter, and give Wilson's 95 % interval (E. B. Wilson, 1927).
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from protocol.view import Language
from realtime.speech.clip import SAMPLES_A_MS, Samples
from tests.speech.espeak import Manner
from tests.speech.hearing import Hearing
from tests.speech.making.corpus import NEW_SENTENCES, PUNCTUATION
from tests.speech.making.noises import make_noise
from tests.speech.sentences import SENTENCES
from tests.speech.voice import MODEL, UNSEEN_VOICES, Spoken, join, noise, say_in, with_peak

# Nor was it trained on these accents.
UNSEEN_ACCENTS = ("en-us-nyc+m3", "en-gb-x-gbclan+f2", "en-029+f1", "en-gb-x-gbcwmd+m1")

_Z95 = 1.959964
# A word of which so much was heard counts.
_HEARD = 0.6

_Trial = TypeVar("_Trial")


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence, and where in the samples it begins."""

    text: str
    language: Language
    spoken: Spoken
    samples: Samples
    lead_ms: int


@dataclass(frozen=True, slots=True)
class Figure:
    """`right` of `total`."""

    condition: str
    right: int
    total: int

    def line(self) -> str:
        low, high = wilson(self.right, self.total)
        return (
            f"| {self.condition} | {self.right} of {self.total} | "
            f"{100 * self.right / self.total:.1f} % ({100 * low:.1f} to {100 * high:.1f}) |"
        )


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of the share that `right` of `total` is a sample of."""
    share, square = right / total, _Z95**2
    centre = (share + square / (2 * total)) / (1 + square / total)
    half = (
        _Z95 * (share * (1 - share) / total + square / (4 * total**2)) ** 0.5 / (1 + square / total)
    )
    return max(0.0, centre - half), min(1.0, centre + half)


class Speaker:
    """Says sentences, each time a little differently."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def say(self, text: str, language: Language, voice: str | None = None) -> Said:
        rng = self.rng
        manner = Manner(
            voice=voice or rng.choice(UNSEEN_VOICES[language]),
            rate=rng.randint(130, 205),
            pitch=rng.randint(25, 75),
            pitch_range=rng.randint(30, 80),
            seed=rng.getrandbits(16),
        )
        spoken = say_in(manner, text)
        lead_ms, behind_ms = rng.randint(50, 800), rng.randint(50, 1_000)
        loud = with_peak(spoken.samples, rng.uniform(0.1, 0.9))
        zeros = [np.zeros(ms * SAMPLES_A_MS, np.int16) for ms in (lead_ms, behind_ms)]
        samples = np.concatenate([zeros[0], loud, zeros[1]])
        return Said(text, language, spoken, samples, lead_ms)

    def each(self, language: Language, times: int) -> Iterator[Said]:
        """Every sentence of the closed set, so many times."""
        for text in SENTENCES[language] * times:
            yield self.say(text, language)


class Evaluation:
    """Measures one model. `times`: how often each English sentence is said in each row."""

    def __init__(self, hearing: Hearing, seed: int, times: int) -> None:
        self._hearing = hearing
        self._speaker = Speaker(seed)
        self._rng = self._speaker.rng
        self._times = times

    def lines(self) -> Iterator[str]:
        """The table, row by row."""
        yield "| | right | share (95 % interval) |"
        yield "|---|---|---|"
        for figure in self._figures():
            yield figure.line()
        yield ""
        yield from self._word_times()
        yield self._cost()

    def _figures(self) -> Iterator[Figure]:
        names: dict[Language, str] = {"en": "English", "ko": "Korean"}
        for language, name in names.items():
            times = self._times * (1 if language == "en" else 4)
            yield self._exact(f"{name}, clean", self._speaker.each(language, times))
            for snr_db in (20, 10):
                said = self._speaker.each(language, times)
                yield self._exact(f"{name}, white noise at {snr_db} dB", said, snr_db)
        accents = (
            self._speaker.say(text, "en", voice)
            for voice in UNSEEN_ACCENTS
            for text in SENTENCES["en"]
        )
        yield self._exact("English, unseen accents too", accents)
        yield self._two_sentences()
        yield self._guessed_language()
        yield self._long_silence()
        yield self._cut()
        yield self._nobody()
        for language, name in names.items():
            new = (
                self._speaker.say(text, language, voice)
                for text in NEW_SENTENCES[language]
                for voice in UNSEEN_VOICES[language]
            )
            yield self._exact(f"{name}, new sentences of the same words", new)

    def _hears(self, samples: Samples, language: Language) -> str:
        return self._hearing.transcribe(samples, language).text

    def _exact(self, condition: str, said: Iterator[Said], snr_db: float | None = None) -> Figure:
        def right(each: Said) -> bool:
            samples = each.samples
            if snr_db is not None:
                samples = noise(samples, snr_db, self._rng.getrandbits(32))
            return self._hears(samples, each.language) == each.text

        return _counted(condition, said, right)

    def _two_sentences(self) -> Figure:
        def right(texts: Sequence[str]) -> bool:
            first, second = (self._speaker.say(text, "en").samples for text in texts)
            return self._hears(join([first, second], 0), "en") == " ".join(texts)

        pairs = [self._rng.sample(SENTENCES["en"], 2) for _ in range(20 * self._times)]
        return _counted(
            "two English sentences, each of its loudness, up to 1.8 s apart", pairs, right
        )

    def _guessed_language(self) -> Figure:
        said = [*self._speaker.each("en", 1), *self._speaker.each("ko", 4)]
        return _counted(
            "language guessed, both languages",
            said,
            lambda each: self._hearing.transcribe(each.samples, None).language == each.language,
        )

    def _long_silence(self) -> Figure:
        def right(each: Said) -> bool:
            samples = noise(join([each.samples], 0, around_ms=3_000), 30, self._rng.getrandbits(32))
            heard = self._hearing.transcribe(samples, each.language, vad=True)
            return heard.text == each.text

        return _counted(
            "3 s of silence on both sides, voice detection on", self._speaker.each("en", 1), right
        )

    def _cut(self) -> Figure:
        def right(each: Said) -> bool:
            end_ms = self._rng.uniform(0.3, 0.8) * each.spoken.duration_ms
            samples = each.samples[: int((each.lead_ms + end_ms) * SAMPLES_A_MS)]
            heard = [
                word.text
                for word in each.spoken.words
                if word.start_ms + _HEARD * (word.end_ms - word.start_ms) <= end_ms
            ]
            return _bare(self._hears(samples, "en").split()) == _bare(heard)

        return _counted(
            "broken off: just the words heard so far", self._speaker.each("en", 1), right
        )

    def _nobody(self) -> Figure:
        def right(level_db: float) -> bool:
            sound = make_noise(self._rng, 16_000 * self._rng.randint(1, 5))
            samples = (np.clip(sound * 10 ** (level_db / 20), -1, 1) * 32_767).astype(np.int16)
            return self._hears(samples, "en") == ""

        levels_db = [self._rng.uniform(-80, -15) for _ in range(100)]
        return _counted("nothing written of noise, clicks, hum, sweeps", levels_db, right)

    def _word_times(self) -> Iterator[str]:
        starts_ms: list[int] = []
        ends_ms: list[int] = []
        for said in self._speaker.each("en", 1):
            heard = self._hearing.transcribe(said.samples, "en", words=True)
            if heard.text != said.text or len(heard.words) != len(said.spoken.words):
                continue
            for mine, true in zip(heard.words, said.spoken.words, strict=True):
                starts_ms.append(abs(mine.start_ms - true.start_ms - said.lead_ms))
                ends_ms.append(abs(mine.end_ms - true.end_ms - said.lead_ms))
        for name, errors_ms in (("start", starts_ms), ("end", ends_ms)):
            middle, ninth = statistics.median(errors_ms), statistics.quantiles(errors_ms, n=10)[-1]
            yield (
                f"A word's {name} is {middle:.0f} ms off in the median, {ninth:.0f} ms at the "
                f"90th percentile ({len(errors_ms)} words)."
            )

    def _cost(self) -> str:
        said = list(self._speaker.each("en", 1))
        began = time.process_time()
        for each in said:
            self._hears(each.samples, "en")
        return f"A sentence costs {1e3 * (time.process_time() - began) / len(said):.0f} ms of CPU."


def _counted(condition: str, trials: Iterable[_Trial], right: Callable[[_Trial], bool]) -> Figure:
    results = [right(each) for each in trials]
    return Figure(condition, sum(results), len(results))


def _bare(words: Sequence[str]) -> list[str]:
    return [word.strip(PUNCTUATION).lower() for word in words]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.speech.making.evaluate", description=__doc__
    )
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--times", type=int, default=4, help="how often each sentence is said")
    options = parser.parse_args(arguments)
    for line in Evaluation(Hearing(options.model), options.seed, options.times).lines():
        print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
