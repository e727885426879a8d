"""Recordings as browsers, telephones and editors make them, of tones that can be told apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer

# One after the other, a second each.
TONES_HZ = (440, 1320, 880)
_VOLUME = 8_000
_LAYOUTS = {1: "mono", 2: "stereo"}


@dataclass(frozen=True, slots=True)
class Way:
    """How it is recorded: by the names of FFmpeg's muxers and encoders."""

    container: str
    codec: str
    rate: int = 48_000
    channels: int = 1


WAYS = {
    "wav": Way("wav", "pcm_s16le", 44_100),
    "wav-8k-telephone": Way("wav", "pcm_mulaw", 8_000),
    "wav-24-bit-stereo": Way("wav", "pcm_s24le", 96_000, 2),
    "wav-float": Way("wav", "pcm_f32le", 16_000),
    "wav-as-we-want-it": Way("wav", "pcm_s16le", 16_000),
    "w64": Way("w64", "pcm_s16le"),
    "aiff": Way("aiff", "pcm_s16be", 44_100, 2),
    "au": Way("au", "pcm_s16be", 22_050),
    "caf-alac": Way("caf", "alac", 44_100, 2),
    "mp3": Way("mp3", "libmp3lame", 44_100, 2),
    "mp3-low": Way("mp3", "libmp3lame", 16_000),
    "m4a": Way("ipod", "aac", 44_100, 2),
    "mp4": Way("mp4", "aac"),
    "3gp-amr": Way("3gp", "libopencore_amrnb", 8_000),
    "amr": Way("amr", "libopencore_amrnb", 8_000),
    "aac": Way("adts", "aac", 32_000),
    "ogg-opus": Way("ogg", "libopus"),
    "ogg-vorbis": Way("ogg", "vorbis", 44_100, 2),
    "ogg-flac": Way("ogg", "flac"),
    "webm-opus": Way("webm", "libopus"),
    "webm-opus-stereo": Way("webm", "libopus", 48_000, 2),
    "matroska-pcm": Way("matroska", "pcm_s16le"),
    "flac": Way("flac", "flac", 44_100, 2),
    "flac-24-bit": Way("flac", "flac", 96_000),
    "wma": Way("asf", "wmav2", 44_100, 2),
}


def tones(rate: int, seconds: float = 3.0) -> npt.NDArray[np.int16]:
    """Mono; the tones, over and over."""
    times = np.arange(round(rate * seconds)) / rate
    pitch = np.array(TONES_HZ)[times.astype(int) % len(TONES_HZ)]
    samples: npt.NDArray[np.int16] = (_VOLUME * np.sin(2 * np.pi * pitch * times)).astype(np.int16)
    return samples


def recorded(way: Way, seconds: float = 3.0) -> bytes:
    """The file."""
    file = BytesIO()
    with av.open(file, "w", format=way.container) as container:
        _record(container, _track(container, way), way, seconds)
    return file.getvalue()


def with_all_else() -> bytes:
    """A film: pictures and subtitles before the sound, and after it sound in another language."""
    file, way = BytesIO(), Way("matroska", "libopus")
    with av.open(file, "w", format="matroska") as container:
        pictures = container.add_stream("mpeg4", rate=5)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        subtitles = container.add_mux_stream("subrip")
        track, other = _track(container, way), _track(container, way)
        container.add_attachment("notes.txt", "text/plain", b"Mind the gap.")
        for number in range(15):
            picture = av.VideoFrame(64, 48, "yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 5)
            container.mux(pictures.encode(picture))
        container.mux(pictures.encode(None))
        words = av.Packet(b"Hello.")
        words.stream, words.pts, words.dts, words.duration = subtitles, 0, 0, 1_000
        words.time_base = Fraction(1, 1_000)
        container.mux(words)
        _record(container, track, way, 3.0)
        _record(container, other, way, 0.5)
    return file.getvalue()


def _track(container: OutputContainer, way: Way) -> av.AudioStream:
    stream = container.add_stream(way.codec, rate=way.rate)
    assert isinstance(stream, av.AudioStream)
    stream.codec_context.layout = _LAYOUTS[way.channels]
    stream.codec_context.bit_rate = 64_000
    stream.codec_context.options = {"strict": "experimental"}  # As FFmpeg's own Vorbis is.
    return stream


def _record(container: OutputContainer, stream: av.AudioStream, way: Way, seconds: float) -> None:
    context = stream.codec_context
    resampler = av.AudioResampler(context.format, context.layout)
    for frame in _frames(tones(way.rate, seconds), way):
        for fitting in resampler.resample(frame):
            container.mux(stream.encode(fitting))
    container.mux(stream.encode(None))


def _frames(samples: npt.NDArray[np.int16], way: Way) -> Iterator[av.AudioFrame]:
    """Of 100 ms, each channel the same."""
    length, sent = way.rate // 10, 0
    for start in range(0, len(samples), length):
        piece = np.repeat(samples[start : start + length], way.channels)
        frame = av.AudioFrame.from_ndarray(piece.reshape(1, -1), "s16", _LAYOUTS[way.channels])
        frame.sample_rate, frame.pts, frame.time_base = way.rate, sent, Fraction(1, way.rate)
        sent += frame.samples
        yield frame


def heard_hz(samples: npt.NDArray[np.int16], rate: int) -> list[int]:
    """The loudest frequency in the middle half of each second, to 10 Hz."""
    found = []
    for start in range(0, len(samples) - 3 * rate // 4 + 1, rate):
        middle = samples[start + rate // 4 : start + 3 * rate // 4].astype(np.float64)
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
        found.append(round(float(np.argmax(spectrum)) * rate / len(middle) / 10) * 10)
    return found
