"""The faults of going on, of views and scores, of pauses and of what must be stored."""

from tests.conformance.wrong.exchanges import Answer
from tests.conformance.wrong.faults_opening import always_resumed, not_resumed
from tests.conformance.wrong.messages import CUT, UPPER, Add, Change, Drop, Repeat, and_, plus
from tests.conformance.wrong.tampering import LATER, Fault, fault

INTERVIEW = "GET /v1/interviews/*"

RESUME: dict[str, Fault] = {
    "resume.mid-stream": fault(
        "loses a delta on the way back", Drop("question.delta", line=2, nth=1)
    ),
    "resume.mid-feedback": fault(
        "loses the scores on the way back", Drop("feedback.scored", line=2)
    ),
    "resume.head": fault("resumes nobody", *not_resumed()),
    "resume.behind": fault(
        "tells a question otherwise later", Change("question.delta", {"text": UPPER}, line=LATER)
    ),
    "resume.zero": fault("resumes nobody", *not_resumed()),
    "resume.twice": fault(
        "loses a delta for who came back often", Drop("question.delta", line=5, nth=1)
    ),
    "resume.snapshot": fault(
        "loses a delta behind a snapshot", Drop("question.delta", line=3, nth=1)
    ),
    "resume.across": fault("resumes nobody", *not_resumed()),
    "resume.observer": fault("resumes nobody", *not_resumed()),
    "resume.unacknowledged": fault(
        "accepts an answer again that is sent again", Repeat("answer.accepted")
    ),
    "resume.ahead": fault("resumes from anywhere", always_resumed()),
    "resume.other-epoch": fault("resumes any epoch", always_resumed()),
    "resume.kept": fault("resumes nobody", *not_resumed()),
    "resume.aged-out": fault(
        "loses what is old",
        Drop("question.delta", line=2, nth=1),
        Change("session.opened", {"snapshot.turns": []}, line=2),
    ),
    "resume.finished": fault(
        "loses the report for who comes back",
        Drop("report.completed", line=3),
        Change("session.opened", {"snapshot.report": None}, line=3),
    ),
    "resume.goes-on": fault(
        "loses the second answer", Answer(INTERVIEW, to={"turns.1.answer": None})
    ),
}

VIEWS: dict[str, Fault] = {
    "view.dropped.1": fault(
        "tells a question otherwise later", Change("*.delta", {"text": UPPER}, line=LATER)
    ),
    "view.dropped.7": fault(
        "tells a question otherwise later", Change("*.delta", {"text": UPPER}, line=LATER)
    ),
    "view.snapshots": fault(
        "puts no hints into snapshots",
        Change("session.opened", {"snapshot.turns.*.hints": []}, line=LATER),
    ),
    "view.streaming": fault(
        "cuts the last character of a stream's text in snapshots",
        Change("session.opened", {"snapshot.streaming.*.text": CUT}, line=LATER),
    ),
    "view.http": fault(
        "tells another question over HTTP", Answer(INTERVIEW, to={"turns.0.question": "What?"})
    ),
    "view.same": fault(
        "tells a question otherwise later",
        Change("question.delta", {"text": UPPER}, line=LATER),
    ),
}

SETTLED: dict[str, Fault] = {
    "scored.place": fault("scores feedback twice", Repeat("feedback.scored", nth=1)),
    "scored.evidence": fault(
        "quotes what nobody said",
        Change("feedback.scored", {"scores.*.evidence": ["I never said so."]}),
    ),
    "scored.competencies": fault(
        "scores a competency of its own",
        Change("feedback.scored", {"scores.*.competency": "Luck"}),
    ),
    "feedback.end": fault(
        "reviews each answer all the same",
        Add("answer.accepted", {"type": "feedback.started", "lane": 0, "model": "x"}),
    ),
    "report.whole": fault(
        "closes the report with more text", Change("report.completed", {"text": and_("!")})
    ),
    "pause.feedback": fault(
        "cancels feedback for a pause", Change("feedback.completed", {"cancelled": True})
    ),
    "pause.question": fault(
        "cuts a question short for a pause", Change("question.completed", {"text": CUT})
    ),
    "pause.clock": fault(
        "lets the clock run in a pause", Change("interview.resumed", {"remaining_ms": plus(-1)})
    ),
    "pause.no-limit": fault(
        "tells a time without a limit", Change("interview.paused", {"remaining_ms": 1_000})
    ),
    "durable.event": fault(
        "tells an answer before it is stored", Answer(INTERVIEW, to={"turns.0.answer": None})
    ),
    "durable.ack": fault(
        "acknowledges a pause before it is stored", Answer(INTERVIEW, to={"paused": False})
    ),
    "durable.start": fault(
        "acknowledges a start before it is stored", Answer(INTERVIEW, to={"started_at": None})
    ),
}

FAULTS = {**RESUME, **VIEWS, **SETTLED}
