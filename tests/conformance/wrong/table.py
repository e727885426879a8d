"""The table of the faults, for people: what each wrong server does, and what its case said."""

import re
from collections.abc import Iterable

from tests.conformance.wrong.faults import FAULTS
from tests.conformance.wrong.play import Both

WIDTH = 120


def table(played: Iterable[Both]) -> str:
    """A line a case, as Markdown. A fault is caught if it is over every transport that its case was
    played over; what the case said is told of the first of them, or of one that missed it.
    """
    by_case: dict[str, list[Both]] = {}
    for both in played:
        by_case.setdefault(both.right.case.id, []).append(both)
    lines = ["| case | the wrong server | caught | the case said |", "|---|---|---|---|"]
    lines += [_line(id, found) for id, found in by_case.items()]
    return "\n".join([*lines, ""])


def _line(id: str, found: list[Both]) -> str:
    if id not in FAULTS:
        return f"| `{id}` | | not played | {_shown(found[0].right.why)} |"
    words = _shown(FAULTS[id].words)
    faced = [both for both in found if both.right.verdict == "passed"]
    if not faced:
        return f"| `{id}` | {words} | not played | {_shown(found[0].right.why)} |"
    missed = [both for both in faced if not both.caught]
    told = (missed or faced)[0].wrong
    assert told is not None
    return f"| `{id}` | {words} | {'no' if missed else 'yes'} | {_shown(told.why)} |"


def _shown(text: str) -> str:
    """One line that a table can hold."""
    line = re.sub(r"\s+", " ", text.strip()).replace("|", "\\|")
    return line if len(line) <= WIDTH else f"{line[:WIDTH]} …"
