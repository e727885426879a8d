"""The outcomes as a part of docs/conformance.md: a table for each chapter."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

BEGIN = "<!-- outcomes: written by `make conformance` -->"
END = "<!-- /outcomes -->"
MARKS = {"passed": "yes", "failed": "**no**", "skipped": "–"}

Outcome = dict[str, Any]


def written(page: str, runs: Sequence[Iterable[Outcome]]) -> str:
    """The page with the outcomes of these runs in the place of those before.

    A case passed where it did in a run and failed in none; one that no run played is skipped.

    Raises:
        ValueError: the page has no place for them.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no {BEGIN} … {END}")
    found = _merged(runs)
    parts = [_sum(found.values())]
    chapters = dict.fromkeys(case_id.partition(".")[0] for case_id in found)
    for chapter in chapters:
        cases = {name: each for name, each in found.items() if name.partition(".")[0] == chapter}
        parts.append(_table(chapter, cases))
    body = "\n\n".join(parts)
    return f"{before}{BEGIN}\n\n{body}\n\n{END}{after}"


def _merged(runs: Sequence[Iterable[Outcome]]) -> dict[str, dict[str, Outcome]]:
    """By case and transport, the outcome that tells most."""
    found: dict[str, dict[str, Outcome]] = {}
    for run in runs:
        for outcome in run:
            over = found.setdefault(outcome["id"], {})
            known = over.get(outcome["transport"])
            if known is None or _weight(outcome) > _weight(known):
                over[outcome["transport"]] = outcome
    return found


def _weight(outcome: Outcome) -> int:
    return ("skipped", "passed", "failed").index(outcome["verdict"])


def _sum(cases: Iterable[dict[str, Outcome]]) -> str:
    plays = [outcome for over in cases for outcome in over.values()]
    lines = []
    for level in ("MUST", "SHOULD"):
        counts = Counter(each["verdict"] for each in plays if each["level"] == level)
        lines.append(
            f"{level}: {counts['passed']} passed, {counts['failed']} failed, "
            f"{counts['skipped']} skipped."
        )
    reasons = Counter(each["why"] for each in plays if each["verdict"] == "skipped")
    skipped = [f"- skipped {count}: {why}" for why, count in sorted(reasons.items())]
    return "\n".join([" ".join(lines), "", *skipped])


def _table(chapter: str, cases: dict[str, dict[str, Outcome]]) -> str:
    rows = [f"### {chapter}", "", "| case | | ws | sse | what the server does |", "|-|-|-|-|-|"]
    for case_id, over in cases.items():
        one = next(iter(over.values()))
        marks = [MARKS[over[way]["verdict"]] if way in over else "" for way in ("ws", "sse")]
        title = one["title"].replace("|", "\\|")
        rows.append(f"| `{case_id}` | {one['level']} | {' | '.join(marks)} | {title} |")
    return "\n".join(rows)
