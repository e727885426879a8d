"""The faults of HTTP: interviews, reports, documents, and what is public."""

from tests.conformance.wrong.endings import StayOpen
from tests.conformance.wrong.exchanges import Answer, Ask, Trusting, Unasked
from tests.conformance.wrong.messages import GONE, IN_SECONDS, Change, and_, plus
from tests.conformance.wrong.tampering import Fault, fault

MAKE = "POST /v1/interviews"
LIST = "GET /v1/interviews"
INTERVIEW = "GET /v1/interviews/*"
REPORT = "GET /v1/interviews/*/report"
DOCUMENTS = "/v1/documents"
PROGRESS = "GET /v1/progress"
REFUSED = {"code": "malformed", "retryable": False, "details": {}}

INTERVIEWS: dict[str, Fault] = {
    "interviews.make": fault("says nowhere where it is", Answer(MAKE, headers={"Location": None})),
    "interviews.epoch": fault("counts epochs from 0", Answer(INTERVIEW, to={"epoch": 0})),
    "interviews.config.defaults": fault(
        "asks four questions by default", Answer(MAKE, to={"config.questions": 4})
    ),
    "interviews.config.kept": fault("keeps no level", Answer(MAKE, to={"config.level": None})),
    "interviews.config.choices": fault(
        "is always neutral", Answer(MAKE, to={"config.persona": "neutral"})
    ),
    "interviews.config.rival": fault(
        "has beginners for rivals", Answer(MAKE, to={"config.rival": "beginner"})
    ),
    "interviews.config.bounds": fault(
        "takes any number of follow-ups", Ask(MAKE, body={"follow_ups": GONE})
    ),
    "interviews.config.malformed": fault("takes any level", Ask(MAKE, body={"level": GONE})),
    "interviews.config.competencies.malformed": fault(
        "takes any competencies", Ask(MAKE, body={"competencies": GONE})
    ),
    "interviews.config.models.malformed": fault(
        "takes any models", Ask(MAKE, body={"models": GONE})
    ),
    "interviews.role.missing": fault("needs no role", Ask(MAKE, body={"role": "backend"})),
    "interviews.text": fault("takes U+0000", Ask(MAKE, body={"job_description": "x"})),
    "interviews.body.malformed": fault("answers 422 for 400", Answer(MAKE, status=422, was=400)),
    "interviews.unknown-fields": fault(
        "refuses fields that it doesn't know", Unasked(MAKE, status=400, json=REFUSED)
    ),
    "interviews.key.same": fault("knows no keys", Ask(MAKE, headers={"Idempotency-Key": None})),
    "interviews.key.reused": fault("knows no keys", Ask(MAKE, headers={"Idempotency-Key": None})),
    "interviews.key.per-user": fault("takes everybody for the first user", Trusting()),
    "interviews.list.pages": fault("has one page only", Answer(LIST, to={"next_cursor": None})),
    "interviews.list.end": fault("lists nothing", Answer(LIST, to={"items": []})),
    "interviews.list.malformed": fault("takes any limit", Ask(LIST, query={"limit": None})),
    "interviews.list.own": fault("takes everybody for the first user", Trusting()),
    "interviews.get": fault("tells another time", Answer(INTERVIEW, to={"created_at": plus(1)})),
    "interviews.delete": fault(
        "answers a DELETE with 200", Answer("DELETE /v1/interviews/*", status=200, was=204)
    ),
    "interviews.delete.closes": fault(
        "leaves connections of a deleted interview open", StayOpen(4404), StayOpen(0)
    ),
    "interviews.unknown": fault(
        "answers 410 for 404", Answer("* /v1/interviews/*", status=410, was=404)
    ),
}

HTTP: dict[str, Fault] = {
    **{
        f"http.{name}": fault("takes everybody for the first user", Trusting())
        for name in ("no-token", "bad-token", "expired-token", "bearer", "stranger")
    },
    "http.stranger.malformed": fault(
        "tells a wrong request for another's interview apart",
        Answer("POST /v1/interviews/*/commands", status=403, nth=1),
    ),
    "http.public": fault("keeps the rubric to itself", Unasked("GET /v1/rubric", status=401)),
    "http.capabilities": fault(
        "tells other limits in a session", Change("session.opened", {"limits.max_answer_ms": 1})
    ),
    "http.rubric": fault("has no rubric", Answer("GET /v1/rubric", raw=b"{}")),
    "http.openapi": fault(
        "describes itself in OpenAPI 3.0", Answer("GET /v1/openapi.json", to={"openapi": "3.0.3"})
    ),
    "http.asyncapi": fault(
        "describes itself in AsyncAPI 2", Answer("GET /v1/asyncapi.json", to={"asyncapi": "2.6.0"})
    ),
    "http.schema": fault("publishes an empty schema", Answer("GET /v1/schema", raw=b"{}")),
    "http.health": fault("is never ready", Answer("GET /readyz", status=503)),
    "http.problem": fault(
        "tells problems as plain JSON",
        Answer("* /**", headers={"Content-Type": "application/json"}, was=400),
    ),
}

TOLD: dict[str, Fault] = {
    "told.created": fault("tells no `waiting`", Answer(INTERVIEW, to={"waiting": GONE})),
    "told.answering": fault("tells an old seq", Answer(INTERVIEW, to={"seq": plus(-1)})),
    "told.paused": fault("tells no pause", Answer(INTERVIEW, to={"paused": False})),
    "told.finished": fault("tells no end", Answer(INTERVIEW, to={"finished_at": None})),
    "told.names": fault(
        "names a field in camelCase", Change("answer.accepted", {"saidBy": "candidate"})
    ),
    "told.times": fault("tells seconds", Change("*", {"at": IN_SECONDS})),
    "told.requested": fault(
        "calls every end completed", Answer(INTERVIEW, to={"finish_reason": "completed"})
    ),
    "told.turn": fault("keeps no hints", Answer(INTERVIEW, to={"turns.*.hints": []})),
    "told.turn.skipped": fault(
        "calls a skip an answer in text", Answer(INTERVIEW, to={"turns.*.source": "text"})
    ),
    "told.question-list": fault(
        "adds to a list's questions", Answer(INTERVIEW, to={"turns.*.question": and_("!")})
    ),
    "told.follow-ups": fault(
        "calls main questions follow-ups", Answer(INTERVIEW, to={"turns.*.kind": "follow_up"})
    ),
    "report.json": fault("tells another report over HTTP", Answer(REPORT, to={"text": "Good."})),
    "report.fields": fault(
        "scores beyond the scale", Answer(REPORT, to={"competencies.*.score": 1_000})
    ),
    "report.unscored": fault("scores what wasn't said", Answer(REPORT, to={"score": 1})),
    "report.competencies": fault(
        "reports on a competency of its own",
        Answer(REPORT, to={"competencies.*.competency": "Luck"}),
    ),
    "report.markdown": fault(
        "has no report as Markdown", Ask(REPORT, headers={"Accept": "application/json"})
    ),
    "report.html": fault("has no report as HTML", Ask(REPORT, headers={"Accept": "text/markdown"})),
    "report.pdf": fault(
        "sends something else as PDF",
        Answer(REPORT, raw=b"<p>", headers={"Content-Type": "application/pdf"}),
    ),
    "report.accept": fault(
        "sends the first type that is named",
        Ask(REPORT, headers={"Accept": "text/markdown"}, nth=1),
    ),
    "report.not-acceptable": fault(
        "sends JSON for what it doesn't have", Ask(REPORT, headers={"Accept": "application/json"})
    ),
    "report.early": fault("has no report yet: 404", Answer(REPORT, status=404, was=409)),
    "words.text-answer": fault(
        "has words of a text answer",
        Unasked("GET /v1/interviews/*/turns/*/words", json=[{"text": "Why"}]),
    ),
    "progress.items": fault("forgets all scores", Answer(PROGRESS, to={"items": []})),
    "progress.pages": fault("has one page only", Answer(PROGRESS, to={"next_cursor": None})),
    "progress.own": fault("takes everybody for the first user", Trusting()),
    "progress.deleted": fault("deletes nothing", Unasked("DELETE /v1/interviews/*", status=204)),
}

PAPERS: dict[str, Fault] = {
    "documents.upload": fault(
        "takes everything for a résumé", Answer(f"POST {DOCUMENTS}", to={"kind": "resume"})
    ),
    "documents.malformed": fault(
        "answers 422 for 400", Answer(f"POST {DOCUMENTS}", status=422, was=400)
    ),
    "documents.unsupported": fault(
        "answers 400 for 415", Answer(f"POST {DOCUMENTS}", status=400, was=415)
    ),
    "documents.list": fault("lists nothing", Answer(f"GET {DOCUMENTS}", to={"items": []})),
    "documents.stranger": fault("takes everybody for the first user", Trusting()),
    "documents.no-token": fault("takes everybody for the first user", Trusting()),
    "documents.asked-about": fault(
        "keeps no documents' ids", Answer(MAKE, to={"config.document_ids": None})
    ),
}

FAULTS = {**INTERVIEWS, **HTTP, **TOLD, **PAPERS}
