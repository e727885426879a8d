"""Whisper, in small: as transformers defines it, but run so that training costs a third.

faster-whisper pads every clip to 30 s. Here the encoder's positions beyond 10 s are all alike
(zero), so that all padding is alike from one layer to the next: one key stands for it, with
the logarithm of how many it stands for added to its attention.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import torch
from torch.nn import functional
from transformers import WhisperConfig, WhisperForConditionalGeneration

from tests.speech.making.features import MELS

WIDTH = 64
HEADS = 4
LAYERS = 2
# Encoder positions of 20 ms: so many of a clip, of all that the model has.
MAX_CLIP_POSITIONS = 500
POSITIONS = 1_500
# Of the last decoder layer: trained to look where the word is; word times are read from them.
ALIGNMENT_HEADS = (0, 1)


class Encoded(NamedTuple):
    """[clips, positions + 1, width]: the last position is the padding's. `bias`: of attention."""

    states: torch.Tensor
    bias: torch.Tensor


class Decoded(NamedTuple):
    """`logits`: [clips, tokens, vocabulary]. `attention`: the last layer's to the encoder, as
    logarithms: [clips, heads, tokens, positions + 1].
    """

    logits: torch.Tensor
    attention: torch.Tensor


class Network:
    """The Whisper, and a classifier of phonemes on its encoder that is used in training only."""

    def __init__(self, vocabulary_size: int, phonemes: int) -> None:
        self.whisper = WhisperForConditionalGeneration(_config(vocabulary_size))
        self.phonemes = torch.nn.Linear(WIDTH, phonemes)
        self._encoder: Any = self.whisper.model.encoder
        self._decoder: Any = self.whisper.model.decoder
        with torch.no_grad():
            self._decoder.embed_tokens.weight.normal_(0, 0.05)
            self._decoder.embed_positions.weight.normal_(0, 0.05)
            self._encoder.embed_positions.weight.copy_(_positions())
        self._encoder.embed_positions.weight.requires_grad_(False)
        self.whisper.tie_weights()

    def parameters(self) -> Iterator[torch.Tensor]:
        """Those to be trained."""
        for module in (self.whisper, self.phonemes):
            for parameter in module.parameters():
                if parameter.requires_grad:
                    yield parameter

    def state(self) -> dict[str, Any]:
        return {"whisper": self.whisper.state_dict(), "phonemes": self.phonemes.state_dict()}

    def load(self, state: Mapping[str, Any]) -> None:
        self.whisper.load_state_dict(state["whisper"])
        self.phonemes.load_state_dict(state["phonemes"])

    def encode(self, features: torch.Tensor) -> Encoded:
        """`features`: [clips, mels, 2 * positions + 2]; the last two frames are padding."""
        encoder = self._encoder
        states = functional.gelu(encoder.conv1(features))
        states = functional.gelu(encoder.conv2(states)).transpose(1, 2)
        positions = states.shape[1] - 1
        places = encoder.embed_positions.weight[: positions + 1].clone()
        places[positions] = 0
        states = states + places
        bias = torch.zeros(1, 1, 1, positions + 1)
        bias[..., positions] = math.log(POSITIONS - positions)
        for layer in encoder.layers:
            normal = layer.self_attn_layer_norm(states)
            states = states + _attend(layer.self_attn, normal, normal, bias)
            states = states + _feed_forward(layer, states)
        return Encoded(encoder.layer_norm(states), bias)

    def decode(self, tokens: torch.Tensor, encoded: Encoded) -> Decoded:
        """`tokens`: [clips, tokens]. Teacher-forced: each sees those before it."""
        decoder = self._decoder
        count = tokens.shape[1]
        causal = torch.full((count, count), -math.inf).triu(1)
        states = decoder.embed_tokens(tokens) + decoder.embed_positions.weight[:count]
        attention = torch.empty(0)
        for layer in decoder.layers:
            normal = layer.self_attn_layer_norm(states)
            states = states + _attend(layer.self_attn, normal, normal, causal)
            normal = layer.encoder_attn_layer_norm(states)
            if layer is decoder.layers[-1]:
                attention = _log_attention(layer.encoder_attn, normal, encoded)
            states = states + _attend(layer.encoder_attn, normal, *encoded)
            states = states + _feed_forward(layer, states)
        logits = decoder.layer_norm(states) @ decoder.embed_tokens.weight.t()
        return Decoded(logits, attention)


def _config(vocabulary_size: int) -> WhisperConfig:
    return WhisperConfig(
        vocab_size=vocabulary_size,
        num_mel_bins=MELS,
        d_model=WIDTH,
        encoder_layers=LAYERS,
        decoder_layers=LAYERS,
        encoder_attention_heads=HEADS,
        decoder_attention_heads=HEADS,
        encoder_ffn_dim=4 * WIDTH,
        decoder_ffn_dim=4 * WIDTH,
        max_source_positions=POSITIONS,
        max_target_positions=448,
        dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        pad_token_id=0,
        bos_token_id=0,
        eos_token_id=0,
        decoder_start_token_id=0,
    )


def _positions() -> torch.Tensor:
    """Half of Whisper's sinusoids for a clip's positions, zero for those of the padding."""
    half = WIDTH // 2
    rates = torch.exp(-math.log(10_000) / (half - 1) * torch.arange(half))
    phases = torch.arange(MAX_CLIP_POSITIONS)[:, None] * rates[None]
    places = torch.zeros(POSITIONS, WIDTH)
    places[:MAX_CLIP_POSITIONS] = 0.5 * torch.cat([phases.sin(), phases.cos()], 1)
    return places


def _by_head(states: torch.Tensor) -> torch.Tensor:
    return states.view(states.shape[0], -1, HEADS, WIDTH // HEADS).transpose(1, 2)


def _attend(
    attention: Any, queries: torch.Tensor, keys: torch.Tensor, bias: torch.Tensor
) -> torch.Tensor:
    gathered = functional.scaled_dot_product_attention(
        _by_head(attention.q_proj(queries)),
        _by_head(attention.k_proj(keys)),
        _by_head(attention.v_proj(keys)),
        attn_mask=bias,
    )
    return attention.out_proj(gathered.transpose(1, 2).reshape(queries.shape))


def _log_attention(attention: Any, queries: torch.Tensor, encoded: Encoded) -> torch.Tensor:
    keys = _by_head(attention.k_proj(encoded.states)).transpose(-1, -2)
    weights = _by_head(attention.q_proj(queries)) @ keys / math.sqrt(WIDTH // HEADS)
    return functional.log_softmax(weights + encoded.bias, -1)


def _feed_forward(layer: Any, states: torch.Tensor) -> torch.Tensor:
    return layer.fc2(functional.gelu(layer.fc1(layer.final_layer_norm(states))))
