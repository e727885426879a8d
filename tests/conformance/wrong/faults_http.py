"""The faults of POSTed commands and event streams."""

from websockets.frames import Opcode

from tests.conformance.wrong.commands import Afresh, Outcome, Refuse, Rewrite
from tests.conformance.wrong.endings import CloseOn, Lines, Mute, StayOpen
from tests.conformance.wrong.exchanges import Answer, Ask, Trusting
from tests.conformance.wrong.faults_opening import EVENTS, always_resumed, not_resumed
from tests.conformance.wrong.messages import GONE, OPPOSITE, Change, Drop, and_, plus
from tests.conformance.wrong.tampering import Fault, fault

COMMANDS = "POST /v1/interviews/*/commands"

POSTS: dict[str, Fault] = {
    "post.ack": fault("tells a seq too low in acks", Change("ack", {"seq": plus(-1)})),
    "post.repeated": fault("never says `repeated`", Change("ack", {"repeated": False})),
    "post.repeated.other-transport": fault(
        "knows no id of the other transport", Afresh("*", over="ws")
    ),
    "post.race": fault("takes each for the first", Change("ack", {"repeated": False})),
    "post.beside": fault(
        "closes the candidate for a POSTed command", CloseOn("interview.started", 4409, over="ws")
    ),
    "post.nobody-connected": fault(
        "takes no finish where nobody is connected", Refuse("interview.finish", "wrong_phase")
    ),
    "post.malformed.json": fault("answers 422 for 400", Answer(COMMANDS, status=422, was=400)),
    "post.malformed.field": fault("names no field", Change("error", {"details.field": GONE})),
    "post.unknown-type": fault(
        "calls an unknown type malformed", Outcome("*", "unknown_type", "malformed")
    ),
    "post.wrong-phase": fault("names no phase", Change("error", {"details.phase": GONE})),
    "post.wrong-turn": fault("names the wrong turn", Change("error", {"details.turn": 2})),
    "post.error-frees-id": fault(
        "remembers what was refused", Outcome("interview.start", "ack", "id_reused")
    ),
    "post.too-large.text": fault(
        "takes no answer of the limit's length", Outcome("answer.submit", "ack", "too_large")
    ),
    "post.too-large.body": fault(
        "takes a body of any length", Rewrite("interview.start", {"pad": GONE})
    ),
    "post.rate-limited": fault(
        "sends no Retry-After", Answer(COMMANDS, headers={"Retry-After": None})
    ),
    "post.method": fault(
        "takes a PUT for a POST",
        Ask(
            COMMANDS.replace("POST", "PUT"),
            method="POST",
            headers={"Content-Type": "application/json"},
        ),
    ),
    "post.problem": fault(
        "judges otherwise over HTTP", Change("error", {"retryable": OPPOSITE}, over="post")
    ),
    "post.unknown": fault("answers 410 for 404", Answer(COMMANDS, status=410, was=404)),
    "post.unauthenticated": fault("takes everybody for the first user", Trusting()),
}

SSE: dict[str, Fault] = {
    "sse.media-type": fault(
        "streams as plain text", Answer(EVENTS, headers={"Content-Type": "text/plain"})
    ),
    "sse.retry": fault("sends no `retry`", Lines({"retry": None})),
    "sse.comment": fault("sends no comments", Mute(Opcode.PING)),
    "sse.lines": fault("calls each event a message", Lines({"event": "message"})),
    "sse.opened.id": fault("gives a snapshot no id", Lines({"id": None}, "session.opened")),
    "sse.opened.no-id": fault("gives every opening an id", Lines({"id": "1:0"}, "session.opened")),
    "sse.resume.header": fault("ignores the header", Ask(EVENTS, headers={"Last-Event-ID": None})),
    "sse.resume.query": fault("ignores the query", Ask(EVENTS, query={"last_event_id": None})),
    "sse.resume.header-wins": fault(
        "ignores the header", Ask(EVENTS, headers={"Last-Event-ID": None})
    ),
    "sse.resume.zero": fault("ignores the header", Ask(EVENTS, headers={"Last-Event-ID": None})),
    "sse.resume.other-epoch": fault("resumes any epoch", always_resumed()),
    "sse.resume.ahead": fault("resumes from anywhere", always_resumed()),
    "sse.resume.malformed": fault(
        "resumes from anything", Ask(EVENTS, headers={"Last-Event-ID": "1:1"})
    ),
    "sse.end": fault("leaves streams open at the end", StayOpen(0)),
    "sse.end.no-content": fault(
        "answers 200 at the log's end",
        Answer(EVENTS, status=200, headers={"Content-Type": "text/event-stream"}, was=204),
    ),
    "sse.end.behind": fault(
        "keeps the last event from who comes again", Drop("report.completed", line=2)
    ),
    "sse.end.first": fault(
        "tells of a finished interview that it is reporting",
        Change("session.opened", {"snapshot.phase": "reporting"}, line=2),
    ),
    "sse.parity.events": fault(
        "tells a question otherwise over an event stream",
        Change("question.delta", {"text": and_(" ")}, over="sse"),
    ),
    "sse.parity.opened": fault(
        "leaves the heartbeat out over an event stream",
        Change("session.opened", {"heartbeat_ms": GONE}, over="sse"),
    ),
    "sse.continue.other-transport": fault("resumes nobody", *not_resumed()),
    "sse.reads-only": fault(
        "lets a stream take the candidate's place", CloseOn("interview.started", 4409, over="ws")
    ),
    "sse.unknown": fault("answers 410 for 404", Answer(EVENTS, status=410, was=404)),
    "sse.deleted": fault("leaves streams of a deleted interview open", StayOpen(0)),
    "sse.unauthenticated": fault("takes everybody for the first user", Trusting()),
}

FAULTS = {**POSTS, **SSE}
