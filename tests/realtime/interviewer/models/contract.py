"""The contract of `realtime.interviewer.model.LanguageModel`, as checks that run on every way to
keep it, against an emulator of the provider.

A check's name says what a model keeps to. Time stands, unless a check lets it pass.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random

from realtime.interviewer.model import (
    LanguageModel,
    Message,
    ModelError,
    Prompt,
    Stopped,
    StopReason,
    Trouble,
    Usage,
)
from realtime.interviewer.upstream.client import Endpoint, Timeouts
from tests.emulators.emulator import Emulator, Settings, emulate
from tests.emulators.script import Reply, Script
from tests.realtime.fakes import FakeClock
from tests.realtime.interviewer.models.ways import Way

# Beyond the Basic Multilingual Plane too: 😀, and a family of them joined.
TEXT = "You said «이벤트로 옮겼다» 😀: how did you find out 👩‍👧 and what did it cost? "
PROMPT = Prompt(
    (
        Message("system", "You interview a backend developer."),
        Message("user", "Ask the first question."),
        Message("assistant", "Which outage did you learn most from?"),
        Message("user", "캐시가 비어서 모든 요청이 데이터베이스로 갔습니다."),
    ),
    max_tokens=200,
)
TIMEOUTS = Timeouts(connect_s=5, first_token_s=20, next_token_s=10)

# A check that waits for what never comes has failed.
HANGS_AFTER_S = 60
SAYS_TEXT = Reply(TEXT)
COUNTS = Reply(pieces=("one ", "two ", "three ", "four "))
USED = replace(COUNTS, input_tokens=1200, cached_tokens=1024, thought_tokens=40)

# Whatever a stream looks like, the text is what was said.
LOOKS = (
    *("", "escapes", "split-surrogates", "split-utf8", "bytewise", "crlf", "lf", "cr"),
    *("comments", "tight", "two-lines", "nul@1", "no-content", "no-choices", "thought@2"),
    *("no-usage", "parts", "no-done"),
)
ONLY: dict[str, str] = {"parts": "gemini", "blocked": "gemini", "error-bare": "gemini"}
ONLY |= {"no-done": "openai", "refusal": "openai"}

TROUBLES: dict[str, Trouble] = {
    "429@7": "rate_limited",
    "429-bare": "rate_limited",
    "401": "unauthorized",
    "403": "unauthorized",
    "404": "rejected",
    "400": "rejected",
    "500": "unavailable",
    "502": "unavailable",
    "503": "unavailable",
    "cut@3": "cut",
    "cut@0": "cut",
    "reset@3": "cut",
    "unfinished@3": "cut",
    "malformed@3": "garbled",
    "flood@3": "garbled",
    "lone-surrogate@2": "garbled",
    "error@3": "unavailable",
    "error-bare@3": "unavailable",
    "empty": "empty",
    "blocked": "filtered",
    "refusal": "filtered",
}
STOPS: dict[str, StopReason] = {"length": "length", "filter": "filtered", "endless": "length"}
SILENCES = ("slow-head@90", "slow@90", "slow-comments@90", "stall@3", "stall-comments@3")


class Clock(FakeClock):
    """Time stands, and who sleeps between two looks at a reply looks again at once."""

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(0)


@dataclass
class World:
    """A model, the emulator it asks, and the clock it goes by."""

    emulator: Emulator
    model: LanguageModel
    way: Way
    clock: FakeClock = field(default_factory=Clock)


@asynccontextmanager
async def world(
    way: Way, reply: Reply = SAYS_TEXT, *, tls: bool = False
) -> AsyncGenerator[World, None]:
    async with emulate(way.api, Script(lambda _: reply), Settings(key="k-1", tls=tls)) as emulator:
        clock = Clock()
        endpoint = Endpoint(
            base_url(way, emulator), "some-model", key="k-1", ca_file=emulator.certificate
        )
        model = way.make(endpoint, TIMEOUTS, clock)
        try:
            async with asyncio.timeout(HANGS_AFTER_S):
                yield World(emulator, model, way, clock)
        finally:
            await model.aclose()


def base_url(way: Way, emulator: Emulator) -> str:
    return f"{emulator.url}/v1" if way.api == "openai" else emulator.url


async def heard(model: LanguageModel, prompt: Prompt = PROMPT) -> tuple[str, Stopped]:
    """The reply, of which each piece but the last is text of at least one character."""
    async with aclosing(model.stream(prompt)) as stream:
        *pieces, stopped = [piece async for piece in stream]
    assert isinstance(stopped, Stopped)
    assert all(isinstance(piece, str) and piece for piece in pieces)
    return "".join(map(str, pieces)), stopped


async def trouble_with(model: LanguageModel, prompt: Prompt = PROMPT) -> ModelError:
    try:
        found = await heard(model, prompt)
    except ModelError as error:
        return error
    raise AssertionError(f"it replied: {found}")


# --- The checks


async def the_text_is_what_was_said(world: World, look: str) -> None:
    world.emulator.fault = look
    text, stopped = await heard(world.model)
    assert text == TEXT
    assert stopped.reason == "stop"
    assert (stopped.usage is None) == (look == "no-usage")


async def what_goes_wrong_has_its_name(world: World, fault: str) -> None:
    world.emulator.fault = fault
    error = await trouble_with(world.model)
    assert error.trouble == TROUBLES[fault]
    assert error.retry_after_ms == (7000 if fault == "429@7" else None)
    assert "k-1" not in str(error)
    assert "You said" not in str(error)


async def why_it_stopped_is_told(world: World, fault: str) -> None:
    world.emulator.fault = fault
    text, stopped = await heard(world.model)
    assert stopped.reason == STOPS[fault]
    assert text.startswith(TEXT)
    assert len(text) < 100 * PROMPT.max_tokens
    seen = await world.emulator.request(1)
    await seen.over.wait()


async def silence_ends_in_time(world: World, fault: str) -> None:
    world.emulator.fault = fault
    stream = world.model.stream(PROMPT)
    spoken = "one two three " if fault.startswith("stall") else ""
    said = ""
    while said != spoken:
        said += str(await anext(stream))
    waiting = asyncio.ensure_future(anext(stream))
    seen = await world.emulator.request(1)
    await asyncio.sleep(0)
    allowed = TIMEOUTS.next_token_s if spoken else TIMEOUTS.first_token_s
    world.clock.advance(allowed - 0.1)
    await asyncio.sleep(0)
    assert not waiting.done()
    world.clock.advance(0.2 + allowed / 4)
    (error,) = await asyncio.gather(waiting, return_exceptions=True)
    assert isinstance(error, ModelError)
    assert error.trouble == "slow"
    await seen.over.wait()
    assert seen.how == "closed by client"
    assert world.clock.alarms == 0


async def whoever_stops_reading_closes_the_connection(world: World, after: int) -> None:
    """At any piece: the upstream connection is closed, not drained, and not used again."""
    world.emulator.fault = "endless"
    stream = world.model.stream(PROMPT)
    for _ in range(after):
        await anext(stream)
    await stream.aclose()
    if after:
        seen = await world.emulator.request(1)
        await seen.over.wait()
        assert seen.how == "closed by client"
    assert world.clock.alarms == 0
    world.emulator.fault = ""
    assert (await heard(world.model))[0] == TEXT


async def a_cancelled_wait_closes_the_connection(world: World, fault: str) -> None:
    world.emulator.fault = fault
    waiting = asyncio.ensure_future(heard(world.model))
    seen = await world.emulator.request(1)
    waiting.cancel()
    (error,) = await asyncio.gather(waiting, return_exceptions=True)
    assert isinstance(error, asyncio.CancelledError)
    await seen.over.wait()
    assert seen.how == "closed by client"
    assert world.clock.alarms == 0


async def a_connection_is_used_again(world: World) -> None:
    for _ in range(3):
        await heard(world.model)
    assert world.emulator.connections == 1


async def nobody_there_is_unavailable(world: World) -> None:
    world.emulator.down = True
    assert (await trouble_with(world.model)).trouble == "unavailable"


async def a_wrong_key_is_unauthorized(world: World) -> None:
    endpoint = Endpoint(base_url(world.way, world.emulator), "some-model", key="another")
    model = world.way.make(endpoint, TIMEOUTS, world.clock)
    try:
        error = await trouble_with(model)
    finally:
        await model.aclose()
    assert error.trouble == "unauthorized"
    assert "another" not in str(error)


async def a_prompt_arrives_as_it_is(world: World) -> None:
    await heard(world.model)
    asked = (await world.emulator.request(1)).asked
    assert [(said.role, said.text) for said in asked.messages] == [
        (message.role, message.text) for message in PROMPT.messages
    ]
    assert asked.max_tokens == PROMPT.max_tokens
    assert asked.model.removeprefix("models/") == world.model.name
    assert asked.structure_name is None


async def no_more_comes_than_was_asked_for(world: World) -> None:
    text, stopped = await heard(world.model, replace(PROMPT, max_tokens=3))
    assert stopped.reason == "length"
    assert text == "one two three "


async def usage_is_as_the_provider_counts(world: World) -> None:
    _, stopped = await heard(world.model)
    assert stopped.usage == Usage(input_tokens=1200, cached_tokens=1024, output_tokens=44)


async def many_at_once_are_kept_apart(world: World) -> None:
    """Fifty streams, some of which are left at a random piece."""
    chance = Random(7)

    async def one(leave_after: int | None) -> str:
        said = ""
        async with aclosing(world.model.stream(PROMPT)) as stream:
            async for piece in stream:
                said += piece if isinstance(piece, str) else ""
                if leave_after is not None and len(said) > leave_after:
                    break
        return said

    leaving = [chance.choice((None, chance.randrange(len(TEXT)))) for _ in range(50)]
    texts = await asyncio.gather(*map(one, leaving))
    for after, text in zip(leaving, texts, strict=True):
        assert text == TEXT if after is None else TEXT.startswith(text)


Check = Callable[[World], Awaitable[None]]
FaultCheck = Callable[[World, str], Awaitable[None]]

# Each with what the emulator replies.
CHECKS: dict[Check, Reply] = {
    a_connection_is_used_again: SAYS_TEXT,
    nobody_there_is_unavailable: SAYS_TEXT,
    a_wrong_key_is_unauthorized: SAYS_TEXT,
    a_prompt_arrives_as_it_is: SAYS_TEXT,
    no_more_comes_than_was_asked_for: COUNTS,
    usage_is_as_the_provider_counts: USED,
    many_at_once_are_kept_apart: SAYS_TEXT,
}
FAULT_CHECKS: dict[FaultCheck, tuple[str, ...]] = {
    the_text_is_what_was_said: LOOKS,
    what_goes_wrong_has_its_name: tuple(TROUBLES),
    why_it_stopped_is_told: tuple(STOPS),
    a_cancelled_wait_closes_the_connection: ("slow-head@90", "slow@90", "stall@3"),
}
