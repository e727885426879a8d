"""Frames, right and wrong (`protocol.md` 2, 8; RFC 6455 5): whatever is broken ends the connection
with the code that says so, and nothing else of the server.
"""

from typing import Any

import orjson
from websockets.frames import Close, Frame, Opcode

from tests.conformance.case import Cases, require
from tests.conformance.line import Message, SocketLine
from tests.conformance.stage import Stage
from tests.conformance.talk import alive, answer, closes, ending, held_error, raw_line

CASES = Cases()

BROKEN = "broken framing, text that isn't UTF-8, a frame over the limit: the client's defect, stop"
ONE_FRAME = "one text frame, one JSON object"
MOST = "`max_frame_bytes` 65536 (a text frame, or a binary one with its header)"
PINGS = "RFC 6455"


def _ping(nonce: str, **fields: Any) -> bytes:
    return orjson.dumps({"type": "ping", "nonce": nonce} | fields)


def _padded(nonce: str, size: int) -> bytes:
    """A ping of exactly that many bytes, most of them in a field that nobody knows."""
    empty = len(_ping(nonce, padding=""))
    return _ping(nonce, padding="x" * (size - empty))


def _raw(first: int, data: bytes) -> bytes:
    """A masked frame whose first byte, its opcode and bits, is anything."""
    return bytes([first]) + Frame(Opcode.BINARY, data).serialize(mask=True)[1:]


async def _ponged(line: SocketLine, nonce: str) -> Message:
    return await line.wait(
        lambda: next((each for each in line.others if each.get("nonce") == nonce), None),
        f"the pong {nonce}",
    )


async def _ends(stage: Stage, code: int, *frames: bytes) -> None:
    """These bytes, sent on an open session, end it with that code; a neighbour stays."""
    place = await stage.interview()
    neighbour = await raw_line(stage, place, role="observer")
    line = await raw_line(stage, place)
    for frame in frames:
        await line.socket.send_raw(frame)
    await closes(line, code)
    await alive(neighbour)
    await neighbour.drop()


async def _fragments(line: SocketLine, opcode: Opcode, *parts: bytes, between: bytes = b"") -> None:
    """A message in several frames, with a ping frame before each but the first."""
    for index, part in enumerate(parts):
        if index and between:
            await line.socket.send_frame(Opcode.PING, between + b"%d" % index)
        await line.socket.send_frame(
            Opcode.CONT if index else opcode, part, fin=index == len(parts) - 1
        )


# --- UTF-8 --------------------------------------------------------------------------------------


@CASES.case("framing.utf-8.bad", BROKEN)
async def utf8_bad(stage: Stage) -> None:
    """Text that isn't UTF-8 ends the connection with 1007."""
    wrong = (b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82")
    for data in wrong:
        text = b'{"type":"ping","nonce":"' + data + b'"}'
        await _ends(stage, 1007, Frame(Opcode.TEXT, text).serialize(mask=True))


@CASES.case("framing.utf-8.bad-fragment", BROKEN)
async def utf8_bad_fragment(stage: Stage) -> None:
    """Text that isn't UTF-8 ends the connection with 1007 in a fragmented message too."""
    whole = b'{"type":"ping","nonce":"\xed\xa0\x80"}'
    await _ends(
        stage,
        1007,
        Frame(Opcode.TEXT, whole[:25], fin=False).serialize(mask=True),
        Frame(Opcode.CONT, whole[25:]).serialize(mask=True),
    )


@CASES.case("framing.utf-8.split", ONE_FRAME)
async def utf8_split(stage: Stage) -> None:
    """A character may be split between two fragments."""
    line = await raw_line(stage)
    whole = '{"type":"ping","nonce":"한😀"}'.encode()
    for cut in range(24, 31):
        await _fragments(line, Opcode.TEXT, whole[:cut], whole[cut:])
        await _ponged(line, "한😀")
        line.others.clear()


# --- fragments ----------------------------------------------------------------------------------


@CASES.case("framing.fragments", ONE_FRAME)
async def fragments(stage: Stage) -> None:
    """A command in many fragments is one command."""
    line = await raw_line(stage)
    command = orjson.dumps({"type": "interview.start", "id": "parts"})
    await _fragments(line, Opcode.TEXT, *(command[i : i + 1] for i in range(len(command))), b"")
    reply = await line.wait(lambda: next(iter(line.others), None), "the outcome")
    require(reply["type"] == "ack" and reply["re"] == "parts", f"answered {reply}")
    await alive(line)
    require(len(line.others) == 2, f"There came {line.others}.")


@CASES.case("framing.fragments.pings", PINGS)
async def fragments_pings(stage: Stage) -> None:
    """Ping frames between the fragments of a command are answered, each with its bytes."""
    line = await raw_line(stage)
    text = _ping("whole")
    parts = [text[:5], text[5:9], b"", text[9:]]
    await _fragments(line, Opcode.TEXT, *parts, between=b"between-")
    await _ponged(line, "whole")
    expected = [b"between-1", b"between-2", b"between-3"]
    # RFC 6455 5.5.3 lets an endpoint answer the newest ping only.
    found = line.socket.pongs
    require(found[-1:] == expected[-1:], f"The pong frames carried {found}.")
    require(set(found) <= set(expected), f"The pong frames carried {found}.")


@CASES.case("framing.ping", PINGS)
async def ping_frames(stage: Stage) -> None:
    """A client's ping frame is answered with its own bytes."""
    line = await raw_line(stage)
    for data in (b"", b"one", bytes(range(125))):
        await line.socket.send_frame(Opcode.PING, data)
        await alive(line)
        require(line.socket.pongs[-1:] == [data], f"The pong frames: {line.socket.pongs}")


@CASES.case("framing.pong", PINGS)
async def pong_frames(stage: Stage) -> None:
    """A pong frame that nobody asked for is a sign of life, and no more."""
    line = await raw_line(stage)
    await line.socket.send_frame(Opcode.PONG, b"unasked")
    await alive(line)


@CASES.case("framing.pieces", ONE_FRAME)
async def pieces(stage: Stage) -> None:
    """Frames may come byte by byte, or many at once."""
    line = await raw_line(stage)
    for byte in Frame(Opcode.TEXT, _ping("slow")).serialize(mask=True):
        await line.socket.send_raw(bytes([byte]))
    await _ponged(line, "slow")
    many = [Frame(Opcode.TEXT, _ping(f"n{i}")).serialize(mask=True) for i in range(10)]
    await line.socket.send_raw(b"".join(many))
    await _ponged(line, "n9")
    require(len(line.others) == 11, f"There came {len(line.others)} answers to 11 pings.")


# --- the limit ----------------------------------------------------------------------------------


@CASES.case("framing.limit", MOST)
async def at_limit(stage: Stage) -> None:
    """A text frame of exactly `max_frame_bytes` is taken."""
    line = await raw_line(stage)
    most = line.opened["limits"]["max_frame_bytes"]
    await line.socket.send_frame(Opcode.TEXT, _padded("most", most))
    await _ponged(line, "most")


@CASES.case("framing.limit.over", BROKEN)
async def over_limit(stage: Stage) -> None:
    """A text frame of one byte more ends the connection with 1009."""
    most = stage.target.limits["max_frame_bytes"]
    await _ends(stage, 1009, Frame(Opcode.TEXT, _padded("more", most + 1)).serialize(mask=True))


@CASES.case("framing.limit.fragments", BROKEN)
async def over_limit_fragments(stage: Stage) -> None:
    """Fragments that are a frame over the limit together end the connection with 1009."""
    most = stage.target.limits["max_frame_bytes"]
    text = _padded("more", most + 1)
    await _ends(
        stage,
        1009,
        Frame(Opcode.TEXT, text[:40_000], fin=False).serialize(mask=True),
        Frame(Opcode.CONT, text[40_000:]).serialize(mask=True),
    )


@CASES.case("framing.limit.announced", BROKEN)
async def over_limit_announced(stage: Stage) -> None:
    """A frame that only announces a length over the limit is refused with 1009 at once."""
    head = b"\x81" + bytes([0x80 | 127]) + (1 << 40).to_bytes(8, "big") + b"mask" + b"{"
    await _ends(stage, 1009, head)


@CASES.case("framing.limit.binary", MOST)
async def binary_at_limit(stage: Stage) -> None:
    """A binary frame of exactly `max_frame_bytes`, with its header, is looked at."""
    line = await raw_line(stage)
    most = line.opened["limits"]["max_frame_bytes"]
    reply = await answer(line, bytes(most))
    held_error(reply, "audio_not_open", None)
    await alive(line)


@CASES.case("framing.limit.binary.over", BROKEN)
async def binary_over_limit(stage: Stage) -> None:
    """A binary frame of one byte more ends the connection with 1009."""
    most = stage.target.limits["max_frame_bytes"]
    await _ends(stage, 1009, Frame(Opcode.BINARY, bytes(most + 1)).serialize(mask=True))


# --- broken frames ------------------------------------------------------------------------------


@CASES.case("framing.unmasked", BROKEN)
async def unmasked(stage: Stage) -> None:
    """A frame that isn't masked ends the connection with 1002."""
    await _ends(stage, 1002, Frame(Opcode.TEXT, _ping("bare")).serialize(mask=False))


@CASES.case("framing.opcode", BROKEN)
async def reserved_opcode(stage: Stage) -> None:
    """A frame of a kind that doesn't exist ends the connection with 1002."""
    for opcode in (0x3, 0x7, 0xB, 0xF):
        await _ends(stage, 1002, _raw(0x80 | opcode, b"{}"))


@CASES.case("framing.reserved-bits", BROKEN)
async def reserved_bits(stage: Stage) -> None:
    """A frame with a bit that nobody agreed on ends the connection with 1002."""
    for bit in (0x40, 0x20, 0x10):
        await _ends(stage, 1002, _raw(0x81 | bit, _ping("bit")))


@CASES.case("framing.control.long", BROKEN)
async def long_control(stage: Stage) -> None:
    """A ping frame over 125 bytes ends the connection with 1002."""
    await _ends(stage, 1002, _raw(0x89, bytes(126)))


@CASES.case("framing.control.fragmented", BROKEN)
async def fragmented_control(stage: Stage) -> None:
    """A ping frame in fragments ends the connection with 1002."""
    await _ends(stage, 1002, _raw(0x09, b"half"))


@CASES.case("framing.continuation", BROKEN)
async def continuation(stage: Stage) -> None:
    """A continuation of nothing ends the connection with 1002."""
    await _ends(stage, 1002, _raw(0x80, _ping("end")))


@CASES.case("framing.interleaved", BROKEN)
async def interleaved(stage: Stage) -> None:
    """A message within another's fragments ends the connection with 1002."""
    await _ends(stage, 1002, _raw(0x01, b'{"type":'), _raw(0x81, _ping("within")))


@CASES.case("framing.close", PINGS)
async def close(stage: Stage) -> None:
    """A client that says goodbye gets its goodbye back."""
    line = await raw_line(stage)
    await line.socket.send_frame(Opcode.CLOSE, Close(1000, "").serialize())
    await closes(line, 1000)


@CASES.case("framing.close.broken", BROKEN)
async def close_broken(stage: Stage) -> None:
    """A goodbye with a code that may not be sent, or half a code, ends the connection with 1002."""
    for data in (b"\x03", (1005).to_bytes(2, "big"), (999).to_bytes(2, "big")):
        await _ends(stage, 1002, Frame(Opcode.CLOSE, data).serialize(mask=True))


@CASES.case("framing.early", BROKEN)
async def early(stage: Stage) -> None:
    """Broken framing before the opening ends the connection with its code too."""
    most = stage.target.limits["max_frame_bytes"]
    text = _padded("more", most + 1)
    for code, frame in (
        (1002, Frame(Opcode.TEXT, b"{}").serialize(mask=False)),
        (1007, Frame(Opcode.TEXT, b"\xff").serialize(mask=True)),
        (1009, Frame(Opcode.TEXT, text).serialize(mask=True)),
    ):
        socket = await stage.socket(await stage.interview())
        await socket.send_raw(frame)
        _, end = await ending(socket)
        require(end.code == code, f"closed with {end.code}, not {code}")
