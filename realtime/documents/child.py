"""The inside of the process that reads one document: it confines itself, reads, answers, ends.

What reads a stranger's file may be made to do anything. So from before its first byte on, this
process can open nothing more (no file, no socket, no library: each needs a descriptor, and none is
left), start nothing, write to no file, and has only so much memory, processor time and time by the
clock. As root it could raise these limits again: a server needn't be root. What it answers is taken
for a stranger's word too (`extract.py`).

An answer is a line, and what follows it: `ok`, and the text; or a reason, and the error's name.
"""

import codecs
import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable

from realtime.documents.clean import clean
from realtime.documents.unreadable import MOST_CHARS, Unreadable

# Codecs are modules that are loaded when first asked for, which is impossible later on.
_CODECS = (
    *("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"),
    *("cp949", "euc-kr", "cp1252", "cp437"),
)
# SIGXCPU comes at the soft limit; a process that outlived it is killed at the hard one.
_CPU_GRACE_S = 1


def serve(read: Callable[[bytes], str]) -> None:
    """Reads the document that comes in by standard input, and answers by standard output.

    `sys.argv` has the limits: processor time and clock time in seconds, address space in bytes.
    """
    cpu_s, wall_s, memory_bytes = (int(each) for each in sys.argv[1:])
    for codec in _CODECS:
        codecs.lookup(codec)
    signal.alarm(wall_s)
    _confine(cpu_s, memory_bytes)
    sys.stdout.buffer.write(_answer(read))
    sys.stdout.buffer.flush()
    os._exit(0)  # At once: there is nothing to tidy up that the kernel doesn't.


def _answer(read: Callable[[bytes], str]) -> bytes:
    try:
        text = clean(read(sys.stdin.buffer.read()))
        if not text.strip():
            raise Unreadable("empty")
        if len(text) > MOST_CHARS:
            raise Unreadable("too_large")
        return b"ok\n" + text.encode()
    except Unreadable as error:
        return f"{error.reason}\n".encode()
    except (MemoryError, RecursionError) as error:
        return f"too_complex {type(error).__name__}\n".encode()
    except (
        Exception
    ) as error:  # Whatever a reader stumbles over, the file is what it is because of.
        return f"damaged {type(error).__name__}\n".encode()


def _confine(cpu_s: int, memory_bytes: int) -> None:
    """Gives up what reading doesn't need, for good: hard limits can't be raised again."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_s, cpu_s + _CPU_GRACE_S)
    os.chdir("/")
    _limit(resource.RLIMIT_NOFILE, 0)


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    # macOS refuses some (an address space of less than is mapped already); the others hold.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, soft if hard is None else hard))
