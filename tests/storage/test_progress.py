"""The scores of finished interviews in a real database: whose, which, and in which order."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from protocol.errors import ProtocolError
from protocol.view import CompetencyResult, PastScore, Quote
from storage.paging import encoded
from storage.progress import StoredProgress
from storage.records import Commit, CorruptRecord
from tests.storage.made import RECEIPT, finished_like, make, wake
from tests.storage.migrated import new_user

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.interviews import StoredInterviews

pytestmark = pytest.mark.anyio

NOW = 1_790_000_500_000
EVIDENCE = (Quote(1, "words that stay in the report"),)


async def finish(
    interviews: StoredInterviews, user: str, at: int, scores: dict[str, float | None]
) -> str:
    """An interview of that user, finished at `at` and reported on; its id."""
    woken = await wake(interviews, user, await make(interviews, user))
    state = finished_like(woken.state)
    report = state.view.interview.report
    assert report is not None
    competencies = tuple(
        CompetencyResult(name, score, 5, EVIDENCE) for name, score in scores.items()
    )
    interview = replace(
        state.view.interview,
        finished_at=at,
        report=replace(report, competencies=competencies),
    )
    after = replace(state, view=replace(state.view, interview=interview))
    await interviews.commit(Commit(woken.state, after, woken.term, 9, RECEIPT))
    return interview.id


async def test_a_report_s_scores_are_told_and_no_others(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    given = {"Structure": 3.5, "Clarity": None, "성과": 0.0, "Accuracy": 5.0}
    one = await finish(interviews, user, NOW, given)
    await make(interviews, user)  # one that wasn't even begun
    await finish(interviews, user, NOW + 1, {"Clarity": None})
    await finish(interviews, user, NOW + 2, {})
    assert await StoredProgress(database).page(user, limit=9, cursor=None) == (
        [
            PastScore(one, NOW, "Structure", 3.5, 5),
            PastScore(one, NOW, "성과", 0.0, 5),
            PastScore(one, NOW, "Accuracy", 5.0, 5),
        ],
        None,
    )


async def test_an_interview_that_waits_for_its_report_has_none(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    woken = await wake(interviews, user, await make(interviews, user))
    state = finished_like(woken.state)
    interview = replace(state.view.interview, phase="reporting", report=None)
    after = replace(state, view=replace(state.view, interview=interview))
    await interviews.commit(Commit(woken.state, after, woken.term, 9, RECEIPT))
    assert await StoredProgress(database).page(user, limit=9, cursor=None) == ([], None)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
async def test_pages_are_newest_first_and_complete(
    database: Database, interviews: StoredInterviews, user: str, limit: int
) -> None:
    """By when they were finished, not by when they were made; some of them at the same time."""
    progress = StoredProgress(database)
    made: list[tuple[int, str]] = []
    for later in (3, 1, 1, 2):
        at = NOW + later
        made.append((at, await finish(interviews, user, at, {"B": 1.0, "none": None, "A": 2.0})))
    found: list[PastScore] = []
    cursor = None
    while True:
        items, cursor = await progress.page(user, limit=limit, cursor=cursor)
        assert 1 <= len(items) <= limit
        found += items
        if cursor is None:
            break
    assert [(each.finished_at, each.interview, each.competency) for each in found] == [
        (at, one, name) for at, one in sorted(made, reverse=True) for name in "BA"
    ]


async def test_a_list_that_changes_tells_nothing_twice_and_skips_nothing(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    """What is finished or deleted between two pages leaves the rest where it was."""
    progress = StoredProgress(database)
    old = await finish(interviews, user, NOW, {"A": 1.0, "B": 2.0})
    gone = await finish(interviews, user, NOW + 1, {"A": 3.0, "B": 4.0})
    first, cursor = await progress.page(user, limit=1, cursor=None)
    assert [each.interview for each in first] == [gone]
    await finish(interviews, user, NOW + 2, {"A": 5.0})
    assert await interviews.delete(user, gone)
    rest, cursor = await progress.page(user, limit=9, cursor=cursor)
    assert [(each.interview, each.score) for each in rest] == [(old, 1.0), (old, 2.0)]
    assert cursor is None


async def test_a_deleted_interview_s_scores_are_gone(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    one = await finish(interviews, user, NOW, {"A": 1.0})
    assert await interviews.delete(user, one)
    assert await StoredProgress(database).page(user, limit=9, cursor=None) == ([], None)


# --- whose ---------------------------------------------------------------------------------------


async def test_another_user_s_scores_never_show(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    """Not even to whoever has another's cursor."""
    progress, other = StoredProgress(database), new_user()
    await finish(interviews, user, NOW, {"A": 1.0, "B": 2.0})
    theirs = await finish(interviews, other, NOW, {"A": 3.0})
    _, cursor = await progress.page(user, limit=1, cursor=None)
    for given in (None, encoded((NOW + 1, "", 0)), cursor):
        found, _ = await progress.page(other, limit=9, cursor=given)
        assert {each.interview for each in found} <= {theirs}


async def test_the_database_itself_keeps_reports_apart(
    database: Database, interviews: StoredInterviews, user: str
) -> None:
    """Whoever forgets the `WHERE` sees one user's."""
    mine = await finish(interviews, user, NOW, {"A": 1.0})
    await finish(interviews, new_user(), NOW, {"A": 3.0})
    careless = text(
        "SELECT id FROM interviews, jsonb_array_elements(report->'competencies') "
        "WHERE report IS NOT NULL"
    )

    async def look(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(careless)).scalars())

    assert await database.read(user, look) == [mine]


# --- what isn't as it should be ------------------------------------------------------------------


def _as_cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        _as_cursor('[1,"a"]'),  # an interviews' list's
        _as_cursor('[1,"a",-1]'),
        _as_cursor('[1,"a",9223372036854775808]'),
        _as_cursor('[1,"a\\u0000",1]'),
    ],
)
async def test_a_cursor_that_is_none_of_ours(database: Database, user: str, cursor: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        await StoredProgress(database).page(user, limit=1, cursor=cursor)
    assert (refusal.value.code, refusal.value.details) == ("malformed", {"field": "cursor"})


async def test_a_score_that_is_none_is_named(
    database: Database, overseer: Database, interviews: StoredInterviews, user: str
) -> None:
    one = await finish(interviews, user, NOW, {"A": 1.0})
    damage = text(
        "UPDATE interviews SET report = jsonb_set(report, '{competencies,0,score}', '\"much\"') "
        "WHERE id = :id"
    )
    await overseer.write("", lambda connection: connection.execute(damage, {"id": one}))
    with pytest.raises(CorruptRecord, match=one):
        await StoredProgress(database).page(user, limit=9, cursor=None)
