"""Places in a list that is newest first, as cursors; and which ids can be asked for. No I/O."""

import base64
from typing import Annotated, TypeVar

import msgspec

from protocol.errors import ProtocolError, malformed

T = TypeVar("T")

_PLACE = msgspec.json.Decoder(tuple[Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)], str])


def cursor_of(created_at: int, item_id: str) -> str:
    """Where a page ended."""
    return encoded((created_at, item_id))


def place_of(cursor: str) -> tuple[int, str]:
    """When the last item of a page was made (Unix ms), and its id.

    Raises:
        ProtocolError: `malformed`, for a cursor that isn't ours.
    """
    created_at, item_id = decoded(cursor, _PLACE)
    if not possible(item_id):
        raise not_ours()
    return created_at, item_id


def encoded(place: object) -> str:
    """A place as text that a URL takes as it is."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def decoded(cursor: str, decoder: msgspec.json.Decoder[T]) -> T:
    """The place that was encoded.

    Raises:
        ProtocolError: `malformed`, for a cursor that isn't ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return decoder.decode(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, msgspec.MsgspecError) as error:
        raise not_ours() from error


def not_ours() -> ProtocolError:
    return malformed("This cursor is none of ours.", "cursor")


def possible(item_id: str) -> bool:
    """Whether PostgreSQL can be asked about it: there are texts that it can't hold."""
    return item_id.isprintable()
