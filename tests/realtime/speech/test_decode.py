"""What is decoded out of recordings, good and cut ones. Here the decoder isn't confined: what it
looks at is bounded by its own lists.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from protocol.messages import Limits
from realtime.confined.child import Refused
from realtime.speech import decode
from realtime.speech.clip import SAMPLE_RATE
from realtime.speech.unplayable import MOST_MS
from tests.realtime.speech.hostile_recordings import wav
from tests.realtime.speech.recorded import (
    TONES_HZ,
    WAYS,
    Way,
    heard_hz,
    recorded,
    tones,
    with_all_else,
)

# What encoders add at the start and the end (AAC and WMA don't tell how much), or leave out.
PADDING_MS = 45
# Their parts need a table that stands at the end of the file.
INDEXED = {"m4a", "mp4", "3gp-amr", "caf-alac"}


def decoded(data: bytes) -> npt.NDArray[np.int16]:
    return np.frombuffer(decode.read(data), np.int16)


def outcome(data: bytes) -> str:
    try:
        decode.read(data)
    except Refused as refused:
        return refused.reason
    return "ok"


def test_the_longest_is_as_long_as_an_answer_may_be() -> None:
    assert Limits().max_answer_ms == MOST_MS
    assert decode.SAMPLE_RATE == SAMPLE_RATE


@pytest.mark.parametrize("way", WAYS)
def test_what_was_recorded_is_heard(way: str) -> None:
    samples = decoded(recorded(WAYS[way]))
    assert abs(len(samples) / 16 - 3_000) < PADDING_MS
    assert heard_hz(samples, SAMPLE_RATE) == [*TONES_HZ]


def test_as_we_want_it_it_stays_as_it_is() -> None:
    sent = tones(SAMPLE_RATE)
    assert np.array_equal(decoded(wav(SAMPLE_RATE, 1, sent.tobytes())), sent)


@pytest.mark.parametrize("channels", [*range(1, 9)])
def test_channels_are_mixed_down(channels: int) -> None:
    sent = tones(SAMPLE_RATE)
    samples = decoded(wav(SAMPLE_RATE, channels, np.repeat(sent, channels).tobytes()))
    assert len(samples) == len(sent)
    assert np.abs(samples.astype(int) - sent).max() <= 2


def test_a_voice_in_one_channel_is_heard() -> None:
    stereo = np.stack([tones(SAMPLE_RATE), np.zeros(3 * SAMPLE_RATE, np.int16)], axis=1)
    samples = decoded(wav(SAMPLE_RATE, 2, stereo.tobytes()))
    assert heard_hz(samples, SAMPLE_RATE) == [*TONES_HZ]


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 192_000])
def test_no_time_is_lost_or_won_by_resampling(rate: int) -> None:
    samples = decoded(wav(rate, 1, tones(rate, 20).tobytes()))
    assert abs(len(samples) - 20 * SAMPLE_RATE) <= 1


def test_what_else_is_in_the_file_is_left_out() -> None:
    samples = decoded(with_all_else())
    assert heard_hz(samples, SAMPLE_RATE) == [*TONES_HZ]


@pytest.mark.parametrize("way", sorted(WAYS))
def test_of_one_that_was_cut_off_there_is_what_was_before(way: str) -> None:
    data = recorded(WAYS[way])
    for tenth in range(10):
        part = data[: len(data) * tenth // 10]
        try:
            samples = decoded(part)
        except Refused as refused:
            known = {"damaged", "empty"} if part else {"unsupported"}
            assert refused.reason in known
            assert tenth < 5 or way in INDEXED
        else:
            assert way not in INDEXED
            # Ogg keeps a second or so in a page.
            assert tenth * 300 - 1_200 <= len(samples) / 16 <= tenth * 300 + 300
            heard = heard_hz(samples, SAMPLE_RATE)
            assert heard == [*TONES_HZ[: len(heard)]]


def test_a_stream_may_change_its_manner_on_the_way() -> None:
    """Files that were joined: two MP3s play one after the other."""
    first, second = WAYS["mp3"], Way("mp3", "libmp3lame", 22_050)
    samples = decoded(recorded(first) + recorded(second))
    assert abs(len(samples) / 16 - 6_000) < 150
    assert heard_hz(samples[:SAMPLE_RATE], SAMPLE_RATE) == [TONES_HZ[0]]
    assert heard_hz(samples[-SAMPLE_RATE:], SAMPLE_RATE) == [TONES_HZ[2]]


def test_ten_minutes_are_taken_though_the_encoder_padded_them_and_no_more() -> None:
    way = Way("amr", "libopencore_amrnb", 8_000)
    assert len(decoded(recorded(way, MOST_MS / 1_000))) == MOST_MS * 16
    longest = bytes(2 * 8_000 * MOST_MS // 1_000)
    assert len(decoded(wav(8_000, 1, longest))) == MOST_MS * 16
    assert outcome(wav(8_000, 1, longest + bytes(2 * 8_000))) == "too_long"


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXTINF:3,\n{url}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXTINF:3,\n{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{path}'\n",
        "ffconcat version 1.0\nfile '{url}'\n",
    ],
)
def test_at_large_too_a_playlist_is_no_recording(tmp_path: Path, playlist: str) -> None:
    there = tmp_path / "there.wav"
    there.write_bytes(recorded(WAYS["wav"]))
    told = playlist.format(path=there, url=there.as_uri()).encode()
    assert outcome(told) == "unsupported"
