"""A trained network as the folder that `faster_whisper.WhisperModel` loads."""

import hashlib
import json
from pathlib import Path

from ctranslate2.converters.transformers import WhisperLoader

from tests.speech.making.network import ALIGNMENT_HEADS, LAYERS, Network
from tests.speech.making.vocabulary import END_OF_TEXT, Vocabulary

FILES = (
    "config.json",
    "model.bin",
    "preprocessor_config.json",
    "tokenizer.json",
    "vocabulary.json",
)
_QUANTIZATION = "int8_float16"
# How the byte-level BPE writes a space.
_SPACE = "Ġ"


def export(network: Network, vocabulary: Vocabulary, folder: Path) -> None:
    """Writes `FILES` and their checksums (`sha256sum -c SHA256SUMS`) into `folder`, over those that
    are there.
    """
    spec = WhisperLoader().get_model_spec(network.whisper.eval())
    spec.register_vocabulary(list(vocabulary.tokens))
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [vocabulary.id_of(_SPACE), vocabulary.id_of(END_OF_TEXT)]
    spec.config.alignment_heads = [[LAYERS - 1, head] for head in ALIGNMENT_HEADS]
    spec.config.lang_ids = [vocabulary.language("en"), vocabulary.language("ko")]
    spec.validate()
    spec.optimize(quantization=_QUANTIZATION)
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text(vocabulary.tokenizer_json(), encoding="utf-8")
    (folder / "preprocessor_config.json").write_text(
        json.dumps(
            {
                # Seconds of a window; faster-whisper pads it to 30 all the same.
                "chunk_length": 10,
                "feature_size": 80,
                "hop_length": 160,
                "n_fft": 400,
                "sampling_rate": 16_000,
            }
        ),
        encoding="utf-8",
    )
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in FILES]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
