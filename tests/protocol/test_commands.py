"""What a client's messages have on the wire, typed from `protocol.md` 3 and 4."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.codec import encode
from protocol.commands import COMMANDS, Ping, SessionOpen
from tests.protocol.strategies import values

FIELDS = {
    "interview.start": "id",
    "answer.submit": "id turn text",
    "audio.start": "id turn sample_rate silence_ms review",
    "audio.stop": "id turn bytes",
    "audio.cancel": "id turn",
    "question.skip": "id turn",
    "hint.request": "id turn",
    "generation.cancel": "id turn what",
    "generation.retry": "id",
    "interview.pause": "id",
    "interview.resume": "id",
    "interview.finish": "id",
}


def test_no_command_is_left_out() -> None:
    assert set(COMMANDS) == set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=10)
@given(data=st.data())
def test_what_a_command_has(name: str, data: st.DataObject) -> None:
    kind: Any = COMMANDS[name]
    wire = orjson.loads(encode(data.draw(values(kind))))
    assert set(wire) == {"type", *FIELDS[name].split()}
    assert wire["type"] == name


def test_what_is_left_out_where_there_is_nothing_to_say() -> None:
    assert orjson.loads(encode(SessionOpen("c1"))) == {
        "type": "session.open",
        "id": "c1",
        "role": "candidate",
    }
    assert encode(Ping()) == b'{"type":"ping"}'
    assert encode(Ping(0)) == b'{"type":"ping","nonce":0}'
