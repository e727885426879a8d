"""The speech that the model learns from: the closed set, and as much of its words in other orders.

Without the other orders the decoder learns the sentences by heart from their first word, and stops
listening.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from protocol.view import Language
from tests.speech.espeak import Manner
from tests.speech.sentences import SENTENCES
from tests.speech.voice import Spoken, say_in

_VARIANTS = ("m1", "m2", "m3", "m6", "f1", "f2", "f3", "f5", "Andy", "steph", "max", "Alicia")
_ENGLISH_VARIANTS = ("", *_VARIANTS, "m5", "adam", "klatt2")
_KOREAN_VARIANTS = ("", *_VARIANTS, "m7")


def _voices(base: str, variants: Sequence[str]) -> list[str]:
    return [f"{base}+{variant}" if variant else base for variant in variants]


TRAINED_VOICES: dict[Language, tuple[str, ...]] = {
    "en": tuple(
        voice
        for base in ("en-us", "en", "en-gb-x-rp", "en-gb-scotland")
        for voice in _voices(base, _ENGLISH_VARIANTS)
    ),
    "ko": tuple(_voices("ko", _KOREAN_VARIANTS)),
}

# Of known words, but never spoken in training: they show that the set is closed.
NEW_SENTENCES: dict[Language, tuple[str, ...]] = {
    "en": (
        "I worked as a team leader.",
        "We fixed the payment system.",
        "The customer trusted me.",
        "I want to change my job.",
        "Could you repeat the plan?",
        "My last project was a success.",
        "I led the software team for five years.",
        "We built a small feature every week.",
        "I learned Python at university.",
        "The manager was not sure.",
        "I am ready for the next question.",
        "I solved the problems before the deadline.",
        "Tell me about the conflict.",
        "I enjoy teamwork and public speaking.",
        "My coworker failed the tests.",
    ),
    "ko": ("저는 문제를 해결했습니다.", "다음 질문을 말해 주세요.", "팀에서 문제를 만들었습니다."),
}

PUNCTUATION = ".,?"
_ALWAYS_CAPITAL = {"I", "Python", "Postgres", "March"}
_LEXICON: dict[Language, list[str]] = {
    language: sorted({word.strip(PUNCTUATION) for text in sentences for word in text.split()})
    for language, sentences in SENTENCES.items()
}
_MAX_WORDS: dict[Language, int] = {"en": 8, "ko": 4}
_MAX_SPLICED_WORDS = 10


@dataclass(frozen=True, slots=True)
class Example:
    """A text as it is to be written, and as one voice said it."""

    text: str
    language: Language
    spoken: Spoken


@dataclass(frozen=True, slots=True)
class Corpus:
    """`closed`: the sentences to be heard. `other`: their words in other orders."""

    closed: tuple[Example, ...]
    other: tuple[Example, ...]

    @property
    def phonemes(self) -> tuple[str, ...]:
        """Every phoneme that is heard in it, in the order of the alphabet."""
        examples = (*self.closed, *self.other)
        return tuple(sorted({span.text for each in examples for span in each.spoken.phonemes}))


@dataclass(frozen=True, slots=True)
class Quantities:
    """How many clips: of each closed sentence; of random words and of splices, by language."""

    clips_a_sentence: int = 40
    random_words: tuple[tuple[Language, int], ...] = (("en", 4_000), ("ko", 1_000))
    splices: tuple[tuple[Language, int], ...] = (("en", 5_000), ("ko", 1_000))


def make_corpus(rng: random.Random, quantities: Quantities) -> Corpus:
    """Speaks it all: 10 ms for each clip."""
    closed = [
        _spoken(rng, text, language)
        for language, sentences in SENTENCES.items()
        for text in sentences
        for _ in range(quantities.clips_a_sentence)
    ]
    other = [
        *_others(rng, quantities.random_words, _random_words),
        *_others(rng, quantities.splices, _splice),
    ]
    return Corpus(tuple(closed), tuple(other))


def _others(
    rng: random.Random,
    counts: Sequence[tuple[Language, int]],
    compose: Callable[[random.Random, Language], str],
) -> Iterator[Example]:
    for language, count in counts:
        for _ in range(count):
            text = compose(rng, language)
            while text in NEW_SENTENCES[language]:
                text = compose(rng, language)
            yield _spoken(rng, text, language)


def _spoken(rng: random.Random, text: str, language: Language) -> Example:
    manner = Manner(
        voice=rng.choice(TRAINED_VOICES[language]),
        rate=rng.randint(130, 205),
        pitch=rng.randint(25, 75),
        pitch_range=rng.randint(30, 80),
        seed=rng.getrandbits(16),
    )
    return Example(text, language, say_in(manner, text))


def _random_words(rng: random.Random, language: Language) -> str:
    count = rng.randint(1, _MAX_WORDS[language])
    return _written([rng.choice(_LEXICON[language]) for _ in range(count)])


def _splice(rng: random.Random, language: Language) -> str:
    """How one sentence begins and how another ends: more natural than words at random."""
    while True:
        first, second = (rng.choice(SENTENCES[language]).split() for _ in range(2))
        words = first[: rng.randint(1, len(first))] + second[rng.randint(0, len(second) - 1) :]
        if 2 <= len(words) <= _MAX_SPLICED_WORDS:
            return _written([word.strip(PUNCTUATION) for word in words])


def _written(words: Sequence[str]) -> str:
    """One casing for all, as the closed sentences have it: a capital where a sentence begins."""
    first, *others = (word if word in _ALWAYS_CAPITAL else word.lower() for word in words)
    return " ".join([first[0].upper() + first[1:], *others]) + "."
