"""The program that decodes one recording: its bytes come in, mono samples at 16 kHz go out.

It runs confined (`realtime/confined/`), so there is nothing but the bytes that it was given: no
file, no network, no thread. Beside that FFmpeg is told to look at no more than a recording needs:
the containers and codecs that browsers, telephones and editors record in. Playlists, and whatever
else names other files, aren't among them.

The first audio stream counts, all others are dropped unread. Its samples follow each other as they
were recorded: gaps in its time stamps (a recorder that paused) aren't filled. Packets that don't
decode are passed over, as players do; but a recording of which most is so is damaged.
"""

import itertools
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import av

# What a file with subtitles needs: nothing can be loaded once the process is confined.
import av.subtitles.codeccontext
import av.subtitles.stream
from av.audio import AudioFrame, AudioStream
from av.container import InputContainer
from av.error import ArgumentError, FFmpegError
from av.filter import Graph
from av.stream import Discard

from realtime.confined.child import Refused, serve
from realtime.speech.unplayable import MOST_MS

if TYPE_CHECKING:
    from av.packet import Packet

SAMPLE_RATE = 16_000
_SAMPLE_BYTES = 2
_MOST_BYTES = MOST_MS * SAMPLE_RATE // 1000 * _SAMPLE_BYTES
# Encoders pad what they are given, by a tenth of a second at most: that much is cut off, not held
# against a recording of the full length.
_MOST_PADDING_S = 0.25

# By the names of FFmpeg's demuxers and decoders.
_CONTAINERS = "aac,aiff,amr,asf,au,caf,flac,matroska,mov,mp3,ogg,w64,wav"
_CODECS = (
    *("aac", "ac3", "adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "alac", "amrnb", "amrwb", "flac"),
    *("gsm_ms", "libopus", "mp2", "mp2float", "mp3", "mp3float", "opus", "speex", "vorbis"),
    *("wmav1", "wmav2", "pcm_alaw", "pcm_mulaw", "pcm_s8", "pcm_u8", "pcm_s16be", "pcm_s16le"),
    *("pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_s32le", "pcm_f32be", "pcm_f32le"),
    *("pcm_f64be", "pcm_f64le"),
)
_OPTIONS = {
    "format_whitelist": _CONTAINERS,
    "codec_whitelist": ",".join(_CODECS),
    "protocol_whitelist": "none",
    "threads": "1",
}
_MOST_CHANNELS = 8
_MOST_RATE = 192_000

# How what we take begins: a file that does, and can't be opened, is damaged; another is no
# recording. WAV, AIFF and CAF; Ogg, FLAC, Matroska, ASF; ID3, ADTS and MPEG's frames; AMR, AU.
_MARKS = (
    *(b"RIFF", b"RF64", b"FORM", b"caff", b"OggS", b"fLaC", b"\x1a\x45\xdf\xa3", b"0&\xb2u"),
    *(b"ID3", b"\xff\xf1", b"\xff\xf9", b"\xff\xfa", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    *(b"#!AMR", b".snd", b"riff"),
)
_MP4_MARK = b"ftyp"


def read(data: bytes) -> bytes:
    """The samples, signed 16 bit in this machine's order of bytes: 1 to `MOST_MS` of them.

    Raises:
        Refused: `unsupported`, `damaged`, `no_audio`, `empty` or `too_long`.
    """
    with _opened(data) as container:
        stream = _voice(container)
        samples = bytearray()
        for piece in _resampled(_frames(container, stream)):
            samples += piece
    if not samples:
        raise Refused("empty")
    return bytes(samples[:_MOST_BYTES])


def _opened(data: bytes) -> InputContainer:
    try:
        return av.open(BytesIO(data), "r", options=_OPTIONS, metadata_errors="replace")
    except MemoryError:
        raise  # FFmpeg's is one of its errors too.
    except FFmpegError as error:
        known = data.startswith(_MARKS) or data[4:8] == _MP4_MARK
        # As the lists refuse what isn't on them.
        unlisted = isinstance(error, ArgumentError)
        raise Refused("damaged" if known and not unlisted else "unsupported") from error


def _voice(container: InputContainer) -> AudioStream:
    """The stream that is decoded."""
    if not container.streams.audio:
        raise Refused("no_audio" if len(container.streams) else "damaged")
    stream = container.streams.audio[0]
    # Null, where there is no decoder at all.
    if getattr(stream.codec_context, "name", None) not in _CODECS:
        raise Refused("unsupported")
    for other in container.streams:
        if other is not stream:
            other.discard = Discard.all
    stream.codec_context.thread_count = 1  # A second thread would end the process.
    return stream


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    whole = broken = 0
    for packet in _packets(container, stream):
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except FFmpegError:
            broken += 1
            continue
        whole += 1
        yield from frames
    if broken > whole:
        raise Refused("damaged")


def _packets(container: InputContainer, stream: AudioStream) -> "Iterator[Packet[AudioStream]]":
    try:
        yield from container.demux(stream)
    except MemoryError:
        raise
    except FFmpegError:
        return  # It is cut off there; what came before stands.


def _resampled(frames: Iterator[AudioFrame]) -> Iterator[bytes]:
    """Samples as we want them. A stream may change its rate or its channels on the way."""
    left_s = MOST_MS / 1000 + _MOST_PADDING_S
    for (rate, _, _), alike in itertools.groupby(frames, _manner):
        if not 0 < rate <= _MOST_RATE:
            raise Refused("unsupported")
        mono: Graph | None = None
        for frame in alike:
            left_s -= frame.samples / rate
            # Before it is resampled: a low rate makes much of little.
            if left_s < 0:
                raise Refused("too_long")
            mono = mono or _to_mono(frame)
            frame.pts = None
            mono.push(frame)
            yield from _pulled(mono)
        if mono is not None:
            mono.push(None)
            yield from _pulled(mono)


def _manner(frame: AudioFrame) -> tuple[int, str, str]:
    return frame.sample_rate, frame.layout.name, frame.format.name


def _to_mono(like: AudioFrame) -> Graph:
    """A graph that mixes such frames down, and resamples them."""
    if like.layout.nb_channels > _MOST_CHANNELS:
        raise Refused("unsupported")
    graph = Graph()
    graph.threads = 1
    source = graph.add(
        "abuffer",
        sample_rate=str(like.sample_rate),
        sample_fmt=like.format.name,
        channel_layout=like.layout.name,
        time_base=f"1/{like.sample_rate}",
    )
    wanted = graph.add(
        "aformat", sample_rates=str(SAMPLE_RATE), sample_fmts="s16", channel_layouts="mono"
    )
    graph.link_nodes(source, wanted, graph.add("abuffersink"))
    graph.configure()
    return graph


def _pulled(graph: Graph) -> Iterator[bytes]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return  # It wants more, or has had all.
        assert isinstance(frame, AudioFrame)
        # What follows the samples is padding.
        yield bytes(frame.planes[0])[: frame.samples * _SAMPLE_BYTES]


if __name__ == "__main__":
    serve(read)
