"""What a message costs at the edge: ours beside the alternatives, in one run.

`python -m tests.load.codec`
"""

import timeit
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
import orjson
from pydantic import StringConstraints, TypeAdapter
from pydantic.dataclasses import dataclass as pydantic_dataclass

from protocol.codec import decode_client, encode_event
from protocol.commands import AnswerSubmit
from protocol.events import Logged, QuestionDelta

COUNT = 100_000
FRAME = orjson.dumps(
    {"type": "answer.submit", "id": "c1", "turn": 1, "text": "I led the move to events. " * 8}
)

EVENT = Logged(3, 118, 1_700_000_000_000, QuestionDelta(1, "architecture "))


@pydantic_dataclass(frozen=True)
class Pydantic:
    """`answer.submit` as pydantic would have it."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    turn: int
    text: Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]


class Struct(msgspec.Struct, frozen=True, tag="answer.submit"):
    """`answer.submit` as a msgspec struct, which is no dataclass."""

    id: str
    turn: int
    text: str


def main() -> None:
    pydantic = TypeAdapter(Pydantic)
    struct = msgspec.json.Decoder(Struct)
    in_ = [
        ("orjson alone, nothing validated", lambda: orjson.loads(FRAME)),
        ("msgspec struct", lambda: struct.decode(FRAME)),
        ("orjson + msgspec.convert to the dataclass", _convert),
        ("decode_client (that, and our limits and errors)", lambda: decode_client(FRAME)),
        ("orjson + pydantic dataclass", lambda: pydantic.validate_python(orjson.loads(FRAME))),
    ]
    out = [
        ("orjson of a dict", lambda: orjson.dumps(_DICT)),
        ("encode_event", lambda: encode_event(EVENT)),
        ("orjson of asdict", lambda: orjson.dumps(asdict(EVENT))),
    ]
    for title, rows in (("in: answer.submit, 250 bytes", in_), ("out: question.delta", out)):
        costs = [_cost(call) for _, call in rows]
        print(f"{title}")
        for cost, (name, _) in zip(costs, rows, strict=True):
            print(f"  {cost:6.2f} us  {cost / costs[0]:5.1f} x  {name}")


_DICT: dict[str, Any] = {"type": "question.delta", "epoch": 3, "seq": 118, "turn": 1, "text": "a "}


def _convert() -> AnswerSubmit:
    return msgspec.convert(orjson.loads(FRAME), AnswerSubmit, strict=True)


def _cost(call: Callable[[], object]) -> float:
    """Microseconds a call, the best of five rounds."""
    return min(timeit.repeat(call, number=COUNT // 5, repeat=5)) / (COUNT // 5) * 1e6


if __name__ == "__main__":
    main()
