"""A document as a request brings it: in a form, within bounds of size and time."""

import asyncio
import unicodedata
from typing import get_args

from starlette.requests import Request

from protocol.documents import DocumentKind
from protocol.errors import ProtocolError, malformed
from realtime.documents.intake import Upload
from realtime.gateway.form import BrokenForm, FileTooLarge, Form, Part
from realtime.gateway.requests import Intake

# Whatever stands around the file: boundaries, the parts' headers, the other fields.
MOST_AROUND_BYTES = 16_384
MOST_OF_NAME = 200
MOST_OF_ENDING = 10

_KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)


async def upload_of(request: Request, intake: Intake) -> Upload:
    """The document in a request's form: `file`, and `kind`. `intake.max_bytes` is the file's.

    Raises:
        ProtocolError: `unsupported_media`, `too_large`, `malformed`.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise ProtocolError("unsupported_media", "Send a form, as multipart/form-data.")
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > intake.max_bytes + MOST_AROUND_BYTES:
        raise _too_large(intake.max_bytes)
    try:
        async with asyncio.timeout(intake.within_s):
            return _upload(await _parts(request, content_type, intake.max_bytes))
    except TimeoutError:
        raise malformed("The body didn't arrive in time.") from None
    except BrokenForm as error:
        raise malformed(f"This is no form as it should be: {error}.") from None
    except FileTooLarge:
        raise _too_large(intake.max_bytes) from None


async def _parts(request: Request, content_type: str, most: int) -> dict[str, Part]:
    form = Form(content_type, most)
    left = most + MOST_AROUND_BYTES
    async for chunk in request.stream():
        left -= len(chunk)
        if left < 0:
            raise FileTooLarge
        form.feed(chunk)
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
