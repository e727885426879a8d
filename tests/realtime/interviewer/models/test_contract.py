"""The contract of a language model, on every way to keep it."""

from collections.abc import Iterator
from itertools import product

import pytest

from tests.emulators.script import Reply
from tests.realtime.interviewer.models.contract import (
    CHECKS,
    COUNTS,
    FAULT_CHECKS,
    ONLY,
    SILENCES,
    TEXT,
    Check,
    FaultCheck,
    heard,
    silence_ends_in_time,
    whoever_stops_reading_closes_the_connection,
    world,
)
from tests.realtime.interviewer.models.ways import WAYS, Way

pytestmark = pytest.mark.anyio

each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.api}: {way.name}")


def skip_what_is_missed(way: Way, name: str) -> None:
    if name in way.misses:
        pytest.skip(way.misses[name])


def cases() -> Iterator[object]:
    for way, (check, faults) in product(WAYS, FAULT_CHECKS.items()):
        for fault in faults:
            if ONLY.get(fault.partition("@")[0], way.api) == way.api:
                name = f"{check.__name__}[{fault}]"
                missed = [pytest.mark.skip(way.misses[name])] if name in way.misses else []
                marked = f"{name} {way.api}: {way.name}"
                yield pytest.param(check, fault, way, id=marked, marks=missed)


@pytest.mark.parametrize(("check", "fault", "way"), list(cases()))
async def test_whatever_the_provider_does(check: FaultCheck, fault: str, way: Way) -> None:
    async with world(way) as its:
        await check(its, fault)


@each_way
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_a_model_keeps_to(check: Check, way: Way) -> None:
    skip_what_is_missed(way, check.__name__)
    async with world(way, CHECKS[check]) as its:
        await check(its)


@each_way
@pytest.mark.parametrize("after", [0, 1, 2, 7, 23])
async def test_leaving(after: int, way: Way) -> None:
    if after:
        skip_what_is_missed(way, whoever_stops_reading_closes_the_connection.__name__)
    async with world(way, Reply(TEXT, rate=200)) as its:
        await whoever_stops_reading_closes_the_connection(its, after)


@each_way
async def test_over_tls(way: Way) -> None:
    async with world(way, tls=True) as its:
        assert (await heard(its.model))[0] == TEXT


@each_way
async def test_leaving_over_tls(way: Way) -> None:
    skip_what_is_missed(way, whoever_stops_reading_closes_the_connection.__name__)
    async with world(way, Reply(TEXT, rate=200), tls=True) as its:
        await whoever_stops_reading_closes_the_connection(its, 3)


@each_way
@pytest.mark.parametrize("fault", SILENCES)
async def test_silence(fault: str, way: Way) -> None:
    skip_what_is_missed(way, f"{silence_ends_in_time.__name__}[{fault}]")
    async with world(way, COUNTS) as its:
        await silence_ends_in_time(its, fault)


def test_ours_misses_nothing() -> None:
    assert [way.misses for way in WAYS if way.is_ours] == [{}, {}]
