"""Commands that come again (`protocol.md` 1, 4): one id takes effect at most once, however often,
over whichever transport and on whichever connection it is sent.
"""

from collections.abc import Awaitable, Callable

from tests.conformance.case import BOTH, SSE, Cases, Need, Play, Skipped, require
from tests.conformance.cases.commands import is_whole_ack
from tests.conformance.cases.phases import ATTEMPTS, PASSING, PATIENCE_S, SPOKEN
from tests.conformance.cases.reach import (
    REACH,
    SAMPLE_RATE,
    Scene,
    answering,
    created,
    details,
)
from tests.conformance.line import Line, Message
from tests.conformance.stage import ANSWER, Stage

CASES = Cases()

SAME = (
    "the same `id` with the same content (equal after decoding, unknown fields dropped, defaults "
    "filled) is acked again, `repeated: true`, with the epoch and seq of now, in every phase, and "
    "does nothing"
)
ONCE = "one `id` takes effect at most once per interview, however often it is sent, over whichever"
REUSED = "| `id_reused` | 409 | the same id with other content |"
KNOWN = "a known id (`id_reused` if the content differs)"
FREE = "An error leaves the id free."
REMEMBERED = "Only an `ack` is remembered, with its effect, as long as the interview exists"


def one_effect(outcomes: list[Message]) -> None:
    """Of these outcomes of one command, all are acks, and all but one say `repeated`."""
    told = [each.get("repeated") for each in outcomes if each["type"] == "ack"]
    require(len(told) == len(outcomes), f"One was refused: {outcomes}")
    require(told.count(False) == 1, f"{told.count(False)} of {len(told)} acks are the first.")
    require(told.count(True) == len(told) - 1, f"`repeated` is no boolean: {outcomes}")


def one_answer(events: list[Message]) -> None:
    """In this log one answer was accepted."""
    accepted = [event for event in events if event["type"] == "answer.accepted"]
    require(len(accepted) == 1, f"{len(accepted)} answers were accepted.")


async def _repeats(scene: Scene, kind: str, id: str, **fields: object) -> Message:
    ack = await scene.give(kind, id, **fields)
    is_whole_ack(ack, id, repeated=True)
    return ack


@CASES.case("command.repeat.same", SAME, over=BOTH)
async def same(stage: Stage) -> None:
    """The same command again is acked as repeated, with the seq of now, and does nothing."""
    scene = await answering(stage)
    await scene.acked("interview.pause", "again")
    await scene.acked("interview.resume")
    await scene.line.event("interview.resumed")
    before = await scene.stored()
    ack = await _repeats(scene, "interview.pause", "again")
    now = scene.line.position
    require({"epoch": ack["epoch"], "seq": ack["seq"]} == now, f"It isn't {now}: {ack}")
    require(await scene.stored() == before, "The repeated command had an effect.")


@CASES.case("command.repeat.hint", SAME, over=BOTH)
async def hint_again(stage: Stage) -> None:
    """A repeated request for a hint gives no second one."""
    scene = await answering(stage)
    await scene.acked("hint.request", "again", turn=1)
    await scene.line.event("hint.completed")
    await _repeats(scene, "hint.request", "again", turn=1)
    await scene.acked("question.skip", turn=1)
    await scene.line.event("answer.skipped")
    hints = [event for event in scene.line.events if event["type"] == "hint.started"]
    require(len(hints) == 1, f"There were {len(hints)} hints.")


@CASES.case("command.repeat.unknown-fields", SAME, over=BOTH)
async def other_unknown_fields(stage: Stage) -> None:
    """Fields that the server doesn't know make no other content."""
    scene = await answering(stage)
    await scene.acked("answer.submit", "again", turn=1, text=ANSWER, colour="blue")
    await _repeats(scene, "answer.submit", "again", turn=1, text=ANSWER)
    await _repeats(scene, "answer.submit", "again", turn=1, text=ANSWER, colour="red", x=[{}])


@CASES.case("command.repeat.decoded", SAME, over=BOTH)
async def decoded(stage: Stage) -> None:
    """Escapes, white space and the order of fields make no other content."""
    scene = await answering(stage)
    await scene.acked("answer.submit", "again", turn=1, text="A😀/")
    for said in (
        '{"text":"\\u0041\\ud83d\\ude00\\/","turn":1,"id":"again","type":"answer.submit"}',
        '\n{ "id" : "ag\\u0061in", "type" : "answer.submit" ,\t"turn" : 1, "text" : "A😀/" }\r\n',
    ):
        is_whole_ack(await scene.say(said, "again"), "again", repeated=True)


@CASES.case("command.repeat.defaults", SAME, over=BOTH, needs=("voice",))
async def defaults(stage: Stage) -> None:
    """A default that is written out is the same content as one that is left out."""
    for first, second in (({}, {"review": False}), ({"review": False}, {})):
        scene = await answering(stage)
        fields = {"turn": 1, "sample_rate": SAMPLE_RATE}
        await scene.acked("audio.start", "again", **fields, **first)
        await _repeats(scene, "audio.start", "again", **fields, **second)
        await scene.refused("id_reused", "audio.start", "again", **fields, review=True)


@CASES.case("command.repeat.pipelined", SAME)
async def pipelined(stage: Stage) -> None:
    """The same command twice in one breath has one effect, and both are acked."""
    scene = await answering(stage)
    line = scene.line
    seen = len(line.others)
    for _ in range(5):
        await line.send({"type": "answer.submit", "id": "again", "turn": 1, "text": ANSWER})
    await line.wait(lambda: len(line.others) >= seen + 5 or None, "five acks")
    one_effect(line.others[seen:])
    await line.event("report.completed")
    one_answer(line.events)


@CASES.case("command.repeat.other-connection", ONCE, over=BOTH)
async def other_connection(stage: Stage) -> None:
    """A command sent again after a dropped connection is acked as repeated."""
    scene = await answering(stage)
    await scene.acked("interview.pause", "again")
    await scene.line.drop()
    line = await stage.open(scene.place, resume=scene.line.position)
    is_whole_ack(await line.command("interview.pause", "again"), "again", repeated=True)


@CASES.case("command.repeat.other-transport", ONCE, over=BOTH)
async def other_transport(stage: Stage) -> None:
    """A command acked over one transport is acked as repeated over the other."""
    scene = await answering(stage)
    await scene.acked("interview.pause", "again")
    other = await stage.open(scene.place, over="sse" if stage.transport == "ws" else "ws")
    is_whole_ack(await other.command("interview.pause", "again"), "again", repeated=True)
    reply = await other.command("interview.resume", "again")
    details(reply, "id_reused")


@CASES.case("command.repeat.unread", "may be sent again with the same `id`, safely", over=BOTH)
async def unread(stage: Stage) -> None:
    """A command whose ack was never read is sent again on a new connection, and counts once."""
    scene = await answering(stage)
    await scene.line.send({"type": "answer.submit", "id": "again", "turn": 1, "text": ANSWER})
    await scene.line.drop()
    line = await stage.open(scene.place)
    ack = await line.command("answer.submit", "again", turn=1, text=ANSWER)
    require(ack["type"] == "ack" and ack.get("re") == "again", f"It was answered {ack}")
    turn = (await scene.stored())["turns"][0]
    require(turn["answer"] == ANSWER, "The answer isn't there.")


@CASES.case("command.repeat.all", REMEMBERED, over=SSE)
async def all_of_it_again(stage: Stage) -> None:
    """When all is over, every acked command is acked again, and its id can't be used."""
    scene = await answering(stage, questions=2, question_list=["Why?", "How?"])
    line = scene.line
    given: list[tuple[str, dict[str, object]]] = [
        ("hint.request", {"turn": 1}),
        ("interview.pause", {}),
        ("interview.resume", {}),
        ("answer.submit", {"turn": 1, "text": ANSWER}),
    ]
    for kind, fields in given:
        await scene.acked(kind, kind, **fields)
    await line.event("question.completed", turn=2)
    given += [("question.skip", {"turn": 2})]
    await scene.acked("question.skip", "question.skip", turn=2)
    await line.event("report.completed")
    await line.end()
    before = await scene.stored()
    for kind, fields in given:
        ack = await _repeats(scene, kind, kind, **fields)
        require(ack["seq"] == before["seq"], f"That isn't the seq of now, {before['seq']}: {ack}")
    await scene.refused("id_reused", "interview.finish", "answer.submit")
    await scene.refused("wrong_phase", "interview.finish")
    require(await scene.stored() == before, "Something happened after the end.")


# --- in every phase -----------------------------------------------------------------------------


async def _two_acks(line: Line, id: str) -> None:
    def found() -> list[Message]:
        return [each for each in line.others if each.get("re") == id]

    await line.wait(lambda: len(found()) >= 2 or None, "the ack again")
    one_effect(found())


def _in_phase(phase: str) -> Play:
    """A case that repeats the interview's start. A command that is never legal comes behind it,
    and its error says in which phase the two were looked at.
    """

    async def play(stage: Stage) -> None:
        for _ in range(ATTEMPTS):
            scene = await REACH[phase](stage)
            acks = scene.line.others_of("ack")
            id = acks[0]["re"] if acks else "leading"
            if scene.line.closed is None and stage.transport == "ws":
                await scene.line.send({"type": "interview.start", "id": id})
            else:
                await _repeats(scene, "interview.start", id)
            told = await scene.refused("wrong_phase", "interview.resume")
            if told.get("phase") != phase and phase in PASSING:
                continue
            require(told.get("phase") == phase, f"`details.phase` isn't {phase}: {told}")
            if scene.line.closed is None:
                await _two_acks(scene.line, id)
            return
        raise Skipped(f"{phase} always passes before a command can come")

    play.__doc__ = f"In {phase}, a command that was acked before is acked again."
    return play


def _add_phases() -> None:
    """Add a case for each phase but the first, in which no command was acked yet."""
    for phase in [each for each in REACH if each != "created"]:
        needs: tuple[Need, ...] = ("voice",) if phase in SPOKEN else ()
        over = SSE if phase == "finished" else BOTH
        add = CASES.case(
            f"command.repeat.{phase}", SAME, over=over, needs=needs, within_s=PATIENCE_S
        )
        add(_in_phase(phase))


_add_phases()


@CASES.case("command.repeat.paused", SAME, over=BOTH)
async def paused(stage: Stage) -> None:
    """While the interview is paused, a command that was acked before is acked again."""
    scene = await answering(stage)
    await scene.acked("hint.request", "again", turn=1)
    await scene.acked("interview.pause", "pause")
    await _repeats(scene, "hint.request", "again", turn=1)
    await _repeats(scene, "interview.pause", "pause")
    require((await scene.stored())["paused"] is True, "The interview isn't paused any more.")


# --- other content, and ids that stay free ------------------------------------------------------


@CASES.case("command.id-reused.fields", REUSED, over=BOTH)
async def reused_fields(stage: Stage) -> None:
    """A known id with other fields is refused, whatever the phase, and has no effect."""
    scene = await answering(stage, questions=2, question_list=["Why?", "How?"])
    await scene.acked("answer.submit", "known", turn=1, text=ANSWER)
    await scene.refused("id_reused", "answer.submit", "known", turn=1, text=f"{ANSWER} ")
    await scene.line.event("question.completed", turn=2)
    await scene.refused("id_reused", "answer.submit", "known", turn=2, text=ANSWER)
    await scene.acked("interview.pause")
    require((await scene.stored())["turns"][1]["answer"] is None, "It was obeyed.")
    await _repeats(scene, "answer.submit", "known", turn=1, text=ANSWER)


@CASES.case("command.id-reused.type", REUSED, over=BOTH)
async def reused_type(stage: Stage) -> None:
    """A known id with another type is refused, and has no effect."""
    scene = await answering(stage)
    await scene.acked("interview.pause", "known")
    await scene.refused("id_reused", "interview.resume", "known")
    require((await scene.stored())["paused"] is True, "It was obeyed.")


@CASES.case("command.id-reused.normal-form", REUSED, over=BOTH)
async def reused_normal_form(stage: Stage) -> None:
    """Texts that look alike and have other code points are other content."""
    scene = await answering(stage)
    await scene.acked("answer.submit", "known", turn=1, text="caf\u00e9")
    await scene.refused("id_reused", "answer.submit", "known", turn=1, text="cafe\u0301")


@CASES.case("command.id.per-interview", ONCE, over=BOTH)
async def per_interview(stage: Stage) -> None:
    """An id that one interview knows is free in another."""
    first, second = await created(stage), await created(stage)
    is_whole_ack(await first.give("interview.start", "known"), "known", repeated=False)
    is_whole_ack(await second.give("interview.start", "known"), "known", repeated=False)


Refuse = Callable[[Scene], Awaitable[Message]]

REFUSALS: dict[str, Refuse] = {
    "malformed": lambda scene: scene.give("answer.submit", "free", turn=1),
    "unknown_type": lambda scene: scene.give("interview.applaud", "free"),
    "wrong_phase": lambda scene: scene.give("interview.resume", "free"),
    "wrong_turn": lambda scene: scene.give("answer.submit", "free", turn=2, text=ANSWER),
    "too_large": lambda scene: scene.give(
        "answer.submit",
        "free",
        turn=1,
        text="a" * (scene.line.opened["limits"]["max_answer_chars"] + 1),
    ),
}


def _frees(code: str) -> Play:
    async def play(stage: Stage) -> None:
        scene = await answering(stage)
        for _ in range(2):
            details(await REFUSALS[code](scene), code)
        ack = await scene.give("answer.submit", "free", turn=1, text=ANSWER)
        is_whole_ack(ack, "free", repeated=False)

    play.__doc__ = f"After {code}, the id is free for another command."
    return play


for _code in REFUSALS:
    CASES.case(f"command.id.free-after.{_code.replace('_', '-')}", FREE, over=BOTH)(_frees(_code))
