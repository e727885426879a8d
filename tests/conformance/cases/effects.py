"""What commands do (`protocol.md` 4), as the table of commands has it. What the events look like
and how they follow each other is the business of the cases of section 5.
"""

from tests.conformance.case import BOTH, Cases, Skipped, require
from tests.conformance.cases.phases import ATTEMPTS
from tests.conformance.cases.reach import (
    BYTES,
    QUESTION,
    answering,
    asking,
    created,
    listening,
    reviewing,
)
from tests.conformance.stage import ANSWER, Stage

CASES = Cases()

START = "| `interview.start` | | begins; the first question follows |"
ANSWERS = "answers in text, or confirms (and corrects) a reviewed transcript"
STOP = "| `audio.stop` | `turn`, `bytes` (all that was sent) | ends it |"
CANCEL = "| `audio.cancel` | `turn` | drops it: nothing of it is kept |"
PAUSE = "open streams finish, nothing new starts, the clock stands; and on again"


@CASES.case("command.does.start", START, over=BOTH)
async def start(stage: Stage) -> None:
    """`interview.start` begins the interview, and the first question follows."""
    scene = await created(stage)
    await scene.acked("interview.start")
    first = await scene.line.event("interview.started")
    require(first["seq"] == scene.line.opened["seq"] + 1, "Something came before the start.")
    question = await scene.line.event("question.started", turn=1, number=1)
    require(question["kind"] == "main", "The first question is none of its own.")
    await scene.line.event("question.completed", turn=1)
    stored = await scene.stored()
    require(stored["phase"] == "answering", f"The phase is {stored['phase']}.")


@CASES.case("command.does.answer", ANSWERS, over=BOTH)
async def answer(stage: Stage) -> None:
    """`answer.submit` answers the open question in text."""
    scene = await answering(stage)
    await scene.acked("answer.submit", turn=1, text=ANSWER)
    event = await scene.line.event("answer.accepted", turn=1, text=ANSWER, source="text")
    require(event.get("delivery") is None, "An answer in text has a delivery.")


@CASES.case("command.does.review", ANSWERS, over=BOTH, needs=("voice",))
async def review(stage: Stage) -> None:
    """`answer.submit` confirms a reviewed transcript, in the words that it gives."""
    scene = await reviewing(stage)
    await scene.acked("answer.submit", turn=1, text=ANSWER)
    await scene.line.event("answer.accepted", turn=1, text=ANSWER, source="voice")


@CASES.case("command.does.audio-stop", STOP, over=BOTH, needs=("voice",))
async def audio_stop(stage: Stage) -> None:
    """`audio.stop` ends a voice answer, with the bytes that it tells."""
    scene = await listening(stage)
    await scene.acked("audio.stop", turn=1, bytes=BYTES)
    await scene.line.event("audio.stopped", turn=1, bytes=BYTES, reason="requested")


@CASES.case("command.does.audio-cancel", CANCEL, over=BOTH, needs=("voice",))
async def audio_cancel(stage: Stage) -> None:
    """`audio.cancel` drops a voice answer: the turn is as it was, and can be answered."""
    for reach in (listening, reviewing):
        scene = await reach(stage)
        await scene.acked("audio.cancel", turn=1)
        await scene.line.event("audio.cancelled", turn=1)
        stored = await scene.stored()
        turn = stored["turns"][0]
        require(stored["phase"] == "answering", f"The phase is {stored['phase']}.")
        require(turn["transcript"] is None and turn["answer"] is None, "Something was kept.")
        await scene.acked("answer.submit", turn=1, text=ANSWER)


@CASES.case("command.does.pause.question", PAUSE, over=BOTH, within_s=40)
async def pause_in_mid_question(stage: Stage) -> None:
    """A pause in mid-question lets the question be asked to its end."""
    for _ in range(ATTEMPTS):
        scene = await asking(stage)
        line = scene.line
        await line.event("question.started")
        paused = await scene.acked("interview.pause")
        completed = await line.event("question.completed")
        if completed["seq"] < paused["seq"]:
            continue
        require(completed["text"] == QUESTION, "The question was cut short.")
        stored = await scene.stored()
        require(stored["paused"] is True, "The interview isn't paused any more.")
        await scene.refused("wrong_phase", "answer.submit", turn=1, text=ANSWER)
        await scene.acked("interview.resume")
        await scene.acked("answer.submit", turn=1, text=ANSWER)
        return
    raise Skipped("a question is always asked before a pause can come")


@CASES.case("command.does.pause.feedback", PAUSE, over=BOTH)
async def pause_in_mid_feedback(stage: Stage) -> None:
    """A pause in mid-feedback lets it end, and the next question waits for `interview.resume`."""
    scene = await answering(stage, feedback="each", questions=2, question_list=["Why?", "How?"])
    line = scene.line
    await scene.acked("answer.submit", turn=1, text=ANSWER)
    await line.event("feedback.started")
    await scene.acked("interview.pause")
    paused = await line.event("interview.paused")
    completed = await line.event("feedback.completed")
    require(completed["cancelled"] is False, "The feedback was cancelled.")
    if completed["seq"] < paused["seq"]:
        raise Skipped("the feedback ends before the pause can come")
    await scene.refused("wrong_phase", "hint.request", turn=1)
    started = [each for each in line.events if each["type"] == "question.started"]
    require(len(started) == 1, "The next question began while the interview was paused.")
    resumed = await scene.acked("interview.resume")
    following = await line.event("question.started", turn=2)
    require(following["seq"] > resumed["seq"], "The next question began before the resume.")
