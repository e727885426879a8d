"""The points at which a server is killed, and the order that tells it which is next."""

from dataclasses import dataclass
from typing import Literal, get_args

Point = Literal[
    "before-commit",
    "in-commit",
    "after-commit",
    "question",
    "feedback",
    "scores",
    "report",
    "idle",
    "draining",
]
POINTS: tuple[Point, ...] = get_args(Point)

MEANINGS: dict[str, str] = {
    "before-commit": "a command is about to be committed",
    "in-commit": "a command's commit is under way",
    "after-commit": "a command is committed and not yet acknowledged",
    "question": "in the middle of a question",
    "feedback": "in the middle of feedback",
    "scores": "feedback is committed, its scores are not",
    "report": "in the middle of the report",
    "idle": "nothing is under way",
    "draining": "after SIGTERM",
}


@dataclass(frozen=True, slots=True)
class Order:
    """Die at `point` when it is reached for the `nth` time (from 1); where it has a length (a
    commit, the drain), so many `turns` of the event loop later.
    """

    point: Point
    nth: int = 1
    turns: int = 0

    def line(self) -> str:
        return f"{self.point} {self.nth} {self.turns}\n"

    @classmethod
    def read(cls, line: str) -> "Order":
        """What `line` wrote.

        Raises:
            ValueError: it is no order.
        """
        name, nth, turns = line.split()
        point = next((point for point in POINTS if point == name), None)
        if point is None:
            raise ValueError(f"there is no point {name}")
        return cls(point, int(nth), int(turns))
