"""A voice answer's audio (`protocol.md` 6): what is kept of it, what isn't, and what is asked for.

What is heard here is a tone or nothing: no case needs it to be understood.
"""

import asyncio
from typing import Any

from tests.conformance.answers import TRANSCRIPT, hold, problem
from tests.conformance.case import SSE, Cases, Skipped, Violation, require
from tests.conformance.line import Message, SocketLine
from tests.conformance.sound import RATE, frame, frames, recording, silence, tone
from tests.conformance.stage import ANSWER, Place, Stage

CASES = Cases()

KEPT = "The server keeps what is contiguous: bytes it has already are ignored"
GAP = "a gap gets one `audio_gap` with `details.received` until it is closed"
STAYS = "The answer stays open."
FROM = "After a reconnect `session.opened.audio.received` tells from where to send"
STATE = "`audio: {id, turn, received, bytes, partial}` (`id`: that of the command that opened"
STARTS = "`sample_rate` (8000–48000), `silence_ms` (optional, 300–10000), `review` (false)"
MORE = (
    "`audio.stop` with more `bytes` than arrived is recorded, and the server asks with `audio_gap`"
)
CANCELS = "a client that no longer has the audio cancels"
FEWER = "with fewer, the rest is dropped"
# How long a speech model may take over a few seconds of sound.
HEARD_S = 25.0


async def listening(stage: Stage, **fields: Any) -> tuple[Place, SocketLine]:
    """An interview whose first question is being answered by voice."""
    place = await stage.interview(questions=2, question_list=["Why?", "How?"])
    line = await stage.open_socket(place)
    await line.acked("interview.start")
    await line.event("question.completed")
    await line.acked("audio.start", turn=1, **{"sample_rate": RATE, **fields})
    await line.event("audio.started", turn=1)
    return place, line


async def say(line: SocketLine, audio: bytes, begin: int = 0) -> None:
    """Send an answer's audio from byte `begin` on."""
    for each in frames(audio, begin=begin):
        await line.socket.send(each)


async def stop(line: SocketLine, size: int, **fields: Any) -> Message:
    """Stop the answer, and give its transcript, which comes when all bytes are there."""
    await line.acked("audio.stop", turn=1, bytes=size, **fields)
    return await line.event("transcript.completed", HEARD_S, turn=1)


async def kept(stage: Stage, place: Place, received: int) -> Message:
    """The `audio` of a session that is opened, once the server says it has so many bytes.

    Frames have no outcome: whether they were taken yet is for the server to say.
    """
    audio: Message = {}
    for _ in range(200):
        watcher = await stage.open_socket(place, role="observer")
        audio = watcher.opened["audio"]
        await watcher.drop()
        if audio["received"] == received:
            return audio
    raise Violation(f"{received} bytes were to be kept, not {audio.get('received')}.")


async def error(line: SocketLine, code: str, count: int = 1) -> Message:
    """The error of that code, the `count`th, which has no `re` as it is of a binary frame."""

    def found() -> Message | None:
        errors = [each for each in line.others_of("error") if each["code"] == code]
        return errors[count - 1] if len(errors) >= count else None

    told = await line.wait(found, f"the error {code}")
    require(told["re"] is None, f"The error of a binary frame has `re`: {told['re']}")
    return told


@CASES.case("audio.unavailable", "no speech model here (text answers work)")
async def unavailable(stage: Stage) -> None:
    """Where there is no speech model, voice is refused, and text goes on."""
    if stage.target.capabilities.get("voice"):
        raise Skipped("the server has a speech model")
    _, line = await stage.answering()
    await line.refused("voice_unavailable", "audio.start", turn=1, sample_rate=RATE)
    await line.acked("answer.submit", turn=1, text=ANSWER)


@CASES.case("audio.frame.not-open", "a frame outside a voice answer gets `audio_not_open`")
async def not_open(stage: Stage) -> None:
    """A binary frame outside a voice answer gets `audio_not_open`, and the connection stays."""
    _, line = await stage.answering()
    assert isinstance(line, SocketLine)
    await line.socket.send(frame(0, tone(20)))
    await error(line, "audio_not_open")
    await line.acked("answer.submit", turn=1, text=ANSWER)


@CASES.case("audio.start", STARTS, needs=("voice",))
async def starts(stage: Stage) -> None:
    """A voice answer begins with what it was asked with, defaults filled."""
    _, line = await listening(stage)
    started = line.events[-1]
    told = (started["sample_rate"], started["silence_ms"], started["review"])
    require(told == (RATE, None, False), f"It began with {told}.")
    fields = {"sample_rate": 48_000, "silence_ms": 300, "review": True}
    _, line = await listening(stage, **fields)
    for name, value in fields.items():
        require(line.events[-1][name] == value, f"`{name}` is {line.events[-1][name]}.")


@CASES.case("audio.start.bounds", STARTS, needs=("voice",))
async def bounds(stage: Stage) -> None:
    """A rate or a silence out of its range is `malformed`."""
    _, line = await stage.answering()
    for field, wrong in (
        *(("sample_rate", value) for value in (7_999, 48_001, "16000", 16_000.5, True)),
        *(("silence_ms", value) for value in (299, 10_001, "300", True)),
        ("review", 1),
    ):
        fields: dict[str, Any] = {"turn": 1, "sample_rate": RATE, field: wrong}
        told = await line.refused("malformed", "audio.start", **fields)
        require(told["details"].get("field") == field, f"`details`: {told['details']}")
    await line.acked("audio.start", turn=1, sample_rate=8_000, silence_ms=10_000)


@CASES.case("audio.frames", "A binary frame is an 8-byte big-endian", needs=("voice",))
async def contiguous(stage: Stage) -> None:
    """Frames that follow each other are kept, and told to whoever opens."""
    place, line = await listening(stage)
    audio = tone(1_000)
    await say(line, audio)
    told = await kept(stage, place, len(audio))
    require((told["turn"], told["bytes"]) == (1, None), f"It is told as {told}.")
    require("partial" in told, "`partial` isn't told.")
    require(not line.others_of("error"), f"An error came: {line.others_of('error')}")


@CASES.case("audio.frames.largest", "or a binary one with its header", needs=("voice",))
async def largest(stage: Stage) -> None:
    """A frame of the limit, its header included, is taken."""
    place, line = await listening(stage)
    size = (stage.target.limits["max_frame_bytes"] - 8) & ~1
    await line.socket.send(frame(0, silence(60_000)[:size]))
    await kept(stage, place, size)


@CASES.case("audio.frames.overlap", KEPT, needs=("voice",))
async def overlap(stage: Stage) -> None:
    """Bytes that were sent already are ignored, what lies behind them is kept."""
    place, line = await listening(stage)
    audio = tone(600)
    half = len(audio) // 4 * 2
    await line.socket.send(frame(0, audio[:half]))
    await line.socket.send(frame(0, audio[:half]))
    await line.socket.send(frame(half // 4 * 2, audio[half // 4 * 2 :]))
    await kept(stage, place, len(audio))
    require(not line.others_of("error"), f"An error came: {line.others_of('error')}")


@CASES.case("audio.received", "at least once a second while audio arrives", needs=("voice",))
async def received(stage: Stage) -> None:
    """While audio arrives, its sender is told how much of it is there; nobody else is."""
    place, line = await listening(stage)
    watcher = await stage.open_socket(place, role="observer")
    audio = tone(30_000)
    sent = 0
    for each in frames(audio):
        await line.socket.send(each)
        sent += 1
        told = line.others_of("audio.received")
        if len(told) >= 2:
            break
        # At the pace of speech: the next frame goes when its 100 ms would have been spoken.
        await asyncio.sleep(0.1)
    require(len(told) >= 2, "30 s of audio were sent, and nothing was heard of it.")
    counts = [each["received"] for each in told]
    require(counts == sorted(counts) and counts[-1] <= sent * 3_200, f"It has {counts}.")
    require(all(each["turn"] == 1 for each in told), "It is of another turn.")
    require(sent <= 25, f"Two came within {sent / 10} s.")
    require(not watcher.others_of("audio.received"), "An observer was told.")


@CASES.case("audio.gap", GAP, needs=("voice",))
async def gap(stage: Stage) -> None:
    """A gap is told once, until it is closed; another one is told again."""
    place, line = await listening(stage)
    audio = tone(1_000)
    a, b, c = (len(audio) // 10 * each for each in (2, 4, 6))
    await line.socket.send(frame(0, audio[:a]))
    for _ in range(3):
        await line.socket.send(frame(b, audio[b:c]))
    told = await error(line, "audio_gap")
    require(told["details"].get("received") == a, f"`details`: {told['details']}")
    await say(line, audio[:c], a)
    await kept(stage, place, c)
    errors = line.others_of("error")
    require(len(errors) == 1, f"{len(errors)} errors came of one gap.")
    await line.socket.send(frame(c + 320, audio[c + 320 :]))
    told = await error(line, "audio_gap", 2)
    require(told["details"].get("received") == c, f"`details`: {told['details']}")


@CASES.case("audio.odd", "an odd number of bytes gets `audio_format`", needs=("voice",))
async def odd(stage: Stage) -> None:
    """Half a sample gets `audio_format`, nothing of it is kept, and the answer stays open."""
    place, line = await listening(stage)
    audio = tone(400)
    await line.socket.send(frame(0, audio[:3_201]))
    await error(line, "audio_format")
    await say(line, audio)
    await kept(stage, place, len(audio))


@CASES.case("audio.stays-open", STAYS, needs=("voice",))
async def stays_open(stage: Stage) -> None:
    """After a gap and half a sample the answer is ended as any other."""
    _, line = await listening(stage)
    audio = tone(1_000)
    await line.socket.send(frame(640, audio[640:1_280]))
    await error(line, "audio_gap")
    await line.socket.send(frame(0, audio[:641]))
    await error(line, "audio_format")
    await say(line, audio)
    await stop(line, len(audio))


@CASES.case("audio.reconnect", FROM, needs=("voice",))
async def reconnect(stage: Stage) -> None:
    """A connection that drops in mid-answer costs nothing: it goes on where the server is."""
    place, line = await listening(stage)
    audio = tone(2_000)
    half = len(audio) // 4 * 2
    await say(line, audio[:half])
    await kept(stage, place, half)
    await line.drop()
    again = await stage.open_socket(place, resume=line.position)
    require(again.opened["resumed"] is True, "It wasn't resumed.")
    told = again.opened["audio"]
    require((told["turn"], told["received"]) == (1, half), f"It goes on at {told}.")
    await say(again, audio, told["received"])
    await stop(again, len(audio))
    require(not again.others_of("error"), f"An error came: {again.others_of('error')}")


@CASES.case("audio.state", STATE, needs=("voice",))
async def state(stage: Stage) -> None:
    """What is open of a voice answer is told in `listening` and `transcribing`, not before."""
    place = await stage.interview()
    line = await stage.open_socket(place)
    require(line.opened.get("audio") is None, "`audio` is told before any.")
    await line.acked("interview.start")
    await line.event("question.completed")
    start = await line.acked("audio.start", turn=1, sample_rate=RATE)
    told = await kept(stage, place, 0)
    require(told.get("id") == start["re"], f"It is told as {told}.")
    audio = tone(1_000)
    await line.acked("audio.stop", turn=1, bytes=len(audio))
    told = await kept(stage, place, 0)
    require(told["bytes"] == len(audio), f"It is told as {told}.")
    stream = await stage.open_stream(place)
    require(stream.opened.get("audio") == told, f"A stream is told {stream.opened.get('audio')}.")


@CASES.case("audio.stop", "`turn`, `bytes` (all that was sent)", needs=("voice",), within_s=40)
async def stopped_whole(stage: Stage) -> None:
    """A stop with all bytes ends the answer, and its transcript is whole."""
    _, line = await listening(stage, review=True)
    audio = tone(1_000)
    await say(line, audio)
    transcript = await stop(line, len(audio))
    stopped = next(each for each in line.events if each["type"] == "audio.stopped")
    told = (stopped["bytes"], stopped["reason"])
    require(told == (len(audio), "requested"), f"It stopped: {told}")
    hold(transcript, TRANSCRIPT, "The transcript")


@CASES.case("audio.transcript.waits", "Transcription completes when all", needs=("voice",))
async def waits(stage: Stage) -> None:
    """A stopped answer whose bytes aren't all there isn't transcribed, whoever comes and goes."""
    place, line = await listening(stage)
    await line.acked("audio.stop", turn=1, bytes=3_200)
    await error(line, "audio_gap")
    await line.drop()
    again = await stage.open_socket(place)
    require(again.opened["snapshot"]["phase"] == "transcribing", "It doesn't wait.")
    await say(again, tone(100))
    await again.event("transcript.completed", HEARD_S)


@CASES.case("audio.stop.more", MORE, needs=("voice",))
async def more(stage: Stage) -> None:
    """A stop with more bytes than arrived is recorded; the rest is asked for, and taken."""
    place, line = await listening(stage)
    audio = tone(1_500)
    half = len(audio) // 4 * 2
    await say(line, audio[:half])
    await line.acked("audio.stop", turn=1, bytes=len(audio))
    stopped = await line.event("audio.stopped")
    require(stopped["bytes"] == len(audio), f"It stopped at {stopped['bytes']}.")
    told = await error(line, "audio_gap")
    require(told["details"].get("received") == half, f"`details`: {told['details']}")
    require((await stage.stored(place))["phase"] == "transcribing", "It doesn't wait.")
    early = [each["type"] for each in line.events]
    require("transcript.completed" not in early, "It was transcribed with bytes missing.")
    await say(line, audio, half)
    await line.event("transcript.completed", HEARD_S)


@CASES.case("audio.stop.fewer", FEWER, needs=("voice",))
async def fewer(stage: Stage) -> None:
    """A stop with fewer bytes than arrived drops the rest."""
    place, line = await listening(stage)
    audio = tone(2_000)
    await say(line, audio)
    await kept(stage, place, len(audio))
    transcript = await stop(line, len(audio) // 4 * 2)
    stopped = next(each for each in line.events if each["type"] == "audio.stopped")
    require(stopped["bytes"] == len(audio) // 4 * 2, f"It stopped at {stopped['bytes']}.")
    require(transcript["duration_ms"] <= 1_500, f"{transcript['duration_ms']} ms were heard.")


@CASES.case("audio.stop.repeated", "are stored, stand in a new epoch", needs=("voice",))
async def stop_repeated(stage: Stage) -> None:
    """A start and a stop that are sent again are acked again, and do nothing."""
    _, line = await stage.answering()
    assert isinstance(line, SocketLine)
    start = {"turn": 1, "sample_rate": RATE, "review": True}
    await line.acked("audio.start", "v1", **start)
    audio = tone(800)
    await say(line, audio)
    again = await line.acked("audio.start", "v1", **start)
    require(again["repeated"] is True, "The start isn't known.")
    await stop(line, len(audio), id="v2")
    again = await line.acked("audio.stop", "v2", turn=1, bytes=len(audio))
    require(again["repeated"] is True, "The stop isn't known.")
    kinds = [each["type"] for each in line.events]
    counts = (kinds.count("audio.started"), kinds.count("audio.stopped"))
    require(counts == (1, 1), f"They took effect {counts} times.")


@CASES.case("audio.cancel", "drops it: nothing of it is kept", needs=("voice",))
async def cancel(stage: Stage) -> None:
    """A voice answer that is cancelled leaves nothing, and the question stays open."""
    place, line = await listening(stage)
    await say(line, tone(1_000))
    await line.acked("audio.cancel", turn=1)
    await line.event("audio.cancelled", turn=1)
    told = await stage.stored(place)
    require(told["phase"] == "answering", f"It is {told['phase']}.")
    turn = told["turns"][0]
    require(turn["transcript"] is None and turn["answer"] is None, f"The turn is {turn}.")
    await line.acked("audio.start", turn=1, sample_rate=RATE)
    await kept(stage, place, 0)
    await line.acked("audio.cancel", turn=1)
    await line.acked("answer.submit", turn=1, text=ANSWER)
    accepted = await line.event("answer.accepted")
    require((accepted["source"], accepted["delivery"]) == ("text", None), f"{accepted}")


@CASES.case("audio.cancel.transcribing", CANCELS, needs=("voice",))
async def cancel_late(stage: Stage) -> None:
    """Who no longer has the audio that is asked for cancels."""
    _, line = await listening(stage)
    await line.acked("audio.stop", turn=1, bytes=32_000)
    await error(line, "audio_gap")
    await line.acked("audio.cancel", turn=1)
    await line.event("audio.cancelled", turn=1)
    await line.acked("answer.submit", turn=1, text=ANSWER)


@CASES.case("audio.upload.unavailable", "no speech model here (text answers work)", over=SSE)
async def upload_unavailable(stage: Stage) -> None:
    """Where there is no speech model, a recording is refused with 503."""
    if stage.target.capabilities.get("voice"):
        raise Skipped("the server has a speech model")
    place, _ = await stage.answering()
    response = await stage.http(
        "POST",
        f"{place.path}/turns/1/audio",
        content=recording(tone(300)),
        headers={"Content-Type": "audio/wav", "Idempotency-Key": "u1"},
    )
    problem(response, 503, "voice_unavailable")
