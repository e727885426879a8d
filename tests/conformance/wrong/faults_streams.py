"""The faults of events, streams and their order."""

from tests.conformance.wrong.exchanges import Answer
from tests.conformance.wrong.messages import (
    GONE,
    IN_THE_BMP,
    Add,
    Change,
    Drop,
    Hold,
    Repeat,
    and_,
    plus,
)
from tests.conformance.wrong.tampering import Fault, fault

INTERVIEW = "GET /v1/interviews/*"

EVENTS: dict[str, Fault] = {
    "event.fields.english.each": fault(
        "tells scores as text", Change("feedback.scored", {"scores": "good"})
    ),
    "event.fields.english.end": fault(
        "leaves `remaining_ms` out", Change("interview.*", {"remaining_ms": GONE})
    ),
    "event.fields.korean.each": fault(
        "leaves the model out of feedback", Change("feedback.completed", {"model": GONE})
    ),
    "event.fields.korean.end": fault(
        "leaves `delivery` out", Change("answer.accepted", {"delivery": GONE})
    ),
    "event.seq.first": fault("begins to count at 2", Change("*", {"seq": plus(1)})),
    "event.epoch.kept": fault(
        "begins an epoch with each connection", Change("*", {"epoch": plus(1)}, line=2)
    ),
    "event.unnumbered": fault(
        "keeps acks in the log",
        Add("interview.started", {"type": "ack", "re": "c", "repeated": False}, line=2),
    ),
    "stream.opens-and-closes": fault("begins a stream twice", Repeat("question.started", nth=1)),
    "stream.joined": fault("loses a delta", Drop("question.delta", nth=1)),
    "stream.joined.beyond-bmp": fault(
        "breaks characters outside the BMP in deltas", Change("*.delta", {"text": IN_THE_BMP})
    ),
    "stream.list": fault("adds to a list's questions", Change("question.*", {"text": and_("!")})),
    "turn.counts": fault("counts turns from 2", Change("*", {"turn": plus(1)})),
    "turn.number": fault(
        "counts follow-ups as main questions",
        Change("question.started", {"number": plus(1)}, where={"kind": "follow_up"}),
    ),
    "turn.follow-ups": fault(
        "asks a follow-up more",
        Change("question.started", {"kind": "follow_up", "parent_turn": 1}, where={"number": 2}),
    ),
}

ORDER: dict[str, Fault] = {
    "order.text": fault(
        "asks on before the feedback is whole", Hold("feedback.completed", "question.started")
    ),
    "order.end": fault(
        "calls every end requested", Change("interview.finished", {"reason": "requested"})
    ),
    "order.end.everybody": fault(
        "keeps the report from an observer", Drop("report.completed", line=2)
    ),
    "order.end.late": fault(
        "leaves the report out of a snapshot",
        Change("session.opened", {"snapshot.report": None}, line=2),
    ),
    "order.finish.question": fault("skips no open question", Drop("answer.skipped")),
    "order.finish.answering": fault(
        "says something between a skip and the end",
        Add("answer.skipped", {"type": "notice", "code": "x", "message": "So be it."}),
    ),
    "order.finish.hint": fault(
        "closes a hint behind the skip", Hold("hint.completed", "answer.skipped")
    ),
    "order.finish.feedback": fault(
        "keeps cancelled feedback as whole",
        Answer(INTERVIEW, to={"turns.0.feedback.0.cancelled": False}),
    ),
    "order.finish.paused": fault("skips no open question", Drop("answer.skipped")),
    "order.time-limit": fault(
        "calls every end completed", Change("interview.finished", {"reason": "completed"})
    ),
    "order.skip": fault(
        "reviews a skip",
        Add("answer.skipped", {"type": "feedback.started", "lane": 0, "model": "x"}),
    ),
    "order.skip.follow-ups": fault(
        "asks a follow-up behind a skip",
        Change("question.started", {"kind": "follow_up"}, where={"number": 2}),
    ),
    "order.hint": fault(
        "calls every hint cancelled", Change("hint.completed", {"cancelled": True})
    ),
    "order.hint.answer": fault(
        "closes a hint behind the answer", Hold("hint.completed", "answer.accepted")
    ),
    "order.hint.skip": fault(
        "closes a hint behind the skip", Hold("hint.completed", "answer.skipped")
    ),
    "order.cancel.hint": fault(
        "completes a cancelled hint with more", Change("hint.completed", {"text": and_(" more")})
    ),
    "order.cancel.feedback": fault(
        "scores cancelled feedback", Answer(INTERVIEW, to={"turns.0.feedback.0.scores": []})
    ),
}

FAULTS = {**EVENTS, **ORDER}
