"""What a decoder reads and is to write for a clip, token by token."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.speech.making import vocabulary
from tests.speech.making.samples import MAX_CLIP_MS, Heard
from tests.speech.making.vocabulary import Vocabulary
from tests.speech.voice import Span

# Not to be learnt: `cross_entropy` passes over it.
IGNORED = -100

# A sentence's tokens may be attended to this far before and after they are heard.
_ATTENTION_MARGIN_MS = 60
# faster-whisper lets no transcript begin later (`max_initial_timestamp`).
_MAX_FIRST_TIMESTAMP_MS = 1_000
_FIRST_MERGED_TOKEN = 256

Interval = tuple[float, float]


@dataclass(slots=True)
class Labels:
    """Token by token: what the decoder reads, what it is to write next, and where in the sound (ms)
    it should look for that; None: anywhere.
    """

    inputs: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    attention: list[Interval | None] = field(default_factory=list)

    def add(self, read: int, write: int, look: Interval | None = None) -> None:
        self.inputs.append(read)
        self.targets.append(write)
        self.attention.append(look)


def make_labels(
    vocabulary_: Vocabulary, heard: Heard, timestamps: bool, prompt: str | None
) -> Labels:
    """As Whisper is trained: [prompt,] start, language, task[, no timestamps], text, end. Where
    nobody spoke, `<|nospeech|>` is to follow the start.
    """
    id_of = vocabulary_.id_of
    labels = Labels()
    if prompt is not None:
        for token in [id_of(vocabulary.PREVIOUS), *vocabulary_.encode(f" {prompt}")]:
            labels.add(token, IGNORED)
    language, transcribe = vocabulary_.language(heard.language), id_of(vocabulary.TRANSCRIBE)
    spoken = bool(heard.sentences)
    labels.add(id_of(vocabulary.START), language if spoken else id_of(vocabulary.NO_SPEECH))
    labels.add(language, transcribe if spoken else IGNORED)
    last = transcribe
    if not timestamps:
        labels.add(transcribe, IGNORED)
        last = id_of(vocabulary.NO_TIMESTAMPS)
    for token, look in _text(vocabulary_, heard.sentences, timestamps):
        labels.add(last, token, look)
        last = token
    labels.add(last, id_of(vocabulary.END_OF_TEXT))
    return labels


def mislead(rng: random.Random, labels: Labels, text_size: int) -> None:
    """Some of what the decoder reads of its own text isn't what it should have written."""
    share = rng.uniform(0.1, 0.5)
    labels.inputs = [
        rng.randrange(_FIRST_MERGED_TOKEN, text_size)
        if token < text_size and rng.random() < share
        else token
        for token in labels.inputs
    ]


def _text(
    vocabulary_: Vocabulary, sentences: Sequence[Sequence[Span]], timestamps: bool
) -> list[tuple[int, Interval | None]]:
    if not sentences:
        return [(vocabulary_.timestamp(0), None)] if timestamps else []
    tokens: list[tuple[int, Interval | None]] = []
    for words in sentences:
        if timestamps:
            start_ms = words[0].start_ms
            if not tokens:
                start_ms = min(start_ms, _MAX_FIRST_TIMESTAMP_MS)
            tokens.append((vocabulary_.timestamp(start_ms), None))
        for word in words:
            tokens += _word(vocabulary_, word)
        if timestamps:
            end_ms = min(words[-1].end_ms, MAX_CLIP_MS)
            tokens.append((vocabulary_.timestamp(end_ms), None))
    return tokens


def _word(vocabulary_: Vocabulary, word: Span) -> list[tuple[int, Interval | None]]:
    """A word's tokens share its time evenly."""
    ids = vocabulary_.encode(f" {word.text}")
    step_ms = (word.end_ms - word.start_ms) / len(ids)
    return [
        (
            token,
            (
                word.start_ms + step_ms * number - _ATTENTION_MARGIN_MS,
                word.start_ms + step_ms * (number + 1) + _ATTENTION_MARGIN_MS,
            ),
        )
        for number, token in enumerate(ids)
    ]
