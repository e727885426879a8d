"""Commands and their outcomes (`protocol.md` 4): exactly one each, with its fields and effect."""

import string
from typing import Any

from tests.conformance.case import BOTH, SSE, Cases, require
from tests.conformance.cases.reach import QUESTION, Scene, answering, created, details
from tests.conformance.line import Message
from tests.conformance.stage import ANSWER, Stage

CASES = Cases()

ONE_OUTCOME = "All but `session.open`, `ping` and binary frames are answered by exactly one `ack`"
ACK = '`ack` `{"type":"ack","re":"<id>","epoch":…,"seq":…,"repeated":false}`'
COMMITTED = "An `ack` means *committed to the database*, with its effect."
LAST = "(`seq`: the last event the command caused at once, or the newest)"
ID = "`id`: 1–64 characters of"
ONE_BY_ONE = (
    "Commands are taken one at a time: the next is looked at after the former was committed or "
    "refused."
)
UNKNOWN = "an unknown command type gets `unknown_type`, and the connection stays open"
PING = "| `ping` | `nonce` (optional) | `pong` with the same `nonce`; has no `id` |"
NO_ID = "`re` is null for binary frames and for messages without a valid id"


def is_whole_ack(ack: Message, id: str, *, repeated: bool) -> None:
    """Hold an ack to its fields."""
    require(ack["type"] == "ack" and ack.get("re") == id, f"That is no ack of {id}: {ack}")
    for name in ("epoch", "seq"):
        value = ack.get(name)
        right = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        require(right, f"`{name}` of an ack is no number: {ack}")
    require(ack.get("repeated") is repeated, f"`repeated` isn't {repeated}: {ack}")


@CASES.case("command.ack.fields", ACK, over=BOTH)
async def ack_fields(stage: Stage) -> None:
    """An ack has `re`, `epoch`, `seq` and `repeated`."""
    scene = await created(stage)
    is_whole_ack(await scene.give("interview.start", "first"), "first", repeated=False)
    await scene.line.event("question.completed")
    ack = await scene.give("interview.pause", "second")
    is_whole_ack(ack, "second", repeated=False)
    event = await scene.line.event("interview.paused")
    require(ack["epoch"] == event["epoch"], "An ack is of another epoch than its event.")


@CASES.case("command.ack.seq", LAST, over=BOTH)
async def ack_seq(stage: Stage) -> None:
    """An ack's `seq` is that of the event which the command caused."""
    scene = await answering(stage)
    for kind, effect in [
        ("interview.pause", "interview.paused"),
        ("interview.resume", "interview.resumed"),
    ]:
        ack = await scene.acked(kind)
        event = await scene.line.event(effect)
        require(ack["seq"] == event["seq"], f"{effect} is {event['seq']}, the ack {ack['seq']}.")


@CASES.case("command.one-outcome", ONE_OUTCOME, over=BOTH)
async def one_outcome(stage: Stage) -> None:
    """Each command gets one outcome, whether it is taken, refused, repeated or unknown."""
    scene = await answering(stage)
    line = scene.line
    given: list[tuple[str, str, dict[str, Any]]] = [
        ("taken", "interview.pause", {}),
        ("refused", "answer.submit", {"turn": 1, "text": ANSWER}),
        ("again", "interview.resume", {}),
        ("turn", "answer.submit", {"turn": 9, "text": ANSWER}),
        ("malformed", "answer.submit", {"turn": 1}),
        ("unknown", "interview.applaud", {}),
        ("last", "question.skip", {"turn": 1}),
    ]
    for id, kind, fields in given:
        await line.command(kind, id, **fields)
    await line.event("answer.skipped")
    for id, kind, _ in given:
        outcomes = [each for each in line.others if each.get("re") == id]
        require(len(outcomes) == 1, f"{kind} got {len(outcomes)} outcomes.")


@CASES.case("command.one-by-one", ONE_BY_ONE)
async def one_by_one(stage: Stage) -> None:
    """Commands sent in one breath are looked at in turn, each after what the former did."""
    scene = await created(stage, question_list=[QUESTION])
    line = scene.line
    expected = [
        ("start", "ack"),
        ("start", "wrong_phase"),
        ("pause", "ack"),
        ("pause", "wrong_phase"),
        ("resume", "ack"),
        ("resume", "wrong_phase"),
        ("pause", "ack"),
        ("finish", "ack"),
        ("finish", "wrong_phase"),
    ]
    for number, (kind, _) in enumerate(expected):
        await line.send({"type": f"interview.{kind}", "id": f"n{number}"})
    await line.wait(lambda: len(line.others) >= len(expected) or None, "an outcome for each")
    outcomes = {each.get("re"): each.get("code", "ack") for each in line.others}
    got = [(kind, outcomes.get(f"n{number}")) for number, (kind, _) in enumerate(expected)]
    require(got == expected, f"They were answered {got}")
    await line.event("interview.finished", reason="requested")


@CASES.case("command.one-by-one.posted", ONE_BY_ONE, over=SSE)
async def one_by_one_posted(stage: Stage) -> None:
    """Of commands POSTed at once that rule each other out, one is taken."""
    scene = await answering(stage)
    line = scene.line
    seen = len(line.others)
    for number in range(6):
        await line.send({"type": "interview.pause", "id": f"n{number}"})
    await line.wait(lambda: len(line.others) >= seen + 6 or None, "an outcome for each")
    codes = sorted(each.get("code", "ack") for each in line.others[seen:])
    require(codes == ["ack"] + ["wrong_phase"] * 5, f"Six pauses were answered {codes}")


@CASES.case("command.stored.answer", COMMITTED, over=BOTH)
async def stored_answer(stage: Stage) -> None:
    """An answer is in the interview as soon as it is acknowledged."""
    scene = await answering(stage)
    ack = await scene.acked("answer.submit", turn=1, text=ANSWER)
    stored = await scene.stored()
    turn = stored["turns"][0]
    require(turn["answer"] == ANSWER, "The acknowledged answer isn't there.")
    require(turn["source"] == "text" and turn["skipped"] is False, "It isn't told as it was given.")
    require(stored["seq"] >= ack["seq"], "The interview is behind the ack.")


@CASES.case("command.stored.skip", COMMITTED, over=BOTH)
async def stored_skip(stage: Stage) -> None:
    """A skip is in the interview as soon as it is acknowledged."""
    scene = await answering(stage)
    await scene.acked("question.skip", turn=1)
    turn = (await scene.stored())["turns"][0]
    require(turn["skipped"] is True and turn["answer"] is None, "The acknowledged skip isn't there")


@CASES.case("command.stored.course", COMMITTED, over=BOTH)
async def stored_course(stage: Stage) -> None:
    """Start, pause, resume and finish are in the interview as soon as they are acknowledged."""
    scene = await created(stage)
    await scene.acked("interview.start")
    stored = await scene.stored()
    require(stored["phase"] != "created" and stored["started_at"], "It hasn't started.")
    await scene.acked("interview.pause")
    require((await scene.stored())["paused"] is True, "It isn't paused.")
    await scene.acked("interview.resume")
    require((await scene.stored())["paused"] is False, "It is still paused.")
    await scene.acked("interview.finish")
    stored = await scene.stored()
    require(stored["finish_reason"] == "requested", "It hasn't finished as requested.")
    require(stored["phase"] in ("reporting", "finished"), f"It is in {stored['phase']}.")


@CASES.case("command.id.alphabet", ID, over=BOTH)
async def id_alphabet(stage: Stage) -> None:
    """All the characters that an id may have are taken."""
    scene = await answering(stage)
    for id in (string.ascii_letters, string.digits + "._-", "-", "..", "_"):
        kind = "pause" if not (await scene.stored())["paused"] else "resume"
        is_whole_ack(await scene.give(f"interview.{kind}", id), id, repeated=False)


@CASES.case("command.id.longest", ID, over=BOTH)
async def id_longest(stage: Stage) -> None:
    """An id of 64 characters is taken."""
    scene = await created(stage)
    id = "x" * 64
    is_whole_ack(await scene.give("interview.start", id), id, repeated=False)


@CASES.case("command.id.malformed", ID, over=BOTH)
async def id_malformed(stage: Stage) -> None:
    """An id that is empty, of 65 characters, or with other characters is malformed."""
    scene = await created(stage)
    for id in ("", "x" * 65, "a b", "a/b", "a:b", "a\\n", "\\n", "é", "١", "a\\u0000", "ａ"):
        await _refuses_id(scene, f'"{id}"')


@CASES.case("command.id.type", ID, over=BOTH)
async def id_of_another_type(stage: Stage) -> None:
    """An id that is no string is malformed."""
    scene = await created(stage)
    for id in ("null", "7", "true", '["a"]', '{"a":1}'):
        await _refuses_id(scene, id)


@CASES.case("command.id.missing", NO_ID, over=BOTH)
async def id_missing(stage: Stage) -> None:
    """A command without an id is malformed, and the error's `re` is null."""
    await _refuses_id(await created(stage), None)


async def _refuses_id(scene: Scene, id: str | None) -> None:
    """`id` is JSON, or null for none."""
    member = "" if id is None else f',"id":{id}'
    reply = await scene.say(f'{{"type":"interview.start"{member}}}')
    told = details(reply, "malformed")
    require(told.get("field") == "id", f"`details.field` isn't id: {told}")
    require(reply.get("re") is None, "`re` isn't null.")
    require((await scene.stored())["phase"] == "created", "The malformed command was obeyed.")


@CASES.case("command.unknown-type", UNKNOWN, over=BOTH)
async def unknown_type(stage: Stage) -> None:
    """A command of an unknown type is refused with `unknown_type`, and the next one is taken."""
    scene = await created(stage)
    for kind in ("interview.applaud", "", "INTERVIEW.START", "session", "interview.started"):
        reply = await scene.give(kind, "x")
        details(reply, "unknown_type")
        require(reply.get("re") == "x", "`re` isn't the command's id.")
    await scene.acked("interview.start", "x")
    require(scene.line.closed is None, "The connection closed.")


@CASES.case("command.unknown-fields", "Unknown fields are ignored by both sides", over=BOTH)
async def unknown_fields(stage: Stage) -> None:
    """Fields that the server doesn't know change nothing."""
    scene = await answering(stage)
    more: dict[str, Any] = {
        "colour": "blue",
        "": None,
        "turns": [{"turn": 2}],
        "seq": "x",
        "epoch": {},
    }
    await scene.acked("answer.submit", turn=1, text=ANSWER, **more)
    event = await scene.line.event("answer.accepted")
    require(event["text"] == ANSWER, "Another answer was taken.")
    require("colour" not in event, "The unknown field is told on.")


@CASES.case("command.ping", PING)
async def ping(stage: Stage) -> None:
    """`ping` is answered with `pong` and the same nonce, and with nothing else."""
    scene = await created(stage)
    line = scene.line
    for nonce in ("a nonce", "é😀", "a nonce"):
        seen = len(line.others)
        await line.send({"type": "ping", "nonce": nonce})
        await line.wait(lambda seen=seen: line.others[seen:] or None, "a pong")  # type: ignore[misc]
        told = line.others[seen]
        require(told["type"] == "pong" and told.get("nonce") == nonce, f"Not pong, but {told}")
    await scene.acked("interview.start")
    require(len(line.others_of("pong")) == 3, "There are more pongs than pings.")


@CASES.case("command.ping.bare", PING)
async def ping_without_nonce(stage: Stage) -> None:
    """`ping` without a nonce is answered with `pong`, without one or with null."""
    scene = await created(stage)
    line = scene.line
    await line.send({"type": "ping"})
    await line.wait(lambda: line.others or None, "a pong")
    require(line.others[0]["type"] == "pong", f"Not pong, but {line.others[0]}")
    require(line.others[0].get("nonce") is None, "The pong has a nonce that nobody sent.")
