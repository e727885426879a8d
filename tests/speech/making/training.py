"""Training, in stages, from a seed.

Every step draws its batch from a random source of its own, named by the seed, the stage and the
step: a run that was broken off goes on from its checkpoint as if it hadn't been.
"""

import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from tests.speech.making.batches import Batch, Batches
from tests.speech.making.labels import IGNORED
from tests.speech.making.network import ALIGNMENT_HEADS, Network
from tests.speech.making.samples import Mix

_WARM_UP_STEPS = 200
_FINAL_RATE_SHARE = 0.02
_PHONEME_WEIGHT = 0.5
_ATTENTION_WEIGHT = 0.3
# Both helps to hearing count less once the encoder hears.
_HELPED_SHARE = 0.7
_LATER_HELP = 0.3
_FULL_SHARE = 0.08
_CHECKPOINT_STEPS = 200
_REPORT_STEPS = 100


@dataclass(frozen=True, slots=True)
class Stage:
    """`rate`: the highest learning rate; it falls with a cosine. `full_from`: the share of the
    steps after which all batches have the padding that faster-whisper gives.
    """

    steps: int
    rate: float
    mix: Mix
    full_from: float = 1.0


# To begin with the second stage's mix is clearly worse.
STAGES: tuple[Stage, ...] = (
    Stage(1_700, 3e-3, Mix(closed=0.6, long=0.0, corrupted=0.0)),
    Stage(3_600, 1.5e-3, Mix(closed=0.55, long=0.3, corrupted=0.2), full_from=0.75),
)


@dataclass(frozen=True, slots=True)
class Losses:
    """`text`: cross entropy of the tokens; `phonemes`: of the phonemes in each 20 ms; `attention`:
    how much of it lies beside the word. `right`: the share of tokens that were.
    """

    text: torch.Tensor
    phonemes: torch.Tensor
    attention: torch.Tensor
    right: torch.Tensor

    def total(self, help_: float) -> torch.Tensor:
        helps = _PHONEME_WEIGHT * self.phonemes + _ATTENTION_WEIGHT * self.attention
        return self.text + help_ * helps


class Trainer:
    """Trains one network. `checkpoint`: a file; where it exists training goes on from it."""

    def __init__(self, network: Network, batches: Batches, seed: int, checkpoint: Path) -> None:
        self._network = network
        self._batches = batches
        self._seed = seed
        self._checkpoint = checkpoint

    def train(self, stages: Sequence[Stage]) -> None:
        kept: dict[str, Any] = {"stage": 0, "step": 0, "optimizer": None}
        if self._checkpoint.exists():
            kept = torch.load(self._checkpoint, weights_only=True)
            self._network.load(kept["network"])
        for number, stage in enumerate(stages):
            if number < kept["stage"]:
                continue
            goes_on = number == kept["stage"]
            self._run(
                number,
                stage,
                kept["step"] if goes_on else 0,
                kept["optimizer"] if goes_on else None,
            )

    def _run(self, number: int, stage: Stage, first_step: int, optimizer_state: Any) -> None:
        optimizer = torch.optim.AdamW(
            self._network.parameters(), lr=stage.rate, betas=(0.9, 0.98), weight_decay=0.01
        )
        if optimizer_state is not None:
            optimizer.load_state_dict(optimizer_state)
        began, smooth = time.monotonic(), dict[str, float]()
        for step in range(first_step, stage.steps):
            losses = self._step(number, stage, step, optimizer)
            for name in ("text", "phonemes", "attention", "right"):
                value = float(getattr(losses, name).detach())
                smooth[name] = 0.97 * smooth.get(name, value) + 0.03 * value
            if (step + 1) % _REPORT_STEPS == 0:
                figures = " ".join(f"{name} {value:.3f}" for name, value in smooth.items())
                pace = (time.monotonic() - began) / (step + 1 - first_step)
                print(f"stage {number} step {step + 1}: {figures}; {pace:.2f} s a step", flush=True)
            if (step + 1) % _CHECKPOINT_STEPS == 0 or step + 1 == stage.steps:
                self._keep(number, step + 1, optimizer)

    def _step(
        self, number: int, stage: Stage, step: int, optimizer: torch.optim.Optimizer
    ) -> Losses:
        done = step / stage.steps
        cosine = 0.5 * (1 + math.cos(math.pi * done))
        falling = _FINAL_RATE_SHARE + (1 - _FINAL_RATE_SHARE) * cosine
        for group in optimizer.param_groups:
            group["lr"] = stage.rate * min(1.0, (step + 1) / _WARM_UP_STEPS) * falling
        rng = random.Random(f"{self._seed} {number} {step}")
        full = rng.random() < (1.0 if done >= stage.full_from else _FULL_SHARE)
        losses = losses_of(self._network, self._batches.make(rng, stage.mix, full))
        optimizer.zero_grad()
        losses.total(1.0 if done < _HELPED_SHARE else _LATER_HELP).backward()
        torch.nn.utils.clip_grad_norm_(list(self._network.parameters()), 1.0)
        optimizer.step()
        return losses

    def _keep(self, number: int, step: int, optimizer: torch.optim.Optimizer) -> None:
        unfinished = self._checkpoint.with_suffix(".tmp")
        torch.save(
            {
                "stage": number,
                "step": step,
                "network": self._network.state(),
                "optimizer": optimizer.state_dict(),
            },
            unfinished,
        )
        unfinished.replace(self._checkpoint)


def losses_of(network: Network, batch: Batch) -> Losses:
    encoded = network.encode(batch.features)
    decoded = network.decode(batch.inputs, encoded)
    text = functional.cross_entropy(
        decoded.logits.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED
    )
    phonemes = functional.cross_entropy(
        network.phonemes(encoded.states).flatten(0, 1), batch.phonemes.flatten()
    )
    counted = batch.targets != IGNORED
    right = ((decoded.logits.argmax(-1) == batch.targets) & counted).sum() / counted.sum()
    return Losses(text, phonemes, _attention_loss(decoded.attention, batch.looks), right)


def _attention_loss(attention: torch.Tensor, looks: torch.Tensor) -> torch.Tensor:
    """How little of the guided heads' attention (its negative logarithm) lies where it should."""
    guided = attention[:, list(ALIGNMENT_HEADS)]
    within = guided.masked_fill(~looks[:, None], -1e9).logsumexp(-1)
    has_place = looks.any(-1)
    count = len(ALIGNMENT_HEADS) * has_place.sum().clamp_min(1)
    return -(within * has_place[:, None]).sum() / count
