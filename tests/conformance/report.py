"""What a run is told as: for people, for JUnit's readers, as JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

import orjson
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tests.conformance.case import Case
from tests.conformance.run import Outcome, Verdict

COLOURS: dict[Verdict, str] = {"passed": "green", "failed": "red", "skipped": "yellow"}


def listing(cases: Iterable[Case]) -> Table:
    """The cases, and what they hold a server to."""
    table = Table("case", "level", "over", "holds a server to", "what is done", box=None)
    for case in {each.id: each for each in cases}.values():
        table.add_row(case.id, case.level, " ".join(case.over), "\n".join(case.cites), case.title)
    return table


def failures(outcomes: Sequence[Outcome]) -> Group:
    """Each failure, with who said what."""
    return Group(
        *(
            Panel(
                Text("\n".join([outcome.why, "", *outcome.transcript])),
                title=Text(f"{outcome.name} · {outcome.case.level}"),
                subtitle=Text(outcome.case.cites[0]),
                border_style="red",
            )
            for outcome in outcomes
            if outcome.verdict == "failed"
        )
    )


def summary(outcomes: Sequence[Outcome], *, strict: bool) -> Group:
    """Counts by chapter, what was skipped and why, and the sum."""
    table = Table("chapter", "passed", "failed", "skipped")
    chapters = dict.fromkeys(outcome.case.id.partition(".")[0] for outcome in outcomes)
    for chapter in chapters:
        counts = Counter(
            outcome.verdict for outcome in outcomes if outcome.case.id.partition(".")[0] == chapter
        )
        table.add_row(chapter, *(_count(counts, verdict) for verdict in COLOURS))
    reasons = Counter(outcome.why for outcome in outcomes if outcome.verdict == "skipped")
    skipped = [
        Text(f"SKIPPED {count}: {reason}", style="yellow") for reason, count in reasons.items()
    ]
    return Group(table, *skipped, Text(_sum(outcomes, strict=strict)))


def _count(counts: Counter[Verdict], verdict: Verdict) -> Text:
    count = counts[verdict]
    return Text(str(count) if count else "", style=COLOURS[verdict])


def _sum(outcomes: Sequence[Outcome], *, strict: bool) -> str:
    parts = []
    for level in ("MUST", "SHOULD"):
        verdicts = Counter(each.verdict for each in outcomes if each.case.level == level)
        parts.append(
            f"{level}: {verdicts['passed']} passed, {verdicts['failed']} failed, "
            f"{verdicts['skipped']} skipped"
        )
    longest = max((outcome.seconds for outcome in outcomes), default=0)
    counted = "both count" if strict else "MUST counts"
    return f"{'; '.join(parts)} ({counted}; the longest case took {longest:.1f} s)"


def json_report(outcomes: Sequence[Outcome]) -> bytes:
    """The outcomes as JSON: a list of objects, in the order of the cases."""
    return orjson.dumps(
        [
            {
                "id": outcome.case.id,
                "transport": outcome.transport,
                "level": outcome.case.level,
                "cites": outcome.case.cites,
                "title": outcome.case.title,
                "verdict": outcome.verdict,
                "seconds": round(outcome.seconds, 3),
                "why": outcome.why,
                "transcript": outcome.transcript,
            }
            for outcome in outcomes
        ],
        option=orjson.OPT_INDENT_2,
    )


def junit_report(outcomes: Sequence[Outcome]) -> bytes:
    """The outcomes as JUnit's XML, as CI servers read it."""
    counts = Counter(outcome.verdict for outcome in outcomes)
    suite = ElementTree.Element(
        "testsuite",
        name="viva.v1",
        tests=str(len(outcomes)),
        failures=str(counts["failed"]),
        skipped=str(counts["skipped"]),
        time=f"{sum(outcome.seconds for outcome in outcomes):.3f}",
    )
    for outcome in outcomes:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=f"viva.v1.{outcome.case.id.partition('.')[0]}",
            name=outcome.name,
            time=f"{outcome.seconds:.3f}",
        )
        if outcome.verdict == "skipped":
            ElementTree.SubElement(case, "skipped", message=outcome.why)
        if outcome.verdict == "failed":
            failure = ElementTree.SubElement(
                case, "failure", message=outcome.why, type=outcome.case.level
            )
            failure.text = "\n".join(outcome.transcript)
    return bytes(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))
