"""What happened, as lines: their hash tells whether a run was the same, the last are its story."""

import hashlib
from collections import deque
from collections.abc import Callable

MOST_LINES = 400


class Chronicle:
    """`now` gives the seconds that have passed; `tell`, if given, is handed each line."""

    def __init__(self, now: Callable[[], float], tell: Callable[[str], None] | None = None) -> None:
        self.lines: deque[str] = deque(maxlen=MOST_LINES)
        self.count = 0
        self.now = now
        self._tell = tell
        self._hash = hashlib.blake2b(digest_size=8)

    def note(self, who: str, what: str) -> None:
        """`who` did, said or was told `what`."""
        line = f"{self.now():10.3f} {who:<12} {what}"
        self.count += 1
        self.lines.append(line)
        self._hash.update(line.encode())
        if self._tell is not None:
            self._tell(line)

    @property
    def hash(self) -> str:
        """Of every line so far."""
        return self._hash.hexdigest()
