"""What `viva eval` does, from its arguments to what it has to say; how it says so is the command
line's.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson

from protocol.view import Language
from realtime.evaluation.measurement import CannotMeasure, choose, measurement, wish
from realtime.evaluation.telling import Record, announcement, record
from realtime.interviewer.routing.prices import prices
from realtime.interviewers import ask
from realtime.model_settings import Provider
from realtime.ports import Clock
from realtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments. Null: what isn't given."""

    model: Provider | None
    language: Language | None
    repeat: int
    prompts: str | None
    json_file: Path | None


class Bar(Protocol):
    """A bar of progress."""

    def update(self, n_steps: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where it says what it is about to do, asks whether it may, and shows how far it is. `agree`
    raises something if it may not.
    """

    say: Callable[[str], None]
    agree: Callable[[], None]
    progress: Callable[[int], AbstractContextManager[Bar]]


async def evaluate(settings: Settings, call: Call, clock: Clock, terminal: Terminal) -> Record:
    """Measure what is called for, to the end or until this is cancelled.

    Raises:
        CannotMeasure: it can't be measured.
        DataFileError: a data file can't be used.
    """
    model, wished = choose(settings, call.model), wish(call.language, call.prompts, call.repeat)
    if call.json_file is not None:
        # What stands there stays until there is something new.
        with _writing(call.json_file), call.json_file.open("ab"):
            pass
    async with measurement(settings, model, wished, clock) as made:
        terminal.say(announcement(made, await made.forecast(), prices(settings.prices)))
        terminal.agree()
        checkup = await ask(model, settings, clock)
        if not checkup.ok:
            message = f"{model.model} can't be measured: {checkup.found}"
            raise CannotMeasure(message, unreachable=True)
        complete = True
        with terminal.progress(made.runs) as bar:
            try:
                await made.take(lambda: bar.update(1))
            except asyncio.CancelledError:
                complete = False
        return record(made, complete=complete)


def save(taken: Record, path: Path) -> None:
    """Write a measurement as JSON.

    Raises:
        CannotMeasure: it can't be written.
    """
    with _writing(path):
        path.write_bytes(orjson.dumps(taken, option=orjson.OPT_INDENT_2))


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotMeasure(f"{path} can't be written to: {error.strerror}.") from error
