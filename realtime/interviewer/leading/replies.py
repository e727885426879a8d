"""Replies in JSON: their shape, and how they are asked for, read, and asked for again.

A reply that can't be used, or of which a part is in doubt, is asked for once more, and the model is
told what was wrong. No reply is repeated in a log.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import structlog

from protocol.view import Turn
from realtime.interviewer.leading.context import MOST_CHARACTERS_A_TOKEN
from realtime.interviewer.leading.scene import Reply, Scene
from realtime.interviewer.leading.telling import ATTEMPTS
from realtime.interviewer.request import Broken, NoAnswer, Request, Waiting

logger = structlog.get_logger(__name__)

T = TypeVar("T")

# In characters.
_MOST_OF_COMPLAINT = 300


class Unusable(ValueError):
    """A reply that can't be used. The message says why, to the model and in logs: it holds nothing
    of the reply's texts.
    """


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """A reply, read. `doubt`: what of it can't be used."""

    value: T
    doubt: str | None = None


def an_object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with these fields, all required."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [*properties],
        "additionalProperties": False,
    }


def a_list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


A_TEXT = {"type": "string"}
A_NUMBER = {"type": "integer"}


def decode(text: str, kind: type[T]) -> T:
    """The JSON object in a text as a `kind`, which is a dataclass; what stands around it is left.

    Raises:
        Unusable: there is none, or it isn't of that kind.
    """
    found = text[text.find("{") : text.rfind("}") + 1]
    try:
        return msgspec.json.decode(found, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unusable(str(error)) from None


async def structured(
    scene: Scene, turns: Sequence[Turn], task: str, reply: Reply, read: Callable[[str], Read[T]]
) -> AsyncGenerator[Waiting | Read[T], None]:
    """Any number of `Waiting`, and then what `read` makes of the reply.

    Raises:
        NoAnswer: no model answers.
        Unusable: the second reply can't be used either.
    """
    best: Read[T] | None = None
    complaint: str | None = None
    for _ in range(ATTEMPTS):
        again = "" if complaint is None else _again(scene, complaint)
        try:
            async with aclosing(_reply(scene, scene.request(turns, task + again, reply))) as parts:
                async for part in parts:
                    if isinstance(part, Waiting):
                        yield part
                    else:
                        found = read(part)
        except NoAnswer:
            if best is None:
                raise
            break
        except Unusable as error:
            complaint = str(error)
        else:
            best = found if best is None or found.doubt is None else best
            complaint = found.doubt
            if complaint is None:
                break
        logger.info(
            "reply_in_doubt", interview=scene.interview.id, what=scene.work.what, why=complaint
        )
    if best is None:
        raise Unusable(complaint or "")
    yield best


def _again(scene: Scene, complaint: str) -> str:
    return "\n\n" + scene.prompts.task("repair", {"complaint": complaint[:_MOST_OF_COMPLAINT]})


async def _reply(scene: Scene, request: Request) -> AsyncGenerator[Waiting | str, None]:
    """Any number of `Waiting`, and then the whole text."""
    most = request.prompt.max_tokens * MOST_CHARACTERS_A_TOKEN
    pieces: list[str] = []
    length = 0
    async with aclosing(scene.kit.models.ask(request)) as answers:
        async for answer in answers:
            if isinstance(answer, str):
                pieces.append(answer)
                length += len(answer)
                if length > most:
                    break
            elif isinstance(answer, Broken):
                pieces, length = [], 0
            elif isinstance(answer, Waiting):
                yield answer
    yield "".join(pieces)
