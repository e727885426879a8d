"""Recordings made to harm, and what becomes of each: a reason, or null for its samples."""

import random
import struct
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO

import av
import numpy as np

from tests.realtime.speech.recorded import WAYS, recorded

_PASSWD = "file:///etc/passwd"


def wav(rate: int, channels: int, data: bytes, *, claimed_bytes: int | None = None) -> bytes:
    """16 bit; `claimed_bytes`: what its header says that there is."""
    size = len(data) if claimed_bytes is None else claimed_bytes
    head = struct.pack(
        "<HHIIHH", 1, channels, rate, rate * channels * 2 % 2**32, channels * 2 % 2**16, 16
    )
    riff = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", min(size + 36, 0xFFFF_FFFF)) + riff + data


def atom(kind: bytes, *inside: bytes, claimed_bytes: int | None = None) -> bytes:
    """A box of an MP4 file (ISO 14496-12, 4.2)."""
    body = b"".join(inside)
    size = len(body) + 8 if claimed_bytes is None else claimed_bytes
    return struct.pack(">I", size) + kind + body


def mp4_of_huge_atoms() -> bytes:
    tables = [
        atom(kind, struct.pack(">II", 0, 0x3FFF_FFFF), claimed_bytes=0x7FFF_FFFF)
        for kind in (b"stts", b"stsc", b"stsz", b"stco")
    ]
    inside = atom(b"trak", atom(b"mdia", atom(b"minf", atom(b"stbl", *tables))))
    return atom(b"ftyp", b"M4A \0\0\0\0M4A ") + atom(b"moov", inside, claimed_bytes=0x7FFF_FFFF)


def mp4_of_deep_atoms() -> bytes:
    inside = b""
    for _ in range(20_000):
        inside = atom(b"moov", inside) if len(inside) % 2 else atom(b"trak", inside)
    return atom(b"ftyp", b"M4A \0\0\0\0M4A ") + atom(b"moov", inside)


def mp4_that_counts_far() -> bytes:
    """Its table of times says that each of its few packets is there a billion times."""
    data = recorded(WAYS["m4a"])
    at = data.index(b"stts") + 12
    return data[:at] + struct.pack(">I", 0x3FFF_FFFF) + data[at + 4 :]


def flac_that_claims_hours() -> bytes:
    data = bytearray(recorded(WAYS["flac"]))
    # The 36 bits behind rate, channels and depth are the number of samples (RFC 9639, 8.2).
    data[21] |= 0x0F
    data[22:26] = b"\xff\xff\xff\xff"
    return bytes(data)


def flac_bomb() -> bytes:
    """Silence, which FLAC keeps in a few bytes a second: half an hour of it."""
    file = BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=8_000)
        silence = np.zeros((1, 8_000 * 60), np.int16)
        for minute in range(30):
            frame = av.AudioFrame.from_ndarray(silence, "s16", "mono")
            frame.sample_rate, frame.pts = 8_000, minute * silence.size
            frame.time_base = Fraction(1, 8_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def streams(count: int) -> bytes:
    """Many streams of sound side by side, a tenth of a second each."""
    file = BytesIO()
    with av.open(file, "w", format="matroska") as container:
        tracks = [container.add_stream("pcm_s16le", rate=8_000) for _ in range(count)]
        for track in tracks:
            track.codec_context.layout = "mono"
        for track in tracks:
            frame = av.AudioFrame.from_ndarray(np.ones((1, 800), np.int16), "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = 8_000, 0, Fraction(1, 8_000)
            container.mux(track.encode(frame))
    return file.getvalue()


def pictures_alone() -> bytes:
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(5):
            picture = av.VideoFrame(64, 48, "yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 5)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return file.getvalue()


def noise(size: int, head: bytes = b"") -> bytes:
    return head + random.Random(7).randbytes(size)


def spoiled(way: str, share: float) -> bytes:
    """A recording with that share of its bytes changed, behind its head."""
    data, chance = bytearray(recorded(WAYS[way])), random.Random(7)
    for index in range(1_000, len(data)):
        if chance.random() < share:
            data[index] = chance.randrange(256)
    return bytes(data)


FILES: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "empty": (lambda: b"", "empty"),
    "wav without a sample": (lambda: wav(16_000, 1, b""), "empty"),
    "wav of one sample": (lambda: wav(16_000, 1, b"\0\1"), None),
    "wav that claims 37 hours": (
        lambda: wav(16_000, 1, b"\1" * 999, claimed_bytes=2**32 - 1),
        None,
    ),
    "wav of a sample a second": (lambda: wav(1, 1, b"\1" * 4_000), "too_long"),
    "wav of no rate": (lambda: wav(0, 1, b"\1" * 4_000), "damaged"),
    "wav of two billion a second": (lambda: wav(2**31 - 1, 1, b"\1" * 4_000), "unsupported"),
    "wav of no channel": (lambda: wav(16_000, 0, b"\1" * 4_000), "damaged"),
    "wav of 200 channels": (lambda: wav(16_000, 200, b"\1" * 400_000), "unsupported"),
    "wav too long": (lambda: wav(8_000, 1, bytes(2 * 8_000 * 601)), "too_long"),
    "flac that claims hours": (flac_that_claims_hours, None),
    "flac bomb": (flac_bomb, "too_long"),
    "mp4 of huge atoms": (mp4_of_huge_atoms, "too_complex"),
    "mp4 of deep atoms": (mp4_of_deep_atoms, "no_audio"),
    "mp4 that counts far": (mp4_that_counts_far, None),
    "900 streams": (lambda: streams(900), None),
    "pictures alone": (pictures_alone, "no_audio"),
    "m3u": (lambda: f"#EXTM3U\n#EXTINF:9,\n{_PASSWD}\n#EXT-X-ENDLIST\n".encode(), "unsupported"),
    "m3u as an upload names it": (
        lambda: f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:9,\n{_PASSWD}\n".encode(),
        "unsupported",
    ),
    "concat": (lambda: f"ffconcat version 1.0\nfile '{_PASSWD}'\n".encode(), "unsupported"),
    "dash": (
        lambda: (
            f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>'
            f"{_PASSWD}</BaseURL></MPD>".encode()
        ),
        "unsupported",
    ),
    "sdp": (lambda: b"v=0\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n", "unsupported"),
    "text": (lambda: b"I would begin with the tests. " * 400, "unsupported"),
    "pdf": (lambda: b"%PDF-1.7\n" + bytes(4_000), "unsupported"),
    "zeros": (lambda: bytes(100_000), "unsupported"),
    "noise": (lambda: noise(300_000), "unsupported"),
    "noise after RIFF": (lambda: noise(300_000, b"RIFF\xff\xff\0\0WAVE"), "damaged"),
    "noise after OggS": (lambda: noise(300_000, b"OggS\0\2"), "damaged"),
    "noise after fLaC": (lambda: noise(300_000, b"fLaC"), "damaged"),
    "noise after EBML": (lambda: noise(300_000, b"\x1a\x45\xdf\xa3"), "damaged"),
    "noise after ID3": (lambda: noise(300_000, b"ID3\4\0\0\0\0\0\0"), "damaged"),
    "noise after ftyp": (lambda: noise(300_000, b"\0\0\0\x18ftypM4A "), "damaged"),
    "webm with 1 byte in 1,000 spoiled": (lambda: spoiled("webm-opus", 0.001), None),
    "mp3 with 1 byte in 1,000 spoiled": (lambda: spoiled("mp3", 0.001), None),
    "flac with 1 byte in 10 spoiled": (lambda: spoiled("flac", 0.1), "damaged"),
}
