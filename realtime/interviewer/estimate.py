"""How many tokens a text makes, about: for budgets and clipping, before a provider has counted.

No tokenizer: each model has its own. About four characters of English are a token (OpenAI,
"What are tokens and how to count them?"). Elsewhere it is a token a character: a Hangul syllable
makes 0.7 with `o200k` and more with older ones, so that this is rather too much than too little.
"""

from realtime.interviewer.model import Prompt

CHARACTERS_A_TOKEN = 4
# No text has more: a bound for models that heed none, and for what is worth counting.
MOST_CHARACTERS_A_TOKEN = 8
# The frame around a message, and the reply's beginning (OpenAI's cookbook, "How to count tokens").
_A_MESSAGE = 4


def tokens(text: str) -> int:
    """How many tokens `text` makes, about; at least 1 unless it is empty."""
    plain = len(text) if text.isascii() else len(text.encode("ascii", "ignore"))
    return len(text) - plain + -(-plain // CHARACTERS_A_TOKEN)


def prompt_tokens(prompt: Prompt) -> int:
    """How many tokens a prompt makes, about, without the reply."""
    return sum(tokens(message.text) + _A_MESSAGE for message in prompt.messages)
