"""What a client sends, from bytes to messages: what is taken, and how the rest is refused."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.codec import decode_client, decode_config, digest, encode, fingerprint, valid_id
from protocol.commands import (
    COMMANDS,
    AnswerSubmit,
    AudioStart,
    InterviewStart,
    Ping,
    Position,
    SessionOpen,
)
from protocol.errors import ProtocolError
from protocol.messages import Error, Limits
from protocol.view import Config
from tests.protocol.strategies import IDS, JSON_VALUES, TEXT, one_of, values

LIMITS = Limits()
MESSAGES = one_of([*COMMANDS.values(), SessionOpen, Ping])

ANSWER = {"type": "answer.submit", "id": "a1", "turn": 1, "text": "Because."}
AUDIO = {"type": "audio.start", "id": "a1", "turn": 1, "sample_rate": 16_000}
STOP = {"type": "audio.stop", "id": "a1", "turn": 1, "bytes": 640}
OPEN = {"type": "session.open", "id": "c1"}
CONFIG = {"role": "backend"}


def refused(frame: str | bytes | dict[str, Any]) -> ProtocolError:
    """The error that answers `frame`; it can be sent."""
    raw = orjson.dumps(frame) if isinstance(frame, dict) else frame
    with pytest.raises(ProtocolError) as caught:
        decode_client(raw)
    error = caught.value
    encode(Error(error.re, error.code, error.message, error.kind.retryable, error.details))
    return error


# --- what is taken --------------------------------------------------------------------------------


@given(MESSAGES)
def test_a_message_comes_back(message: Any) -> None:
    assert decode_client(encode(message)) == message


@given(MESSAGES, st.dictionaries(TEXT.map("x-{}".format), JSON_VALUES, max_size=3))
def test_unknown_fields_are_dropped(message: Any, more: dict[str, Any]) -> None:
    raw = more | orjson.loads(encode(message))
    assert decode_client(orjson.dumps(raw)) == message


def test_defaults_are_filled() -> None:
    assert decode_client(orjson.dumps(AUDIO)) == AudioStart("a1", 1, 16_000, None, False)
    assert decode_client(orjson.dumps(OPEN)) == SessionOpen(
        "c1", token=None, ticket=None, role="candidate", resume=None
    )
    assert decode_client(b'{"type":"ping"}') == Ping(None)


def test_text_is_stored_as_sent() -> None:
    text = "  가나다 \r\n\t 🙂 e\u0301 \u200b\ufeff "
    message = decode_client(orjson.dumps(ANSWER | {"text": text}))
    assert isinstance(message, AnswerSubmit)
    assert message.text == text


def test_position_zero_is_legal() -> None:
    raw = OPEN | {"resume": {"epoch": 0, "seq": 0}}
    assert decode_client(orjson.dumps(raw)) == SessionOpen("c1", resume=Position(0, 0))


@pytest.mark.parametrize("nonce", ["n", "", 7, -1, 2**64 - 1, 1.5, None])
def test_a_nonce_comes_back(nonce: Any) -> None:
    assert decode_client(orjson.dumps({"type": "ping", "nonce": nonce})) == Ping(nonce)


@given(values(Config))
def test_a_config_comes_back(config: Config) -> None:
    assert decode_config(orjson.dumps(config)) == config


def test_a_config_has_the_protocols_defaults() -> None:
    assert decode_config(b'{"role":"backend"}') == Config(
        role="backend",
        level=None,
        language="en",
        persona="neutral",
        questions=5,
        follow_ups=1,
        feedback="each",
    )


# --- malformed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "nonsense",
        "NaN",
        b"\xff\xfe",
        '{"type":"ping","nonce":-' + "9" * 5_000 + "}",
        '{"type":"ping","nonce":1e999}',
        '{"type":"ping","nonce":"a\nb"}',
        "[" * 60_000,
        '{"type":"ping","nonce":' + "[" * 60_000 + "}",
        '{"a":' * 10_000 + "1" + "}" * 10_000,
        '"text"',
        "[]",
        "null",
        "1",
    ],
    ids=lambda frame: repr(frame[:24]),
)
def test_what_is_no_json_object(frame: str | bytes) -> None:
    error = refused(frame)
    assert (error.code, error.re, error.details) == ("malformed", None, {})


@pytest.mark.parametrize("kind", [None, 5, ["ping"], {}, True])
def test_a_message_needs_a_type(kind: Any) -> None:
    for raw in ({"id": "a1", "type": kind}, {"id": "a1"}):
        error = refused(raw)
        assert (error.code, error.details, error.re) == ("malformed", {"field": "type"}, "a1")


@pytest.mark.parametrize("kind", ["nope", "question.started", "ack", "", "Ping", "x" * 60_000])
def test_an_unknown_type(kind: str) -> None:
    error = refused({"type": kind, "id": "a1"})
    assert (error.code, error.re) == ("unknown_type", "a1")
    assert len(error.message) < 200


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        # A field that is missing.
        ({"type": "answer.submit", "id": "a1", "turn": 1}, "text"),
        ({"type": "answer.submit", "id": "a1", "text": "x"}, "turn"),
        ({"type": "audio.start", "id": "a1", "turn": 1}, "sample_rate"),
        ({"type": "generation.cancel", "id": "a1", "turn": 1}, "what"),
        (OPEN | {"resume": {"epoch": 1}}, "resume.seq"),
        # Of the wrong type.
        (ANSWER | {"turn": "1"}, "turn"),
        (ANSWER | {"turn": None}, "turn"),
        (ANSWER | {"turn": True}, "turn"),
        (ANSWER | {"turn": 1.0}, "turn"),
        (ANSWER | {"turn": [1]}, "turn"),
        (ANSWER | {"text": 5}, "text"),
        (ANSWER | {"text": None}, "text"),
        (AUDIO | {"review": 1}, "review"),
        (AUDIO | {"review": "true"}, "review"),
        (AUDIO | {"silence_ms": "900"}, "silence_ms"),
        ({"type": "ping", "nonce": True}, "nonce"),
        ({"type": "ping", "nonce": {}}, "nonce"),
        (OPEN | {"token": 5}, "token"),
        (OPEN | {"resume": []}, "resume"),
        (OPEN | {"resume": {"epoch": True, "seq": 0}}, "resume.epoch"),
        # Out of range.
        (ANSWER | {"turn": 0}, "turn"),
        (ANSWER | {"turn": -1}, "turn"),
        (ANSWER | {"turn": 2**31}, "turn"),
        (ANSWER | {"text": ""}, "text"),
        (ANSWER | {"text": " \t\r\n\u3000"}, "text"),
        (ANSWER | {"text": "a\0b"}, "text"),
        (ANSWER | {"text": "\0"}, "text"),
        (AUDIO | {"sample_rate": 7_999}, "sample_rate"),
        (AUDIO | {"sample_rate": 48_001}, "sample_rate"),
        (AUDIO | {"silence_ms": 299}, "silence_ms"),
        (AUDIO | {"silence_ms": 10_001}, "silence_ms"),
        (STOP | {"bytes": -1}, "bytes"),
        (STOP | {"bytes": 2**53}, "bytes"),
        ({"type": "ping", "nonce": "n" * 257}, "nonce"),
        ({"type": "generation.cancel", "id": "a1", "turn": 1, "what": "rival"}, "what"),
        (OPEN | {"role": "judge"}, "role"),
        (OPEN | {"resume": {"epoch": 1, "seq": -1}}, "resume.seq"),
    ],
    ids=repr,
)
def test_malformed_names_the_field(raw: dict[str, Any], field: str) -> None:
    error = refused(raw)
    assert (error.code, error.details) == ("malformed", {"field": field})
    assert error.re == raw.get("id")
    assert field in error.message
    assert "\\u0000" not in error.message


@pytest.mark.parametrize("number", ["1" + "0" * 30, "1e30", "-" + "9" * 300])
def test_huge_numbers(number: str) -> None:
    frame = f'{{"type":"answer.submit","id":"a1","turn":{number},"text":"x"}}'
    error = refused(frame)
    assert (error.code, error.details, error.re) == ("malformed", {"field": "turn"}, "a1")


@pytest.mark.parametrize("text", ["\\ud83d", "half \\ude42", "\\ud83d\\ud83d", "\\ude42\\ud83d"])
def test_a_lone_surrogate_is_told_with_its_id_and_field(text: str) -> None:
    frame = f'{{"type":"answer.submit","id":"a1","turn":1,"text":"{text}"}}'
    error = refused(frame)
    assert (error.code, error.details, error.re) == ("malformed", {"field": "text"}, "a1")


def test_a_pair_of_surrogates_is_text() -> None:
    frame = '{"type":"answer.submit","id":"a1","turn":1,"text":"\\ud83d\\ude42"}'
    assert decode_client(frame) == AnswerSubmit("a1", 1, "🙂")


@pytest.mark.parametrize(
    ("frame", "answered"),
    [
        ('{"type":"ping","id":"\\ud83d"}', None),
        ('{"type":"ping","\\ud83d":"\\ud83d","id":"a1"}', "a1"),
        ('{"type":"session.open","id":"a1","resume":{"epoch":"\\ud83d"}}', "a1"),
    ],
)
def test_a_lone_surrogate_elsewhere(frame: str, answered: str | None) -> None:
    error = refused(frame)
    assert (error.code, error.re) == ("malformed", answered)


@pytest.mark.parametrize(
    "frame", ['{"type":"ping","nonce":"\ud800"}', b'{"type":"ping","nonce":"\xed\xa0\x80"}']
)
def test_a_surrogate_that_is_not_escaped(frame: str | bytes) -> None:
    assert refused(frame).code == "malformed"


@pytest.mark.parametrize(
    "bad",
    ["", "a b", "a\n", "\na", "a\0", "ä", "한", "a/b", "a" * 65, "a\u2028", 5, None, True, []],
)
def test_an_id_that_is_none(bad: Any) -> None:
    error = refused({"type": "interview.start", "id": bad})
    assert (error.code, error.details, error.re) == ("malformed", {"field": "id"}, None)
    assert valid_id(bad) is None


@given(IDS)
def test_an_id(command_id: str) -> None:
    raw = {"type": "interview.start", "id": command_id}
    assert decode_client(orjson.dumps(raw)) == InterviewStart(command_id)
    assert valid_id(command_id) == command_id


def test_a_message_without_an_id() -> None:
    error = refused({"type": "interview.start"})
    assert (error.details, error.re) == ({"field": "id"}, None)


@given(st.binary(max_size=64) | TEXT | JSON_VALUES.map(orjson.dumps))
def test_no_frame_breaks_the_decoder(frame: bytes | str) -> None:
    refused(frame)


@given(
    MESSAGES,
    st.sampled_from(["id", "turn", "text", "bytes", "nonce", "resume", "role", "what", "type"]),
    st.recursive(JSON_VALUES, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)),
)
def test_no_field_breaks_the_decoder(message: Any, field: str, value: Any) -> None:
    raw = orjson.loads(encode(message)) | {field: value}
    try:
        decode_client(orjson.dumps(raw))
    except ProtocolError as error:
        assert error.code in ("malformed", "unknown_type")
        assert error.re == valid_id(raw.get("id"))


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, "role"),
        (CONFIG | {"role": " "}, "role"),
        (CONFIG | {"role": "x" * 201}, "role"),
        (CONFIG | {"language": "fr"}, "language"),
        (CONFIG | {"questions": 0}, "questions"),
        (CONFIG | {"questions": 21}, "questions"),
        (CONFIG | {"follow_ups": 4}, "follow_ups"),
        (CONFIG | {"feedback": "never"}, "feedback"),
        (CONFIG | {"time_limit_s": 59}, "time_limit_s"),
        (CONFIG | {"question_list": []}, "question_list"),
        (CONFIG | {"question_list": ["One?", ""]}, "question_list[1]"),
        (CONFIG | {"competencies": [{"name": "a"}]}, "competencies[0].description"),
        (CONFIG | {"competencies": ["a"]}, "competencies[0]"),
        (CONFIG | {"models": []}, "models"),
        (CONFIG | {"models": ["a", "b", "c", "d", "e"]}, "models"),
        (CONFIG | {"models": ["a", "b", "a"]}, "models"),
        (CONFIG | {"rival": "expert"}, "rival"),
    ],
    ids=repr,
)
def test_a_malformed_config_names_the_field(raw: dict[str, Any], field: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode_config(orjson.dumps(raw))
    assert caught.value.details == {"field": field}


def test_several_models_are_distinct() -> None:
    assert decode_config(orjson.dumps(CONFIG | {"models": ["a", "A"]})).models == ("a", "A")
    with pytest.raises(ProtocolError, match=r"models: each may be named once\.") as caught:
        decode_config(orjson.dumps(CONFIG | {"models": ["a", "a"]}))
    assert caught.value.code == "malformed"


# --- the same content -----------------------------------------------------------------------------


def digest_of(raw: dict[str, Any]) -> bytes:
    command = decode_client(orjson.dumps(raw))
    assert not isinstance(command, SessionOpen | Ping)
    return digest(command)


def test_equal_after_decoding_is_the_same_content() -> None:
    assert digest_of(AUDIO) == digest_of(
        dict(reversed(AUDIO.items())) | {"review": False, "silence_ms": None, "unknown": [1]}
    )


@pytest.mark.parametrize(
    "other",
    [{"text": "because."}, {"text": "Because. "}, {"turn": 2}, {"id": "a2"}],
    ids=repr,
)
def test_other_content(other: dict[str, Any]) -> None:
    assert digest_of(ANSWER) != digest_of(ANSWER | other)


def test_the_type_is_content() -> None:
    starts = {"id": "a1", "type": "interview.start"}
    assert digest_of(starts) != digest_of(starts | {"type": "interview.finish"})


@given(values(Config), values(Config))
def test_fingerprints_differ_where_the_content_does(one: Config, other: Config) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)
    assert len(fingerprint(one)) == 16
