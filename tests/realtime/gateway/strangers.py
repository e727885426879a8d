"""What somebody can try who knows the id of another user's interview: every request and command
that names one.
"""

from typing import Any

# An id that no interview has, as long as theirs are.
MISSING = "bm90aGluZyBoZXJl"

COMMANDS: dict[str, dict[str, Any]] = {
    "interview.start": {},
    "interview.pause": {},
    "interview.resume": {},
    "interview.finish": {},
    "answer.submit": {"turn": 1, "text": "Someone else's words."},
    "audio.start": {"turn": 1, "sample_rate": 16_000},
    "audio.stop": {"turn": 1, "bytes": 0},
    "audio.cancel": {"turn": 1},
    "question.skip": {"turn": 1},
    "hint.request": {"turn": 1},
    "generation.cancel": {"turn": 1, "what": "hint"},
    "generation.retry": {},
}

ONE = "/v1/interviews/{id}"
# Every request that names an interview, by method and path; some in more than one way.
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", ONE, {}),
    ("HEAD", ONE, {}),
    ("DELETE", ONE, {}),
    ("GET", ONE + "/turns/{turn:turn}/words", {}),
    ("POST", ONE + "/turns/{turn:turn}/audio", {"headers": {"Idempotency-Key": "stranger"}}),
    ("GET", ONE + "/report", {}),
    ("GET", ONE + "/report", {"headers": {"Accept": "image/png"}}),
    ("POST", ONE + "/tickets", {"json": {}}),
    ("GET", ONE + "/events", {}),
    ("HEAD", ONE + "/events", {}),
    ("GET", ONE + "/events", {"params": {"last_event_id": "1:0"}}),
    *(
        ("POST", ONE + "/commands", {"json": {"type": name, "id": "stranger", **fields}})
        for name, fields in COMMANDS.items()
    ),
]


def address(path: str, interview: str) -> str:
    """The path of a request, of that interview."""
    return path.replace("{id}", interview).replace("{turn:turn}", "1")
