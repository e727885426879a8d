"""How to reply, said by the name of the model: `play;rate=30;first=0.2;tokens=100;fault=cut@5`.

So any client can choose it. Several faults: `fault=crlf+cut@5`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.emulators.plan import TOGETHER, parse
from tests.emulators.script import Reply, UnplayableError

NAME = "play"


def number(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value


def whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError
    return value


def names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(TOGETHER)))


def faults(text: str) -> tuple[str, ...]:
    for each in names(text):
        parse(each)
    return names(text)


# Each key: the field of the reply it sets, and how it is read.
KEYS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "text": ("text", str),
    "tokens": ("tokens", whole),
    "rate": ("rate", number),
    "first": ("first_token_s", number),
    "stamps": ("stamps", lambda text: bool(whole(text))),
    "fault": ("faults", faults),
    "refuses": ("refuses", names),
    "input": ("input_tokens", whole),
    "cached": ("cached_tokens", whole),
    "output": ("output_tokens", whole),
    "thought": ("thought_tokens", whole),
}


def by_hand(model: str, reply: Reply) -> Reply:
    """The reply, changed as the model's name says; as it is, if that isn't `play` and keys.

    Raises:
        UnplayableError: a key or its value isn't one.
    """
    name, *pairs = model.split(";")
    if name != NAME:
        return reply
    changes: dict[str, Any] = {}
    for pair in filter(None, pairs):
        key, _, value = pair.partition("=")
        if key not in KEYS:
            raise UnplayableError(f"There is no key {key!r}. There are: {', '.join(KEYS)}.")
        field, read = KEYS[key]
        try:
            changes[field] = read(value)
        except UnplayableError:
            raise
        except ValueError as wrong:
            raise UnplayableError(f"{key}={value}: a number from 0 belongs there.") from wrong
    return replace(reply, **changes)
