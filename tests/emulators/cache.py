"""A prompt cache as the providers have: how much of a prompt began another one before."""

from collections import OrderedDict
from hashlib import blake2b

from tests.emulators.script import Said
from tests.emulators.words import BYTES_A_TOKEN

STEP_TOKENS = 128
LEAST_TOKENS = 1024
MAX_KNOWN = 100_000


class PromptCache:
    """Knows the beginnings of the latest prompts, in steps of 128 tokens. Below 1,024 tokens
    nothing counts as cached, as OpenAI has it.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def cached_tokens(self, messages: tuple[Said, ...]) -> int:
        """How many tokens of the prompt were known; from now on all are."""
        prompt = "\0".join(f"{said.role}\0{said.text}" for said in messages).encode()
        step = STEP_TOKENS * BYTES_A_TOKEN
        digest = blake2b(digest_size=16)
        known, unbroken = 0, True
        for at in range(0, len(prompt) - step + 1, step):
            digest.update(prompt[at : at + step])
            key = digest.digest()
            unbroken = unbroken and key in self._known
            known += STEP_TOKENS * unbroken
            self._known[key] = None
            self._known.move_to_end(key)
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return known if known >= LEAST_TOKENS else 0
