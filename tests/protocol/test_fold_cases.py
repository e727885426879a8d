"""The fold's cases that every implementation shares: `tests/cases/fold.json` (`protocol.md` 5)."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from protocol.codec import decode_server, encode, snapshot_json, snapshot_of, view_of
from protocol.events import Logged
from protocol.fold import fold
from protocol.messages import Capabilities, Limits, SessionOpened
from protocol.view import View

CASES = json.loads((Path(__file__).parents[1] / "cases" / "fold.json").read_text())


def _view(snapshot: dict[str, Any]) -> View:
    opened = SessionOpened(
        None, 1, 0, False, 20_000, Limits(), Capabilities(False, None, (), (), (), ())
    )
    message = decode_server(orjson.dumps(orjson.loads(encode(opened)) | {"snapshot": snapshot}))
    assert isinstance(message, SessionOpened)
    assert message.snapshot is not None
    return view_of(message.snapshot)


def _event(happening: dict[str, Any], seq: int) -> Logged:
    placed = happening | {"epoch": 1, "seq": seq, "at": 2000 + seq}
    message = decode_server(orjson.dumps(placed))
    assert isinstance(message, Logged)
    return message


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_the_fold_makes_of_a_view_what_the_case_says(case: dict[str, Any]) -> None:
    start = CASES["view"] | case["start"]
    view = _view(start)
    for seq, happening in enumerate(case["events"], start=1):
        view = fold(view, _event(happening, seq))
    after = orjson.loads(
        orjson.dumps(snapshot_json(snapshot_of(view, view.interview.remaining_ms)))
    )
    assert after == start | {"seq": len(case["events"])} | case["changes"]
