"""What HTTP answers to a POSTed command, or to a GET of the event stream (`protocol.md` 7)."""

from protocol.codec import decode_server, parse_object
from protocol.errors import ProtocolError
from protocol.messages import Ack, Error

OK = 200
NO_CONTENT = 204
UNAUTHORIZED = 401
# Whoever answers so may answer otherwise in a while: the server, or something before it.
_FOR_NOW = frozenset({408, 425, 429})


def passes(status: int) -> bool:
    """Whether an answer of that status may be another one in a while."""
    return status in _FOR_NOW or status >= 500 or status < 400


def read_answer(status: int, body: bytes, command_id: str) -> Ack | Error | None:
    """What was said of a POSTed command; null where nothing is known but that it failed for now."""
    return read_ack(body, command_id) if status == OK else read_problem(status, body, command_id)


def read_ack(body: bytes, command_id: str) -> Ack | None:
    """The acknowledgement of that command; null where the body is something else."""
    try:
        message = decode_server(body)
    except ProtocolError:
        return None
    return message if isinstance(message, Ack) and message.re == command_id else None


def read_problem(status: int, body: bytes, answered: str | None = None) -> Error | None:
    """The error that an answer says; null where nothing is known but that it failed for now.

    An answer without a problem document is not the server's own.
    """
    try:
        problem = parse_object(body)
    except ProtocolError:
        problem = {}
    code = problem.get("code")
    if not isinstance(code, str):
        if passes(status):
            return None
        return Error(answered, "internal", f"HTTP status {status}", retryable=False)
    details = problem.get("details")
    return Error(
        answered,
        code,
        str(problem.get("detail") or problem.get("title") or code),
        problem.get("retryable") is True,
        details if isinstance(details, dict) else {},
    )
