"""What a server sends, to bytes and back: events, what is about the connection, what is unknown."""

from dataclasses import replace
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.codec import (
    Unknown,
    decode_server,
    encode,
    encode_event,
    interview_json,
    snapshot_of,
    view_of,
)
from protocol.effects import Began, Delta
from protocol.errors import ProtocolError
from protocol.events import EVENTS, Event, Logged, TranscriptPartial
from protocol.messages import AudioProgress, ConnectionMessage, Pong, SessionOpened
from tests.protocol.play import feedback, in_phase, opened
from tests.protocol.strategies import JSON_VALUES, TEXT, one_of

EVENT = one_of(EVENTS.values())
DELTA = {"type": "hint.delta", "epoch": 1, "seq": 2, "at": 3, "turn": 1, "text": "x"}
ACK = {"type": "ack", "re": "c1", "epoch": 1, "seq": 2}
more_fields = st.dictionaries(TEXT.map("x-{}".format), JSON_VALUES, max_size=3)


def refused(raw: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(ProtocolError) as caught:
        decode_server(orjson.dumps(raw))
    assert caught.value.code == "malformed"
    return caught.value.details


@given(EVENT, st.integers(1, 2**53), st.integers(1, 2**53), st.integers(0, 2**53))
def test_an_event_comes_back(event: Event, epoch: int, seq: int, at: int) -> None:
    logged = Logged(epoch, seq, at, event)
    assert decode_server(encode_event(logged)) == logged


@given(one_of(get_args(ConnectionMessage)))
def test_a_connection_message_comes_back(message: ConnectionMessage) -> None:
    assert decode_server(encode(message)) == message


@given(EVENT, more_fields)
def test_unknown_fields_are_dropped(event: Event, more: dict[str, Any]) -> None:
    logged = Logged(1, 2, 3, event)
    raw = more | orjson.loads(encode_event(logged))
    assert decode_server(orjson.dumps(raw)) == logged


def test_unknown_fields_are_dropped_at_every_depth() -> None:
    message = opened(in_phase("evaluating").state.view)
    raw = orjson.loads(encode(message))
    for place in (raw["snapshot"], raw["snapshot"]["config"], raw["snapshot"]["turns"][0]):
        place["new"] = [1]
    raw["limits"]["new"] = 1
    assert decode_server(orjson.dumps(raw)) == message


def test_an_unknown_event_has_its_place() -> None:
    raw = {"type": "answer.applauded", "epoch": 3, "seq": 118, "at": 5, "turn": 1}
    assert decode_server(orjson.dumps(raw)) == Unknown("answer.applauded", 3, 118)


def test_an_unknown_message_has_none() -> None:
    assert decode_server(b'{"type":"server.happy"}') == Unknown("server.happy")


def test_a_field_may_be_left_out_where_it_has_a_default() -> None:
    decoded = decode_server(orjson.dumps(ACK))
    assert getattr(decoded, "repeated", None) is False


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"epoch": 1, "seq": 1}, "type"),
        ({"type": 5, "epoch": 1, "seq": 1}, "type"),
        ({"type": "new", "epoch": "1"}, "epoch"),
        ({"type": "new", "epoch": 1, "seq": [1]}, "seq"),
        (DELTA | {"epoch": True}, "epoch"),
        (DELTA | {"seq": None}, "seq"),
        (DELTA | {"turn": "1"}, "turn"),
        ({key: value for key, value in DELTA.items() if key != "at"}, "at"),
        ({key: value for key, value in DELTA.items() if key != "text"}, "text"),
        (ACK | {"re": None}, "re"),
    ],
    ids=repr,
)
def test_a_server_that_breaks_the_contract(raw: dict[str, Any], field: str) -> None:
    assert refused(raw) == {"field": field}


# --- session.opened -------------------------------------------------------------------------------


def streaming() -> SessionOpened:
    play = in_phase("evaluating")
    play.bring(Began(feedback(1), "m"), Delta(feedback(1), "Good"))
    return opened(play.state.view)


def test_an_opening_with_a_snapshot() -> None:
    message = streaming()
    raw = orjson.loads(encode(message))
    assert raw["snapshot"]["streaming"] == [
        {"what": "feedback", "turn": 1, "lane": 0, "text": "Good"}
    ]
    assert raw["snapshot"]["phase"] == "evaluating"
    assert "audio" not in raw
    assert decode_server(orjson.dumps(raw)) == message


def test_an_opening_that_resumes_has_no_snapshot() -> None:
    message = replace(streaming(), resumed=True, snapshot=None)
    raw = orjson.loads(encode(message))
    assert "snapshot" not in raw
    assert decode_server(orjson.dumps(raw)) == message


@pytest.mark.parametrize("length", [None, 640])
def test_an_opening_in_an_answer(length: int | None) -> None:
    message = replace(streaming(), audio=AudioProgress("v", 1, 320, length, "I d"))
    raw = orjson.loads(encode(message))
    assert raw["audio"] == {
        "id": "v",
        "turn": 1,
        "received": 320,
        "bytes": length,
        "partial": "I d",
    }
    assert decode_server(orjson.dumps(raw)) == message


@pytest.mark.parametrize("snapshot", [4, "epoch", True, []])
def test_a_snapshot_is_an_object(snapshot: Any) -> None:
    raw = orjson.loads(encode(streaming())) | {"snapshot": snapshot}
    assert refused(raw)["field"].startswith("snapshot")


def test_a_snapshot_is_the_interview_and_what_streams() -> None:
    view = in_phase("evaluating").state.view
    snapshot = snapshot_of(view, 1_234)
    assert snapshot.interview.remaining_ms == 1_234
    assert view_of(snapshot) == replace(view, interview=replace(view.interview, remaining_ms=1_234))


def test_a_keyword_has_its_plain_name_on_the_wire() -> None:
    event = TranscriptPartial(1, from_=2, text="x", stable=3)
    assert orjson.loads(encode_event(Logged(1, 1, 1, event)))["from"] == 2


def test_the_interview_over_http_is_the_one_in_a_snapshot() -> None:
    message = streaming()
    assert message.snapshot is not None
    raw = orjson.loads(encode(message))["snapshot"]
    del raw["streaming"], raw["speaking"]
    over_http = interview_json(message.snapshot.interview, message.epoch, message.seq)
    assert orjson.loads(orjson.dumps(over_http)) == raw


def test_a_pong_without_a_nonce() -> None:
    assert encode(Pong()) == b'{"type":"pong"}'
    assert encode(Pong(0)) == b'{"type":"pong","nonce":0}'
