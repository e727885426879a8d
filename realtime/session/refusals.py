"""What a command is refused with that couldn't be stored."""

from protocol.errors import ProtocolError


def perhaps_not_stored() -> ProtocolError:
    return ProtocolError("storage_unavailable", "This was perhaps not stored: send it again.")


def not_stored() -> ProtocolError:
    return ProtocolError("storage_unavailable", "This can't be stored now: send it again.")


def defective() -> ProtocolError:
    return ProtocolError("internal", "A defect of this server; try again.")
