"""Places in a list that is newest first, as cursors; and which ids can be asked for. No I/O."""

import base64
from typing import Annotated

import msgspec

from protocol.errors import malformed

_PLACE = msgspec.json.Decoder(tuple[Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)], str])


def cursor_of(created_at: int, item_id: str) -> str:
    """Where a page ended: as text that a URL takes as it is."""
    place = msgspec.json.encode((created_at, item_id))
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def place_of(cursor: str) -> tuple[int, str]:
    """When the last item of a page was made (Unix ms), and its id.

    Raises:
        ProtocolError: `malformed`, for a cursor that isn't ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        created_at, item_id = _PLACE.decode(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, msgspec.MsgspecError) as error:
        raise malformed("This cursor is none of ours.", "cursor") from error
    if not possible(item_id):
        raise malformed("This cursor is none of ours.", "cursor")
    return created_at, item_id


def possible(item_id: str) -> bool:
    """Whether PostgreSQL can be asked about it: there are texts that it can't hold."""
    return item_id.isprintable()
