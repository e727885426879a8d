"""The mutants that the tests of the state machine are tried on: every place, one at a time."""

import ast

from scripts.mutants import Mutant, of_guards, of_table

TABLE = """
from protocol.commands import Command, Start, Stop

ENTERS: dict[str, str] = {Started: "on", Stopped: "off"}
LEGAL: dict[str, frozenset[Command]] = {"on": frozenset({Stop}), "off": frozenset()}
LEGAL_WHILE_PAUSED: frozenset[Command] = frozenset({Stop})
"""

GUARDS = '''
def may(state: State, count: int = 1) -> bool:
    """Whether it may."""
    if state.held:
        state.log.note("held")
    state.asked = not count < 2 and state.open
    return any(state.parts) and state.begun(state.turn or 0)
'''


def changes(mutants: list[Mutant]) -> set[str]:
    assert len({mutant.source for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        ast.parse(mutant.source)
    return {mutant.change for mutant in mutants}


def test_every_cell_of_the_table_is_changed() -> None:
    mutants = list(of_table("states.py", TABLE))
    assert changes(mutants) == {
        "Start legal in on",
        "Stop not legal in on",
        "Start legal in off",
        "Stop legal in off",
        "Start legal in while paused",
        "Stop not legal in while paused",
        "Started enters nothing",
        "Started enters off",
        "Stopped enters nothing",
        "Stopped enters on",
    }
    gone = next(each for each in mutants if each.change == "Stop not legal in on")
    assert "'on': frozenset()" in gone.source
    assert gone.source.count("frozenset({Stop})") == 1


def test_conditions_constants_and_statements_are_changed() -> None:
    assert changes(list(of_guards("guards.py", GUARDS))) == {
        "may: 1 -> 2",
        "may: state.held -> not state.held",
        "may: state.log.note('held') -> pass",
        "may: state.asked = not count < 2 and state.open -> pass",
        "may: not count < 2 and state.open -> not count < 2 or state.open",
        "may: not count < 2 and state.open -> state.open",
        "may: not count < 2 and state.open -> not count < 2",
        "may: not count < 2 -> count < 2",
        "may: count < 2 -> count <= 2",
        "may: count < 2 -> count >= 2",
        "may: 2 -> 3",
        "may: any(state.parts) and state.begun(state.turn or 0) -> "
        "any(state.parts) or state.begun(state.turn or 0)",
        "may: any(state.parts) and state.begun(state.turn or 0) -> state.begun(state.turn or 0)",
        "may: any(state.parts) and state.begun(state.turn or 0) -> any(state.parts)",
        "may: any(state.parts) -> all(state.parts)",
        "may: state.turn or 0 -> 0",
    }


def test_one_place_is_changed_at_a_time() -> None:
    mutant = next(each for each in of_guards("guards.py", GUARDS) if each.change.endswith("-> 3"))
    assert str(mutant) == "guards.py:6: may: 2 -> 3"
    changed = GUARDS.replace("2", "3")
    assert ast.dump(ast.parse(mutant.source)) == ast.dump(ast.parse(changed))
