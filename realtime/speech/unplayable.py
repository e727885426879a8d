"""Why a recording can't be taken, in words for a person."""

from typing import Literal, get_args

# The longest answer there can be (`protocol.md` 3, `max_answer_ms`).
MOST_MS = 600_000

Reason = Literal[
    "unsupported", "damaged", "no_audio", "empty", "too_long", "too_slow", "too_complex", "busy"
]
REASONS = frozenset[str](get_args(Reason))

MESSAGES: dict[Reason, str] = {
    "unsupported": "This kind of file can't be played. Send a WAV, MP3, M4A, Ogg, WebM or FLAC "
    "file.",
    "damaged": "The recording is damaged. Save it anew, and send it again.",
    "no_audio": "There is no sound in the file, only something else.",
    "empty": "The recording is empty.",
    "too_long": f"The recording is longer than {MOST_MS // 60_000} minutes.",
    "too_slow": "Reading the recording took too long. Save it as WAV or MP3, and send it again.",
    "too_complex": "Reading the recording would take too much memory. Save it as WAV or MP3, and "
    "send it again.",
    "busy": "Too many recordings are being read at the moment. Try again in a few seconds.",
}


class Unplayable(Exception):
    """A recording that can't be taken. `message` is for whoever sent it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.message = MESSAGES[reason]
