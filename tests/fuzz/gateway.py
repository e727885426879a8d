"""The gateway under fuzzing: attacks by the round, and after each round nothing may be amiss.

Amiss is an answer that isn't documented, a defect in the log, a bystander who notices anything; and
every `CHECKED_EVERY` rounds whatever is left over of connections that are gone. What a round did
wrong is looked for attack by attack, each in a house of its own, and cut down.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from tests.fuzz.assault import attempt
from tests.fuzz.attacks import Attack, attack_of
from tests.fuzz.house import BystanderError, FuzzedHouse, fuzzed_house
from tests.fuzz.mutation import shorter

AT_ONCE = 16
CHECKED_EVERY = 50
# Each takes a house of its own.
MOST_TRIES = 60


@dataclass(frozen=True)
class Failure:
    """What failed: the attack cut down, or all of a round if none of it fails alone."""

    seed: int
    first: int
    last: int
    why: str
    attack: Attack | None

    def __str__(self) -> str:
        if self.attack is None:
            parts = f"  none of attacks {self.first} to {self.last} does it alone"
        else:
            parts = f"  {self.attack}"
        return (
            f"gateway: {self.why}\n{parts}\n"
            f"  again: python -m tests.fuzz --only gateway --seed {self.seed} "
            f"--first {self.first} --attacks {self.last - self.first + 1}"
        )


async def run(
    seed: int,
    first: int,
    count: int,
    progress: Callable[[int], None],
    *,
    attacks: int | None = None,
) -> Failure | None:
    """Make attacks from number `first` on, until `count` inputs (or so many `attacks`) are tried;
    the first failure.
    """
    number, inputs, rounds = first, 0, 0
    async with fuzzed_house() as house:
        while inputs < count if attacks is None else number < first + attacks:
            size = AT_ONCE if attacks is None else min(AT_ONCE, first + attacks - number)
            numbers = range(number, number + size)
            tried = [attack_of(seed, each) for each in numbers]
            rounds += 1
            why = await round_of(house, tried)
            if why is None and rounds % CHECKED_EVERY == 0:
                why = await house.left()
            if why is not None:
                return await _found(seed, numbers, tried, why)
            number += size
            inputs += sum(attack.inputs for attack in tried)
            progress(sum(attack.inputs for attack in tried))
        why = await house.left() or house.said()
    return None if why is None else Failure(seed, first, number - 1, why, None)


async def round_of(house: FuzzedHouse, attacks: list[Attack]) -> str | None:
    """Make `attacks` at once, beside the bystander; what was wrong."""
    house.tidy()
    grounds = [house.ground(attack.place) for attack in attacks]
    try:
        *faults, _ = await asyncio.gather(*map(attempt, attacks, grounds), house.bystander.step())
    except BystanderError as error:
        return str(error)
    return next((fault for fault in faults if fault is not None), None) or house.said()


async def alone(attack: Attack) -> str | None:
    """What is wrong with `attack` in a house of its own."""
    async with fuzzed_house() as house:
        return await round_of(house, [attack]) or await house.left() or house.said()


async def _found(seed: int, numbers: range, attacks: list[Attack], why: str) -> Failure:
    for number, attack in zip(numbers, attacks, strict=True):
        found = await alone(attack)
        if found is not None:
            small = await _cut_down(attack)
            return Failure(seed, number, number, await alone(small) or found, small)
    return Failure(seed, numbers[0], numbers[-1], why, None)


async def _cut_down(attack: Attack) -> Attack:
    """Without the messages, and the bytes, that the failure doesn't need."""
    for place in reversed(range(len(attack.parts))):
        fewer = replace(attack, parts=(*attack.parts[:place], *attack.parts[place + 1 :]))
        if fewer.parts and await alone(fewer) is not None:
            attack = fewer
    for place in range(len(attack.parts)):
        attack = await _with_less(attack, place)
    return attack


async def _with_less(attack: Attack, place: int) -> Attack:
    """With as little as possible in that part."""
    part = attack.parts[place]
    candidates = shorter(part.encode() if isinstance(part, str) else part, tries=MOST_TRIES)
    with suppress(StopIteration):
        candidate = next(candidates)
        while True:
            data = candidate.decode("utf-8", "replace") if isinstance(part, str) else candidate
            parts = (*attack.parts[:place], data, *attack.parts[place + 1 :])
            # Whoever sends half a request waits rightly.
            whole = attack.kind not in ("request", "upgrade") or b"\r\n\r\n" in candidate
            fails = whole and await alone(replace(attack, parts=parts)) is not None
            if fails:
                attack = replace(attack, parts=parts)
            candidate = candidates.send(fails)
    return attack
