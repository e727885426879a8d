"""The inside of a process that reads one stranger's file: it confines itself, reads, answers, ends.

What reads a stranger's file may be made to do anything. So before its first byte is read the
process has given up all that reading doesn't need (`confine.py`), and it has only so much memory,
processor time and time by the clock. What it answers is taken for a stranger's word too
(`readers.py`). What the reader will need (modules, codecs) has to be loaded before `serve`.

It says two things. Before it reads, by what it is held: without that word it never came to the
file, which then can't be to blame. In the end the answer, which is a line, and what follows it:
`ok`, and what was read; or a reason, and the error's name.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable

from realtime.confined.confine import confine

_PIECE_BYTES = 1024 * 1024
# What is live goes before what can wait.
_NICER = 10


class Refused(Exception):
    """A file that isn't read. `reason` is a word, which is the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def serve(read: Callable[[bytes], bytes]) -> None:
    """Reads the file that comes in by standard input, and answers by standard output.

    `sys.argv` has the limits: processor time and clock time in seconds, address space in bytes.
    """
    cpu_s, wall_s, memory_bytes = (int(each) for each in sys.argv[1:])
    with contextlib.suppress(OSError):
        os.nice(_NICER)
    signal.alarm(wall_s)
    _say(f"{confine(cpu_s, memory_bytes)}\n".encode())
    _say(_answer(read))
    os._exit(0)  # At once: there is nothing to tidy up that the kernel doesn't.


def _say(what: bytes) -> None:
    sys.stdout.buffer.write(what)
    sys.stdout.buffer.flush()


def _file() -> bytes:
    # A file object would look up what kind of file it has, which is refused by now.
    return b"".join(iter(lambda: os.read(0, _PIECE_BYTES), b""))


def _answer(read: Callable[[bytes], bytes]) -> bytes:
    try:
        return b"ok\n" + read(_file())
    except Refused as error:
        return f"{error.reason}\n".encode()
    except (MemoryError, RecursionError) as error:
        return f"too_complex {type(error).__name__}\n".encode()
    except (
        Exception
    ) as error:  # Whatever a reader stumbles over, the file is what it is because of.
        return f"damaged {type(error).__name__}\n".encode()
