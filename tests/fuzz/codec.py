"""The codec under fuzzing: what decodes is itself again, all else is a documented error.

A frame comes as bytes (a POSTed body) and as text (a WebSocket's). Whatever it is, nothing but
`ProtocolError` may come of it, with a code that is documented for that place, and a field wherever
the frame is an object (`protocol.md` 2, 7).
"""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from protocol import codec
from protocol.commands import COMMANDS, Ping, SessionOpen
from protocol.errors import ERRORS, ProtocolError
from protocol.events import Logged
from protocol.messages import ConnectionMessage, Error
from protocol.reference.examples import of_messages, of_objects
from protocol.view import Config
from tests.fuzz.mutation import Mutator, random_of, shorter

Frame = str | bytes

_MESSAGES = [orjson.dumps(each) for found in of_messages().values() for each in found]
_OF_CLIENTS = {SessionOpen.TYPE, Ping.TYPE, *COMMANDS}
CLIENT_SEEDS = [frame for frame in _MESSAGES if orjson.loads(frame)["type"] in _OF_CLIENTS]
SERVER_SEEDS = [frame for frame in _MESSAGES if frame not in CLIENT_SEEDS]
_FULL_CONFIG = {
    "role": "backend",
    "level": "senior",
    "language": "ko",
    "persona": "pressing",
    "questions": 3,
    "follow_ups": 2,
    "feedback": "end",
    "time_limit_s": 1_800,
    "job_description": "Keeps a service fast.",
    "question_list": ["Why?", "How?"],
    "competencies": [{"name": "depth", "description": "How deep it goes."}],
}
CONFIG_SEEDS = [
    orjson.dumps(of_objects()["NewInterview"]),
    orjson.dumps(_FULL_CONFIG),
    orjson.dumps({**_FULL_CONFIG, "models": ["one", "two"], "rival": "beginner"}),
]


@dataclass(frozen=True)
class Target:
    """A function of the codec: what it may refuse with, and how its result is written again."""

    name: str
    seeds: list[bytes]
    decode: Callable[[Frame], object]
    codes: frozenset[str]
    encode: Callable[[object], Frame | None]


def _client_again(message: object) -> Frame:
    assert isinstance(message, codec.ClientMessage)
    if not isinstance(message, SessionOpen | Ping):
        assert codec.digest(message) == codec.digest(message)
    return codec.encode(message)


def _server_again(message: object) -> Frame | None:
    if isinstance(message, codec.Unknown):
        return None
    if isinstance(message, Logged):
        return codec.encode_event(message)
    assert isinstance(message, ConnectionMessage)
    return codec.encode(message)


def _config(frame: Frame) -> Config:
    return codec.decode_config(frame if isinstance(frame, bytes) else frame.encode())


TARGETS = (
    Target(
        "client",
        CLIENT_SEEDS,
        codec.decode_client,
        frozenset({"malformed", "unknown_type"}),
        _client_again,
    ),
    Target("config", CONFIG_SEEDS, _config, frozenset({"malformed"}), orjson.dumps),
    Target("server", SERVER_SEEDS, codec.decode_server, frozenset({"malformed"}), _server_again),
)


@dataclass(frozen=True)
class Failure:
    """An input that failed, and why; `number` of the run of `seed` that it was found in."""

    seed: int
    number: int
    target: str
    frame: Frame
    why: str

    def __str__(self) -> str:
        return (
            f"codec: {self.target} {self.why}\n  {self.frame!r}\n"
            f"  again: python -m tests.fuzz --only codec --seed {self.seed} "
            f"--first {self.number} --count 1"
        )


def input_of(seed: int, number: int) -> tuple[Target, bytes]:
    """Input `number`, and for whom."""
    random = random_of(seed, "codec", number)
    target = random.choice(TARGETS)
    return target, Mutator(random, target.seeds).any()


def fault(target: Target, frame: Frame) -> str | None:
    """What is wrong with how `target` takes `frame`; null: nothing."""
    try:
        message = target.decode(frame)
    except ProtocolError as error:
        return _fault_of_error(target, frame, error)
    except Exception as error:
        return f"raises {error!r}"
    try:
        again = target.encode(message)
        if again is not None and target.decode(again) != message:
            return f"reads {message!r}, and as something else when it is written again"
    except Exception as error:
        return f"reads {message!r}, which can't be written and read again: {error!r}"
    return None


def _fault_of_error(target: Target, frame: Frame, error: ProtocolError) -> str | None:
    if error.code not in target.codes or ERRORS[error.code] is not error.kind:
        return f"refuses with {error.code}"
    try:
        codec.encode(
            Error(error.re, error.code, error.message, error.kind.retryable, error.details)
        )
    except Exception as defect:
        return f"refuses with what can't be written: {defect!r}"
    raw = _object(frame)
    if raw is None:
        return None
    if error.re != (codec.valid_id(raw.get("id")) if target.name == "client" else None):
        return f"answers {error.re!r}"
    if error.code == "malformed" and not _is_text(error.details.get("field")):
        return f"refuses without a field: {error.message}"
    return None


def _object(frame: Frame) -> dict[str, object] | None:
    try:
        raw = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return None
    return raw if isinstance(raw, dict) else None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def both(frame: bytes) -> list[Frame]:
    """`frame` as bytes, and as text if it is any."""
    try:
        return [frame, frame.decode()]
    except UnicodeDecodeError:
        return [frame]


def run(seed: int, numbers: range, progress: Callable[[int], None]) -> Failure | None:
    """Try these inputs; the first that fails, cut down. `progress` hears how many are done."""
    for number in numbers:
        target, frame = input_of(seed, number)
        for form in both(frame):
            if fault(target, form) is not None:
                small = cut_down(target, form)
                why = fault(target, small)
                assert why is not None
                return Failure(seed, number, target.name, small, why)
        progress(1)
    return None


def cut_down(target: Target, form: Frame) -> Frame:
    """The smallest that fails in the same way, which is told by how `fault` begins."""
    found = fault(target, form)
    assert found is not None
    kind = found.split("(")[0]
    as_text = isinstance(form, str)

    def fails(shorter: bytes) -> bool:
        forms = [each for each in both(shorter) if isinstance(each, str) is as_text]
        return any((fault(target, each) or "").split("(")[0] == kind for each in forms)

    candidates = shorter(form.encode() if isinstance(form, str) else form, tries=2_000)
    candidate = next(candidates)
    while True:
        try:
            candidate = candidates.send(fails(candidate))
        except StopIteration as end:
            small: bytes = end.value
            return small.decode() if as_text else small
