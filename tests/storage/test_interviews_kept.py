"""What is committed is what is found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from storage.documents import StoredDocuments
from storage.records import Commit
from tests.storage.filed import add, resume
from tests.storage.made import CREATED_AT, named
from tests.storage.migrated import new_user
from tests.storage.states import configs, kept, states, steps

if TYPE_CHECKING:
    from protocol.draft import State
    from protocol.view import Config
    from storage.database import Database
    from storage.interviews import StoredInterviews
    from storage.records import Woken

pytestmark = pytest.mark.anyio

against_a_database = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)


async def woken(database: Database, interviews: StoredInterviews, config: Config) -> Woken:
    """A new interview, of a user who had those documents when it was made."""
    user = new_user()
    ids = list(dict.fromkeys(config.document_ids or ()))
    documents = StoredDocuments(database, most=0, new_id=iter(ids).__next__)
    for _ in ids:
        await add(documents, user, resume(), now=CREATED_AT)
    made = await interviews.create(user, config, now=CREATED_AT, key=None)
    for document_id in ids:
        await documents.delete(user, document_id)
    found = await interviews.wake(user, made.id)
    assert found is not None
    return found


@against_a_database
@given(config=configs)
async def test_a_config_is_found_again(
    database: Database, interviews: StoredInterviews, config: Config
) -> None:
    begun = await woken(database, interviews, config)
    found = await interviews.load(begun.user_id, begun.state.view.interview.id)
    assert found is not None
    assert found.state.view.interview.config == config
    assert found.state == begun.state


@against_a_database
@given(state=states())
async def test_a_state_is_found_again(
    database: Database, interviews: StoredInterviews, state: State
) -> None:
    begun = await woken(database, interviews, state.view.interview.config)
    after = named(state, begun.state.view.interview.id)
    await interviews.commit(Commit(begun.state, after, term=1, seq=7, receipt=None))
    found = await interviews.load(begun.user_id, after.view.interview.id)
    assert found is not None
    assert found.state == kept(after, epoch=1, seq=7)
    again = await interviews.wake(begun.user_id, after.view.interview.id)
    assert again is not None
    epoch, seq = (1, 7) if after.view.interview.phase == "finished" else (2, 0)
    assert again.state == kept(after, epoch=epoch, seq=seq)


@against_a_database
@given(step=steps())
async def test_what_changed_is_found_again(
    database: Database, interviews: StoredInterviews, step: tuple[State, State]
) -> None:
    begun = await woken(database, interviews, step[0].view.interview.config)
    former, later = (named(state, begun.state.view.interview.id) for state in step)
    await interviews.commit(Commit(begun.state, former, term=1, seq=3, receipt=None))
    await interviews.commit(Commit(former, later, term=1, seq=9, receipt=None))
    found = await interviews.load(begun.user_id, later.view.interview.id)
    assert found is not None
    assert found.state == kept(later, epoch=1, seq=9)
