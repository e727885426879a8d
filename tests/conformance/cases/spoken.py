"""What becomes of a voice answer (`protocol.md` 5, 6): its transcript, its end, its upload."""

import asyncio
from functools import partial
from typing import Any

import httpx

from tests.conformance.answers import TRANSCRIPT, array, hold, problem, whole
from tests.conformance.case import Cases, require
from tests.conformance.cases.audio import HEARD_S, kept, listening, say, stop
from tests.conformance.course import of
from tests.conformance.line import Line, Message
from tests.conformance.shapes import count, number, text
from tests.conformance.sound import RATE, frame, frames, recording, silence, speech, tone
from tests.conformance.stage import Place, Stage

CASES = Cases()

SILENT = "silence gives an empty transcript and `needs_review`, never invented words"
REVIEW = "With review: `transcript.completed` with `needs_review`, then `answer.accepted` after"
ENDS_ITSELF = (
    "With `silence_ms` the server also ends the answer itself after about that much silence"
)
LATE = (
    "After the server itself ended an answer, late frames are ignored and `audio.stop` for that "
    "turn is acked without effect, in any phase."
)
ORDER = "`audio.stopped`; `transcript.completed`; `answer.accepted` with the same text"
TRANSCRIBED = "`text`, `language`, `confidence` (0–1), `duration_ms`, `needs_review`"
SPEECH = "`at_ms` (within the answer's audio)"
PARTIAL = "`stable` (code points that won't change again); none after `audio.stopped`"
TIME_UP = "but in `listening` and `transcribing` it first stops the audio and takes the transcript"
STORED = "both are stored, stand in a new epoch and are not repeated"
UPLOAD = "a whole recording, any container the decoder reads; `Idempotency-Key` is its command id"
WORDS = "`[{text, start_ms, end_ms, probability}]` of a voice answer"
WORD = {"text": text, "start_ms": count, "end_ms": count, "probability": number}


@CASES.case("audio.silence", SILENT, needs=("voice",), within_s=40)
async def silent(stage: Stage) -> None:
    """Silence has no words, and waits for the candidate's."""
    place, line = await listening(stage)
    audio = silence(1_500)
    await say(line, audio)
    transcript = await stop(line, len(audio))
    told = (transcript["text"], transcript["needs_review"])
    require(told == ("", True), f"Of silence it heard {told}.")
    require((await stage.stored(place))["phase"] == "reviewing", "It waits for nobody.")
    await line.acked("answer.submit", turn=1, text="I was thinking.")
    accepted = await line.event("answer.accepted")
    require(accepted["text"] == "I was thinking.", f"It took {accepted['text']!r}.")


@CASES.case("audio.transcript.confidence", TRANSCRIBED, needs=("voice",), within_s=40)
async def confidence(stage: Stage) -> None:
    """How sure a transcript is lies between 0 and 1, and its turn tells the same."""
    place, line = await listening(stage, review=True)
    audio = tone(1_000)
    await say(line, audio)
    transcript = await stop(line, len(audio))
    require(0 <= transcript["confidence"] <= 1, f"It is {transcript['confidence']}.")
    told = (await stage.stored(place))["turns"][0]["transcript"]
    for name in TRANSCRIPT:
        require(told[name] == transcript[name], f"`{name}`: {told[name]}, {transcript[name]}")


@CASES.case("audio.review", REVIEW, needs=("voice",), within_s=40)
async def reviewed(stage: Stage) -> None:
    """With review an answer waits until the candidate confirms or corrects its transcript."""
    # What the server is sure of shows that it waits for the review's sake.
    said = stage.target.speech
    audio, rate = speech(said) if said is not None else (tone(1_500), RATE)
    place, line = await listening(stage, sample_rate=rate, review=True)
    await say(line, audio)
    transcript = await stop(line, len(audio))
    require(transcript["needs_review"] is True, "It doesn't wait.")
    require((await stage.stored(place))["phase"] == "reviewing", "It isn't `reviewing`.")
    await line.acked("answer.submit", turn=1, text="What I meant.")
    accepted = await line.event("answer.accepted")
    require(accepted["text"] == "What I meant.", f"It took {accepted['text']!r}.")
    kinds = [each["type"] for each in line.events]
    require(kinds.count("answer.accepted") == 1, "It was accepted before its review.")


@CASES.case("audio.review.cancel", "answer.submit, audio.cancel, skip", needs=("voice",))
async def review_cancelled(stage: Stage) -> None:
    """A transcript that is reviewed may be dropped, with its answer."""
    place, line = await listening(stage, review=True)
    audio = tone(600)
    await say(line, audio)
    await stop(line, len(audio))
    await line.acked("audio.cancel", turn=1)
    await line.event("audio.cancelled")
    told = await stage.stored(place)
    require(told["phase"] == "answering", f"It is {told['phase']}.")
    require(told["turns"][0]["transcript"] is None, "The transcript is kept.")


@CASES.case("audio.order", ORDER, needs=("voice", "speech"), within_s=45)
async def order(stage: Stage) -> None:
    """A spoken answer is stopped, transcribed and accepted, in this order and in one text."""
    assert stage.target.speech is not None
    audio, rate = speech(stage.target.speech)
    _, line = await listening(stage, sample_rate=rate)
    for each in frames(audio, rate=rate):
        await line.socket.send(each)
    transcript = await stop(line, len(audio))
    require(transcript["needs_review"] is False, f"It wasn't sure: {transcript}")
    accepted = await line.event("answer.accepted")
    require(accepted["text"] == transcript["text"] != "", f"It took {accepted['text']!r}.")
    require(accepted["source"] == "voice", f"Its source is {accepted['source']}.")
    require(isinstance(accepted["delivery"], dict), "Nothing is told of its delivery.")
    _between(line)


def _between(line: Line) -> None:
    """What comes while an answer is open: speech, and partial transcripts that fit together."""
    kinds = [each["type"] for each in line.events]
    opened, stopped = kinds.index("audio.started"), kinds.index("audio.stopped")
    allowed = {"speech.started", "speech.stopped", "transcript.partial"}
    found = set(kinds[opened + 1 : stopped])
    require(found <= allowed, f"Between its start and its stop came {found - allowed}.")
    require(not allowed & set(kinds[stopped:]), "Speech came after the answer was stopped.")
    heard, stable = "", 0
    for event in line.events:
        if event["type"] != "transcript.partial":
            continue
        require(stable <= event["from"] <= len(heard), f"{event['from']} isn't in {heard!r}.")
        heard = heard[: event["from"]] + event["text"]
        require(stable <= event["stable"] <= len(heard), f"{event['stable']} is stable.")
        stable = event["stable"]


@CASES.case("audio.partial", (SPEECH, PARTIAL), needs=("voice", "speech"), within_s=45)
async def partials(stage: Stage) -> None:
    """While somebody speaks, what was heard so far is told, and told to be speech."""
    assert stage.target.speech is not None
    audio, rate = speech(stage.target.speech)
    _, line = await listening(stage, sample_rate=rate, review=True)
    await _speak(line, audio, rate)
    await stop(line, len(audio))
    kinds = {each["type"] for each in line.events}
    require({"speech.started", "transcript.partial"} <= kinds, "Nobody was heard to speak.")
    _between(line)
    long_ms = len(audio) * 1_000 // (2 * rate)
    for event in line.events:
        if event["type"].startswith("speech."):
            require(0 <= event["at_ms"] <= long_ms, f"{event['type']} at {event['at_ms']} ms")


async def _speak(line: Any, audio: bytes, rate: int) -> None:
    """Send audio at the pace of speech."""
    for each in frames(audio, rate=rate):
        if _ended(line):
            return
        await line.socket.send(each)
        await asyncio.sleep(0.1)


def _ended(line: Line) -> bool:
    return any(each["type"] == "audio.stopped" for each in line.events)


@CASES.case("audio.silence-ms", ENDS_ITSELF, needs=("voice", "speech"), within_s=45)
async def ends_itself(stage: Stage) -> None:
    """With `silence_ms`, about as much silence after speech ends the answer, not less than half."""
    assert stage.target.speech is not None
    spoken, rate = speech(stage.target.speech)
    _, line = await listening(stage, sample_rate=rate, silence_ms=1_000)
    audio = spoken + silence(8_000, rate)
    await _speak(line, audio, rate)
    stopped = await line.event("audio.stopped")
    require(stopped["reason"] == "silence", f"It stopped: {stopped['reason']}")
    quiet_ms = (stopped["bytes"] - len(spoken)) * 1_000 // (2 * rate)
    # A recording that ends in speech has a tenth of a second behind it.
    require(quiet_ms >= 400, f"It ended {quiet_ms} ms after the speech.")
    await line.event("transcript.completed", HEARD_S)


@CASES.case("audio.late", LATE, needs=("voice", "speech"), within_s=45)
async def late(stage: Stage) -> None:
    """After the server ended an answer, late frames and a late stop are taken in silence."""
    assert stage.target.speech is not None
    spoken, rate = speech(stage.target.speech)
    _, line = await listening(stage, sample_rate=rate, silence_ms=1_000)
    audio = spoken + silence(8_000, rate)
    await _speak(line, audio, rate)
    await line.event("audio.stopped")
    await line.socket.send(frame(len(audio), silence(100, rate)))
    ack = await line.acked("audio.stop", turn=1, bytes=len(audio) + 200)
    require(ack["repeated"] is False, "It is acked as a repeated one.")
    await line.event("transcript.completed", HEARD_S)
    await line.acked("audio.stop", turn=1, bytes=len(audio) + 200)
    require(not line.others_of("error"), f"An error came: {line.others_of('error')}")
    kinds = [each["type"] for each in line.events]
    require(kinds.count("audio.stopped") == 1, "The late stop stopped it again.")


@CASES.case(
    "audio.limit", "`reason` (`requested`, `silence`, `limit`)", needs=("voice",), within_s=45
)
async def limit(stage: Stage) -> None:
    """An answer of `max_answer_ms` is ended by the server."""
    _, line = await listening(stage, sample_rate=8_000)
    most = stage.target.limits["max_answer_ms"] * 16
    chunk = silence(4_000, 8_000)
    for offset in range(0, most + len(chunk), len(chunk)):
        if _ended(line):
            break
        await line.socket.send(frame(offset, chunk))
    stopped = await line.event("audio.stopped", HEARD_S)
    require(stopped["reason"] == "limit", f"It stopped: {stopped['reason']}")
    require(stopped["bytes"] <= most, f"It has {stopped['bytes']} bytes, of {most}.")


@CASES.case("audio.time-limit", TIME_UP, needs=("voice", "patience"), within_s=100)
async def time_limit(stage: Stage) -> None:
    """When the time is up in mid-answer, what was said is transcribed before all ends."""
    place = await stage.interview(time_limit_s=60)
    line = await stage.open_socket(place)
    await line.acked("interview.start")
    await line.event("question.completed")
    await line.acked("audio.start", turn=1, sample_rate=RATE)
    audio = tone(1_000)
    await say(line, audio)
    finished = await line.event("interview.finished", 60 + HEARD_S)
    require(finished["reason"] == "time_limit", f"The reason is {finished['reason']}.")
    told = of(line.events, "audio.stopped", "transcript.completed", "interview.finished")
    kinds = [each["type"] for each in told]
    require(kinds == ["audio.stopped", "transcript.completed", "interview.finished"], f"{kinds}")
    stopped = (told[0]["bytes"], told[0]["reason"])
    require(stopped == (len(audio), "limit"), f"It stopped: {stopped}")


@CASES.case("audio.kill", STORED, needs=("voice", "kill"), within_s=45)
async def kill_in_mid_answer(stage: Stage) -> None:
    """A server that is killed in mid-answer takes the audio from where it says, and ends it."""
    place, line = await listening(stage)
    audio = tone(2_000)
    await say(line, audio[: len(audio) // 4 * 2])
    await kept(stage, place, len(audio) // 4 * 2)
    before = line.position
    await stage.kill()
    again = await stage.open_socket(place, resume=before)
    require(again.opened["resumed"] is False, "Its memory outlived it.")
    require(again.opened["epoch"] > before["epoch"], "The epoch stayed.")
    require(again.opened["snapshot"]["phase"] == "listening", "The start wasn't stored.")
    told = again.opened["audio"]
    require(0 <= told["received"] <= len(audio) // 4 * 2, f"It has {told['received']} bytes.")
    await say(again, audio, told["received"])
    await stop(again, len(audio))


@CASES.case("audio.kill.stopped", STORED, needs=("voice", "kill"), within_s=45)
async def kill_after_stop(stage: Stage) -> None:
    """A stop outlives the server, and the answer ends when its bytes are there again."""
    place, line = await listening(stage)
    audio = tone(2_000)
    await say(line, audio[: len(audio) // 4 * 2])
    await line.acked("audio.stop", "v9", turn=1, bytes=len(audio))
    await stage.kill()
    again = await stage.open_socket(place)
    require(again.opened["snapshot"]["phase"] == "transcribing", "The stop wasn't stored.")
    told = again.opened["audio"]
    require(told["bytes"] == len(audio), f"It is told as {told}.")
    ack = await again.acked("audio.stop", "v9", turn=1, bytes=len(audio))
    require(ack["repeated"] is True, "The stop isn't known.")
    await say(again, audio, told["received"])
    await again.event("transcript.completed", HEARD_S)


async def upload(
    stage: Stage, place: Place, body: bytes, key: str = "u1", query: str = "", turn: int = 1
) -> httpx.Response:
    """What the upload of a recording is answered with."""
    headers = {"Content-Type": "audio/wav", "Idempotency-Key": key}
    path = f"{place.path}/turns/{turn}/audio{query}"
    return await stage.http("POST", path, content=body, headers=headers)


@CASES.case("audio.upload", UPLOAD, needs=("voice",), within_s=45)
async def uploaded(stage: Stage) -> None:
    """A recording is acked once its transcript is committed, and taken once."""
    place, line = await stage.answering()
    body = recording(tone(1_500))
    ack = whole(await upload(stage, place, body, query="?review=true"))
    told = (ack["type"], ack["re"], ack["repeated"])
    require(told == ("ack", "u1", False), f"It is answered {ack}.")
    transcript = await line.event("transcript.completed", 5)
    require(transcript["needs_review"] is True, "It doesn't wait for its review.")
    require(transcript["seq"] <= ack["seq"], "It was acked before its transcript.")
    again = whole(await upload(stage, place, body, query="?review=true"))
    require(again["repeated"] is True, "It was taken twice.")
    other = await upload(stage, place, recording(tone(700)), query="?review=true")
    problem(other, 409, "id_reused")


@CASES.case("audio.upload.unsupported", "an upload that can't be read", needs=("voice",))
async def unreadable(stage: Stage) -> None:
    """What is no recording is answered 415, and the question stays open."""
    place, _ = await stage.answering()
    problem(await upload(stage, place, b"no sound at all" * 40), 415, "unsupported_media")
    require((await stage.stored(place))["phase"] == "answering", "The question was closed.")


@CASES.case(
    "audio.upload.too-large", "`max_audio_bytes` 26214400 (an HTTP recording)", needs=("voice",)
)
async def too_large(stage: Stage) -> None:
    """A recording over the limit is answered 413."""
    place, _ = await stage.answering()
    most = stage.target.limits["max_audio_bytes"]
    body = recording(bytes(most & ~1))
    told = problem(await upload(stage, place, body), 413, "too_large")
    require(told["details"].get("limit") == most, f"`details`: {told['details']}")


@CASES.case(
    "audio.upload.refused",
    "not possible now (`details.phase`, `details.paused`); not the open turn",
    needs=("voice",),
)
async def refused(stage: Stage) -> None:
    """A recording for another turn, or in another phase, is refused as a command is."""
    place = await stage.interview()
    body = recording(tone(300))
    problem(await upload(stage, place, body), 409, "wrong_phase")
    place, _ = await stage.answering()
    problem(await upload(stage, place, body, turn=2), 409, "wrong_turn")


@CASES.case("audio.words", WORDS, needs=("voice", "speech"), within_s=45)
async def words(stage: Stage) -> None:
    """The words of a voice answer are there, in the order of their time."""
    place, line = await _spoken(stage)
    found: list[Message] = array(await stage.http("GET", f"{place.path}/turns/1/words"))
    require(found, "There are no words.")
    before = 0
    for word in found:
        hold(word, WORD, "A word")
        require(before <= word["start_ms"] <= word["end_ms"], f"It has no place in time: {word}")
        require(0 <= word["probability"] <= 1, f"Its probability is {word['probability']}.")
        before = word["start_ms"]
    transcript = next(each for each in line.events if each["type"] == "transcript.completed")
    require(before <= transcript["duration_ms"], "A word was said after the end.")


@CASES.case(
    "audio.delivery",
    "**Delivery**: `{duration_ms, speech_ms, pace, pace_unit",
    needs=("voice", "speech"),
    within_s=45,
)
async def delivery(stage: Stage) -> None:
    """A voice answer's delivery is told whole, and kept with its turn."""
    place, line = await _spoken(stage)
    accepted = next(each for each in line.events if each["type"] == "answer.accepted")
    told = accepted["delivery"]
    hold(told, {"duration_ms": count, "speech_ms": count, "pace": number}, "The delivery")
    units = ("words_per_minute", "syllables_per_minute")
    require(told.get("pace_unit") in units, f"The pace is in {told.get('pace_unit')}.")
    for name in ("fillers", "pauses", "hedges", "repeated"):
        require(isinstance(told.get(name), list), f"`{name}` is {told.get(name)!r}.")
    require(told["speech_ms"] <= told["duration_ms"], "More was spoken than it took.")
    turn = (await stage.stored(place))["turns"][0]
    require(turn["delivery"] == told, f"The turn has {turn['delivery']}.")
    require(turn["transcript"]["text"] == turn["answer"], "The turn's texts differ.")


async def _spoken(stage: Stage) -> tuple[Place, Line]:
    """An interview whose first question was answered in words that anybody understands."""
    assert stage.target.speech is not None
    audio, rate = speech(stage.target.speech)
    place, line = await listening(stage, sample_rate=rate)
    for each in frames(audio, rate=rate):
        await line.socket.send(each)
    await stop(line, len(audio))
    await line.wait(partial(_accepted, line), "the answer")
    return place, line


def _accepted(line: Line) -> Message | None:
    return next((each for each in line.events if each["type"] == "answer.accepted"), None)
