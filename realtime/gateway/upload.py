"""A document as a request brings it: in a form, within bounds of size and time."""

import asyncio
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from starlette.requests import Request

from protocol.documents import DocumentKind
from protocol.errors import ProtocolError, malformed
from realtime.documents.intake import Upload
from realtime.gateway.form import BrokenForm, FileTooLarge, Form, Part
from realtime.gateway.requests import Intake, announces_more
from realtime.gateway.room import Held

# Whatever stands around the file: boundaries, the parts' headers, the other fields.
MOST_AROUND_BYTES = 16_384
MOST_OF_NAME = 200
MOST_OF_ENDING = 10

_KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly a body may come: every `within_s` seconds bring `least_bytes`, or its end."""

    least_bytes: int
    within_s: float


def check_announced(request: Request, intake: Intake) -> None:
    """Look at what a request says of its body, before any of it is read.

    Raises:
        ProtocolError: `unsupported_media`, `too_large`.
    """
    if _type(request).partition(";")[0].strip().lower() != "multipart/form-data":
        raise ProtocolError("unsupported_media", "Send a form, as multipart/form-data.")
    if announces_more(request, most_bytes(intake)):
        raise _too_large(intake.max_bytes)


async def upload_of(request: Request, intake: Intake, pace: Pace, held: Held) -> Upload:
    """The document in a request's form: `file`, and `kind`. `intake.max_bytes` is the file's.

    Raises:
        ProtocolError: `too_large`, `malformed`; `overloaded`: there is no room for it.
    """
    try:
        async with asyncio.timeout(intake.within_s):
            return _upload(await _parts(request, intake, pace, held))
    except TimeoutError:
        raise malformed("The body didn't arrive in time.") from None
    except BrokenForm as error:
        raise malformed(f"This is no form as it should be: {error}.") from None
    except FileTooLarge:
        raise _too_large(intake.max_bytes) from None


def most_bytes(intake: Intake) -> int:
    """How many a whole body has at most."""
    return intake.max_bytes + MOST_AROUND_BYTES


def _type(request: Request) -> str:
    return request.headers.get("content-type", "")


async def receive(
    request: Request, pace: Pace, held: Held, most: int, take: Callable[[bytes], None]
) -> None:
    """Have a body taken as it comes.

    Raises:
        FileTooLarge: it has more than `most` bytes.
        TimeoutError: it comes too slowly.
        ProtocolError: `overloaded`: there is no room for it.
    """
    now = asyncio.get_running_loop().time
    expected = pace.least_bytes
    async with asyncio.timeout(pace.within_s) as patience:
        async for chunk in request.stream():
            # First, as whoever has no room for it may come back with it, and this one may not.
            if held.bytes + len(chunk) > most:
                raise FileTooLarge
            held.more(len(chunk))
            take(chunk)
            if held.bytes >= expected:
                expected = held.bytes + pace.least_bytes
                patience.reschedule(now() + pace.within_s)


async def _parts(request: Request, intake: Intake, pace: Pace, held: Held) -> dict[str, Part]:
    form = Form(_type(request), intake.max_bytes)
    await receive(request, pace, held, most_bytes(intake), form.feed)
    return form.parts()


def _upload(parts: dict[str, Part]) -> Upload:
    kind, file = parts.get("kind", Part()), parts.get("file", Part())
    known = next((each for each in _KINDS if each == kind.text), None)
    if known is None or kind.filename is not None:
        raise malformed(f"kind: one of {' and '.join(_KINDS)} is expected.", "kind")
    if file.filename is None:
        raise malformed("file: a file is expected.", "file")
    if not file.data:
        raise malformed("file: it is empty.", "file")
    return Upload(known, cleaned(file.filename), bytes(file.data))


def _too_large(most: int) -> ProtocolError:
    return ProtocolError("too_large", f"A file has at most {most} bytes.", details={"limit": most})


def cleaned(name: str) -> str:
    """A file's name as it can be shown and stored: no path, nothing invisible, not too long."""
    base = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    # Categories C…: controls, what turns the writing direction, surrogates, what is no character.
    shown = (each if unicodedata.category(each)[0] != "C" else " " for each in base)
    words = " ".join("".join(shown).split())
    if len(words) > MOST_OF_NAME:
        stem, dot, ending = words.rpartition(".")
        ending = dot + ending if stem and len(ending) <= MOST_OF_ENDING else ""
        words = words[: MOST_OF_NAME - len(ending)].rstrip() + ending
    return words if words.strip(". ") else "document"
