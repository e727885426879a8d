"""Desks with an interview on them, put together without the state machine."""

from pathlib import Path

from protocol.view import Config, FinishReason, Interview, Turn
from realtime.interviewer.offline.chance import Chance
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.library import Library
from realtime.ports import Paper

QUESTION = (
    "Tell me about the last time something you ran was too slow. "
    "How did you find the cause, and what did you change?"
)

PROFILES = Path(__file__).parent.parent / "profiles"


def paper(name: str) -> Paper:
    """One of the documents that profiles are made of in tests, without its profile."""
    text = (PROFILES / f"{name}.txt").read_text(encoding="utf-8")
    return Paper("job_description" if name.startswith("job") else "resume", text, None)


def desk(
    library: Library,
    *turns: Turn,
    config: Config | None = None,
    reason: FinishReason = "completed",
    seed: int = 0,
    papers: tuple[Paper, ...] = (),
) -> Desk:
    """A desk with these turns; by default of an English interview of a backend engineer."""
    config = config or Config(role="backend")
    interview = Interview("iv-1", "reporting", False, 0, 0, 0, reason, None, config, turns)
    return Desk(library, Chance(seed, "iv-1"), interview, papers)


def main(answer: str | None, *, turn: int = 1, question: str = QUESTION) -> Turn:
    """A main question, answered or skipped."""
    return Turn(
        turn, turn, "main", "A slow endpoint", None, question, answer=answer, skipped=not answer
    )


def follow_up(answer: str | None, topic: str, *, turn: int = 2, parent: int = 1) -> Turn:
    """A follow-up to the main question of turn `parent`."""
    question = "And then?"
    return Turn(turn, 1, "follow_up", topic, parent, question, answer=answer, skipped=not answer)
