"""What several chapters do on a connection: get one refused, hear it out, ask for one answer, see
that it lives.
"""

import asyncio
from typing import Any

import orjson

from tests.conformance.case import Violation, require
from tests.conformance.line import WITHIN_S, Line, Message, SocketLine, parsed
from tests.conformance.socket import Closed, Socket
from tests.conformance.stage import Place, RefusedError, Stage
from tests.conformance.stream import NoStreamError

# How a refused opening ends, by its code: the WebSocket's close code, and HTTP's status
# (`protocol.md` 7, 8).
ENDS = {
    "malformed": (4400, 400),
    "unauthenticated": (4401, 401),
    "forbidden": (4403, 403),
    "not_found": (4404, 404),
}


def held_error(message: Message, code: str, re: str | None) -> Message:
    """An `error` that has all that `protocol.md` 7 gives it, with this code and `re`."""
    require(message.get("type") == "error", f"This was to be an error: {message}")
    require(message.get("code") == code, f"The code was to be {code}: {message}")
    require("re" in message and message["re"] == re, f"`re` was to be {re!r}: {message}")
    text = message.get("message")
    require(isinstance(text, str) and text.strip(), f"`message` is no sentence: {message}")
    require(isinstance(message.get("retryable"), bool), f"`retryable` is no boolean: {message}")
    require(isinstance(message.get("details"), dict), f"`details` is no object: {message}")
    return message


async def refusal(stage: Stage, place: Place, code: str, **fields: Any) -> Message:
    """The error with which a session is refused, over the case's transport.

    Raises:
        Violation: it is opened, or refused in another way.
    """
    ends, status = ENDS[code]
    try:
        await stage.open(place, **fields)
    except RefusedError as refused:
        held_error(refused.error, code, fields.get("id", "open"))
        require(refused.closed == ends, f"closed with {refused.closed}, not {ends}")
        return refused.error
    except NoStreamError as refused:
        kind = refused.response.headers.get("Content-Type", "")
        problem = parsed(refused.response.text)
        require(refused.response.status_code == status, f"{refused}, not {status}")
        require(kind.startswith("application/problem+json"), f"The problem's type is {kind}.")
        require(problem.get("code") == code, f"The code was to be {code}: {problem}")
        return problem
    raise Violation(f"The session was opened; it was to be refused with {code}.")


def told(error: Message, place: Place) -> dict[str, Any]:
    """What an error tells of an interview, but for the interview's own id."""
    text = orjson.dumps(error).decode().replace(place.id, "…")
    return {name: value for name, value in orjson.loads(text).items() if name != "re"}


async def ending(socket: Socket, within_s: float = WITHIN_S) -> tuple[list[dict[str, Any]], Closed]:
    """What comes until the server ends the connection, and how it ends it.

    Raises:
        Violation: it doesn't in time.
    """
    messages: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(within_s):
            while True:
                message = await socket.receive()
                if isinstance(message, Closed):
                    return messages, message
                messages.append(parsed(message))
    except TimeoutError:
        raise Violation(f"The connection wasn't ended within {within_s:g} s.") from None


async def raw_line(stage: Stage, place: Place | None = None, **fields: Any) -> SocketLine:
    """An open session over a WebSocket, for what has to be said in frames."""
    return await stage.open_socket(place or await stage.interview(), **fields)


async def answer(line: SocketLine, message: dict[str, Any] | str | bytes) -> Message:
    """Say this, and wait for the next message about the connection."""
    seen = len(line.others)
    await line.socket.send(message)
    return await line.wait(
        lambda: line.others[seen] if len(line.others) > seen else None,
        f"an answer to {str(message)[:60]}",
    )


async def alive(line: Line, nonce: str = "alive") -> Message:
    """See that the connection still answers: a `ping`, whose `pong` this gives."""
    seen = len(line.others)
    await line.send({"type": "ping", "nonce": nonce})
    return await line.wait(
        lambda: next(
            (
                each
                for each in line.others[seen:]
                if each["type"] == "pong" and each.get("nonce") == nonce
            ),
            None,
        ),
        "a pong: the connection is to stay open",
    )


async def hush(line: Line, for_s: float) -> None:
    """Let that much time pass, in which the connection must not end."""
    try:
        async with asyncio.timeout(for_s):
            code = await line.end(for_s + WITHIN_S)
    except TimeoutError:
        return
    raise Violation(f"The connection was ended ({code}).")


async def closes(line: SocketLine, code: int, within_s: float = WITHIN_S) -> None:
    """The server ends the connection with this close code."""
    found = await line.end(within_s)
    require(found == code, f"closed with {found}, not {code}")
