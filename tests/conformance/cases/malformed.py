"""What is said in a text frame and makes no sense (`protocol.md` 2, 7): answered, not punished."""

from tests.conformance.case import Cases, require
from tests.conformance.stage import Stage
from tests.conformance.talk import alive, answer, closes, held_error, hush, raw_line

CASES = Cases()

MALFORMED = (
    "not JSON, not an object, no `type`, a field missing, of the wrong type or out of range "
    "(`details.field`)"
)
RE = "`re` is null for binary frames and for messages without a valid id"
PUNISHED = "the connection closes (4400) only after 20 of them within a minute"
START = {"type": "interview.start"}


@CASES.case("malformed.json", MALFORMED)
async def not_json(stage: Stage) -> None:
    """What isn't JSON is malformed."""
    line = await raw_line(stage)
    texts = (
        "",
        "hello",
        "{",
        "{'type':'ping'}",
        '{"type":"ping",}',
        '{"type":"ping"} {}',
        '{"type":"ping"}x',
        '{"type":"ping","nonce":NaN}',
        '{"type":"ping","nonce":"a\nb"}',
        '{"type":"ping","nonce":"\\x41"}',
        '{"type":"ping","nonce":"\x00"}',
        "\ufeff" + '{"type":"ping"',
    )
    for text in texts:
        held_error(await answer(line, text), "malformed", None)
    await alive(line)
    errors = line.others_of("error")
    require(len(errors) == len(texts), f"{len(texts)} messages got {len(errors)} errors.")


@CASES.case("malformed.re", RE)
async def named(stage: Stage) -> None:
    """An error names the message's id, where it has one."""
    line = await raw_line(stage)
    held_error(await answer(line, {"id": "mine"}), "malformed", "mine")
    held_error(await answer(line, {"type": 5, "id": "mine-too"}), "malformed", "mine-too")
    await alive(line)


@CASES.case("malformed.nesting", "Unknown fields are ignored by both sides")
async def nesting(stage: Stage) -> None:
    """What is nested ten thousand deep is ignored or malformed, and harms nothing."""
    line = await raw_line(stage)
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        deep = opening * 9_000 + "1" + closing * 9_000
        for text in (deep, f'{{"type":"ping","nonce":"deep","x":{deep}}}'):
            reply = await answer(line, text)
            if reply["type"] != "pong" or text is deep:
                held_error(reply, "malformed", None)
    await alive(line)


@CASES.case("malformed.duplicate-keys", "answered by exactly one `ack`")
async def duplicate_keys(stage: Stage) -> None:
    """A command with a field twice is one command, or malformed; never two."""
    line = await raw_line(stage)
    reply = await answer(line, '{"type":"interview.start","id":"one","id":"two"}')
    if reply["type"] != "ack":
        require(reply.get("code") == "malformed", f"answered {reply}")
    await alive(line)
    require(len(line.others) == 2, f"It was answered more than once: {line.others}")


@CASES.case(
    "malformed.unknown-type",
    "an unknown command type gets `unknown_type`, and the connection stays open",
)
async def unknown_type(stage: Stage) -> None:
    """A command type that the server doesn't know gets `unknown_type`."""
    line = await raw_line(stage)
    kinds = ("interview.begin", "ack", "pong", "question.delta", "interview.START", "", "😀")
    for index, kind in enumerate(kinds):
        reply = await answer(line, {"type": kind, "id": f"c{index}"})
        held_error(reply, "unknown_type", f"c{index}")
    await alive(line)


@CASES.case(
    "malformed.unknown-type.unpunished",
    "an unknown command type gets `unknown_type`, and the connection stays open",
)
async def unknown_type_unpunished(stage: Stage) -> None:
    """Forty unknown types within a minute end no connection: they aren't malformed."""
    line = await raw_line(stage)
    for index in range(40):
        if index % 10 == 0:
            await hush(line, 1)
        reply = await answer(line, {"type": "interview.dance", "id": f"c{index}"})
        held_error(reply, "unknown_type", f"c{index}")
    await alive(line)


@CASES.case("malformed.unpunished", "A malformed message is answered, not punished")
async def unpunished(stage: Stage) -> None:
    """After a malformed message, the next command is taken as if nothing had been."""
    line = await raw_line(stage)
    held_error(await answer(line, "nonsense"), "malformed", None)
    held_error(await answer(line, {"type": "answer.submit", "id": "c1"}), "malformed", "c1")
    reply = await line.acked("interview.start", id="c1")
    require(reply.get("repeated") is False, "A malformed message's id wasn't free.")


@CASES.case("malformed.twenty", PUNISHED)
async def twenty(stage: Stage) -> None:
    """Nineteen malformed messages within a minute are answered, and more than twenty end it."""
    line = await raw_line(stage)
    for index in range(19):
        if index == 10:
            await hush(line, 1)
        held_error(await answer(line, "nonsense"), "malformed", None)
    await alive(line)
    await hush(line, 1)
    for _ in range(2):
        await line.socket.send("nonsense")
    await closes(line, 4400)
