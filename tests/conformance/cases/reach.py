"""How a case gets an interview into a phase (`protocol.md` 4), and gives commands there.

A phase that passes by itself is met by a command right behind the one that leads there. Over a
WebSocket the two are sent in one breath. POSTed commands may overtake each other, so there the
leading one is acknowledged first.
"""

import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from tests.conformance.case import require
from tests.conformance.line import Line, Message, SocketLine, parsed
from tests.conformance.stage import ANSWER, Place, Stage

# Long enough for a server to be met while it asks it.
QUESTION = " ".join(["Why did you split the service in two, and what came of it?"] * 6)
SAMPLE_RATE = 16_000
BYTES = 3_200


@dataclass(frozen=True, slots=True)
class Scene:
    """An interview in some phase, and a line on which to command it."""

    stage: Stage
    place: Place
    line: Line

    async def give(self, kind: str, id: str | None = None, **fields: Any) -> Message:
        """Give a command and wait for its outcome; it is POSTed where the line has ended, as all
        do at the end of the log.
        """
        if self.line.closed is None:
            return await self.line.command(kind, id, **fields)
        id = id or self.line.new_id()
        return await self.say(orjson.dumps({"type": kind, "id": id, **fields}).decode(), id)

    async def acked(self, kind: str, id: str | None = None, **fields: Any) -> Message:
        """As `give`, which must be acknowledged."""
        reply = await self.give(kind, id, **fields)
        require(reply["type"] == "ack", f"{kind} was refused: {reply.get('code')}")
        return reply

    async def refused(self, code: str, kind: str, id: str | None = None, **fields: Any) -> Message:
        """As `give`, which must be refused with that code; the error's details."""
        return details(await self.give(kind, id, **fields), code)

    async def say(self, text: str, id: str | None = None) -> Message:
        """Say just this, and wait for the next outcome, whatever it belongs to. `id` is only told
        in the outcome of what was POSTed, as HTTP's errors have none.
        """
        if isinstance(self.line, SocketLine) and self.line.closed is None:
            others = self.line.others
            seen = len(others)
            await self.line.socket.send(text)
            return await self.line.wait(
                lambda: next(
                    (each for each in others[seen:] if each["type"] in ("ack", "error")), None
                ),
                f"the outcome of {text[:80]}",
            )
        return await post(self.stage, self.place, text, id)

    async def stored(self) -> Message:
        """The interview as HTTP tells it."""
        return await self.stage.stored(self.place)


async def post(
    stage: Stage, place: Place, command: Message | str, id: str | None = None
) -> Message:
    """POST a command beside whatever is open; a problem is given as the `error` that it would be
    on a WebSocket.
    """
    if not isinstance(command, str):
        id = command.get("id")
        command = orjson.dumps(command).decode()
    response = await stage.http(
        "POST",
        f"{place.path}/commands",
        content=command.encode("utf-8", "surrogatepass"),
        headers={"Content-Type": "application/json"},
    )
    reply = parsed(response.text)
    return reply if response.status_code == 200 else {**reply, "type": "error", "re": id}


def details(reply: Message, code: str) -> Message:
    """What an error tells beside its code, which must be this."""
    require(
        reply["type"] == "error" and reply.get("code") == code,
        f"There was to be {code}, not {reply}",
    )
    told = reply.get("details")
    require(isinstance(told, dict), f"{code} has no details.")
    return dict(told or {})


async def created(stage: Stage, **config: Any) -> Scene:
    place = await stage.interview(**config)
    return Scene(stage, place, await stage.open(place))


async def asking(stage: Stage) -> Scene:
    """The first question is being asked."""
    scene = await created(stage, question_list=[QUESTION])
    await _lead(scene, "interview.start")
    return scene


async def answering(stage: Stage, **config: Any) -> Scene:
    """The first question waits for its answer."""
    return Scene(stage, *await stage.answering(**config))


async def listening(stage: Stage) -> Scene:
    """The first answer is being spoken."""
    scene = await answering(stage)
    await scene.acked("audio.start", turn=1, sample_rate=SAMPLE_RATE)
    await scene.line.event("audio.started", turn=1)
    return scene


async def transcribing(stage: Stage) -> Scene:
    """The first answer has been spoken, and its audio hasn't come: the phase lasts until it has."""
    scene = await listening(stage)
    await scene.acked("audio.stop", turn=1, bytes=BYTES)
    await scene.line.event("audio.stopped", turn=1)
    return scene


async def reviewing(stage: Stage) -> Scene:
    """The first answer's transcript waits to be confirmed."""
    scene = await answering(stage)
    line = scene.line
    speaker = line if isinstance(line, SocketLine) else await stage.open_socket(scene.place)
    await scene.acked("audio.start", turn=1, sample_rate=SAMPLE_RATE, review=True)
    await line.event("audio.started", turn=1)
    for number in range(10):
        await speaker.socket.send(struct.pack(">Q", number * BYTES) + bytes(BYTES))
    await scene.acked("audio.stop", turn=1, bytes=10 * BYTES)
    await line.event("transcript.completed", turn=1, needs_review=True)
    return scene


async def evaluating(stage: Stage) -> Scene:
    """The only answer is being spoken about."""
    scene = await answering(stage, feedback="each")
    await _lead(scene, "answer.submit", turn=1, text=ANSWER)
    return scene


async def reporting(stage: Stage) -> Scene:
    """The report is being written."""
    scene = await answering(stage)
    await _lead(scene, "interview.finish")
    return scene


async def finished(stage: Stage) -> Scene:
    """All is over, and the line has ended."""
    place, line = await stage.finished()
    await line.end()
    return Scene(stage, place, line)


REACH: dict[str, Callable[[Stage], Awaitable[Scene]]] = {
    "created": created,
    "asking": asking,
    "answering": answering,
    "listening": listening,
    "transcribing": transcribing,
    "reviewing": reviewing,
    "evaluating": evaluating,
    "reporting": reporting,
    "finished": finished,
}


def has_passed(event: Message, phase: str) -> bool:
    """Whether this event says that such a phase of a `Scene` is over, by itself."""
    match phase, event["type"]:
        case "asking", "question.completed":
            # Finishing completes the question too, but with what there is.
            return bool(event["text"] == QUESTION)
        case "evaluating", "interview.finished":
            return bool(event["reason"] == "completed")
        case "reporting", "report.completed":
            return True
    return False


async def _lead(scene: Scene, kind: str, **fields: Any) -> None:
    if isinstance(scene.line, SocketLine):
        await scene.line.send({"type": kind, "id": "leading", **fields})
    else:
        await scene.line.acked(kind, "leading", **fields)
