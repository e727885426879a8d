"""The reader of event streams: WHATWG HTML 9.2, cut anywhere."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.client.event_stream import EventStream, EventTooLongError

# Lines of a stream: what a server may send, and what it had better not.
LINES = st.sampled_from(
    [
        "",
        "",
        "data: 한",
        "data:b",
        "data:  c",
        "data",
        ": hm",
        "id: 1:2",
        "event: x",
        "retry: 1",
        "foo",
    ]
)


def read(*chunks: bytes) -> list[str]:
    stream = EventStream()
    return [data for chunk in chunks for data in stream.feed(chunk)]


def expected(lines: list[str]) -> list[str]:
    """As the standard tells it, line by line."""
    events: list[str] = []
    data: list[str] = []
    for line in lines:
        name, _, value = line.partition(":")
        if not line and data:
            events.append("\n".join(data))
            data = []
        elif name == "data":
            data.append(value.removeprefix(" "))
    return events


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_data_of_each_event(end: str) -> None:
    stream = ["retry: 1000", "", "id: 1:5", "event: notice", 'data: {"a":1}', "", ": hm", ""]
    text = end.join([*stream, "data: x", "data: y", "", "data: not whole"])
    assert read(text.encode()) == ['{"a":1}', "x\ny"]


def test_a_byte_order_mark_is_no_data() -> None:
    assert read(b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n") == ["a"]


@given(
    st.lists(LINES, max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(0, 60), max_size=6),
)
def test_chunks_may_end_anywhere(lines: list[str], end: str, cuts: list[int]) -> None:
    stream = "".join(line + end for line in lines).encode()
    # A lone CR at the very end may be half of a CR LF.
    stream += b":\n"
    places = [0, *sorted(cuts), len(stream)]
    chunks = [stream[begin:end] for begin, end in itertools.pairwise(places)]
    assert read(*chunks) == expected(lines)


def test_what_came_before_the_damage_is_read() -> None:
    stream = EventStream()
    events = stream.feed(b"data: a\n\ndata: \xff\n\n")
    assert next(events) == "a"
    with pytest.raises(UnicodeDecodeError):
        next(events)


@pytest.mark.parametrize("data", [b"data: " + b"x" * 30, b"data\n" * 10, b": " + b"x" * 30])
def test_an_event_is_bounded(data: bytes) -> None:
    stream = EventStream(most_bytes=20)
    assert list(stream.feed(b"data: 0123456789\n\n" * 10)) == ["0123456789"] * 10
    with pytest.raises(EventTooLongError):
        list(stream.feed(data))
