"""What travels over HTTP alone (`protocol.md` 7, 9); the messages' own objects are in `view.py`."""

from dataclasses import dataclass
from typing import Annotated, Any, get_args

from msgspec import Meta

from protocol.documents import Document, DocumentKind, DocumentWithText, Entry, Profile
from protocol.messages import Capabilities, Limits
from protocol.reference.schemas import Schema, components, said_by_servers
from protocol.view import Interview, Language, PastScore

TicketSeconds = Annotated[int, Meta(ge=60, le=86_400)]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error (RFC 9457). `code` is for programs, `detail` for people; `details` by the code."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class InterviewPage:
    """Interviews, newest first; `next_cursor` asks for those after them, null: there are none."""

    items: tuple[Interview, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Documents, newest first; `next_cursor` asks for those after them, null: there are none."""

    items: tuple[Document, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """Scores of finished interviews' reports, those of the interview that was finished last first;
    what wasn't scored is left out. `next_cursor` asks for those after them, null: there are none.
    """

    items: tuple[PastScore, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class NewTicket:
    """How long the ticket is to be good, in seconds."""

    expires_in_s: TicketSeconds = 600


@dataclass(frozen=True, slots=True)
class Ticket:
    """Lets whoever has it follow one interview until `expires_at`, Unix milliseconds."""

    ticket: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class About(Capabilities):
    """What this server can do, and what it takes at most."""

    limits: Limits


@dataclass(frozen=True, slots=True)
class Standard:
    """A competency that answers are judged by; `scores[n]` says what a score of n means."""

    id: str
    name: str
    description: str
    scores: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rubric:
    """The standard competencies by language, each scored from 0 to `max`."""

    max: int
    languages: dict[Language, tuple[Standard, ...]]


@dataclass(frozen=True, slots=True)
class Health:
    status: str


@dataclass(frozen=True, slots=True)
class NotReady:
    """`reason`: a sentence for a person."""

    status: str
    reason: str


# A block of an event stream (WHATWG HTML 9.2), by its fields.
_EVENT_IN_STREAM: Schema = {
    "title": "EventInStream",
    "description": "An event as an event stream has it.",
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "`<epoch>:<seq>`."},
        "event": {"type": "string", "description": "Its `type`."},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "retry": {"type": "integer", "description": "Milliseconds, at the start."},
    },
    "required": ["event", "data"],
}

# A part of a form has no JSON type that says: a file.
_NEW_DOCUMENT: Schema = {
    "title": "NewDocument",
    "description": "A file: PDF, DOCX, plain text or Markdown, as its content tells.",
    "type": "object",
    "properties": {
        "file": {
            "type": "string",
            "format": "binary",
            "description": "With a `filename`, of which the last part is kept.",
        },
        "kind": {"enum": list(get_args(DocumentKind))},
    },
    "required": ["file", "kind"],
}

SENT = (
    *(
        Problem,
        InterviewPage,
        Document,
        DocumentWithText,
        DocumentPage,
        ProgressPage,
        Ticket,
        About,
        Rubric,
    ),
    *(Health, NotReady),
)


def objects() -> dict[str, Schema]:
    """Their definitions, with references to the messages' objects."""
    kinds: list[type[Any]] = [*SENT, Standard, Profile, Entry, PastScore]
    named = {kind.__name__ for kind in kinds}
    sent = {name: rules for name, rules in said_by_servers(kinds).items() if name in named}
    others = {"EventInStream": _EVENT_IN_STREAM, "NewDocument": _NEW_DOCUMENT}
    return dict(sorted((sent | components([NewTicket]) | others).items()))
