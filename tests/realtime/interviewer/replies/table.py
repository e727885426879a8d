"""What becomes of the replies of this folder, as a table for the docs.

    python -m tests.realtime.interviewer.replies.table

"Whole": one request was enough. "Mended": the reply, or its scores, couldn't be used, and a second
request brought what was wanted. Every reply is also given by a model that repeats it: what then
remains is the last column.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from tests.realtime.interviewer.replies.outcomes import Outcome, outcome, told_of
from tests.realtime.interviewer.replies.replies import (
    FORMS,
    RawReply,
    of_nature,
    of_task,
    sections_of,
)

# How many requests a task takes when all goes well, by what they are for.
_ENOUGH = {"plan": {"question": 2}, "report": {"report": 2}, "report_turns": {"report": 2}}
_INSTEAD = {
    "answered": "offline interviewer, or no scores",
    "scores": "no scores, with a reason",
    "question": "offline interviewer",
    "hint": "offline interviewer",
    "plan": "topics by rule",
    "report": "offline interviewer",
    "report_turns": "the turn's part by rule, unscored",
    "profile": "profile by rule",
}


@dataclass(frozen=True, slots=True)
class Row:
    task: str
    replies: int
    whole: int
    mended: int
    given_up: int
    quotes: int
    verified: int


def is_whole(reply: RawReply, made: Outcome) -> bool:
    """Whether the reply itself gave all that was asked for, at the first time."""
    enough = _ENOUGH.get(reply.task, {})
    again = any(count > enough.get(what, 1) for what, count in made.requests.items())
    scores_again = reply.task == "answered" and made.requests["scores"] > 0
    return not (made.offline or made.by_rules or again or scores_again)


def row(task: str) -> Row:
    replies = of_task(task)
    whole = [reply for reply in replies if is_whole(reply, outcome(reply, stubborn=True))]
    rest = [reply for reply in replies if reply not in whole]
    mended = [reply for reply in rest if not _fails(outcome(reply, stubborn=False))]
    quotes = list(_quotes(task, replies))
    return Row(
        task,
        len(replies),
        len(whole),
        len(mended),
        len(rest),
        sum(given for given, _ in quotes),
        sum(verified for _, verified in quotes),
    )


def _fails(made: Outcome) -> bool:
    unscored = made.scored is not None and made.scored.scores is None
    return made.offline or made.by_rules or unscored


def _quotes(task: str, replies: Sequence[RawReply]) -> Iterator[tuple[int, int]]:
    """Of each reply whose scores were read: passages behind its marks, at most two a score, and
    those that were found in the answer.
    """
    if task not in ("answered", "scores"):
        return
    for reply in replies:
        made = outcome(reply, stubborn=True)
        if made.scored is None or not made.scored.scores:
            continue
        written = [each.text for each in sections_of(reply) if each.name == "score"]
        given = sum(min(2, len([*filter(str.strip, text.splitlines())])) for text in written)
        if len(written) == len(made.scored.scores):
            yield given, sum(len(score.evidence) for score in made.scored.scores)


def main() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    print(
        "| task | replies | read whole | mended by one repair | not mended | passages quoted, "
        "found in the answer | where the repair is as bad |"
    )
    print("|---|---|---|---|---|---|---|")
    for each in map(row, FORMS):
        quotes = f"{each.quotes}, {each.verified}" if each.quotes else ""
        print(
            f"| `{each.task}` | {each.replies} | {each.whole} | {each.mended} "
            f"| {each.given_up - each.mended} | {quotes} | {_INSTEAD[each.task]} |"
        )
    print()
    for nature in ("refusing", "leaking", "unobserved", "unmarked", "empty"):
        every = of_nature(nature)
        print(f"{nature}: {sum(bool(told_of(each)) for each in every)} of {len(every)} are told")


if __name__ == "__main__":
    main()
