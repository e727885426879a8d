"""From a user and an interview's id to the actor who runs it: the same for every way in."""

from protocol.errors import ProtocolError
from realtime.gateway.problems import corrupt
from realtime.ports import CorruptRecord, StorageUnavailable
from realtime.session.actor import Actor
from realtime.session.directory import Directory


async def actor_of(directory: Directory, user_id: str, interview_id: str) -> Actor:
    """The actor of that user's interview, woken if need be.

    Raises:
        ProtocolError: `not_found`, `storage_unavailable`, `overloaded`, `draining`; `internal`, if
            what is stored can't be read.
    """
    try:
        actor = await directory.open(user_id, interview_id)
    except StorageUnavailable:
        raise ProtocolError("storage_unavailable", "Storage doesn't answer; try again.") from None
    except CorruptRecord as error:
        raise corrupt(error) from None
    if actor is None:
        raise ProtocolError("not_found", "There is no such interview.")
    return actor
