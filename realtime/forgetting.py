"""Forgets a user: all that is stored of one, wherever it is."""

from contextlib import aclosing
from dataclasses import dataclass

from realtime.clock import SystemClock
from realtime.document_parts import object_store
from realtime.documents.objects import sweep
from realtime.existing import existing
from realtime.settings import Settings
from storage.objects import Outbox
from storage.records import StorageUnavailable
from storage.users import Forgotten, forget, stored_of


@dataclass(frozen=True, slots=True)
class Gone:
    """What went. `left`: how many files the object store still has, and why, where they couldn't
    be deleted now: a server does so as soon as it can.
    """

    forgotten: Forgotten
    left: int = 0
    why: str = ""


async def look_up(settings: Settings, user_id: str) -> Forgotten | None:
    """What there is of a user; null: there is no such user.

    Raises:
        CANNOT_RUN: the database can't be had.
    """
    async with existing(settings) as url:
        return await stored_of(url, user_id)


async def forget_user(settings: Settings, user_id: str) -> Gone | None:
    """Delete a user and all that is theirs, with what the object store has of documents that went
    before; null: there is neither.

    Raises:
        CANNOT_RUN: the database can't be had. Nothing was deleted, or all.
    """
    async with existing(settings) as url, aclosing(Outbox(url)) as outbox:
        forgotten = await forget(url, user_id)
        owed = await outbox.left_of(user_id)
        if not owed:
            return None if forgotten is None else Gone(forgotten)
        why = await _swept(settings, outbox)
        left = await outbox.left_of(user_id)
        gone = forgotten or Forgotten(interviews=0, documents=0, objects=owed, model_requests=0)
        return Gone(gone, left, why)


async def _swept(settings: Settings, outbox: Outbox) -> str:
    """Delete what is due of objects; why some may be left, if so."""
    store = object_store(settings)
    if store is None:
        return "VIVA_S3_BUCKET isn't set here"
    try:
        while await sweep(store, outbox, SystemClock().now()):
            pass
    except StorageUnavailable as error:
        return str(error)
    return "a server is about to"
