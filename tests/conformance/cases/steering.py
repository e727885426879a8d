"""Commands whose legality isn't the phase's alone (`protocol.md` 4): `generation.cancel` where a
stream is open, one hint at a time, `generation.retry` after a failure, `audio.stop` when the
server has ended the answer.
"""

import struct

from tests.conformance.case import BOTH, Cases, Skipped, require
from tests.conformance.cases.phases import ATTEMPTS, PAUSED
from tests.conformance.cases.reach import BYTES, SAMPLE_RATE, Scene, answering, details
from tests.conformance.line import SocketLine
from tests.conformance.stage import ANSWER, Stage

CASES = Cases()

HINTED = "hint.completed"
CANCEL = "`generation.cancel` is legal wherever such a stream of that turn is open."
STOPS = "stops these streams of that turn (all lanes); the text so far stands"
ONE_HINT = "one streamed hint for the open question; one at a time"
LATE_STOP = (
    "After the server itself ended an answer, late frames are ignored and `audio.stop` for that "
    "turn is acked without effect, in any phase."
)


async def _hinting(stage: Stage) -> Scene:
    """A hint streams."""
    scene = await answering(stage)
    await scene.acked("hint.request", turn=1)
    await scene.line.event("hint.started")
    return scene


async def _commenting(stage: Stage) -> Scene:
    """Feedback streams."""
    scene = await answering(stage, feedback="each")
    await scene.acked("answer.submit", turn=1, text=ANSWER)
    await scene.line.event("feedback.started")
    return scene


async def _cancels(stage: Stage, what: str, *, paused: bool) -> None:
    """Cancel such a stream while it is open. One that is over first is tried anew."""
    for _ in range(ATTEMPTS):
        scene = await (_hinting if what == "hint" else _commenting)(stage)
        if paused:
            await scene.acked("interview.pause")
        reply = await scene.give("generation.cancel", turn=1, what=what)
        completed = await scene.line.event(f"{what}.completed", turn=1)
        if completed["cancelled"] is False and reply.get("code") == "wrong_phase":
            continue
        require(reply["type"] == "ack", f"It was refused: {reply}")
        require(completed["cancelled"] is True, "The stream wasn't cancelled.")
        stored = await scene.stored()
        require(stored["paused"] is paused, f"`paused` isn't {paused}.")
        return
    raise Skipped(f"a {what} always ends before it can be cancelled")


@CASES.case("command.cancel.hint", CANCEL, over=BOTH)
async def cancel_hint(stage: Stage) -> None:
    """An open hint can be cancelled in `answering`."""
    await _cancels(stage, "hint", paused=False)


@CASES.case("command.cancel.feedback", CANCEL, over=BOTH)
async def cancel_feedback(stage: Stage) -> None:
    """Open feedback can be cancelled in `evaluating`."""
    await _cancels(stage, "feedback", paused=False)


@CASES.case("command.cancel.hint.paused", PAUSED, over=BOTH)
async def cancel_hint_paused(stage: Stage) -> None:
    """An open hint can be cancelled while the interview is paused, which it stays."""
    await _cancels(stage, "hint", paused=True)


@CASES.case("command.cancel.feedback.paused", PAUSED, over=BOTH)
async def cancel_feedback_paused(stage: Stage) -> None:
    """Open feedback can be cancelled while the interview is paused, which it stays."""
    await _cancels(stage, "feedback", paused=True)


@CASES.case("command.cancel.listening", CANCEL, over=BOTH, needs=("voice",))
async def cancel_listening(stage: Stage) -> None:
    """A hint that is open while the answer is spoken can be cancelled."""
    scene = await answering(stage)
    await scene.acked("audio.start", turn=1, sample_rate=SAMPLE_RATE)
    await scene.acked("hint.request", turn=1)
    await scene.acked("generation.cancel", turn=1, what="hint")
    await scene.line.event("hint.completed", turn=1, cancelled=True)
    require((await scene.stored())["phase"] == "listening", "It listens no more.")


@CASES.case("command.cancel.completed", CANCEL, over=BOTH)
async def cancel_completed(stage: Stage) -> None:
    """A stream that is over can't be cancelled, and stands as it is."""
    scene = await _hinting(stage)
    completed = await scene.line.event("hint.completed")
    await scene.refused("wrong_phase", "generation.cancel", turn=1, what="hint")
    hints = (await scene.stored())["turns"][0]["hints"]
    require(hints == [{"text": completed["text"], "cancelled": False}], f"The hints are {hints}.")


@CASES.case("command.cancel.twice", CANCEL, over=BOTH)
async def cancel_twice(stage: Stage) -> None:
    """A stream that was cancelled can't be cancelled again."""
    for _ in range(ATTEMPTS):
        scene = await _hinting(stage)
        reply = await scene.give("generation.cancel", turn=1, what="hint")
        completed = await scene.line.event(HINTED)
        if reply["type"] == "ack" and completed["cancelled"] is True:
            await scene.refused("wrong_phase", "generation.cancel", turn=1, what="hint")
            return
    raise Skipped("a hint always ends before it can be cancelled")


@CASES.case("command.cancel.other-stream", CANCEL, over=BOTH)
async def cancel_other_stream(stage: Stage) -> None:
    """While only a hint is open, feedback can't be cancelled; nor a hint while feedback is."""
    for reach, what in ((_hinting, "feedback"), (_commenting, "hint")):
        scene = await reach(stage)
        await scene.refused("wrong_phase", "generation.cancel", turn=1, what=what)
        kind = "hint" if what == "feedback" else "feedback"
        completed = await scene.line.event(f"{kind}.completed")
        require(completed["cancelled"] is False, f"The {kind} was cancelled.")


@CASES.case("command.cancel.other-turn", STOPS, over=BOTH)
async def cancel_other_turn(stage: Stage) -> None:
    """Cancelling the streams of a turn that has none is refused, and stops no other's."""
    scene = await _hinting(stage)
    reply = await scene.give("generation.cancel", turn=2, what="hint")
    # That no such stream is open, or that the turn isn't: the page allows either.
    require(reply.get("code") in ("wrong_phase", "wrong_turn"), f"It was answered {reply}")
    completed = await scene.line.event("hint.completed")
    require(completed["cancelled"] is False, "The hint of the open turn was cancelled.")


@CASES.case("command.cancel.repeated", CANCEL, over=BOTH)
async def cancel_repeated(stage: Stage) -> None:
    """A cancel that comes again does nothing to a later hint."""
    scene = await _hinting(stage)
    reply = await scene.give("generation.cancel", "again", turn=1, what="hint")
    if reply.get("code") == "wrong_phase":
        raise Skipped("a hint ends before it can be cancelled")
    require(reply["type"] == "ack", f"It was refused: {reply}")
    await scene.line.event("hint.completed")
    await scene.acked("hint.request", turn=1)
    await scene.line.event("hint.started")
    ack = await scene.acked("generation.cancel", "again", turn=1, what="hint")
    require(ack["repeated"] is True, "It isn't told as repeated.")
    completed = await scene.line.event("hint.completed")
    require(completed["cancelled"] is False, "The repeated cancel had an effect.")


# --- hints and spoken answers -------------------------------------------------------------------


@CASES.case("command.hint.one-at-a-time", ONE_HINT, over=BOTH)
async def one_hint_at_a_time(stage: Stage) -> None:
    """While a hint is open, no other can be had."""
    for _ in range(ATTEMPTS):
        scene = await _hinting(stage)
        reply = await scene.give("hint.request", turn=1)
        if reply["type"] == "error":
            told = details(reply, "wrong_phase")
            require(told.get("phase") == "answering", f"The phase is told as {told}.")
            await scene.line.event("hint.completed", cancelled=False)
            return
        events = scene.line.events
        await scene.line.event("hint.started")
        kinds = [each["type"] for each in events if each["type"] in ("hint.started", HINTED)]
        require(kinds[1] == HINTED, "Two hints were open at a time.")
    raise Skipped("a hint always ends before the next can be asked for")


@CASES.case("command.hint.again", ONE_HINT, over=BOTH)
async def another_hint(stage: Stage) -> None:
    """When a hint is whole, another can be had."""
    scene = await _hinting(stage)
    await scene.line.event(HINTED)
    await scene.acked("hint.request", turn=1)
    await scene.line.event(HINTED)
    hints = (await scene.stored())["turns"][0]["hints"]
    require(len(hints) == 2, f"The turn has {len(hints)} hints.")


async def _speak_to_the_limit(scene: Scene) -> int:
    """Say nothing for as long as an answer may take, and a second more; the bytes sent."""
    line = scene.line
    assert isinstance(line, SocketLine)
    limits: dict[str, int] = line.opened["limits"]
    rate = 8_000
    await scene.acked("audio.start", turn=1, sample_rate=rate)
    total = (limits["max_answer_ms"] // 1000 + 1) * rate * 2
    most = (limits["max_frame_bytes"] - 8) // 2 * 2
    for offset in range(0, total, most):
        chunk = bytes(min(most, total - offset))
        await line.socket.send(struct.pack(">Q", offset) + chunk)
    await line.event("audio.stopped", 30, turn=1, reason="limit")
    return total


@CASES.case("command.audio.stop.late", LATE_STOP, needs=("voice",), within_s=40)
async def late_stop(stage: Stage) -> None:
    """When the server has ended an answer, `audio.stop` is acked without effect, in any phase."""
    scene = await answering(stage)
    total = await _speak_to_the_limit(scene)
    await scene.acked("audio.stop", turn=1, bytes=total)
    await scene.line.event("transcript.completed", 30)
    before = await scene.stored()
    await scene.acked("audio.stop", turn=1, bytes=total)
    await scene.acked("audio.stop", turn=1, bytes=total + BYTES)
    require(await scene.stored() == before, "The late stop had an effect.")


@CASES.case("command.audio.frames.late", LATE_STOP, needs=("voice",), within_s=40)
async def late_frames(stage: Stage) -> None:
    """When the server has ended an answer, late frames are ignored."""
    scene = await answering(stage)
    total = await _speak_to_the_limit(scene)
    line = scene.line
    assert isinstance(line, SocketLine)
    await line.socket.send(struct.pack(">Q", total) + bytes(BYTES))
    await line.send({"type": "ping", "nonce": "after"})
    await line.wait(lambda: line.others_of("pong") or None, "a pong")
    require(not line.others_of("error"), f"Late frames got {line.others_of('error')}.")
