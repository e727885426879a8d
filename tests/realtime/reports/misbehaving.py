"""A typesetter that does what the report's title says: `realtime.reports.pdf` runs it."""

import ctypes
import json
import os
import sys
import time
from typing import Any


def _say(answer: bytes) -> None:
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


def main() -> None:
    """Do it."""
    title = "".join(json.loads(sys.stdin.buffer.read())["title"])
    deeds: dict[str, Any] = {
        "wait": lambda: time.sleep(3_600),
        "abort": os.abort,
        "crash": lambda: ctypes.string_at(0),
        "fail": lambda: sys.exit(1),
        "babble": lambda: _say(b"%PDF-" + bytes(2_000_000)),
        "lie": lambda: _say(b"<html>"),
        "say": lambda: _say(b"%PDF-1.7"),
    }
    deeds[title.rpartition(" ")[2]]()


if __name__ == "__main__":
    main()
