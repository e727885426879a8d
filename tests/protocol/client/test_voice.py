"""The audio of one answer. How it fares over connections is in the cases (`speaking.json`)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.client.voice import HEADER_BYTES, WINDOW_BYTES, SpokenAnswer
from protocol.commands import AudioStart

LONGEST_MS = 600_000


def answer(audio: int, *, rate: int = 16_000) -> SpokenAnswer:
    """One that is heard from the beginning, with so many bytes of audio."""
    spoken = SpokenAnswer(AudioStart("a", 1, rate))
    spoken.record(bytes(audio), LONGEST_MS)
    spoken.opened(0)
    return spoken


def pieces(spoken: SpokenAnswer, max_frame_bytes: int = 65_536) -> list[tuple[int, int]]:
    """Offset and length of the frames to be sent now."""
    return [
        (int.from_bytes(frame[:HEADER_BYTES], "big"), len(frame) - HEADER_BYTES)
        for frame in spoken.frames(max_frame_bytes)
    ]


def test_half_a_sample_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="odd"):
        answer(0).record(b"x", LONGEST_MS)


def test_half_a_sample_is_not_recalled() -> None:
    with pytest.raises(ValueError, match="odd"):
        answer(0).recall(b"x")


def sent(spoken: SpokenAnswer) -> bytes:
    """All frames from the beginning, joined."""
    spoken.opened(0)
    return b"".join(frame[HEADER_BYTES:] for frame in spoken.frames(65_536))


def test_every_byte_keeps_its_place_where_the_server_has_more_than_was_recalled() -> None:
    spoken = answer(0)
    spoken.recall(b"\1" * 640)
    spoken.opened(960)
    assert spoken.recorded == 960
    spoken.record(b"\2" * 640, LONGEST_MS)
    assert sent(spoken) == b"\1" * 640 + bytes(320) + b"\2" * 640


def test_what_was_announced_is_there_after_a_crash_of_the_server_as_well() -> None:
    spoken = answer(0)
    spoken.recall(b"\1" * 640)
    spoken.opened(960)
    spoken.end(spoken.recorded)
    assert len(sent(spoken)) == 960


def test_no_hole_is_made_up_for_that_is_longer_than_any_tail() -> None:
    spoken = answer(0)
    spoken.recall(bytes(640))
    spoken.opened(64_000_000_000, 64_000_000_000)
    assert len(sent(spoken)) == 640


def test_what_is_sent_is_not_sent_again() -> None:
    spoken = answer(6_400)
    assert pieces(spoken) == [(0, 3_200), (3_200, 3_200)]
    assert pieces(spoken) == []


def test_nothing_is_sent_where_nobody_listens() -> None:
    spoken = answer(3_200)
    spoken.live = False
    assert pieces(spoken) == []


def test_a_rate_that_makes_no_whole_milliseconds_makes_whole_samples() -> None:
    spoken = answer(10_000, rate=11_025)
    assert all(length % 2 == 0 for _, length in pieces(spoken))


def test_news_that_are_old_take_nothing_back() -> None:
    spoken = answer(6_400)
    pieces(spoken)
    spoken.acknowledged(6_400)
    spoken.acknowledged(3_200)
    assert pieces(spoken) == []
    spoken.missing(6_400)
    assert pieces(spoken) == []


def test_what_the_server_has_is_not_sent() -> None:
    spoken = answer(6_400)
    spoken.acknowledged(3_200)
    assert pieces(spoken) == [(3_200, 3_200)]


@given(
    st.integers(8_000, 48_000),
    st.integers(108, 70_000),
    st.lists(st.integers(0, 30_000).map(lambda samples: 2 * samples), max_size=20),
)
def test_all_of_it_is_sent_in_order(rate: int, max_frame_bytes: int, writes: list[int]) -> None:
    spoken = SpokenAnswer(AudioStart("a", 1, rate))
    spoken.opened(0)
    sent = 0
    for count in [*writes, None]:
        if count is None:
            spoken.end(spoken.recorded)
        else:
            spoken.record(bytes(count), LONGEST_MS)
        while found := pieces(spoken, max_frame_bytes):
            for offset, length in found:
                assert offset == sent
                assert 0 < length <= min(max_frame_bytes - HEADER_BYTES, rate // 5)
                sent += length
            assert sent < WINDOW_BYTES + rate + (begin := found[0][0])
            assert begin < sent
            spoken.acknowledged(sent)
    assert sent == spoken.recorded == sum(writes)
