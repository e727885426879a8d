"""Whisper models of the real sizes with weights drawn at random: they cost what real ones do.

What they hear is nonsense, and never ends by itself, so a pass takes as many tokens as it may.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ctranslate2.specs import whisper_spec

_MELS, _WINDOW, _MOST_TOKENS = 80, 1_500, 448
_TEXT_TOKENS, _LANGUAGES, _TIMES = 50_257, 99, 1_501
_OTHERS = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
_WORDS_LIKELIER = 8

Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """Layers on each side, and the width. A head has 64 of it."""

    layers: int
    width: int


SHAPES = {"tiny": Shape(4, 384), "base": Shape(6, 512), "small": Shape(12, 768)}


def save(shape: Shape, folder: Path) -> None:
    """Write a model of that shape, in int8."""
    tokens = _tokens()
    spec = whisper_spec.WhisperSpec(
        shape.layers, shape.width // 64, shape.layers, shape.width // 64
    )
    _Filler(shape.width).fill(spec, len(tokens))
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [_TEXT_TOKENS]
    spec.config.alignment_heads = [[shape.layers - 1, head] for head in range(4)]
    first = _TEXT_TOKENS + 2
    spec.config.lang_ids = list(range(first, first + _LANGUAGES))
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer(tokens)))


def _tokens() -> list[str]:
    """As many as Whisper's, in its order. The empty one tells CTranslate2 it knows languages."""
    text = ["", *_bytes()]
    text += [f"Ġw{number}" for number in range(len(text), _TEXT_TOKENS)]
    languages = ["en", "zh", "de", "es", "ru", "ko", *(f"x{number}" for number in range(93))]
    special = ["endoftext", "startoftranscript", *languages, *_OTHERS]
    times = [f"{0.02 * number:.2f}" for number in range(_TIMES)]
    return text + [f"<|{name}|>" for name in (*special, *times)]


def _bytes() -> list[str]:
    """Each byte as byte-level tokenizers write it: as itself if it can be seen."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return [chr(each) for each in seen] + [chr(0x100 + each) for each in range(256 - len(seen))]


def _tokenizer(tokens: list[str]) -> dict[str, object]:
    numbered = dict(zip(tokens, range(len(tokens)), strict=True))
    special = tokens[_TEXT_TOKENS : len(tokens) - _TIMES]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": numbered[token], "content": token, "special": True, **flags} for token in special
        ],
        "pre_tokenizer": {
            "type": "ByteLevel",
            "add_prefix_space": False,
            "trim_offsets": True,
            "use_regex": True,
        },
        "decoder": {
            "type": "ByteLevel",
            "add_prefix_space": False,
            "trim_offsets": True,
            "use_regex": True,
        },
        "model": {
            "type": "BPE",
            "vocab": {token: numbered[token] for token in tokens[: _TEXT_TOKENS + len(special)]},
            "merges": [],
        },
    }


class _Filler:
    """Gives every layer weights."""

    def __init__(self, width: int) -> None:
        self._chance = np.random.default_rng(width)
        self._width = width

    def fill(self, spec: object, tokens: int) -> None:
        width = self._width
        encoder, decoder = spec.encoder, spec.decoder  # type: ignore[attr-defined]
        self._linear(encoder.conv1, width, _MELS, 3)
        self._linear(encoder.conv2, width, width, 3)
        encoder.position_encodings.encodings = self._drawn(_WINDOW, width)
        embeddings = self._drawn(tokens, width)
        # So that words are likelier than all time marks together, and than an end.
        embeddings[:_TEXT_TOKENS] *= _WORDS_LIKELIER
        embeddings[_TEXT_TOKENS:] = 0
        decoder.embeddings.weight = embeddings
        decoder.position_encodings.encodings = self._drawn(_MOST_TOKENS, width)
        decoder.projection.weight = decoder.embeddings.weight
        for side in (encoder, decoder):
            self._norm(side.layer_norm)
            for layer in side.layer:
                self._attention(layer.self_attention, [3 * width, width])
                if side is decoder:
                    self._attention(layer.attention, [width, 2 * width, width])
                self._norm(layer.ffn.layer_norm)
                self._linear(layer.ffn.linear_0, 4 * width, width)
                self._linear(layer.ffn.linear_1, width, 4 * width)

    def _attention(self, spec: object, outputs: list[int]) -> None:
        self._norm(spec.layer_norm)  # type: ignore[attr-defined]
        for linear, output in zip(spec.linear, outputs, strict=True):  # type: ignore[attr-defined]
            self._linear(linear, output, self._width)

    def _norm(self, spec: object) -> None:
        spec.gamma = np.ones(self._width, np.float32)  # type: ignore[attr-defined]
        spec.beta = np.zeros(self._width, np.float32)  # type: ignore[attr-defined]

    def _linear(self, spec: object, *shape: int) -> None:
        spec.weight = self._drawn(*shape)  # type: ignore[attr-defined]
        spec.bias = np.zeros(shape[0], np.float32)  # type: ignore[attr-defined]

    def _drawn(self, *shape: int) -> Weights:
        return self._chance.standard_normal(shape, np.float32) * np.float32(0.02)
