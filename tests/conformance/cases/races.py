"""Commands that come at once, on several connections and over both transports (`protocol.md` 4)."""

import asyncio

from tests.conformance.case import BOTH, Cases, require
from tests.conformance.cases.commands import ONE_BY_ONE
from tests.conformance.cases.reach import answering, post
from tests.conformance.cases.repeats import KNOWN, ONCE, one_answer, one_effect
from tests.conformance.stage import ANSWER, Stage

CASES = Cases()


@CASES.case("command.race.transports", ONCE)
async def race_transports(stage: Stage) -> None:
    """Of duplicates sent over both transports at once one takes effect, and all are acked."""
    scene = await answering(stage)
    answer = {"type": "answer.submit", "id": "race", "turn": 1, "text": ANSWER}
    line = scene.line
    seen = len(line.others)
    posting = [asyncio.create_task(post(stage, scene.place, answer)) for _ in range(3)]
    await asyncio.gather(*(line.send(answer) for _ in range(3)))
    outcomes = await asyncio.gather(*posting)
    await line.wait(lambda: len(line.others) >= seen + 3 or None, "three acks")
    one_effect(outcomes + line.others[seen:])
    await line.event("report.completed")
    one_answer(line.events)


@CASES.case("command.race.taken-over", ONCE)
async def race_taken_over(stage: Stage) -> None:
    """A command sent on a WebSocket that is taken over, and on the new one, takes effect once."""
    scene = await answering(stage)
    answer = {"type": "answer.submit", "id": "race", "turn": 1, "text": ANSWER}
    await scene.line.send(answer)
    line = await stage.open_socket(scene.place)
    ack = await line.command("answer.submit", "race", turn=1, text=ANSWER)
    require(ack["type"] == "ack" and ack.get("re") == "race", f"It was answered {ack}")
    firsts = [each for each in scene.line.others if each.get("re") == "race"]
    if firsts:
        one_effect([*firsts, ack])
    await line.event("report.completed")
    require((await scene.stored())["turns"][0]["answer"] == ANSWER, "The answer isn't there.")


@CASES.case("command.race.content", KNOWN, over=BOTH)
async def race_content(stage: Stage) -> None:
    """Of two contents sent at once under one id the one is taken, the other `id_reused`."""
    scene = await answering(stage)
    line = scene.line
    seen = len(line.others)
    for text in ("one", "other"):
        await line.send({"type": "answer.submit", "id": "race", "turn": 1, "text": text})
    await line.wait(lambda: len(line.others) >= seen + 2 or None, "both outcomes")
    codes = sorted(each.get("code", "ack") for each in line.others[seen:])
    require(codes == ["ack", "id_reused"], f"The outcomes are {codes}")
    await line.event("report.completed")
    one_answer(line.events)


@CASES.case("command.race.ids", ONE_BY_ONE, over=BOTH)
async def race_ids(stage: Stage) -> None:
    """Of two answers sent at once under two ids one is taken."""
    scene = await answering(stage)
    line = scene.line
    seen = len(line.others)
    for id in ("one", "other"):
        await line.send({"type": "answer.submit", "id": id, "turn": 1, "text": id})
    await line.wait(lambda: len(line.others) >= seen + 2 or None, "both outcomes")
    outcomes = {each["re"]: each.get("code", "ack") for each in line.others[seen:]}
    codes = sorted(outcomes.values())
    require(codes == ["ack", "wrong_phase"], f"The outcomes are {outcomes}")
    taken = next(id for id, code in outcomes.items() if code == "ack")
    event = await line.event("answer.accepted")
    require(event["text"] == taken, f"Acked was {taken}, accepted {event['text']}.")
    await line.event("report.completed")
    one_answer(line.events)
