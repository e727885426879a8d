"""The fields of commands (`protocol.md` 2, 4, 7): what is missing, of the wrong type or out of
range is malformed, in every phase; and what a text may be.
"""

from typing import Any

from tests.conformance.case import BOTH, Cases, Play, require
from tests.conformance.cases.phases import COMMANDS
from tests.conformance.cases.reach import Scene, answering, created, details
from tests.conformance.stage import ANSWER, Stage

CASES = Cases()

MALFORMED = (
    "not JSON, not an object, no `type`, a field missing, of the wrong type or out of range "
    "(`details.field`)"
)
TEXT = (
    "Text is 1 to the limit's code points, not blank, stored as sent; U+0000 and lone surrogates "
    "are `malformed`"
)
BOOLEAN = "is no integer. Unknown fields are ignored by both sides"
TOO_LARGE = "| `too_large` | 413 | over a limit (`details.limit`) |"
LIMITS = "`max_answer_chars` 10000"
AUDIO_START = (
    "| `audio.start` | `turn`, `sample_rate` (8000–48000), `silence_ms` (optional, 300–10000), "
    "`review` (false) |"
)
MISSING = object()
NO_INTEGER: tuple[Any, ...] = ("1", 1.5, None, [1], {})
NO_TEXT: tuple[Any, ...] = (7, None, ["a"], {"a": 1}, True)

# What isn't right for each field of each command: not there, of another type, out of range.
WRONG: dict[tuple[str, str], tuple[Any, ...]] = {
    ("answer.submit", "turn"): (MISSING, *NO_INTEGER),
    ("answer.submit", "text"): (MISSING, *NO_TEXT),
    ("audio.start", "turn"): (MISSING, *NO_INTEGER),
    ("audio.start", "sample_rate"): (MISSING, *NO_INTEGER, True),
    ("audio.start", "silence_ms"): ("300", 300.5, [300], True),
    ("audio.start", "review"): ("true", 1, 0, []),
    ("audio.stop", "turn"): (MISSING, *NO_INTEGER),
    ("audio.stop", "bytes"): (MISSING, *NO_INTEGER, True),
    ("audio.cancel", "turn"): (MISSING, *NO_INTEGER),
    ("question.skip", "turn"): (MISSING, *NO_INTEGER),
    ("hint.request", "turn"): (MISSING, *NO_INTEGER),
    ("generation.cancel", "turn"): (MISSING, *NO_INTEGER),
    ("generation.cancel", "what"): (MISSING, *NO_TEXT, "", "report", "HINT"),
}


async def _refuses(scene: Scene, kind: str, field: str, value: object) -> None:
    fields = {**COMMANDS[kind][0], field: value}
    if value is MISSING:
        del fields[field]
    shown = "nothing" if value is MISSING else repr(value)
    reply = await scene.give(kind, "x", **fields)
    require(reply.get("code") == "malformed", f"With {shown} as its {field}: {reply}")
    told = details(reply, "malformed")
    require(told.get("field") == field, f"`details.field` isn't {field}: {told}")
    require(reply.get("re") == "x", "`re` isn't the command's id.")


def _case(kind: str, field: str) -> Play:
    async def play(stage: Stage) -> None:
        scene = await created(stage)
        for value in WRONG[kind, field]:
            await _refuses(scene, kind, field, value)
        await scene.acked("interview.start", "x")

    play.__doc__ = f"{kind} whose {field} is missing or of another type is malformed."
    return play


for _kind, _field in WRONG:
    CASES.case(f"command.field.{_kind}.{_field}", MALFORMED, over=BOTH)(_case(_kind, _field))


@CASES.case("command.field.boolean", BOOLEAN, over=BOTH)
async def boolean(stage: Stage) -> None:
    """A boolean is no integer: `true` isn't turn 1."""
    scene = await answering(stage)
    for kind in ("answer.submit", "question.skip", "hint.request", "generation.cancel"):
        await _refuses(scene, kind, "turn", True)
    turn = (await scene.stored())["turns"][0]
    require(turn["answer"] is None and turn["skipped"] is False, "It was obeyed all the same.")


@CASES.case("command.field.audio.start.range", AUDIO_START, over=BOTH)
async def audio_ranges(stage: Stage) -> None:
    """`sample_rate` and `silence_ms` out of their ranges are malformed."""
    scene = await created(stage)
    for field, values in (
        ("sample_rate", (7_999, 48_001, 0, -16_000, 1 << 40)),
        ("silence_ms", (299, 10_001, 0, -300)),
    ):
        for value in values:
            await _refuses(scene, "audio.start", field, value)


@CASES.case("command.field.audio.start.bounds", AUDIO_START, over=BOTH)
async def audio_bounds(stage: Stage) -> None:
    """The ends of the ranges of `sample_rate` and `silence_ms` are within them."""
    scene = await created(stage)
    for rate, silence in ((8_000, 300), (48_000, 10_000)):
        # Not malformed, and so refused for the phase, which is checked later.
        await scene.refused(
            "wrong_phase", "audio.start", turn=1, sample_rate=rate, silence_ms=silence, review=True
        )


@CASES.case("command.malformed.type", MALFORMED, over=BOTH)
async def no_type(stage: Stage) -> None:
    """An object without a `type`, or with one that is no string, is malformed."""
    scene = await created(stage)
    for text in ('{"id":"x"}', '{"type":7,"id":"x"}', '{"type":null,"id":"x"}', '{"type":[]}'):
        told = details(await scene.say(text, "x"), "malformed")
        require(told.get("field") == "type", f"`details.field` isn't type: {told}")
    await scene.acked("interview.start", "x")


# --- texts --------------------------------------------------------------------------------------


@CASES.case("command.text.blank", TEXT, over=BOTH)
async def blank(stage: Stage) -> None:
    """A text that is empty or blank is malformed."""
    scene = await answering(stage)
    for text in ("", " ", "\n\t ", "\u3000"):
        await _refuses(scene, "answer.submit", "text", text)


@CASES.case("command.text.nul", TEXT, over=BOTH)
async def nul(stage: Stage) -> None:
    """A text with U+0000 is malformed."""
    scene = await answering(stage)
    for text in ("a\0b", "\0", "a\0"):
        await _refuses(scene, "answer.submit", "text", text)


@CASES.case("command.text.surrogate", TEXT, over=BOTH)
async def surrogate(stage: Stage) -> None:
    """A text with a lone surrogate is malformed."""
    scene = await answering(stage)
    for text in ("a\\ud83d", "\\ude00a", "\\ude00\\ud83d"):
        said = f'{{"type":"answer.submit","id":"x","turn":1,"text":"{text}"}}'
        # Whether such a text is still JSON, so that its id can be told, the page leaves open.
        reply = await scene.say(said, "x")
        require(reply.get("re") in ("x", None), f"`re` is of something else: {reply}")
        details(reply, "malformed")
    await scene.acked("answer.submit", "x", turn=1, text=ANSWER)


@CASES.case("command.text.as-sent", TEXT, over=BOTH)
async def stored_as_sent(stage: Stage) -> None:
    """A text is told and stored as it was sent: nothing is trimmed, joined or replaced."""
    text = (
        " \tcafe\u0301 caf\u00e9\r\n\u200d👩\u200d💻 \u1112\u1161\u11ab\U0010ffff\ufffe\x7f\x01 \n"
    )
    scene = await answering(stage)
    await scene.acked("answer.submit", turn=1, text=text)
    event = await scene.line.event("answer.accepted")
    require(event["text"] == text, f"It is told as {event['text']!r}")
    stored = (await scene.stored())["turns"][0]["answer"]
    require(stored == text, f"It is stored as {stored!r}")


@CASES.case("command.text.escapes", "JSON is UTF-8, one object a frame", over=BOTH)
async def escapes(stage: Stage) -> None:
    """JSON's escapes stand for their characters, a surrogate pair for one outside the BMP."""
    scene = await answering(stage)
    said = '{"type":"answer.submit","id":"x","turn":1,"text":"\\u0041\\ud83d\\ude00\\n\\/"}'
    reply = await scene.say(said, "x")
    require(reply["type"] == "ack", f"It was refused: {reply}")
    event = await scene.line.event("answer.accepted")
    require(event["text"] == "A😀\n/", f"It is told as {event['text']!r}")


def _of_length(scene: Scene, length: int, character: str) -> str:
    """A text of so many code points: of this character, as far as a frame has room for it."""
    room = scene.line.opened["limits"]["max_frame_bytes"] - 500 - length
    wide = (
        min(length, room // max(1, len(character.encode()) - 1)) if not character.isascii() else 0
    )
    return character * wide + "a" * (length - wide)


@CASES.case("command.text.longest", LIMITS, over=BOTH)
async def longest(stage: Stage) -> None:
    """A text of exactly `max_answer_chars` code points is taken, outside the BMP too."""
    for character in ("a", "😀"):
        scene = await answering(stage)
        text = _of_length(scene, scene.line.opened["limits"]["max_answer_chars"], character)
        await scene.acked("answer.submit", turn=1, text=text)
        event = await scene.line.event("answer.accepted")
        require(event["text"] == text, "Another text was taken.")


@CASES.case("command.text.too-large", TOO_LARGE, over=BOTH)
async def too_large(stage: Stage) -> None:
    """A text of `max_answer_chars` + 1 code points is too large, outside the BMP too."""
    scene = await answering(stage)
    limit = scene.line.opened["limits"]["max_answer_chars"]
    for character in ("a", "é", "😀"):
        text = _of_length(scene, limit + 1, character)
        told = await scene.refused("too_large", "answer.submit", "x", turn=1, text=text)
        require(told.get("limit") == limit, f"`details.limit` isn't {limit}: {told}")
    require((await scene.stored())["turns"][0]["answer"] is None, "It was stored all the same.")
    await scene.acked("answer.submit", "x", turn=1, text=ANSWER)


@CASES.case("command.field.huge-number", MALFORMED, over=BOTH)
async def huge_numbers(stage: Stage) -> None:
    """A number too large for any turn is refused as such, and ends nothing."""
    scene = await answering(stage)
    for number in (str(10**30), "1e400", str(-(10**30)), str(2**63), str(2**64)):
        said = f'{{"type":"question.skip","id":"x","turn":{number}}}'
        reply = await scene.say(said, "x")
        # Up to where a turn is one that isn't open, and no turn at all beyond, isn't told.
        require(reply.get("code") in ("malformed", "wrong_turn"), f"turn {number}: {reply}")
    await scene.acked("question.skip", "x", turn=1)
