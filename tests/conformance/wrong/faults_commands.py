"""The faults of commands, their outcomes, and signs of life."""

from websockets.frames import Opcode

from tests.conformance.wrong.commands import Outcome, Pretend, Refuse, Rewrite, Swallow
from tests.conformance.wrong.endings import CloseAs, Mute, Patient
from tests.conformance.wrong.exchanges import Answer
from tests.conformance.wrong.messages import CUT, GONE, Change, Hold, Repeat, plus
from tests.conformance.wrong.tampering import Fault, fault

COMMANDS = "POST /v1/interviews/*/commands"
INTERVIEW = "GET /v1/interviews/*"

OUTCOMES: dict[str, Fault] = {
    "command.ack.fields": fault("leaves `repeated` out of acks", Change("ack", {"repeated": GONE})),
    "command.ack.seq": fault("tells a seq too low in acks", Change("ack", {"seq": plus(-1)})),
    "command.one-outcome": fault(
        "acknowledges a pause twice, and one that is POSTed not at all",
        Repeat("ack", where={"command": "interview.pause"}, over="ws"),
        Swallow("interview.pause", over="post"),
    ),
    "command.one-by-one": fault(
        "looks at a start before the former is done",
        Outcome("interview.start", "wrong_phase", "ack"),
    ),
    "command.one-by-one.posted": fault(
        "looks at a pause before the former is done",
        Outcome("interview.pause", "wrong_phase", "ack"),
    ),
    "command.does.start": fault(
        "begins with a follow-up", Change("question.started", {"kind": "follow_up"})
    ),
    "command.does.answer": fault(
        "takes a text for a voice answer", Change("answer.accepted", {"source": "voice"})
    ),
    "command.does.pause.question": fault(
        "cuts a question short for a pause", Change("question.completed", {"text": CUT})
    ),
    "command.does.pause.feedback": fault(
        "cancels feedback for a pause", Change("feedback.completed", {"cancelled": True})
    ),
    "command.stored.answer": fault(
        "keeps no answers", Answer(INTERVIEW, to={"turns.0.answer": None})
    ),
    "command.stored.skip": fault(
        "keeps no skips", Answer(INTERVIEW, to={"turns.0.skipped": False})
    ),
    "command.stored.course": fault("keeps no pauses", Answer(INTERVIEW, to={"paused": False})),
    "command.id.alphabet": fault(
        "takes no `-` alone for an id", Refuse("interview.*", "malformed", where={"id": "-"})
    ),
    "command.id.longest": fault("takes no long id", Refuse("interview.start", "malformed")),
    "command.id.malformed": fault("takes any id", Rewrite("interview.start", {"id": "x"})),
    "command.id.type": fault("takes any id", Rewrite("interview.start", {"id": "x"})),
    "command.id.missing": fault("takes no id", Rewrite("interview.start", {"id": "x"})),
    "command.unknown-type": fault(
        "calls an unknown type malformed", Outcome("*", "unknown_type", "malformed")
    ),
    "command.unknown-fields": fault(
        "refuses fields that it doesn't know",
        Refuse("answer.submit", "malformed", where={"colour": "blue"}),
    ),
    "command.ping": fault(
        "answers every ping with the same nonce", Change("pong", {"nonce": "a nonce"})
    ),
    "command.ping.bare": fault("gives every pong a nonce", Change("pong", {"nonce": "x"})),
}

LIFE: dict[str, Fault] = {
    "heartbeat.pings": fault("sends no pings", Mute(Opcode.PING)),
    "heartbeat.silent": fault("never misses a sign of life", Patient()),
    "heartbeat.silent.observer": fault("closes with 1001 for 4103", CloseAs(1001, 4103)),
    "heartbeat.messages": fault(
        "takes a ping message for no sign of life",
        Pretend("ping", {"type": "pong"}, ("nonce",)),
    ),
    "ping.nonce": fault("sends no nonce back", Change("pong", {"nonce": GONE})),
    "ping.order": fault("answers the third ping late", Hold("pong", "pong", nth=3)),
    "ping.unnumbered": fault("numbers pongs", Change("pong", {"seq": 1})),
}

VOICE: dict[str, Fault] = {
    "audio.unavailable": fault(
        "knows no voice commands", Outcome("audio.start", "voice_unavailable", "unknown_type")
    ),
    "audio.frame.not-open": fault(
        "calls a frame out of place ill-formed", Change("error", {"code": "audio_format"})
    ),
    "audio.upload.unavailable": fault(
        "knows no recordings", Answer("POST /v1/interviews/*/turns/*/audio", status=404, was=503)
    ),
}

FAULTS = {**VOICE, **OUTCOMES, **LIFE}
