"""Samples put together as tensors."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from tests.speech.making.corpus import Corpus
from tests.speech.making.features import Spectrograms
from tests.speech.making.labels import IGNORED, Interval, Labels, make_labels, mislead
from tests.speech.making.network import MAX_CLIP_POSITIONS
from tests.speech.making.samples import Heard, Mix, make_clip
from tests.speech.making.vocabulary import END_OF_TEXT, Vocabulary
from tests.speech.voice import Span

BATCH_SIZE = 16
_POSITION_MS = 20
_SAMPLES_A_POSITION = 320
_TIMESTAMPS_SHARE = 0.5
_PROMPT_SHARE = 0.12
_LONG_SHARE_OF_FULL = 0.3


@dataclass(frozen=True, slots=True)
class Batch:
    """`features`: [clips, mels, frames]. `inputs`, `targets`: [clips, tokens]. `phonemes`: [clips,
    positions]. `looks`: where each token's attention should lie: [clips, tokens, positions].
    """

    features: torch.Tensor
    inputs: torch.Tensor
    targets: torch.Tensor
    phonemes: torch.Tensor
    looks: torch.Tensor


class Batches:
    """Makes batches out of a corpus."""

    def __init__(self, corpus: Corpus, vocabulary: Vocabulary) -> None:
        self._corpus = corpus
        self._vocabulary = vocabulary
        self._spectrograms = Spectrograms()
        # 0: nothing is being said.
        self._phonemes = {name: number for number, name in enumerate(corpus.phonemes, 1)}

    @property
    def phoneme_classes(self) -> int:
        return len(self._phonemes) + 1

    def make(self, rng: random.Random, mix: Mix, full: bool) -> Batch:
        """`full`: of 10 s with their padding, as faster-whisper has it; otherwise as long as the
        longest clip in it.
        """
        all_long = rng.random() < mix.long
        clips = [
            make_clip(rng, self._corpus, mix.closed, self._is_long(rng, mix, full, all_long))
            for _ in range(BATCH_SIZE)
        ]
        labels = [self._labels(rng, mix, clip) for clip in clips]
        longest = max(len(clip.sound) for clip in clips) // _SAMPLES_A_POSITION + 2
        positions = MAX_CLIP_POSITIONS if full else min(longest, MAX_CLIP_POSITIONS)
        features = self._spectrograms.of([clip.sound for clip in clips], 2 * positions)
        tokens = max(len(each.inputs) for each in labels)
        end = self._vocabulary.id_of(END_OF_TEXT)
        return Batch(
            torch.nn.functional.pad(features, (0, 2)),
            _padded([each.inputs for each in labels], tokens, end),
            _padded([each.targets for each in labels], tokens, IGNORED),
            self._phoneme_frames(clips, positions + 1),
            _looks([each.attention for each in labels], tokens, positions + 1),
        )

    def _is_long(self, rng: random.Random, mix: Mix, full: bool, all_long: bool) -> bool:
        if full and mix.long:
            return rng.random() < _LONG_SHARE_OF_FULL
        return all_long

    def _labels(self, rng: random.Random, mix: Mix, clip: Heard) -> Labels:
        timestamps = rng.random() < _TIMESTAMPS_SHARE
        prompt = None
        if rng.random() < _PROMPT_SHARE:
            prompt = rng.choice(self._corpus.closed).text
        labels = make_labels(self._vocabulary, clip, timestamps, prompt)
        if rng.random() < mix.corrupted:
            mislead(rng, labels, self._vocabulary.text_size)
        return labels

    def _phoneme_frames(self, clips: Sequence[Heard], positions: int) -> torch.Tensor:
        frames = torch.zeros(len(clips), positions, dtype=torch.long)
        for row, clip in zip(frames, clips, strict=True):
            for span in clip.phonemes:
                first, end = _positions(span, positions)
                row[first:end] = self._phonemes[span.text]
        return frames


def _positions(span: Span, positions: int) -> Interval:
    """At least one of them."""
    first = span.start_ms // _POSITION_MS
    return first, min(max(first + 1, span.end_ms // _POSITION_MS), positions)


def _padded(rows: Sequence[Sequence[int]], length: int, filler: int) -> torch.Tensor:
    return torch.tensor([[*row, *[filler] * (length - len(row))] for row in rows])


def _looks(rows: Sequence[Sequence[Interval | None]], tokens: int, positions: int) -> torch.Tensor:
    looks = torch.zeros(len(rows), tokens, positions, dtype=torch.bool)
    for clip, row in enumerate(rows):
        for token, interval in enumerate(row):
            if interval is not None:
                first = max(0, int(interval[0] // _POSITION_MS))
                looks[clip, token, first : int(interval[1] // _POSITION_MS) + 1] = True
    looks[:, :, -1] = False
    return looks
