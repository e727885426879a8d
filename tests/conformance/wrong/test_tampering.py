"""What a tampering bends, and that it bends nothing else."""

import asyncio
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from tests.conformance.line import Message
from tests.conformance.wrong.audio import Append, Complain, Hear, filled_up, nothing
from tests.conformance.wrong.commands import Afresh, Outcome, Pretend, Refuse, Rewrite
from tests.conformance.wrong.endings import CloseAs, CloseOn, StayOpen
from tests.conformance.wrong.exchanges import Answer, Ask
from tests.conformance.wrong.messages import (
    FIRST,
    GONE,
    UPPER,
    Add,
    Change,
    Drop,
    Hold,
    Lose,
    Repeat,
    Stutter,
    plus,
)
from tests.conformance.wrong.tampering import (
    LATER,
    Audio,
    Link,
    Memory,
    Over,
    Request,
    Response,
    Tampering,
    fault,
)
from tests.conformance.wrong.websocket import LongFrame, read_frame

pytestmark = pytest.mark.anyio


def link(*tamperings: Tampering, memory: Memory | None = None, over: Over = "ws") -> Link:
    return Link(fault("bends", *tamperings), memory or Memory(None), over)


def event(kind: str, seq: int, **fields: Any) -> Message:
    return {"type": kind, "epoch": 1, "seq": seq, "at": 7, **fields}


def told(link: Link, *messages: Message) -> list[tuple[str, int]]:
    """Types and seqs of what the client is told."""
    return [(each["type"], each["seq"]) for message in messages for each in link.take(message)]


LOG = (event("a", 1), event("b", 2), event("c", 3))


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        (Drop("b"), [("a", 1), ("c", 2)]),
        (Lose("b"), [("a", 1), ("c", 3)]),
        (Repeat("b"), [("a", 1), ("b", 2), ("b", 3), ("c", 4)]),
        (Stutter("b"), [("a", 1), ("b", 2), ("b", 2), ("c", 3)]),
        (Hold("a", "b"), [("b", 1), ("a", 2), ("c", 3)]),
        (Add("b", {"type": "x"}), [("a", 1), ("b", 2), ("x", 3), ("c", 4)]),
        (Add("b", {"type": "x"}, before=True), [("a", 1), ("x", 2), ("b", 3), ("c", 4)]),
        (Drop("?", nth=2), [("a", 1), ("c", 2)]),
        (Drop("*", where={"seq": 3}), [("a", 1), ("b", 2)]),
        (Drop("b", over="sse"), [("a", 1), ("b", 2), ("c", 3)]),
        (Drop("b", line=LATER), [("a", 1), ("b", 2), ("c", 3)]),
    ],
)
async def test_events_are_numbered_as_if_nothing_were_amiss(
    tampering: Tampering, expected: list[tuple[str, int]]
) -> None:
    assert told(link(tampering), *LOG) == expected


async def test_only_the_connection_that_is_named_is_bent() -> None:
    memory = Memory(None)
    drop = Drop("b", line=2)
    assert told(link(drop, memory=memory), *LOG)[1] == ("b", 2)
    assert told(link(drop, memory=memory), *LOG)[1] == ("c", 2)


async def test_values_are_put_where_a_path_leads() -> None:
    change = Change("a", {"x.*.text": UPPER, "x.0.n": plus(2), "y": GONE, "z.no": 1, "new": 3})
    message = event("a", 1, x=[{"text": "one", "n": 1}, {"text": "two"}], y=1)
    (bent,) = link(change).take(message)
    assert bent == event("a", 1, x=[{"text": "ONE", "n": 3}, {"text": "TWO"}], new=3)
    assert message["x"][0]["text"] == "one", "the right server's message is as it was"


async def test_the_first_value_is_kept_for_all_connections() -> None:
    memory = Memory(None)
    change = Change("a", {"epoch": FIRST})
    link(change, memory=memory).take(event("a", 1))
    (bent,) = link(change, memory=memory).take({**event("a", 1), "epoch": 5})
    assert bent["epoch"] == 1


# --- commands -----------------------------------------------------------------------------------

SKIP = {"type": "question.skip", "id": "s", "turn": 1}
PAUSE = {"type": "interview.pause", "id": "p"}
REFUSED = {"type": "error", "re": "s", "code": "wrong_phase"}


async def test_a_command_is_answered_without_being_carried_out() -> None:
    commands, said = link(Pretend("question.*")).give(SKIP)
    assert (commands, said[0]["type"], said[0]["re"]) == ([], "ack", "s")
    commands, said = link(Refuse("question.*", "wrong_turn")).give(SKIP)
    assert (commands, said[0]["code"], said[0]["re"]) == ([], "wrong_turn", "s")


async def test_what_is_not_bent_stays_the_very_object() -> None:
    (command,), said = link(Rewrite("interview.*", {"id": "x"})).give(SKIP)
    assert command is SKIP
    assert said == []


async def test_an_outcome_is_told_otherwise() -> None:
    bent = link(Outcome("question.skip", "wrong_phase", "ack"))
    bent.give(SKIP)
    bent.give(PAUSE)
    assert bent.take(REFUSED)[0]["type"] == "ack"
    assert bent.take({**REFUSED, "re": "p"})[0]["type"] == "error"
    assert bent.take({**REFUSED, "code": "wrong_turn"})[0]["code"] == "wrong_turn"


async def test_ids_are_forgotten_and_the_client_does_not_see() -> None:
    bent = link(Afresh("*"))
    (first,), _ = bent.give(SKIP)
    (second,), _ = bent.give(SKIP)
    assert len({first["id"], second["id"], "s"}) == 3
    assert bent.take({"type": "ack", "re": second["id"], "epoch": 1, "seq": 1})[0]["re"] == "s"


# --- audio --------------------------------------------------------------------------------------


async def test_a_chunk_is_taken_for_another_one() -> None:
    whole, half = Audio(0, b"abcd"), Audio(4, b"efg")
    assert link(Append()).speak(half)[0] == [Audio(0, b"efg")]
    assert link(Hear(filled_up)).speak(half)[0] == [Audio(4, b"efg\0")]
    bent = link(Hear(nothing, nth=2))
    assert [bent.speak(each)[0] for each in (whole, half, half)] == [[whole], [], [half]]


async def test_frames_are_complained_of_once_something_was_said() -> None:
    bent = link(Complain("b", "audio_gap"))
    assert bent.speak(Audio(0, b"")) == ([Audio(0, b"")], [])
    bent.take(LOG[1])
    frames, said = bent.speak(Audio(0, b""))
    assert (frames, said[0]["code"], said[0]["re"]) == ([Audio(0, b"")], "audio_gap", None)


# --- ends, and HTTP -----------------------------------------------------------------------------


async def test_ends_are_bent() -> None:
    assert link(CloseAs(1000, 4409)).ends(4409) == 1000
    assert link(CloseAs(1000, 4409)).ends(4404) == 4404
    assert link(StayOpen(0)).ends(0) is None
    closing = link(CloseOn("b", 4409))
    closing.take(LOG[0])
    assert closing.closing is None
    closing.take(LOG[1])
    assert closing.closing == 4409


async def test_requests_and_answers_are_bent_by_their_path() -> None:
    ask = Ask("GET /v1/interviews/*/events", headers={"Last-Event-ID": None}, query={"q": "1"})
    request = Request("GET", "/v1/interviews/x/events", {}, [("last-event-id", "1:1")])
    asked = ask.request(request, Memory(None))
    assert isinstance(asked, Request)
    assert (asked.headers, asked.asked_query()) == ([], "?q=1")
    answer = Answer("GET /v1/interviews/*", to={"a.b": 2}, was=200)
    for path, expected in (("/v1/interviews/x", b'{"a":{"b":2}}'), ("/v1/x", b'{"a":{"b":1}}')):
        response = Response(200, [], b'{"a":{"b":1}}')
        bent = answer.response(Request("GET", path, {}, []), response, Memory(None))
        assert bent.body == expected


async def test_a_query_that_nobody_bends_goes_on_as_it_came() -> None:
    request = Request("GET", "/v1/interviews", {"q": "a b"}, [], b"", "q=a%20b")
    assert request.asked_query() == "?q=a%20b"
    request.query["r"] = "c"
    assert request.asked_query() == "?q=a+b&r=c"


async def test_frames_are_read_right_or_wrong() -> None:
    reader = asyncio.StreamReader()
    right = Frame(Opcode.TEXT, b"x" * 70_000).serialize(mask=True)
    wrong = b"\xf3\x80mask"
    reader.feed_data(right + wrong + b"\x81\xff" + (1 << 40).to_bytes(8) + b"mask")
    frame = await read_frame(reader, ours=False)
    assert (frame.opcode, frame.fin, frame.data, frame.raw) == (1, True, b"x" * 70_000, right)
    frame = await read_frame(reader, ours=False)
    assert (frame.opcode, frame.raw) == (3, wrong)
    with pytest.raises(LongFrame):
        await read_frame(reader, ours=False)
    reader.feed_data(b"\x81")
    reader.feed_eof()
    with pytest.raises(asyncio.IncompleteReadError) as ended:
        await read_frame(reader, ours=False)
    assert ended.value.partial == b"\x81"
