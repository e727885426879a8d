"""What can be asked over HTTP, as a table (`protocol.md` 2, 7, 9): every route that is served."""

from dataclasses import dataclass, field
from typing import Literal

Method = Literal["get", "post", "delete"]

JSON = "application/json"
MARKDOWN = "text/markdown"
HTML = "text/html"
PDF = "application/pdf"
EVENTS = "text/event-stream"
# Any container that the decoder reads.
SOUND = "application/octet-stream"
FORM = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes where nothing went wrong. `content`: the object's name, by media type."""

    status: int
    told: str
    content: dict[str, str] = field(default_factory=dict)
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path. `errors` are the codes of its own, beside those that all have.

    `parameters` are named as in `openapi.py`, `body` as the object is, which comes as `takes`.
    Where `ticket`, a ticket does instead of a token; where not `signed_in`, neither is needed.
    """

    id: str
    method: Method
    path: str
    told: str
    answers: tuple[Answer, ...]
    errors: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    body: str | None = None
    takes: str = JSON
    signed_in: bool = True
    ticket: bool = False


# Any request can meet these; `forbidden` is for a name that the server isn't known by.
ALWAYS = ("forbidden", "internal")
SIGNED_IN = ("unauthenticated", "overloaded", "storage_unavailable")
OF_A_BODY = ("malformed", "too_large", "unsupported_media")
OF_A_COMMAND = (
    *("unknown_type", "wrong_phase", "wrong_turn", "id_reused", "audio_gap", "audio_not_open"),
    *("audio_format", "rate_limited", "voice_unavailable", "draining"),
)
OF_A_RECORDING = (
    *("wrong_phase", "wrong_turn", "id_reused", "rate_limited", "voice_unavailable", "draining"),
)

_ONE = "/v1/interviews/{id}"
_ONE_DOCUMENT = "/v1/documents/{id}"
_CONTRACT = (
    Answer(200, "The contract.", {JSON: "Contract"}, ("ETag",)),
    Answer(304, "It is the one that `If-None-Match` names.", headers=("ETag",)),
)

OPERATIONS = (
    Operation(
        "listInterviews",
        *("get", "/v1/interviews", "The user's interviews, newest first."),
        (Answer(200, "A page of them.", {JSON: "InterviewPage"}),),
        errors=("malformed",),
        parameters=("Limit", "Cursor"),
    ),
    Operation(
        "createInterview",
        *("post", "/v1/interviews", "Make an interview; a client starts it."),
        (Answer(201, "The interview.", {JSON: "Interview"}, ("Location",)),),
        errors=(*OF_A_BODY, "id_reused", "draining"),
        parameters=("IdempotencyKey",),
        body="NewInterview",
    ),
    Operation(
        "readInterview",
        *("get", _ONE, "The interview as it stands."),
        (Answer(200, "The interview.", {JSON: "Interview"}),),
        errors=("not_found",),
        parameters=("InterviewId",),
    ),
    Operation(
        "deleteInterview",
        *("delete", _ONE, "Delete the interview and all that belongs to it."),
        (Answer(204, "It is gone."),),
        errors=("not_found",),
        parameters=("InterviewId",),
    ),
    Operation(
        "readWords",
        *("get", _ONE + "/turns/{turn}/words", "The words of a spoken answer."),
        (Answer(200, "The words, in order.", {JSON: "Words"}),),
        errors=("not_found",),
        parameters=("InterviewId", "Turn"),
    ),
    Operation(
        "readReport",
        *("get", _ONE + "/report", "How the interview went, by `Accept`."),
        (
            Answer(
                200,
                "The report.",
                {JSON: "Report", MARKDOWN: "Text", HTML: "Text", PDF: "File"},
            ),
        ),
        errors=("not_found", "not_acceptable", "wrong_phase"),
        parameters=("InterviewId",),
    ),
    Operation(
        "sendCommand",
        *("post", _ONE + "/commands", "A command: the same JSON as over a WebSocket."),
        (Answer(200, "It is committed, with its effect.", {JSON: "Ack"}),),
        errors=(*OF_A_BODY, *OF_A_COMMAND, "not_found"),
        parameters=("InterviewId",),
        body="Command",
    ),
    Operation(
        "sendRecording",
        *("post", _ONE + "/turns/{turn}/audio", "A whole recording as the answer to a question."),
        (Answer(200, "Its transcript is committed.", {JSON: "Ack"}),),
        errors=("malformed", "too_large", "unsupported_media", *OF_A_RECORDING, "not_found"),
        parameters=("InterviewId", "Turn", "RecordingId", "Review"),
        body="Recording",
        takes=SOUND,
    ),
    Operation(
        "followEvents",
        *("get", _ONE + "/events", "The event log as it grows, as Server-Sent Events."),
        (
            Answer(
                200,
                "`session.opened`, then each event; the AsyncAPI document has them all.",
                {EVENTS: "EventInStream"},
            ),
            Answer(204, "The interview is over, and the client has all of it."),
        ),
        errors=("malformed", "not_found", "draining"),
        parameters=("InterviewId", "LastEventId", "LastEventIdInQuery"),
        ticket=True,
    ),
    Operation(
        "issueTicket",
        *("post", _ONE + "/tickets", "A ticket: whoever has it may follow this interview."),
        (Answer(200, "The ticket.", {JSON: "Ticket"}),),
        errors=(*OF_A_BODY, "not_found"),
        parameters=("InterviewId",),
        body="NewTicket",
    ),
    Operation(
        "listDocuments",
        *("get", "/v1/documents", "The user's documents, newest first."),
        (Answer(200, "A page of them.", {JSON: "DocumentPage"}),),
        errors=("malformed",),
        parameters=("Limit", "Cursor"),
    ),
    Operation(
        "uploadDocument",
        *("post", "/v1/documents", "Hand in a document, for interviews to be led by."),
        (Answer(201, "It was read and stored.", {JSON: "Document"}, ("Location",)),),
        errors=(*OF_A_BODY, "draining"),
        body="NewDocument",
        takes=FORM,
    ),
    Operation(
        "readDocument",
        *("get", _ONE_DOCUMENT, "What stands in a document, and its text."),
        (Answer(200, "The document.", {JSON: "DocumentWithText"}),),
        errors=("not_found",),
        parameters=("DocumentId",),
    ),
    Operation(
        "deleteDocument",
        *("delete", _ONE_DOCUMENT, "Delete the document: its file, its text and its profile."),
        (Answer(204, "It is gone."),),
        errors=("not_found",),
        parameters=("DocumentId",),
    ),
    Operation(
        "listProgress",
        *("get", "/v1/progress", "How the user's interviews were scored, newest first."),
        (Answer(200, "A page of scores.", {JSON: "ProgressPage"}),),
        errors=("malformed",),
        parameters=("Limit", "Cursor"),
    ),
    Operation(
        "readCapabilities",
        *("get", "/v1/capabilities", "What this server can do, and what it takes at most."),
        (Answer(200, "Its capabilities and limits.", {JSON: "About"}),),
        signed_in=False,
    ),
    Operation(
        "readRubric",
        *("get", "/v1/rubric", "What answers are judged by."),
        (Answer(200, "The standard rubric, by language.", {JSON: "Rubric"}),),
        signed_in=False,
    ),
    Operation(
        "readSchema",
        *("get", "/v1/schema", "JSON Schema of every message."),
        _CONTRACT,
        parameters=("IfNoneMatch",),
        signed_in=False,
    ),
    Operation(
        "readOpenApi",
        *("get", "/v1/openapi.json", "This document."),
        _CONTRACT,
        parameters=("IfNoneMatch",),
        signed_in=False,
    ),
    Operation(
        "readAsyncApi",
        *("get", "/v1/asyncapi.json", "AsyncAPI of the WebSocket and the event stream."),
        _CONTRACT,
        parameters=("IfNoneMatch",),
        signed_in=False,
    ),
    Operation(
        "readLiveness",
        *("get", "/healthz", "Whether the process answers."),
        (Answer(200, "It does.", {JSON: "Health"}),),
        signed_in=False,
    ),
    Operation(
        "readReadiness",
        *("get", "/readyz", "Whether this server wants work."),
        (
            Answer(200, "It does.", {JSON: "Health"}),
            Answer(503, "It doesn't, now.", {JSON: "NotReady"}),
        ),
        signed_in=False,
    ),
)


def errors_of(operation: Operation) -> tuple[str, ...]:
    """Every code that can be the answer, in the order of `ERRORS`' statuses as they were named."""
    signed_in = SIGNED_IN if operation.signed_in or operation.ticket else ()
    return (*operation.errors, *signed_in, *ALWAYS)
