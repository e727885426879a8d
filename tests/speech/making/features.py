"""The log-mel spectrogram, many clips at a time, as faster-whisper computes it for each."""

from collections.abc import Sequence

import torch
from faster_whisper.feature_extractor import FeatureExtractor

from tests.speech.making.noises import Sound

MELS = 80
_FFT = 400
_HOP = 160
# The extractor takes what is 8 decades below the loudest for silence, and brings the rest near 1.
_DECADES = 8.0


class Spectrograms:
    """Computes them, with faster-whisper's own mel filters."""

    def __init__(self) -> None:
        self._filters = torch.tensor(FeatureExtractor(feature_size=MELS).mel_filters)
        self._window = torch.hann_window(_FFT)

    def of(self, sounds: Sequence[Sound], frames: int) -> torch.Tensor:
        """[sounds, mels, frames], at 10 ms a frame; behind the end zeros, as in faster-whisper."""
        padded = torch.zeros(len(sounds), max(map(len, sounds)) + _FFT)
        for row, sound in zip(padded, sounds, strict=True):
            row[: len(sound)] = torch.from_numpy(sound)
        transformed = torch.stft(
            padded, _FFT, _HOP, window=self._window, center=True, return_complex=True
        )
        power = transformed.real**2 + transformed.imag**2
        decades = (self._filters @ power).clamp_min(1e-10).log10()
        features = torch.zeros(len(sounds), MELS, frames)
        for row, spectrum, sound in zip(features, decades, sounds, strict=True):
            count = len(sound) // _HOP
            heard = spectrum[:, : count + 1]
            heard = torch.maximum(heard, heard.max() - _DECADES)
            used = min(count, frames)
            row[:, :used] = (heard[:, :used] + 4) / 4
        return features
