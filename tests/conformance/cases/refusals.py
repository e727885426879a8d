"""Commands that are refused (`protocol.md` 4, 7): in which order what is wrong is looked for, what
the error tells, and that nothing else happens.
"""

from typing import Any

from tests.conformance.case import BOTH, SSE, Cases, Play, Skipped, require
from tests.conformance.cases.phases import COMMANDS
from tests.conformance.cases.reach import (
    SAMPLE_RATE,
    Scene,
    answering,
    created,
    details,
    finished,
)
from tests.conformance.cases.repeats import REFUSALS
from tests.conformance.line import Message
from tests.conformance.stage import ANSWER, Stage

CASES = Cases()

ORDER = (
    "`malformed`, `forbidden`, a known id (`id_reused` if the content differs), `wrong_phase`, "
    "`wrong_turn`, the rest"
)
ERROR = (
    '`{"type":"error","re":"<id or null>","code":"…","message":"a sentence for a person",'
    '"retryable":true,"details":{…}}`'
)
PROBLEM = (
    "Over HTTP: RFC 9457 `application/problem+json` with the same `code`, `retryable`, `details`."
)
WRONG_TURN = "not possible now (`details.phase`, `details.paused`); not the open turn"
VOICE = "no speech model here (text answers work)"
STATUSES = {
    "malformed": 400,
    "unknown_type": 400,
    "wrong_phase": 409,
    "wrong_turn": 409,
    "id_reused": 409,
    "too_large": 413,
}


def _too_long(scene: Scene) -> str:
    return "a" * (int(scene.line.opened["limits"]["max_answer_chars"]) + 1)


# --- the order ----------------------------------------------------------------------------------


@CASES.case("command.order.malformed.id", ORDER, over=BOTH)
async def malformed_before_known(stage: Stage) -> None:
    """A malformed command with a known id is malformed."""
    scene = await answering(stage)
    await scene.acked("interview.pause", "known")
    await scene.refused("malformed", "answer.submit", "known", turn=1)
    await scene.refused("malformed", "answer.submit", "known", turn="1", text=ANSWER)


@CASES.case("command.order.malformed.phase", ORDER, over=SSE)
async def malformed_before_phase(stage: Stage) -> None:
    """When all is over, a malformed command is still malformed."""
    scene = await finished(stage)
    await scene.refused("malformed", "answer.submit", turn=1, text=" ")
    await scene.refused("malformed", "hint.request")


@CASES.case("command.order.malformed.turn", ORDER, over=BOTH)
async def malformed_before_turn(stage: Stage) -> None:
    """A malformed command for another turn is malformed."""
    scene = await answering(stage)
    await scene.refused("malformed", "answer.submit", turn=9, text="")
    await scene.refused("malformed", "audio.start", turn=9, sample_rate=1)


@CASES.case("command.order.malformed.voice", ORDER, over=BOTH)
async def malformed_before_voice(stage: Stage) -> None:
    """A malformed voice command is malformed, whether there is a speech model or not."""
    scene = await answering(stage)
    await scene.refused("malformed", "audio.start", turn=1, sample_rate="16000")


@CASES.case("command.order.forbidden", ORDER, over=SSE)
async def forbidden_in_its_place(stage: Stage) -> None:
    """With a ticket, a malformed command is malformed; a known or an illegal one is forbidden."""
    scene = await answering(stage)
    await scene.acked("interview.pause", "known")
    path = f"{scene.place.path}/commands?ticket={await stage.ticket(scene.place)}"
    for code, command in (
        ("malformed", {"type": "interview.resume", "id": "a b"}),
        ("malformed", {"type": "answer.submit", "id": "known", "turn": 1}),
        ("forbidden", {"type": "interview.pause", "id": "known"}),
        ("forbidden", {"type": "interview.finish", "id": "known"}),
        ("forbidden", {"type": "interview.start", "id": "x"}),
        ("forbidden", {"type": "answer.submit", "id": "x", "turn": 9, "text": ANSWER}),
        ("forbidden", {"type": "interview.resume", "id": "x"}),
    ):
        response = await stage.http("POST", path, token=None, json=command)
        told = response.json().get("code")
        require(told == code, f"{command} with a ticket was answered {response.text}")
    require((await scene.stored())["paused"] is True, "A ticket ended the pause.")


@CASES.case("command.order.id.phase", ORDER, over=BOTH)
async def id_before_phase(stage: Stage) -> None:
    """A known id is looked at before the phase: acked, or `id_reused`, where nothing is legal."""
    scene = await answering(stage)
    await scene.acked("interview.pause", "known")
    require((await scene.acked("interview.pause", "known"))["repeated"] is True, "Not repeated.")
    await scene.refused("id_reused", "answer.submit", "known", turn=1, text=ANSWER)
    await scene.refused("wrong_phase", "answer.submit", turn=1, text=ANSWER)


@CASES.case("command.order.id.turn", ORDER, over=BOTH)
async def id_before_turn(stage: Stage) -> None:
    """A known id is looked at before the turn."""
    scene = await answering(stage)
    await scene.acked("hint.request", "known", turn=1)
    await scene.refused("id_reused", "hint.request", "known", turn=9)


@CASES.case("command.order.id.rest", ORDER, over=BOTH)
async def id_before_rest(stage: Stage) -> None:
    """A known id is looked at before the length of a text."""
    scene = await answering(stage)
    await scene.acked("interview.pause", "known")
    await scene.acked("interview.resume")
    await scene.refused("id_reused", "answer.submit", "known", turn=1, text=_too_long(scene))


@CASES.case("command.order.phase.turn", ORDER, over=BOTH)
async def phase_before_turn(stage: Stage) -> None:
    """In the wrong phase, a command for another turn is refused for the phase."""
    scene = await created(stage)
    for kind in ("answer.submit", "question.skip", "hint.request", "audio.start"):
        await scene.refused("wrong_phase", kind, **{**COMMANDS[kind][0], "turn": 9})


@CASES.case("command.order.phase.paused", ORDER, over=BOTH)
async def paused_before_turn(stage: Stage) -> None:
    """While paused, a command for another turn is refused for the pause."""
    scene = await answering(stage)
    await scene.acked("interview.pause")
    for kind in ("answer.submit", "question.skip", "hint.request", "audio.start"):
        told = await scene.refused("wrong_phase", kind, **{**COMMANDS[kind][0], "turn": 9})
        require(told.get("paused") is True, f"`details.paused` isn't true: {told}")


@CASES.case("command.order.phase.rest", ORDER, over=BOTH)
async def phase_before_rest(stage: Stage) -> None:
    """In the wrong phase, a text that is too long is refused for the phase."""
    scene = await created(stage)
    await scene.refused("wrong_phase", "answer.submit", turn=1, text=_too_long(scene))


@CASES.case("command.order.turn.rest", ORDER, over=BOTH)
async def turn_before_rest(stage: Stage) -> None:
    """For another turn, a text that is too long is refused for the turn."""
    scene = await answering(stage)
    await scene.refused("wrong_turn", "answer.submit", turn=9, text=_too_long(scene))


@CASES.case("command.order.turn.voice", ORDER, over=BOTH)
async def turn_before_voice(stage: Stage) -> None:
    """For another turn, a voice answer is refused for the turn, speech model or not."""
    scene = await answering(stage)
    await scene.refused("wrong_turn", "audio.start", turn=9, sample_rate=SAMPLE_RATE)


# --- turns and voice ----------------------------------------------------------------------------


def _wrong_turn(kind: str) -> Play:
    async def play(stage: Stage) -> None:
        scene = await answering(stage, questions=2, question_list=["Why?", "How?"])
        fields: dict[str, Any] = COMMANDS[kind][0]
        told = await scene.refused("wrong_turn", kind, **{**fields, "turn": 2})
        require(told.get("turn") == 1, f"`details.turn` isn't 1: {told}")
        await scene.acked("answer.submit", turn=1, text=ANSWER)
        await scene.line.event("question.completed", turn=2)
        for turn in (1, 3, 99_999):
            told = await scene.refused("wrong_turn", kind, **{**fields, "turn": turn})
            require(told.get("turn") == 2, f"`details.turn` isn't 2: {told}")

    play.__doc__ = f"{kind} for a turn that isn't the open one is refused."
    return play


for _kind in ("answer.submit", "audio.start", "question.skip", "hint.request"):
    CASES.case(f"command.wrong-turn.{_kind}", WRONG_TURN, over=BOTH)(_wrong_turn(_kind))


@CASES.case("command.wrong-turn.spoken", WRONG_TURN, over=BOTH, needs=("voice",))
async def wrong_turn_spoken(stage: Stage) -> None:
    """`audio.stop` and `audio.cancel` for a turn that isn't the open one are refused."""
    scene = await answering(stage)
    await scene.acked("audio.start", turn=1, sample_rate=SAMPLE_RATE)
    for kind in ("audio.stop", "audio.cancel"):
        told = await scene.refused("wrong_turn", kind, **{**COMMANDS[kind][0], "turn": 2})
        require(told.get("turn") == 1, f"`details.turn` isn't 1: {told}")


@CASES.case("command.voice-unavailable", VOICE, over=BOTH)
async def voice_unavailable(stage: Stage) -> None:
    """Without a speech model a voice answer is refused, and a text answer is taken."""
    scene = await answering(stage)
    capabilities = scene.line.opened["capabilities"]
    if capabilities["voice"]:
        raise Skipped("the server has a speech model")
    require(isinstance(capabilities["voice_unavailable"], str), "There is no reason why not.")
    await scene.refused("voice_unavailable", "audio.start", "x", turn=1, sample_rate=SAMPLE_RATE)
    require((await scene.stored())["phase"] == "answering", "The phase has changed.")
    await scene.acked("answer.submit", "x", turn=1, text=ANSWER)


# --- what an error tells ------------------------------------------------------------------------


def _is_whole(error: Message) -> None:
    code = error.get("code")
    require(isinstance(code, str), f"An error has no code: {error}")
    require(isinstance(error.get("retryable"), bool), f"{code}: `retryable` is no boolean.")
    require(isinstance(error.get("details"), dict), f"{code}: `details` is no object.")


async def _every_refusal(scene: Scene) -> dict[str, Message]:
    """Each error that a command can get in `answering`, by its code."""
    errors = {code: await refuse(scene) for code, refuse in REFUSALS.items()}
    await scene.acked("interview.pause", "known")
    await scene.acked("interview.resume")
    errors["id_reused"] = await scene.give("interview.finish", "known")
    for code, error in errors.items():
        details(error, code)
    return errors


@CASES.case("command.error.fields", ERROR)
async def error_fields(stage: Stage) -> None:
    """An error has `re`, `code`, a sentence for a person, `retryable` and `details`."""
    scene = await answering(stage)
    for code, error in (await _every_refusal(scene)).items():
        _is_whole(error)
        expected = "known" if code == "id_reused" else "free"
        require(error.get("re") == expected, f"{code}: `re` isn't {expected}.")
        message = error.get("message")
        require(isinstance(message, str) and message.strip(), f"{code}: there is no message.")
        require(message != code, f"{code}: the message is no sentence.")


@CASES.case("command.error.details", ERROR, over=BOTH)
async def error_details(stage: Stage) -> None:
    """Errors tell in `details` what the page names for them."""
    scene = await answering(stage)
    errors = await _every_refusal(scene)
    limit = scene.line.opened["limits"]["max_answer_chars"]
    for code, expected in (
        ("malformed", {"field": "text"}),
        ("wrong_phase", {"phase": "answering", "paused": False}),
        ("wrong_turn", {"turn": 1}),
        ("too_large", {"limit": limit}),
    ):
        _is_whole(errors[code])
        told = errors[code]["details"]
        require(expected.items() <= told.items(), f"{code} tells {told}, not {expected}.")


@CASES.case("command.error.nothing-done", "An error leaves the id free.", over=BOTH)
async def nothing_done(stage: Stage) -> None:
    """A refused command changes nothing, and puts nothing into the log."""
    scene = await answering(stage)
    before = await scene.stored()
    seen = len(scene.line.events)
    for refuse in REFUSALS.values():
        await refuse(scene)
    require(await scene.stored() == before, "The interview has changed.")
    await scene.acked("interview.pause")
    await scene.line.event("interview.paused")
    kinds = [event["type"] for event in scene.line.events[seen:]]
    require(kinds == ["interview.paused"], f"Events have come: {kinds}")


@CASES.case("command.error.problem", PROBLEM, over=SSE)
async def problems(stage: Stage) -> None:
    """Over HTTP each error comes with its status, as a problem with the same fields."""
    scene = await answering(stage)
    await scene.acked("interview.pause", "known")
    await scene.acked("interview.resume")
    answer = {"type": "answer.submit", "id": "x", "turn": 1, "text": ANSWER}
    for code, command in (
        ("malformed", answer | {"turn": "1"}),
        ("unknown_type", answer | {"type": "interview.applaud"}),
        ("wrong_phase", {"type": "interview.resume", "id": "x"}),
        ("wrong_turn", answer | {"turn": 2}),
        ("id_reused", answer | {"id": "known"}),
        ("too_large", answer | {"text": _too_long(scene)}),
    ):
        response = await stage.http("POST", f"{scene.place.path}/commands", json=command)
        status = STATUSES[code]
        require(response.status_code == status, f"{code}: {response.status_code}, not {status}.")
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        require(kind == "application/problem+json", f"{code} comes as {kind}.")
        problem = response.json()
        require(problem.get("code") == code, f"There was to be {code}, not {problem}")
        _is_whole(problem)
        require(problem.get("status", status) == status, f"{code}: `status` isn't the status.")
        for name in ("type", "title", "detail"):
            require(isinstance(problem.get(name, ""), str), f"{code}: `{name}` is no string.")


@CASES.case("command.error.alike", PROBLEM)
async def alike(stage: Stage) -> None:
    """Over HTTP an error has the code, `retryable` and `details` that it has on a WebSocket."""
    first, second = await answering(stage), await stage.answering()
    place, _ = second
    posted = Scene(stage, place, await stage.open_stream(place))
    errors = await _every_refusal(first)
    for code, problem in (await _every_refusal(posted)).items():
        for name in ("code", "retryable", "details"):
            one, other = errors[code].get(name), problem.get(name)
            require(one == other, f"{code}: `{name}` is {one} and {other}.")
