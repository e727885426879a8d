"""What is in the database at the end, held against what was promised."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import URL

from protocol.commands import AnswerSubmit
from tests.database import connect
from tests.faults.candidate import Promise
from tests.faults.witness import Violation

_UNSCORED = """
SELECT count(*) FROM turns JOIN interviews ON interviews.id = interview_id
WHERE answer IS NOT NULL AND config ->> 'feedback' = 'each' AND NOT EXISTS (
    SELECT FROM feedback
    WHERE feedback.interview_id = turns.interview_id AND feedback.turn = turns.turn
    AND scored AND NOT cancelled AND text <> ''
)
"""


async def check(url: URL, promises: list[Promise]) -> int:
    """Compare; `url` is of somebody whom row-level security doesn't bind, and `promises` are of all
    interviews that were ever made there, each at its end. Returns how many answers there are.

    Raises:
        Violation: something is lost, or there twice, or was never sent.
    """
    connection = await connect(url)
    try:
        interviews = await connection.fetch("SELECT id, phase FROM interviews")
        _same("interviews", interviews, [(each.interview_id, "finished") for each in promises])
        answers = await connection.fetch(
            "SELECT interview_id, turn, answer FROM turns WHERE answer IS NOT NULL"
        )
        acked = [
            (each.interview_id, command.turn, command.text)
            for each in promises
            for command in each.sent.values()
            if isinstance(command, AnswerSubmit) and command.id in each.acked
        ]
        _same("answers", answers, acked)
        receipts = await connection.fetch("SELECT interview_id, command_id FROM receipts")
        _same(
            "receipts", receipts, [(each.interview_id, i) for each in promises for i in each.sent]
        )
        if unscored := await connection.fetchval(_UNSCORED):
            raise Violation(f"{unscored} answers have no feedback with its scores")
    finally:
        await connection.close()
    return len(acked)


def _same(
    what: str, rows: Iterable[Iterable[object]], promised: Sequence[tuple[object, ...]]
) -> None:
    """Each of the promised is there once, and nothing else."""
    found = Counter(tuple(row) for row in rows)
    wanted = Counter(promised)
    if found != wanted:
        raise Violation(
            f"{what} that are lost: {list((wanted - found).elements())[:5]}; "
            f"that nobody sent, or that are there twice: {list((found - wanted).elements())[:5]}"
        )
