"""The tokenizer: a small byte-level BPE for the text, and Whisper's special tokens behind it.

Ids, in their order: the text's; an empty token, by which CTranslate2 (4.7 and later) knows a model
that speaks many languages; `<|endoftext|>`, `<|startoftranscript|>`, the languages in OpenAI's
order, the tasks and marks; a timestamp for every 20 ms of 30 s. faster-whisper finds the special
ones by name and takes timestamps to follow `<|notimestamps|>`. A text begins with a space.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from protocol.view import Language
from tests.speech.sentences import SENTENCES

TIMESTAMP_MS = 20
_TIMESTAMPS = 1_501
# More than there is to merge, so that every word of the set becomes one token.
_MAX_TEXT_TOKENS = 900
_KOREAN_WEIGHT = 3

# As OpenAI's tokenizer of 2022 orders them: a model's ids follow it.
_LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th "
    "ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr "
    "pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt "
    "haw ln ha ba jw su"
)

END_OF_TEXT = "<|endoftext|>"
START = "<|startoftranscript|>"
TRANSCRIBE = "<|transcribe|>"
PREVIOUS = "<|startofprev|>"
NO_SPEECH = "<|nospeech|>"
NO_TIMESTAMPS = "<|notimestamps|>"
_SPECIAL = (
    END_OF_TEXT,
    START,
    *(f"<|{language}|>" for language in _LANGUAGES.split()),
    *("<|translate|>", TRANSCRIBE, "<|startoflm|>", PREVIOUS, NO_SPEECH, NO_TIMESTAMPS),
)


@dataclass(frozen=True)
class Vocabulary:
    """The text's tokenizer, and the ids of all tokens."""

    text: Tokenizer

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Every token at its id, as CTranslate2 is told them."""
        by_id = {number: token for token, number in self.text.get_vocab().items()}
        timestamps = (f"<|{number * TIMESTAMP_MS / 1000:.2f}|>" for number in range(_TIMESTAMPS))
        return (*(by_id[number] for number in range(len(by_id))), "", *_SPECIAL, *timestamps)

    @property
    def text_size(self) -> int:
        return self.text.get_vocab_size()

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.tokens)}

    def id_of(self, token: str) -> int:
        return self._ids[token]

    def language(self, language: Language) -> int:
        return self._ids[f"<|{language}|>"]

    def timestamp(self, at_ms: float) -> int:
        """Rounded to 20 ms, and at most 30 s."""
        number = min(max(round(at_ms / TIMESTAMP_MS), 0), _TIMESTAMPS - 1)
        return self._ids[NO_TIMESTAMPS] + 1 + number

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self.text.encode(text, add_special_tokens=False).ids
        return ids

    def tokenizer_json(self) -> str:
        """`tokenizer.json` for faster-whisper. It needs no timestamps there."""
        content: dict[str, Any] = json.loads(self.text.to_str())
        special = [(token, self._ids[token]) for token in _SPECIAL]
        content["model"]["vocab"] |= dict(special)
        content["added_tokens"] = [
            {
                "id": number,
                "content": token,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for token, number in special
        ]
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def make_vocabulary() -> Vocabulary:
    """Learns the merges from the closed set; the same ones every time."""
    english, korean = SENTENCES["en"], SENTENCES["ko"]
    texts = [*english, *(text.lower() for text in english), *korean * _KOREAN_WEIGHT]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_MAX_TEXT_TOKENS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=1,
        show_progress=False,
    )
    tokenizer.train_from_iterator([f" {text}" for text in texts], trainer)
    return Vocabulary(tokenizer)
