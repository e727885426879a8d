"""What taking documents needs from the outside. Roles, played by real parts, and in tests by plain
ones.
"""

from typing import Protocol

from protocol.documents import Document, DocumentWithText
from realtime.documents.extract import Extracted
from realtime.ports import Shelf
from storage.documents import NewDocument


class Documents(Shelf, Protocol):
    """The documents of all users. Every method raises `StorageUnavailable` within bounded time if
    storage doesn't answer.
    """

    async def admit(self, user_id: str, *, now: int) -> int:
        """Find out at `now` (Unix ms) whether there is room for one more. From then on the user is
        known; since when (Unix ms), is returned for `add`.

        Raises:
            ProtocolError: `forbidden`: there isn't.
        """
        ...

    async def add(self, user_id: str, new: NewDocument, *, now: int, since: int) -> Document:
        """Store one, made at `now` (Unix ms), for a user who was known at `since`.

        Raises:
            ProtocolError: `forbidden`: there is no room for it, or the user was forgotten
                meanwhile. Nothing was stored.
            ObjectUnwanted: its object was given up meanwhile. Nothing was stored.
        """
        ...

    async def page(
        self, user_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[Document], str | None]:
        """A page of the user's documents, newest first, and the cursor of the next.

        Raises:
            ProtocolError: `malformed`, for a cursor that isn't ours.
        """
        ...

    async def load(self, user_id: str, document_id: str) -> DocumentWithText | None:
        """That document; null: not this user's."""
        ...

    async def delete(self, user_id: str, document_id: str) -> bool:
        """Delete it and its file; false: not this user's."""
        ...


class Extracts(Protocol):
    """Whoever reads a file's text."""

    async def extract(self, data: bytes, name: str, owner: str = "") -> Extracted:
        """Its text, and what kind of file it is. Where many wait, owners get their turns alike.

        Raises:
            Unreadable: it can't be had; the reason says why.
        """
        ...


class Scans(Protocol):
    """Whoever looks for malware."""

    async def scan(self, data: bytes) -> str | None:
        """What was found, by its signature's name; null: nothing.

        Raises:
            ScannerAway: it wasn't looked at.
        """
        ...


class Keeps(Protocol):
    """Where files are kept outside the database."""

    async def put(self, user_id: str, data: bytes) -> str:
        """Keep a file for that user; the key it is under.

        Raises:
            StorageUnavailable: it isn't kept, or won't be for long.
        """
        ...

    async def give_up(self, user_id: str, key: str) -> None:
        """It gets no document, so it isn't to be kept. Raises nothing."""
        ...
