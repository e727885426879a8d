"""The scratch pad on which the next state is written."""

from dataclasses import fields, replace

import pytest

from protocol.draft import Draft, State, Step, Voice
from protocol.effects import Work
from protocol.events import InterviewFinished, Notice, SpeechStarted
from protocol.view import Word
from tests.protocol.play import DELIVERY, NOW, in_phase


def test_a_step_is_durable_with_any_event_that_is_to_be_committed() -> None:
    state = in_phase("created").state
    fleeting = (Notice("x", "y"), SpeechStarted(1, 0))
    assert not Step(state).durable
    assert not Step(state, fleeting).durable
    assert Step(state, (*fleeting, InterviewFinished("requested"))).durable


def test_a_draft_leaves_the_state_that_it_began_with() -> None:
    state = in_phase("answering").state
    draft = Draft(state, NOW + 5)
    draft.emit(InterviewFinished("requested"))
    draft.state = replace(draft.state, time_up=True)
    step = draft.step()
    assert state.view.interview.phase == "answering"
    assert not state.time_up
    assert step.events == (InterviewFinished("requested"),)
    assert step.at == step.state.view.interview.finished_at == NOW + 5
    assert step.state.time_up


@pytest.mark.parametrize("name", [item.name for item in fields(State)])
def test_another_view_leaves_the_rest_alone(name: str) -> None:
    play = in_phase("answering")
    state = State(
        play.state.view,
        deadline_at=1,
        awaiting=frozenset({(1, 0)}),
        given_up=frozenset({Work("rival", 1)}),
        hinting=True,
        retrying=True,
        exhausted=True,
        time_up=True,
        voice=Voice("v", 1, 16_000, None, review=True),
        delivery=DELIVERY,
        words=(Word("so", 0, 10, 1.0),),
        ended_by_server=frozenset({1}),
    )
    other = in_phase("created").state.view
    seen = state.seen(other)
    expected = other if name == "view" else getattr(state, name)
    assert getattr(seen, name) == expected != getattr(State(play.state.view), name)
