"""Plays the scripted servers of `tests/cases/client` to the core. Their README tells the format."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import orjson

from protocol.client.core import Core
from protocol.client.data import (
    Acked,
    Connect,
    Disconnect,
    Open,
    Outcome,
    Output,
    Post,
    Refused,
    Replaced,
    Send,
    Settle,
    Tell,
    Update,
    WantToken,
)
from protocol.client.line import Options
from protocol.client.voice import KeptAnswer
from protocol.codec import decode_client, encode, snapshot_json, snapshot_of
from protocol.commands import AudioStart, AudioStop, Command, Ping, SessionOpen
from protocol.events import EVENTS, Logged
from protocol.messages import Error
from protocol.view import View

FOLDER = Path(__file__).parents[2] / "cases" / "client"
MESSAGES: dict[str, Any] = json.loads((FOLDER / "messages.json").read_bytes())
HEADER_BYTES = 8
TURN = 1

Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`each` is the value that it is run with, if any."""

    name: str
    core: Json
    steps: list[Json]
    each: Any = None


def cases() -> Iterator[Case]:
    """All cases of all files."""
    for path in sorted(FOLDER.glob("*.json")):
        if path.name == "messages.json":
            continue
        file = json.loads(path.read_bytes())
        for case in file["cases"]:
            before = file["preludes"][case["after"]] if "after" in case else []
            for each in case.get("each", [None]):
                suffix = "" if each is None else f" ({each})"
                yield Case(
                    f"{path.stem}: {case['name']}{suffix}",
                    case.get("core", {}),
                    [*before, *case["steps"]],
                    each,
                )


def play(case: Case) -> None:
    """Takes all steps of a case.

    Raises:
        AssertionError: with the step that went otherwise.
    """
    player = Player(case)
    for number, step in enumerate(case.steps):
        try:
            player.take(step)
        except AssertionError as error:
            raise AssertionError(f"step {number}, {step['in']}: {error}") from error


def completed(message: Json) -> Json:
    """A server's message, with what the case leaves out."""
    kind = message["type"]
    if kind == "session.opened":
        return _opened(message)
    if kind in EVENTS or (kind not in MESSAGES and "seq" in message):
        kind = "event"
    defaults: Json = MESSAGES.get(kind, {})
    return defaults | message


def _opened(message: Json) -> Json:
    opened: Json = MESSAGES["session.opened"] | {"resumed": "snapshot" not in message} | message
    if "snapshot" in message:
        place = {"epoch": opened["epoch"], "seq": opened["seq"]}
        snapshot = MESSAGES["snapshot"] | place | message["snapshot"]
        snapshot["turns"] = [MESSAGES["turn"] | turn for turn in snapshot["turns"]]
        opened["snapshot"] = snapshot
    return opened


class Player:
    """A core, and the time."""

    def __init__(self, case: Case) -> None:
        numbers = itertools.count(1)
        options = dict(case.core)
        chance = options.pop("chance", 0.5)
        self._each = case.each
        self._core = Core(
            Options(random=lambda: chance, new_id=lambda: f"new-{next(numbers)}", **options)
        )
        self._now = 0.0
        self._recorded = 0
        self._sent = 0

    def take(self, step: Json) -> None:
        """One step."""
        self._now = step.get("at", self._now)
        given = step["in"]
        name, value = (given, None) if isinstance(given, str) else next(iter(given.items()))
        outputs = self._give(name, self._value(value))
        self._check_told(step, outputs)
        self._check_out(step, [output for output in outputs if not isinstance(output, Tell)])
        self._check_state(step)

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._value(inner) for key, inner in value.items()}
        return self._each if value == "each" else value

    # --- inputs -----------------------------------------------------------------------------------

    def _give(self, name: str, value: Any) -> list[Output]:
        core, now = self._core, self._now
        match name:
            case "start" | "tick" | "nudge":
                outputs: list[Output] = getattr(core, name)(now)
                return outputs
            case "leave":
                return core.leave()
            case "heard":
                core.heard(now)
                return []
            case "token":
                return core.renewed(value, now)
            case "send":
                return core.send(_command(value), now)
            case "recall":
                core.recall(_kept(value))
                return []
            case "audio":
                return core.audio(TURN, self._audio(value))
            case _:
                return self._give_answer(name, value)

    def _give_answer(self, name: str, value: Any) -> list[Output]:
        core, now = self._core, self._now
        match name:
            case "receive":
                return core.received(orjson.dumps(completed(value)).decode(), now)
            case "receive_text":
                return core.received(value, now)
            case "closed":
                return core.closed(value, now)
            case "refused":
                body = orjson.dumps(value["problem"]) if "problem" in value else b"<html>"
                return core.refused(value["status"], body, now)
            case "posted":
                return core.posted(value["id"], value["status"], _body(value.get("body", "")), now)
            case "unposted":
                return core.unposted(value, now)
        raise ValueError(f"no such input: {name}")

    def _audio(self, count: int) -> bytes:
        begin = self._core.recorded
        return _spoken(begin, begin + count)

    # --- what comes out ---------------------------------------------------------------------------

    def _check_told(self, step: Json, outputs: list[Output]) -> None:
        told = [_told(output.update) for output in outputs if isinstance(output, Tell)]
        expected = step.get("told", [])
        assert expected is None or told == expected, f"told {told}, not {expected}"

    def _check_out(self, step: Json, outputs: list[Output]) -> None:
        actual = [self._out(output) for output in outputs]
        if "sent" in step:
            self._check_sent(step["sent"], actual)
            return
        expected = step.get("out", [])
        assert len(actual) == len(expected), f"out came {actual}, not {expected}"
        for one, other in zip(actual, expected, strict=True):
            assert holds(one, other), f"out came {one}, not {other}"

    def _check_sent(self, until: int, actual: list[Any]) -> None:
        for output in actual:
            offset, count = output["send_audio"]
            assert offset == self._sent
            self._sent += count
        assert self._sent == until, f"sent up to {self._sent}, not {until}"

    def _out(self, output: Output) -> Any:
        match output:
            case Connect(over=over, opening=opening):
                return {"connect": over, "opening": orjson.loads(encode(opening))}
            case Send(frame=str(frame)):
                return {"send": orjson.loads(frame)}
            case Send(frame=bytes(frame)):
                return {"send_audio": _piece(frame)}
            case Post(id=command_id, body=body, token=token):
                command = orjson.loads(body)
                assert command["id"] == command_id
                return {"post": command, "token": token}
            case Settle(id=command_id, outcome=outcome):
                return {"settle": [command_id, *_outcome(outcome)]}
            case Disconnect():
                return "disconnect"
            case WantToken():
                return "want_token"
        raise ValueError(f"no such output: {output}")

    # --- the state --------------------------------------------------------------------------------

    def _check_state(self, step: Json) -> None:
        core = self._core
        view = core.view
        state = {
            "link": _link(core),
            "wake_at": core.wake_at,
            "position": None if view is None else [view.epoch, view.seq],
            "in_flight": [command.id for command in core.in_flight],
            "recorded": core.recorded,
            "partial": None if view is None else view.partial,
            "view": None if view is None else _view(view),
        }
        assert isinstance(core.link, Open) <= (view is not None)
        for name, actual in state.items():
            if name in step:
                expected = self._value(step[name])
                assert holds(actual, expected), f"{name} is {actual}, not {expected}"


def holds(actual: Any, expected: Any) -> bool:
    """Whether `expected` is what is there, or the part of it that is asked for."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return all(holds(actual.get(key), value) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        pairs = zip(actual, expected, strict=False)
        return len(actual) == len(expected) and all(holds(*pair) for pair in pairs)
    return bool(actual == expected)


def _spoken(begin: int, end: int) -> bytes:
    """The answer's audio in [begin, end)."""
    return bytes(offset % 251 for offset in range(begin, end))


def _command(value: Json) -> Command:
    command = decode_client(orjson.dumps(value))
    assert not isinstance(command, SessionOpen | Ping)
    return command


def _kept(value: Json) -> KeptAnswer:
    start = _command(value["start"])
    stop = _command(value["stop"]) if "stop" in value else None
    assert isinstance(start, AudioStart)
    assert isinstance(stop, AudioStop | None)
    return KeptAnswer(start, _spoken(0, value["audio"]), value["started"], stop)


def _told(update: Update) -> Any:
    match update:
        case Logged(seq=seq):
            return seq
        case Replaced():
            return "view"
        case Error(code=code):
            return code


def _outcome(outcome: Outcome) -> list[str]:
    if isinstance(outcome, Refused):
        return ["refused", outcome.error.code]
    return ["acked" if isinstance(outcome, Acked) else "abandoned"]


def _piece(frame: bytes) -> list[int]:
    """The offset and length of a binary frame, which has to hold that piece of the answer."""
    offset = int.from_bytes(frame[:HEADER_BYTES], "big")
    chunk = frame[HEADER_BYTES:]
    assert chunk == _spoken(offset, offset + len(chunk))
    return [offset, len(chunk)]


def _link(core: Core) -> Json:
    link = core.link
    values = {field.name: getattr(link, field.name) for field in fields(link)}
    error = values.get("error")
    code = error.code if isinstance(error, Error) else None
    return {"status": type(link).__name__.lower(), **values, "error": code}


def _view(view: View) -> Json:
    snapshot = snapshot_json(snapshot_of(view, view.interview.remaining_ms))
    parsed: Json = orjson.loads(orjson.dumps(snapshot))
    return parsed


def _body(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else orjson.dumps(body)
