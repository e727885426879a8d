"""All the cases, and what of `protocol.md` they cite."""

from collections.abc import Iterable

from tests.conformance.case import Case
from tests.conformance.cases import (
    audio,
    commands,
    documents,
    effects,
    faults,
    fields,
    first,
    framing,
    heartbeat,
    http,
    interviews,
    limits,
    malformed,
    opening,
    order,
    phases,
    posts,
    progress,
    races,
    refusals,
    repeats,
    reports,
    resume,
    roles,
    settled,
    sign_in,
    spoken,
    sse,
    stall,
    steering,
    streams,
    tickets,
    upgrade,
    views,
)

CHAPTERS = (
    # Those that take long come first, as cases are begun in this order.
    heartbeat.CASES,
    stall.CASES,
    sse.CASES,
    tickets.CASES,
    limits.CASES,
    upgrade.CASES,
    opening.CASES,
    first.CASES,
    roles.CASES,
    sign_in.CASES,
    framing.CASES,
    malformed.CASES,
    commands.CASES,
    effects.CASES,
    fields.CASES,
    repeats.CASES,
    races.CASES,
    refusals.CASES,
    phases.CASES,
    steering.CASES,
    streams.CASES,
    order.CASES,
    settled.CASES,
    resume.CASES,
    views.CASES,
    faults.CASES,
    posts.CASES,
    interviews.CASES,
    http.CASES,
    reports.CASES,
    progress.CASES,
    documents.CASES,
    audio.CASES,
    spoken.CASES,
)


def catalogue() -> dict[str, Case]:
    """Every case by its id, in the order of the chapters.

    Raises:
        ValueError: an id is used twice.
    """
    found: dict[str, Case] = {}
    for case in _all(CHAPTERS):
        if case.id in found:
            raise ValueError(f"there are two cases {case.id}")
        found[case.id] = case
    return found


def _all(chapters: Iterable[Iterable[Case]]) -> Iterable[Case]:
    for chapter in chapters:
        yield from chapter
