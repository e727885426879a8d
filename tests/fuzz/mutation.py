"""Makes wrong input out of right input: bytes that are damaged, and JSON that is still JSON."""

import json
from collections.abc import Callable, Generator, Sequence
from random import Random
from typing import Any

INTERESTING = (
    b"\x00",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\\u0000",
    b"\\ud83d",
    b"\\udc00\\ud800",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[" * 2_000,
    b'{"a":' * 1_100,
    b"1e999",
    b"-0",
    b"9" * 30,
    b"NaN",
    b"null",
    b"\r\n",
    b"\n",
    b" ",
)

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 0.5, -0.0, 1e300, 5e-324),
    *(2**31 - 1, 2**31, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), 10**400),
    *(float("nan"), float("inf"), float("-inf")),
    *("", " ", "\0", "a\0b", "\n", "\ud800", "x\udfff", "\U0001f600", "\u202e\u2066", "\ufeff"),
    *("e\u0301" * 40, "x" * 65, "x" * 20_001, "1", "true", "null", "$", "`", "a`b", "a.b[0]"),
    *([], {}, [[]], {"": {}}, [None] * 30, ["x", "x"], {"type": "ping"}),
)

ODD_NAMES = ("", "type", "id", "re", "TYPE", "__class__", "from_", "a`b", "\0", "\ud800", "é", "$")


class Mutator:
    """Damages `seeds`, by `random`'s choice."""

    def __init__(self, random: Random, seeds: Sequence[bytes]) -> None:
        self._random = random
        self._seeds = seeds

    def any(self) -> bytes:
        """One of the seeds: seldom as it is, else damaged, once or several times."""
        seed = self.whole()
        kind = self._random.random()
        if kind < 0.05:
            return seed
        if kind < 0.6:
            return self.structure(seed)
        return self.damage(seed)

    def whole(self) -> bytes:
        """One of the seeds, as it is."""
        return self._random.choice(self._seeds)

    # --- bytes ----------------------------------------------------------------------------------

    def damage(self, data: bytes) -> bytes:
        """`data` with a few of its bytes changed, lost, or of another seed."""
        for _ in range(self._random.choice((1, 1, 1, 2, 3, 8))):
            data = self._random.choice(_OF_BYTES)(self, data)
        return data

    def _flip(self, data: bytes) -> bytes:
        if not data:
            return b"\x00"
        place = self._random.randrange(len(data))
        flipped = data[place] ^ (1 << self._random.randrange(8))
        return data[:place] + bytes((flipped,)) + data[place + 1 :]

    def _insert(self, data: bytes) -> bytes:
        place = self._random.randint(0, len(data))
        return data[:place] + self._random.choice(INTERESTING) + data[place:]

    def _replace(self, data: bytes) -> bytes:
        first, last = self._slice(data)
        return data[:first] + self._random.choice(INTERESTING) + data[last:]

    def _remove(self, data: bytes) -> bytes:
        first, last = self._slice(data)
        return data[:first] + data[last:]

    def _repeat(self, data: bytes) -> bytes:
        first, last = self._slice(data)
        return data[:last] + data[first:last] * self._random.choice((1, 2, 50)) + data[last:]

    def _truncate(self, data: bytes) -> bytes:
        return data[: self._random.randint(0, len(data))]

    def _splice(self, data: bytes) -> bytes:
        other = self.whole()
        return (
            data[: self._random.randint(0, len(data))]
            + other[self._random.randint(0, len(other)) :]
        )

    def _noise(self, data: bytes) -> bytes:
        return self._random.randbytes(self._random.randint(0, 64))

    def _slice(self, data: bytes) -> tuple[int, int]:
        first = self._random.randint(0, len(data))
        return first, min(len(data), first + self._random.choice((1, 1, 2, 8, 40)))

    # --- structure ------------------------------------------------------------------------------

    def structure(self, data: bytes) -> bytes:
        """The JSON object `data` with some of its values and names changed: JSON still, mostly."""
        value = json.loads(data)
        for _ in range(self._random.choice((1, 1, 1, 2, 4))):
            value = self._change(value)
        text = json.dumps(value, ensure_ascii=self._random.random() < 0.5)
        if self._random.random() < 0.1:
            text = self._with_a_name_twice(text)
        if self._random.random() < 0.02:
            text = self._nested(text)
        return text.encode("utf-8", "surrogatepass")

    def _change(self, value: Any) -> Any:
        """`value` with something in it, or all of it, replaced."""
        if isinstance(value, dict) and value and self._random.random() < 0.95:
            return self._change_object(value)
        if isinstance(value, list) and value and self._random.random() < 0.8:
            place = self._random.randrange(len(value))
            return [*value[:place], self._change(value[place]), *value[place + 1 :]]
        return self._other(value)

    def _change_object(self, value: dict[str, Any]) -> dict[str, Any]:
        name = self._random.choice(list(value))
        kind = self._random.random()
        if kind < 0.7:
            return {**value, name: self._change(value[name])}
        if kind < 0.8:
            return {key: kept for key, kept in value.items() if key != name}
        if kind < 0.9:
            return {**value, self._random.choice(ODD_NAMES): self._random.choice(ODD)}
        return {**json.loads(self.whole()), name: value[name]}

    def _other(self, value: Any) -> Any:
        if isinstance(value, int) and self._random.random() < 0.3:
            return value + self._random.choice((-1, 1, 2**32))
        if isinstance(value, str) and self._random.random() < 0.3:
            return value + self._random.choice(("", "\n", " ", "\0", "\U0001f600", value))
        return self._random.choice(ODD)

    def _with_a_name_twice(self, text: str) -> str:
        name = self._random.choice(("type", "id", "turn", "text", "seq", "role"))
        again = json.dumps({name: self._random.choice(ODD)})
        return text[:-1] + ", " + again[1:] if text != "{}" and text.endswith("}") else text

    def _nested(self, text: str) -> str:
        depth = self._random.choice((10, 500, 1_023, 1_025, 5_000))
        if self._random.random() < 0.5:
            return "[" * depth + text + "]" * depth
        return '{"type":"ping","nonce":' * depth + text + "}" * depth


_OF_BYTES: tuple[Callable[[Mutator, bytes], bytes], ...] = (
    Mutator._flip,
    Mutator._insert,
    Mutator._replace,
    Mutator._remove,
    Mutator._repeat,
    Mutator._truncate,
    Mutator._splice,
    Mutator._noise,
)


def random_of(seed: int, part: str, number: int) -> Random:
    """The source of all that is chosen for input `number` of `part`."""
    return Random(f"{seed}/{part}/{number}")


def shorter(data: bytes, *, tries: int) -> Generator[bytes, bool, bytes]:
    """Cuts `data` down greedily, by smaller and smaller pieces: yields what to try, is sent whether
    that fails too, and returns the smallest that does.
    """
    size = max(1, len(data) // 2)
    while size and tries > 0:
        place = 0
        while place < len(data) and tries > 0:
            tries -= 1
            candidate = data[:place] + data[place + size :]
            if (yield candidate):
                data = candidate
            else:
                place += size
        size //= 2
    return data
