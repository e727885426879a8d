"""The inside of a worker process: it loads a model, and recognises one clip after another.

Run as `python -I -m realtime.speech.worker OPTIONS`, where the options are `WhisperOptions` as
JSON. It takes jobs from its standard input and answers on its standard output (`wire.py`).

It ends at once when its input does, be it in the middle of a clip: so no worker outlives the
server, whatever that died of. It also ends at the first error, having said which: what a library is
worth after one isn't known, and a fresh worker is had in a second.
"""

import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO, NoReturn, Protocol

import msgspec
import numpy as np

from protocol.view import Language
from realtime.speech.clip import Recognized, Samples
from realtime.speech.whisper import Whisper
from realtime.speech.wire import (
    LENGTH_BYTES,
    MAX_JOB_BYTES,
    Done,
    Failed,
    Job,
    Loaded,
    Reply,
    WhisperOptions,
    frame,
    job,
    length,
)

# What is live goes before what can wait.
_NICER = 10
_MOST_REASON_CHARS = 500


class Model(Protocol):
    """What a worker needs of a model."""

    @property
    def languages(self) -> frozenset[str]: ...

    def recognize(self, samples: Samples, language: Language, *, final: bool) -> Recognized: ...


def serve(load: Callable[[], Model]) -> NoReturn:
    """Load the model, and recognise what comes in until there is no more."""
    replies = _own_output()
    jobs = queue.SimpleQueue[Job]()
    threading.Thread(target=_take_in, args=(jobs,), daemon=True).start()
    os.nice(_NICER)
    try:
        model = load()
    except Exception as error:  # Whatever it is, the server has to know.
        _end(replies, Failed("load", _reason(error)))
    _be_silent()
    _say(replies, Loaded(model.languages))
    while True:
        todo = jobs.get()
        try:
            samples = np.frombuffer(todo.pcm, np.int16)
            found = model.recognize(samples, todo.language, final=todo.urgency == "final")
        except Exception as error:  # As above.
            _end(replies, Failed("recognize", _reason(error)))
        _say(replies, Done(todo.number, found))


def _own_output() -> BinaryIO:
    """Standard output for replies alone: what libraries print goes to standard error."""
    ours = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(ours, "wb")


def _be_silent() -> None:
    """What libraries complain of while they load is read by the server; later on it may be about
    what somebody said.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        os.dup2(nowhere, output)


def _take_in(jobs: "queue.SimpleQueue[Job]") -> None:
    """The pool sends the next job when it has the answer to the last, so no more than one waits."""
    try:
        while prefix := sys.stdin.buffer.read(LENGTH_BYTES):
            body = sys.stdin.buffer.read(length(prefix, MAX_JOB_BYTES))
            jobs.put(job(body))
    finally:
        os._exit(0)


def _say(replies: BinaryIO, reply: Reply) -> None:
    try:
        replies.write(frame(reply))
        replies.flush()
    except BrokenPipeError:
        os._exit(0)  # Nobody listens any more.


def _end(replies: BinaryIO, last: Failed) -> NoReturn:
    _say(replies, last)
    os._exit(1)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_MOST_REASON_CHARS]


if __name__ == "__main__":
    options = msgspec.json.decode(sys.argv[1], type=WhisperOptions)
    serve(lambda: Whisper(options))
