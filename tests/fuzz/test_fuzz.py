"""A few thousand wrong inputs, always the same ones; `make fuzz` tries a million."""

import orjson
import pytest

from protocol import codec as real
from protocol.errors import ProtocolError
from tests.fuzz import codec, gateway
from tests.fuzz.attacks import Attack, attack_of
from tests.fuzz.codec import TARGETS, Target
from tests.fuzz.house import fuzzed_house
from tests.fuzz.mutation import shorter
from tests.fuzz.wire import UPGRADE, request

SEED = 4
CLIENT, _, SERVER = TARGETS


def test_the_codec_takes_whatever_comes() -> None:
    assert codec.run(SEED, range(30_000), lambda done: None) is None


@pytest.mark.anyio
async def test_the_gateway_takes_whatever_comes() -> None:
    assert await gateway.run(SEED, 0, 4_000, lambda done: None) is None


# --- what failed once ----------------------------------------------------------------------------


@pytest.mark.parametrize("snapshot", [4, "epoch"])
def test_a_snapshot_that_is_none(snapshot: object) -> None:
    frame = orjson.dumps({"type": "session.opened", "snapshot": snapshot})
    assert codec.fault(SERVER, frame) is None


BROKEN_TEXT = b"\x81\x84\0\0\0\0\xff\xfe{\0"
SUCCEEDED_ONCE = {
    "text that isn't UTF-8": Attack("frames", (BROKEN_TEXT,)),
    "a ping behind it": Attack("frames", (BROKEN_TEXT + b"\x89\x80\0\0\0\0",)),
    "a strange origin": Attack(
        "upgrade",
        (request("GET", "/v1/interviews/{id}/ws", UPGRADE | {"Origin": "https://y"}),),
    ),
    "a header that is too long": Attack(
        "upgrade", (request("GET", "/v1/interviews/{id}/ws", UPGRADE | {"X": "x" * 9_000}),)
    ),
    "a handshake with a body": Attack(
        "upgrade",
        (request("GET", "/v1/interviews/{id}/ws", UPGRADE | {"Content-Length": "1"}, b"x"),),
    ),
    "a path to nowhere": Attack("upgrade", (request("GET", "/v1/interviews//ws", UPGRADE),)),
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", SUCCEEDED_ONCE)
async def test_an_attack_that_succeeded_once(name: str) -> None:
    assert await gateway.alone(SUCCEEDED_ONCE[name]) is None


# --- that it would be seen ------------------------------------------------------------------------


def test_an_input_is_made_of_the_seed_and_its_number_alone() -> None:
    assert codec.input_of(SEED, 7) == codec.input_of(SEED, 7) != codec.input_of(SEED, 8)
    assert attack_of(SEED, 7) == attack_of(SEED, 7) != attack_of(SEED + 1, 7)


def test_a_decoder_that_raises_is_found_and_cut_down() -> None:
    def decode(frame: codec.Frame) -> object:
        if b"q" in (frame if isinstance(frame, bytes) else frame.encode()):
            raise TypeError("a q")
        return real.decode_client(frame)

    target = Target("client", CLIENT.seeds, decode, CLIENT.codes, CLIENT.encode)
    assert codec.fault(target, b'{"type":"ping"}') is None
    assert codec.fault(target, b'{"type":"q"}') == "raises TypeError('a q')"
    assert codec.cut_down(target, b'{"type":"question.skip"}') == b"q"


@pytest.mark.parametrize(
    ("code", "details", "re", "fault"),
    [
        ("malformed", {}, None, "refuses without a field: wrong"),
        ("malformed", {"field": "id"}, "other", "answers 'other'"),
        ("not_found", {}, None, "refuses with not_found"),
        ("malformed", {"field": {1}}, None, "refuses with what can't be written"),
    ],
)
def test_a_wrong_refusal_is_seen(
    code: str, details: dict[str, object], re: str | None, fault: str
) -> None:
    def decode(frame: codec.Frame) -> object:
        raise ProtocolError(code, "wrong", details=details, re=re)

    target = Target("client", CLIENT.seeds, decode, CLIENT.codes, CLIENT.encode)
    assert (codec.fault(target, b"{}") or "").startswith(fault)


def test_what_is_something_else_when_it_is_written_again_is_seen() -> None:
    target = Target("client", CLIENT.seeds, CLIENT.decode, CLIENT.codes, lambda message: b"{}")
    assert "can't be written and read again" in (codec.fault(target, b'{"type":"ping"}') or "")


def test_it_is_cut_down_to_what_is_needed() -> None:
    candidates = shorter(b"a long text with an x in it", tries=200)
    candidate = next(candidates)
    with pytest.raises(StopIteration) as end:
        while True:
            candidate = candidates.send(b"x" in candidate)
    assert end.value.value == b"x"


@pytest.mark.anyio
async def test_a_harmed_bystander_is_seen() -> None:
    async with fuzzed_house() as house:
        await house.bystander.close()
        assert "stopped" in (await gateway.round_of(house, []) or "")
