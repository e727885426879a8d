"""What every event has on the wire, typed from `protocol.md` 5, and which are not committed (1)."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.codec import encode_event
from protocol.events import EPHEMERAL, EVENTS, Event, Logged
from tests.protocol.strategies import values

FIELDS = {
    "interview.started": "remaining_ms",
    "interview.paused": "remaining_ms",
    "interview.resumed": "remaining_ms",
    "question.started": "turn number kind topic parent_turn",
    "question.delta": "turn text",
    "question.completed": "turn text",
    "audio.started": "turn sample_rate silence_ms review",
    "audio.stopped": "turn bytes reason",
    "audio.cancelled": "turn",
    "speech.started": "turn at_ms",
    "speech.stopped": "turn at_ms",
    "transcript.partial": "turn from text stable",
    "transcript.completed": "turn text language confidence duration_ms needs_review",
    "answer.accepted": "turn text source delivery",
    "answer.skipped": "turn",
    "hint.started": "turn",
    "hint.delta": "turn text",
    "hint.completed": "turn text cancelled",
    "feedback.started": "turn lane model",
    "feedback.delta": "turn lane text",
    "feedback.completed": "turn lane model text cancelled",
    "feedback.scored": "turn lane scores reason",
    "rival.started": "turn",
    "rival.delta": "turn text",
    "rival.completed": "turn text",
    "generation.waiting": "turn what lane reason retry_after_ms",
    "generation.failed": "turn what lane code message retrying retryable",
    "interview.finished": "reason",
    "report.started": "",
    "report.delta": "text",
    "report.completed": "text report",
    "notice": "code message",
}
# "Every event but the `*.started` and `*.delta` of streams, `transcript.partial`, `speech.*`,
# `generation.*` and `notice`: committed before it is sent."
NOT_COMMITTED = {
    *(
        f"{stream}.{part}"
        for stream in ("question", "hint", "feedback", "rival", "report")
        for part in ("started", "delta")
    ),
    *("transcript.partial", "speech.started", "speech.stopped"),
    *("generation.waiting", "generation.failed", "notice"),
}


def test_no_event_is_left_out() -> None:
    assert set(EVENTS) == set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_an_event_has(name: str, data: st.DataObject) -> None:
    kind: Any = EVENTS[name]
    event: Event = data.draw(values(kind))
    wire = orjson.loads(encode_event(Logged(3, 118, 1_700_000_000_000, event)))
    assert set(wire) == {"type", "epoch", "seq", "at", *FIELDS[name].split()}
    assert wire["type"] == name
    assert (wire["epoch"], wire["seq"], wire["at"]) == (3, 118, 1_700_000_000_000)


def test_what_is_said_before_it_is_committed() -> None:
    assert {kind.TYPE for kind in EPHEMERAL} == NOT_COMMITTED
