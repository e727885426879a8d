"""What a server says about a connection, typed from `protocol.md` 3, 4, 5 and 7."""

from dataclasses import fields
from typing import Any, get_args

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.codec import encode
from protocol.messages import Ack, AudioProgress, Capabilities, ConnectionMessage, Limits
from tests.protocol.play import in_phase, opened
from tests.protocol.strategies import values

ALWAYS = {
    "session.opened": "re protocol epoch seq resumed heartbeat_ms limits capabilities",
    "ack": "re epoch seq repeated",
    "error": "re code message retryable details",
    "pong": "",
    "audio.received": "turn received",
    "server.draining": "reconnect_within_ms",
}
# Left out where there is nothing to say.
SOMETIMES = {"session.opened": {"snapshot", "audio"}, "pong": {"nonce"}}


def test_no_message_is_left_out() -> None:
    assert {kind.TYPE for kind in get_args(ConnectionMessage)} == set(ALWAYS)


@pytest.mark.parametrize("kind", get_args(ConnectionMessage), ids=lambda kind: kind.TYPE)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_a_message_has(kind: Any, data: st.DataObject) -> None:
    wire = orjson.loads(encode(data.draw(values(kind))))
    always = {"type", *ALWAYS[kind.TYPE].split()}
    assert always <= set(wire) <= always | SOMETIMES.get(kind.TYPE, set())
    assert wire["type"] == kind.TYPE


def test_the_limits() -> None:
    assert orjson.loads(orjson.dumps(Limits())) == {
        "max_frame_bytes": 65_536,
        "max_answer_chars": 10_000,
        "max_answer_ms": 600_000,
        "max_audio_bytes": 26_214_400,
        "commands_per_second": 20,
    }


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Capabilities, "voice voice_unavailable languages roles personas models"),
        (AudioProgress, "id turn received bytes partial"),
    ],
)
def test_what_an_opening_holds(kind: type[Any], expected: str) -> None:
    assert {item.name for item in fields(kind)} == set(expected.split())


def test_an_opening_names_the_protocol() -> None:
    wire = orjson.loads(encode(opened(in_phase("created").state.view)))
    assert wire["protocol"] == "viva.v1"


def test_an_ack() -> None:
    assert orjson.loads(encode(Ack("c1", 3, 118))) == {
        "type": "ack",
        "re": "c1",
        "epoch": 3,
        "seq": 118,
        "repeated": False,
    }
