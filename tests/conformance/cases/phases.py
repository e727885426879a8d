"""The phase table (`protocol.md` 4), cell by cell: in each phase each command is legal, or else
refused with `wrong_phase`; and the same while the interview is paused.
"""

from typing import Any

from tests.conformance.case import BOTH, SSE, Cases, Need, Play, Skipped, Violation, require
from tests.conformance.cases.reach import (
    BYTES,
    QUESTION,
    REACH,
    SAMPLE_RATE,
    Scene,
    answering,
    created,
    details,
    has_passed,
    reviewing,
)
from tests.conformance.line import Message, SocketLine
from tests.conformance.stage import ANSWER, Stage

CASES = Cases()

# Each command, whole and right for an interview's first turn, and the event that is its effect;
# none where it has none here: in no case of the table is a hint open or has anything failed.
COMMANDS: dict[str, tuple[dict[str, Any], str]] = {
    "interview.start": ({}, "interview.started"),
    "answer.submit": ({"turn": 1, "text": ANSWER}, "answer.accepted"),
    "audio.start": ({"turn": 1, "sample_rate": SAMPLE_RATE}, "audio.started"),
    "audio.stop": ({"turn": 1, "bytes": BYTES}, "audio.stopped"),
    "audio.cancel": ({"turn": 1}, "audio.cancelled"),
    "question.skip": ({"turn": 1}, "answer.skipped"),
    "hint.request": ({"turn": 1}, "hint.started"),
    "generation.cancel": ({"turn": 1, "what": "hint"}, ""),
    "generation.retry": ({}, ""),
    "interview.pause": ({}, "interview.paused"),
    "interview.resume": ({}, "interview.resumed"),
    "interview.finish": ({}, "interview.finished"),
}

# The page's table: what is legal in each phase, and the row that says so. As nothing has failed,
# `generation.retry` is legal nowhere.
TABLE: dict[str, tuple[str, str]] = {
    "created": (
        "interview.start",
        "| `created` | | start |",
    ),
    "asking": (
        "interview.pause interview.finish",
        "| `asking` | `interview.started`, `question.started` | pause, finish; retry after a "
        "failure |",
    ),
    "answering": (
        "answer.submit audio.start question.skip hint.request interview.pause interview.finish",
        "| `answering` | `question.completed`, `audio.cancelled` | answer.submit, audio.start, "
        "skip, hint, pause, finish |",
    ),
    "listening": (
        "audio.stop audio.cancel hint.request interview.finish",
        "| `listening` | `audio.started` | binary frames, audio.stop, audio.cancel, hint, finish |",
    ),
    "transcribing": (
        "audio.cancel interview.finish",
        "| `transcribing` | `audio.stopped` | frames up to `bytes`, audio.cancel, finish |",
    ),
    "reviewing": (
        "answer.submit audio.cancel question.skip interview.pause interview.finish",
        "| `reviewing` | `transcript.completed` with `needs_review` | answer.submit, "
        "audio.cancel, skip, pause, finish |",
    ),
    "evaluating": (
        "interview.pause interview.finish",
        "| `evaluating` | `answer.accepted`, `answer.skipped` | pause, finish |",
    ),
    "reporting": (
        "",
        "| `reporting` | `interview.finished` | retry after a failure |",
    ),
    "finished": (
        "",
        "| `finished` | `report.completed` | |",
    ),
}
# A phase that passes is met anew if need be, which takes time on a busy server.
PATIENCE_S = 40.0
PASSING = ("asking", "evaluating", "reporting")
SPOKEN = ("listening", "transcribing", "reviewing")
PAUSABLE = ("asking", "answering", "reviewing", "evaluating")
ILLEGAL = "**Phase** and what is legal in it; all else is `wrong_phase`"
PAUSED = (
    "`paused` is a flag beside the phase; while it is set, only `interview.resume`, "
    "`interview.finish` and `generation.cancel` are legal"
)
LEGAL_IF_PAUSED = ("interview.resume", "interview.finish")
ATTEMPTS = 10


def _needs(phase: str) -> tuple[Need, ...]:
    return ("voice",) if phase in SPOKEN else ()


def _cell(phase: str, command: str, *, legal: bool) -> Play:
    """The case of one cell. A phase that passed by before the command came is met anew, in another
    interview.
    """

    async def play(stage: Stage) -> None:
        for _ in range(ATTEMPTS):
            scene = await REACH[phase](stage)
            fields, effect = COMMANDS[command]
            before = {} if phase in PASSING else await scene.stored()
            reply = await scene.give(command, **fields)
            if phase in PASSING and await _came_late(scene, phase, reply, effect):
                continue
            if legal:
                await _takes(scene, command, reply)
            else:
                _refuses(reply, phase, paused=False)
                if before:
                    require(await scene.stored() == before, "What was refused had an effect.")
            return
        raise Skipped(f"{phase} always passes before a command can come")

    play.__doc__ = f"In {phase}, {command} is {'taken' if legal else 'refused'}."
    return play


def _paused_cell(phase: str, command: str) -> Play:
    """The case of one command in one phase, while the interview is paused."""
    legal = command in LEGAL_IF_PAUSED

    async def play(stage: Stage) -> None:
        scene = await _paused(stage, phase)
        fields, _ = COMMANDS[command]
        reply = await scene.give(command, **fields)
        if legal:
            await _takes(scene, command, reply)
            stored = await scene.stored()
            require(stored["paused"] is False, "The interview is still paused.")
        else:
            _refuses(reply, phase, paused=True)
            stored = await scene.stored()
            require(stored["paused"] is True, "What was refused ended the pause.")
            require(stored["phase"] == phase, "What was refused changed the phase.")

    play.__doc__ = f"Paused in {phase}, {command} is {'taken' if legal else 'refused'}."
    return play


async def _takes(scene: Scene, command: str, reply: Message) -> None:
    voice = scene.line.opened["capabilities"]["voice"]
    if command == "audio.start" and not voice:
        # Legal here, and so refused for what it lacks, not for the phase.
        details(reply, "voice_unavailable")
        return
    require(reply["type"] == "ack", f"{command} is legal here, and was answered {reply}")
    fields, effect = COMMANDS[command]
    expected = {"turn": fields["turn"]} if "turn" in fields else {}
    await scene.line.event(effect, **expected)


def _refuses(reply: Message, phase: str, *, paused: bool) -> None:
    told = details(reply, "wrong_phase")
    require(told.get("phase") == phase, f"`details.phase` isn't {phase}: {told}")
    require(told.get("paused") is paused, f"`details.paused` isn't {paused}: {told}")


async def _came_late(scene: Scene, phase: str, reply: Message, effect: str) -> bool:
    """Whether a phase had passed when the command was looked at: the error says so, or the log,
    in which the phase's end comes before the command's effect.
    """
    events = scene.line.events
    if reply["type"] == "error":
        told = details(reply, "wrong_phase").get("phase")
        if told == phase:
            return False
        await scene.line.wait(
            lambda: any(has_passed(event, phase) for event in events) or None,
            f"the end of {phase}, which the error says has passed",
        )
        return True
    try:
        until = await scene.line.wait(
            lambda: next((n for n, event in enumerate(events) if event["type"] == effect), None),
            effect,
        )
    except Violation:
        # Acknowledged, and nothing came of it: that is no late command.
        return False
    return any(has_passed(event, phase) for event in events[:until])


async def _paused(stage: Stage, phase: str) -> Scene:
    """An interview that is paused in a phase, and stays there."""
    if phase == "asking":
        return await _paused_asking(stage)
    if phase == "evaluating":
        scene = await answering(stage, feedback="each")
        await scene.acked("answer.submit", turn=1, text=ANSWER)
    else:
        scene = await (reviewing if phase == "reviewing" else answering)(stage)
    await scene.acked("interview.pause")
    stored = await scene.stored()
    require(stored["paused"] is True, "The interview isn't paused.")
    if phase == "evaluating" and stored["phase"] != phase:
        raise Skipped("evaluating passes before it can be paused")
    return scene


async def _paused_asking(stage: Stage) -> Scene:
    """Paused before the question's stream is open, as a stream that is finishes. The pause is said
    in one breath with the start, and so over a WebSocket, whatever the case is played over.
    """
    for _ in range(ATTEMPTS):
        scene = await created(stage, question_list=[QUESTION])
        line = scene.line
        if not isinstance(line, SocketLine):
            line = await stage.open_socket(scene.place)
        await line.socket.send_at_once(
            {"type": "interview.start", "id": "leading"}, {"type": "interview.pause", "id": "pause"}
        )
        await line.outcome("pause")
        stored = await scene.stored()
        if not stored["turns"]:
            require(stored["paused"] is True, "The interview isn't paused.")
            require(stored["phase"] == "asking", "The phase before the first question isn't asking")
            return scene
    raise Skipped("a question's stream is always open before a pause can come")


def _add() -> None:
    for phase, (row, cited) in TABLE.items():
        # At the log's end WebSockets close, so that there all commands are POSTed.
        over = SSE if phase == "finished" else BOTH
        for command in COMMANDS:
            legal = command in row.split()
            add = CASES.case(
                f"phase.{phase}.{command}",
                cited if legal or not row else ILLEGAL,
                over=over,
                needs=_needs(phase),
                within_s=PATIENCE_S,
            )
            add(_cell(phase, command, legal=legal))
    for phase in PAUSABLE:
        for command in COMMANDS:
            add = CASES.case(
                f"phase.paused.{phase}.{command}",
                PAUSED,
                over=BOTH,
                needs=_needs(phase),
                within_s=PATIENCE_S,
            )
            add(_paused_cell(phase, command))


_add()
