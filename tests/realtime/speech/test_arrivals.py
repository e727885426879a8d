"""The bytes of an answer as they arrive: whatever comes, the audio is the same."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from realtime.speech.arrivals import Arrivals

AUDIO = Random(1).randbytes(4_000)
EVERYTHING = 1_000_000

samples = st.integers(0, len(AUDIO) // 2)
pieces = st.lists(st.tuples(samples, st.integers(0, 400)), max_size=30)


def put(arrivals: Arrivals, offset: int, chunk: bytes) -> str | None:
    """The code of the error, if there is one."""
    try:
        arrivals.put(offset, chunk)
    except ProtocolError as error:
        return error.code
    return None


# --- what is kept ---------------------------------------------------------------------------------


@given(pieces, st.lists(st.integers(0, 300), max_size=10))
def test_whatever_arrives_the_audio_is_what_is_contiguous(
    sent: list[tuple[int, int]], taken_at: list[int]
) -> None:
    """Pieces in any order, overlapping, twice, with gaps; taken in between, or not."""
    arrivals = Arrivals(EVERYTHING)
    end, taken = 0, b""
    for number, (first, count) in enumerate(sent):
        offset, chunk = 2 * first, AUDIO[2 * first : 2 * (first + count)]
        put(arrivals, offset, chunk)
        if offset <= end:
            end = max(end, offset + len(chunk))
        assert arrivals.received == end
        if number in taken_at:
            taken += arrivals.taken(number * 7)
    assert taken + arrivals.taken(EVERYTHING) == AUDIO[:end]
    assert not arrivals.waiting


@given(pieces, samples)
def test_sent_again_from_where_it_is_the_audio_is_whole(
    sent: list[tuple[int, int]], length: int
) -> None:
    """As after a lost connection: `received` tells where to go on."""
    arrivals = Arrivals(EVERYTHING)
    for first, count in sent:
        put(arrivals, 2 * first, AUDIO[2 * first : 2 * (first + count)])
    arrivals.stop(2 * length)
    while not arrivals.whole:
        received = arrivals.received
        arrivals.put(received, AUDIO[received : received + 640])
    assert arrivals.taken(EVERYTHING) == AUDIO[: 2 * length]


def test_what_was_taken_comes_no_more() -> None:
    arrivals = Arrivals(EVERYTHING)
    arrivals.put(0, AUDIO[:100])
    assert (arrivals.taken(60), arrivals.waiting) == (AUDIO[:60], 40)
    arrivals.put(0, AUDIO[:100])
    assert arrivals.taken(60) == AUDIO[60:100]
    assert (arrivals.taken(60), arrivals.waiting) == (b"", 0)


# --- gaps -----------------------------------------------------------------------------------------


def test_a_gap_is_told_once_until_it_is_closed() -> None:
    arrivals = Arrivals(EVERYTHING)
    arrivals.put(0, AUDIO[:100])
    with pytest.raises(ProtocolError) as caught:
        arrivals.put(200, AUDIO[200:300])
    assert (caught.value.code, caught.value.details) == ("audio_gap", {"received": 100})
    assert put(arrivals, 200, AUDIO[200:300]) is None
    assert put(arrivals, 400, AUDIO[400:500]) is None
    # Audio that closes nothing of it tells it no second time.
    arrivals.put(50, AUDIO[50:100])
    assert put(arrivals, 300, AUDIO[300:400]) is None
    arrivals.put(100, AUDIO[100:200])
    assert put(arrivals, 300, AUDIO[300:400]) == "audio_gap"
    assert arrivals.received == 200


def test_what_is_missing_at_the_end_is_asked_for_once() -> None:
    arrivals = Arrivals(EVERYTHING)
    arrivals.put(0, AUDIO[:100])
    arrivals.stop(300)
    gap = arrivals.gap()
    assert gap is not None
    assert gap.details == {"received": 100}
    assert arrivals.gap() is None
    assert put(arrivals, 200, AUDIO[200:300]) is None
    arrivals.put(100, AUDIO[100:300])
    assert arrivals.whole
    assert arrivals.gap() is None


def test_what_is_all_there_has_no_gap() -> None:
    arrivals = Arrivals(EVERYTHING)
    arrivals.put(0, AUDIO[:100])
    arrivals.stop(100)
    assert arrivals.gap() is None


# --- its end --------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [100, 101])
def test_beyond_the_longest_answer_nothing_is_kept(most: int) -> None:
    arrivals = Arrivals(most)
    arrivals.put(0, AUDIO[:80])
    assert not arrivals.whole
    arrivals.put(80, AUDIO[80:200])
    assert (arrivals.received, arrivals.whole) == (100, True)
    assert put(arrivals, 200, AUDIO[200:400]) is None
    arrivals.stop(400)
    assert arrivals.taken(EVERYTHING) == AUDIO[:100]


@pytest.mark.parametrize("taken", [0, 60, 200])
def test_stopped_with_fewer_bytes_the_rest_is_dropped(taken: int) -> None:
    arrivals = Arrivals(EVERYTHING)
    arrivals.put(0, AUDIO[:200])
    before = arrivals.taken(taken)
    arrivals.stop(100)
    assert (arrivals.received, arrivals.whole) == (100, True)
    assert before + arrivals.taken(EVERYTHING) == AUDIO[: max(taken, 100)]


def test_an_end_within_a_sample_is_before_it() -> None:
    arrivals = Arrivals(EVERYTHING)
    arrivals.put(0, AUDIO[:100])
    arrivals.stop(101)
    assert arrivals.whole


def test_an_answer_of_nothing_is_whole() -> None:
    arrivals = Arrivals(EVERYTHING)
    arrivals.stop(0)
    assert arrivals.whole
    assert put(arrivals, 640, AUDIO[:640]) is None


@pytest.mark.parametrize(("offset", "count"), [(0, 1), (1, 2), (0, 641)])
def test_half_a_sample_is_refused_and_nothing_of_it_kept(offset: int, count: int) -> None:
    arrivals = Arrivals(EVERYTHING)
    arrivals.put(0, AUDIO[:2])
    assert put(arrivals, offset, AUDIO[:count]) == "audio_format"
    assert arrivals.received == 2
