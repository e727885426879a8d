"""Server-sent events, however the bytes are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.interviewer.upstream.events import MAX_EVENT_BYTES, EventStream, EventTooLong

WRITTEN = (
    "\ufeffdata: first\n\n: a comment\n\nevent: x\nid: 1\ndata:안녕 😀\n\n"
    "data: one\ndata: two\n\ndata\n\nretry: 5\n\ndata:  kept space\n\ndata: never ended"
)
SAID = ["first", "안녕 😀", "one\ntwo", " kept space"]


def read(*chunks: bytes) -> list[str]:
    stream = EventStream()
    return [event.decode() for chunk in chunks for event in stream.feed(chunk)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=repr)
@given(st.lists(st.integers(0, 200), max_size=12))
def test_a_cut_anywhere_changes_nothing(end: str, cuts: list[int]) -> None:
    raw = WRITTEN.replace("\n", end).encode()
    places = [0, *sorted(cuts), len(raw)]
    chunks = [raw[begin:stop] for begin, stop in pairwise(places)]
    assert read(*chunks) == SAID


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=repr)
def test_one_byte_at_a_time(end: str) -> None:
    raw = WRITTEN.replace("\n", end).encode()
    assert read(*(raw[at : at + 1] for at in range(len(raw)))) == SAID


def test_a_line_without_end_is_too_long() -> None:
    stream = EventStream()
    with pytest.raises(EventTooLong):
        for _ in range(MAX_EVENT_BYTES // 1000 + 2):
            stream.feed(b"x" * 1000)


def test_an_event_without_end_is_too_long() -> None:
    stream = EventStream()
    with pytest.raises(EventTooLong):
        for _ in range(MAX_EVENT_BYTES // 1000 + 2):
            stream.feed(b"data: " + b"x" * 1000 + b"\n")


def test_comments_without_end_are_not() -> None:
    stream = EventStream()
    for _ in range(3 * MAX_EVENT_BYTES // 1000):
        assert stream.feed(b": " + b"x" * 998) == []
        assert stream.feed(b"\n") == []


def test_json_that_is_no_event_is_kept_apart() -> None:
    stream = EventStream()
    assert stream.feed(b'data: a\n\n{\n  "error": {\n  "code": 503\n}}\n') == [b"a"]
    assert bytes(stream.stray) == b'{  "error": {  "code": 503}}'
