"""The faults of the phase table's cells: what is legal is refused, what isn't is acknowledged."""

from collections.abc import Iterator

from tests.conformance.cases.phases import COMMANDS, LEGAL_IF_PAUSED, PAUSABLE, TABLE
from tests.conformance.wrong.commands import Outcome, Refuse
from tests.conformance.wrong.tampering import Fault, fault


def _cells() -> Iterator[tuple[str, Fault]]:
    for phase, (legal, _) in TABLE.items():
        for command in COMMANDS:
            yield f"phase.{phase}.{command}", _fault(phase, command, legal.split(), False)
    for phase in PAUSABLE:
        for command in COMMANDS:
            cell = f"phase.paused.{phase}.{command}"
            yield cell, _fault(phase, command, LEGAL_IF_PAUSED, True)


def _fault(phase: str, command: str, legal: tuple[str, ...] | list[str], paused: bool) -> Fault:
    if command in legal:
        details = {"phase": phase, "paused": paused}
        return fault(f"refuses {command} as `wrong_phase`", Refuse(command, "wrong_phase", details))
    return fault(
        f"acknowledges {command} where it is `wrong_phase`",
        Outcome(command, "wrong_phase", "ack"),
    )


FAULTS = dict(_cells())
