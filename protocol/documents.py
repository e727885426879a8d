"""What a candidate or a team hands in: a résumé, a job description, and what stands in it."""

from dataclasses import dataclass, fields
from typing import Annotated, Literal

from msgspec import Meta

DocumentKind = Literal["resume", "job_description"]

# Bounds of a profile: whoever makes one keeps to them.
MOST_SKILLS = 40
MOST_ENTRIES = 12
MOST_OF_LINE = 200
MOST_OF_DETAIL = 600

_Line = Annotated[str, Meta(max_length=MOST_OF_LINE)]
_Detail = Annotated[str, Meta(max_length=MOST_OF_DETAIL)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A job, a project or a course of study. All but `title` may be empty: `place` is an employer
    or a school, `period` as it is written, `detail` what was done there.
    """

    title: _Line
    place: _Line = ""
    period: _Line = ""
    detail: _Detail = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What stands in a document, in its own words. Of a job description, `skills` are those that
    are asked for, and `experience` what is to be done or to have been done.
    """

    skills: tuple[_Line, ...] = ()
    experience: tuple[Entry, ...] = ()
    projects: tuple[Entry, ...] = ()
    education: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document, as its owner sees it. `chars`: how long its text is. `created_at`: Unix ms."""

    id: str
    kind: DocumentKind
    name: str
    media_type: str
    chars: int
    created_at: int
    profile: Profile | None

    def with_text(self, text: str) -> "DocumentWithText":
        """The document with the `text` that was read from it."""
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        return DocumentWithText(**shown, text=text)


@dataclass(frozen=True, slots=True)
class DocumentWithText(Document):
    """A document with the `text` that was read from it."""

    text: str
