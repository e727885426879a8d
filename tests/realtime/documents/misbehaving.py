"""A reader that does what the document says: `realtime.documents.child` runs it as a program."""

import ctypes
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from realtime.documents.child import serve
from realtime.documents.unreadable import MOST_CHARS


def read(data: bytes) -> str:
    """Do it, and say how it went."""
    deed = data.decode()
    deeds = {
        "open": lambda: Path("/etc/passwd").read_text(),
        "write": lambda: Path("/tmp/viva-was-here").write_text("x"),
        "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
        "start": lambda: subprocess.run(["/bin/true"], check=True),
        "spin": _spin,
        "wait": lambda: time.sleep(3600),
        "crash": lambda: ctypes.string_at(0),
        "abort": os.abort,
        "fill": lambda: bytearray(1 << 36),
        "recurse": _recurse,
        "stumble": lambda: "a"[1],
        "babble": _babble,
        "zeros": lambda: _say(b"ok\na\0b"),
        "endless": lambda: _say(b"ok\n" + b"a" * (MOST_CHARS + 1)),
        "bytes": lambda: _say(b"ok\n\xff\xfe"),
        "spaces": lambda: _say(b"ok\n \n"),
        "reason": lambda: _say(b"because <script>\n"),
        "silence": lambda: _say(b""),
        "failure": lambda: os._exit(1),
        "environment": lambda: " ".join(sorted(os.environ)) or "nothing",
        "descriptors": _descriptors,
    }
    try:
        return f"done: {deeds[deed]()}"
    except OSError as error:
        return f"refused: {type(error).__name__}"


def _spin() -> None:
    while True:
        pass


def _recurse() -> None:
    _recurse()


def _babble() -> None:
    while True:
        os.write(1, b"ok\n" * 100_000)


def _say(answer: bytes) -> None:
    """Give that as the whole answer."""
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)


def _descriptors() -> list[int]:
    """Those that are open."""
    found = []
    for number in range(256):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


if __name__ == "__main__":
    serve(read)
