"""`python -m tests.speech.making --work DIR --out DIR`: the model, from a seed."""

import argparse
import pickle
import random
import sys
from dataclasses import replace
from pathlib import Path

import torch

from tests.speech.making.batches import Batches
from tests.speech.making.corpus import Corpus, Quantities, make_corpus
from tests.speech.making.export import export
from tests.speech.making.network import Network
from tests.speech.making.training import STAGES, Trainer
from tests.speech.making.vocabulary import make_vocabulary

_QUICK_QUANTITIES = Quantities(2, (("en", 40), ("ko", 10)), (("en", 40), ("ko", 10)))
_QUICK_STEPS = 20


def main(arguments: list[str]) -> None:
    options = _options(arguments)
    # One thread adds numbers in one order: the same seed gives the same model on the same machine.
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    options.work.mkdir(parents=True, exist_ok=True)
    quantities, stages = Quantities(), STAGES
    if options.quick:
        quantities = _QUICK_QUANTITIES
        stages = tuple(replace(stage, steps=_QUICK_STEPS) for stage in stages)
    vocabulary = make_vocabulary()
    batches = Batches(_corpus(options.seed, quantities, options.work / "corpus.pickle"), vocabulary)
    network = Network(len(vocabulary.tokens), batches.phoneme_classes)
    trainer = Trainer(network, batches, options.seed, options.work / "checkpoint.pt")
    trainer.train(stages)
    export(network, vocabulary, options.out)
    print(f"made {options.out}")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.speech.making", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="for speech (1 GB), checkpoints")
    parser.add_argument("--out", type=Path, required=True, help="the model's folder; is replaced")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="try the scripts: it hears nothing")
    return parser.parse_args(arguments)


def _corpus(seed: int, quantities: Quantities, kept: Path) -> Corpus:
    if kept.exists():
        with kept.open("rb") as file:
            corpus: Corpus = pickle.load(file)
        return corpus
    corpus = make_corpus(random.Random(seed), quantities)
    unfinished = kept.with_suffix(".tmp")
    with unfinished.open("wb") as file:
        pickle.dump(corpus, file)
    unfinished.replace(kept)
    clips = len(corpus.closed) + len(corpus.other)
    print(f"spoke {clips} clips of {len(corpus.phonemes)} phonemes", flush=True)
    return corpus


if __name__ == "__main__":
    main(sys.argv[1:])
