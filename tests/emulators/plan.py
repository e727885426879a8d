"""Faults by their names, put together to what happens to one reply."""

from dataclasses import dataclass, field, replace

from tests.emulators.faults import (
    FAULTS,
    Api,
    Close,
    Fault,
    Frame,
    Insert,
    Late,
    Refuse,
    Spell,
    Stop,
)
from tests.emulators.script import UnplayableError

TOGETHER = "+"


@dataclass(frozen=True, slots=True)
class Plan:
    """The faults of one reply, put together."""

    refuse: tuple[Refuse, float] | None = None
    late: tuple[Late, float] | None = None
    stop: tuple[Stop, int] | None = None
    inserts: tuple[tuple[Insert, int], ...] = ()
    spell: tuple[Spell, int] | None = None
    close: Close = field(default_factory=Close)
    frame: Frame = field(default_factory=Frame)


def parse(text: str) -> tuple[Fault, float]:
    """A fault by its name, with `@` and a number if it takes one: `cut@5`.

    Raises:
        UnplayableError: it isn't one.
    """
    name, at, number = text.partition("@")
    fault = FAULTS.get(name)
    if fault is None:
        raise UnplayableError(f"There is no fault {name!r}. There are: {', '.join(FAULTS)}.")
    if at and fault.at is None:
        raise UnplayableError(f"The fault {name!r} takes no number.")
    try:
        where = float(number) if at else fault.at or 0.0
    except ValueError:
        where = -1.0
    if not 0 <= where < float("inf"):
        raise UnplayableError(f"{text!r}: a number from 0 belongs after the @.")
    return fault, where


def plan(names: tuple[str, ...], api: Api) -> Plan:
    """What the faults `names` do together. All events are inserted, and all framing holds; of two
    faults of another kind the later wins.

    Raises:
        UnplayableError: a name isn't one, or not of this API.
    """
    whole = Plan()
    for fault, at in map(parse, TOGETHER.join(names).split(TOGETHER) if names else ()):
        if api not in fault.apis:
            raise UnplayableError(f"The fault {fault.name!r} isn't one of {api}'s API.")
        match fault.does:
            case Refuse() as does:
                whole = replace(whole, refuse=(does, at))
            case Late() as does:
                whole = replace(whole, late=(does, at))
            case Stop() as does:
                whole = replace(whole, stop=(does, int(at)))
            case Insert() as does:
                whole = replace(whole, inserts=(*whole.inserts, (does, int(at))))
            case Spell() as does:
                whole = replace(whole, spell=(does, int(at)))
            case Close() as does:
                whole = replace(whole, close=does)
            case Frame() as does:
                whole = replace(whole, frame=_joined(whole.frame, does))
    return whole


def _joined(before: Frame, after: Frame) -> Frame:
    return Frame(
        newline=after.newline or before.newline,
        comments=before.comments or after.comments,
        lines=max(before.lines, after.lines),
        tight=before.tight or after.tight,
        cut=after.cut or before.cut,
    )
