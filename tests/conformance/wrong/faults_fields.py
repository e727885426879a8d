"""The faults of commands' fields and texts, of repeats and races, of refusals and their order."""

from typing import Any

from tests.conformance.cases.fields import WRONG
from tests.conformance.cases.phases import COMMANDS
from tests.conformance.wrong.commands import Afresh, Outcome, Pretend, Refuse, Rewrite
from tests.conformance.wrong.exchanges import Answer, Trusting
from tests.conformance.wrong.messages import (
    GONE,
    IN_THE_BMP,
    OPPOSITE,
    STRIPPED,
    Add,
    Change,
    plus,
)
from tests.conformance.wrong.tampering import Fault, fault

POSTED = "POST /v1/interviews/*/commands"
INTERVIEW = "GET /v1/interviews/*"
# What is right for a field that `COMMANDS` leaves out.
RIGHT: dict[str, Any] = {"silence_ms": 500, "review": False}
SUBMIT = "answer.submit"


def _fields() -> dict[str, Fault]:
    found = {}
    for kind, field in WRONG:
        right = COMMANDS[kind][0].get(field, RIGHT.get(field))
        found[f"command.field.{kind}.{field}"] = fault(
            f"takes anything for {kind}'s {field}", Rewrite(kind, {field: right})
        )
    return found


FIELDS: dict[str, Fault] = {
    **_fields(),
    "command.field.boolean": fault(
        "takes `true` for turn 1", Rewrite("*", {"turn": 1}, where={"turn": True})
    ),
    "command.field.audio.start.range": fault(
        "takes any rate and silence",
        Rewrite("audio.start", {"sample_rate": 16_000, "silence_ms": 500}),
    ),
    "command.field.audio.start.bounds": fault(
        "takes no rate at the range's ends", Outcome("audio.start", "wrong_phase", "malformed")
    ),
    "command.field.huge-number": fault(
        "fails at a huge number", Outcome("question.skip", None, "internal")
    ),
    "command.malformed.type": fault("names no field", Change("error", {"details.field": GONE})),
    "command.text.blank": fault("takes blank texts", Rewrite(SUBMIT, {"text": "x"})),
    "command.text.nul": fault("takes U+0000", Rewrite(SUBMIT, {"text": "x"})),
    "command.text.surrogate": fault("takes lone surrogates", Outcome("*", "malformed", "ack")),
    "command.text.as-sent": fault("strips answers", Change("answer.accepted", {"text": STRIPPED})),
    "command.text.escapes": fault(
        "breaks characters outside the BMP", Change("answer.accepted", {"text": IN_THE_BMP})
    ),
    "command.text.longest": fault(
        "takes no text of the limit's length", Outcome(SUBMIT, "ack", "too_large")
    ),
    "command.text.too-large": fault(
        "names the wrong limit", Change("error", {"details.limit": plus(1)})
    ),
}

AGAIN = {"repeated": True}

REPEATS: dict[str, Fault] = {
    "command.repeat.same": fault(
        "tells an old seq in a repeated ack", Change("ack", {"seq": plus(-1)}, where=AGAIN)
    ),
    "command.repeat.unknown-fields": fault(
        "counts unknown fields as content", Outcome(SUBMIT, "ack", "id_reused", where=AGAIN)
    ),
    "command.repeat.decoded": fault(
        "compares commands as they are written", Outcome(SUBMIT, "ack", "id_reused", where=AGAIN)
    ),
    "command.repeat.pipelined": fault(
        "takes each for the first", Change("ack", {"repeated": False})
    ),
    "command.repeat.unread": fault("acknowledges an answer and loses it", Pretend(SUBMIT)),
    **{
        f"command.repeat.{name}": fault("remembers no ids", Afresh("*"))
        for name in (
            *("hint", "other-connection", "all", "paused"),
            *("asking", "answering", "evaluating", "reporting", "finished"),
        )
    },
    "command.repeat.other-transport": fault(
        "remembers no ids of the WebSocket's", Afresh("*", over="ws")
    ),
    "command.id-reused.fields": fault(
        "looks at the phase before the id", Outcome(SUBMIT, "id_reused", "wrong_phase")
    ),
    "command.id-reused.type": fault(
        "compares no types", Outcome("interview.resume", "id_reused", "ack")
    ),
    "command.id-reused.normal-form": fault("compares no texts", Rewrite(SUBMIT, {"text": "x"})),
    "command.id.per-interview": fault(
        "remembers ids for all interviews", Change("ack", {"repeated": True})
    ),
    **{
        f"command.id.free-after.{code}": fault(
            f"remembers an id after {code}", Outcome(SUBMIT, "ack", "id_reused")
        )
        for code in ("malformed", "unknown-type", "wrong-phase", "wrong-turn", "too-large")
    },
    "command.race.transports": fault(
        "takes each for the first", Change("ack", {"repeated": False})
    ),
    "command.race.taken-over": fault(
        "acknowledges an answer and loses it", Answer(INTERVIEW, to={"turns.0.answer": None})
    ),
    "command.race.content": fault(
        "acknowledges both contents", Outcome(SUBMIT, "id_reused", "ack")
    ),
    "command.race.ids": fault("acknowledges both answers", Outcome(SUBMIT, "wrong_phase", "ack")),
}


def _order(kind: str, right: str, wrong: str) -> Fault:
    return fault(f"looks for `{wrong}` before `{right}`", Outcome(kind, right, wrong))


REFUSALS: dict[str, Fault] = {
    "command.order.malformed.id": _order(SUBMIT, "malformed", "id_reused"),
    "command.order.malformed.phase": _order("*", "malformed", "wrong_phase"),
    "command.order.malformed.turn": _order("*", "malformed", "wrong_turn"),
    "command.order.malformed.voice": _order("*", "malformed", "voice_unavailable"),
    "command.order.forbidden": fault("takes a ticket for a token", Trusting()),
    "command.order.id.phase": _order(SUBMIT, "id_reused", "wrong_phase"),
    "command.order.id.turn": _order("hint.request", "id_reused", "wrong_turn"),
    "command.order.id.rest": _order(SUBMIT, "id_reused", "too_large"),
    "command.order.phase.turn": _order("*", "wrong_phase", "wrong_turn"),
    "command.order.phase.paused": _order("*", "wrong_phase", "wrong_turn"),
    "command.order.phase.rest": _order(SUBMIT, "wrong_phase", "too_large"),
    "command.order.turn.rest": _order(SUBMIT, "wrong_turn", "too_large"),
    "command.order.turn.voice": _order("audio.start", "wrong_turn", "voice_unavailable"),
    **{
        f"command.wrong-turn.{kind}": fault(
            "names the wrong turn", Change("error", {"details.turn": plus(1)})
        )
        for kind in (SUBMIT, "audio.start", "question.skip", "hint.request")
    },
    "command.voice-unavailable": fault(
        "knows no voice commands", Outcome("audio.start", "voice_unavailable", "unknown_type")
    ),
    "command.error.fields": fault("says nothing to people", Change("error", {"message": ""})),
    "command.error.details": fault("names no limit", Change("error", {"details.limit": GONE})),
    "command.error.nothing-done": fault(
        "tells of what it refused",
        Add("interview.paused", {"type": "notice", "code": "x", "message": "No."}, before=True),
    ),
    "command.error.problem": fault(
        "tells problems as plain JSON",
        Answer(POSTED, headers={"Content-Type": "application/json"}, was=409),
    ),
    "command.error.alike": fault(
        "judges otherwise over HTTP", Change("error", {"retryable": OPPOSITE}, over="post")
    ),
}

STEERING: dict[str, Fault] = {
    "command.cancel.hint": fault(
        "calls a cancelled hint whole", Change("hint.completed", {"cancelled": False})
    ),
    "command.cancel.hint.paused": fault(
        "calls a cancelled hint whole", Change("hint.completed", {"cancelled": False})
    ),
    "command.cancel.feedback": fault(
        "calls cancelled feedback whole", Change("feedback.completed", {"cancelled": False})
    ),
    "command.cancel.feedback.paused": fault(
        "ends a pause with a cancel", Answer(INTERVIEW, to={"paused": False})
    ),
    "command.cancel.repeated": fault("remembers no cancel", Afresh("generation.cancel")),
    **{
        f"command.cancel.{name}": fault(
            "acknowledges a cancel of nothing", Outcome("generation.cancel", None, "ack")
        )
        for name in ("completed", "twice", "other-stream", "other-turn")
    },
    "command.hint.one-at-a-time": fault(
        "acknowledges a second hint at a time", Outcome("hint.request", "wrong_phase", "ack")
    ),
    "command.hint.again": fault(
        "gives one hint a turn", Refuse("hint.request", "wrong_phase", nth=2)
    ),
}

FAULTS = {**FIELDS, **REPEATS, **REFUSALS, **STEERING}
