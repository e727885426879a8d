"""Changes the state machine, one place at a time, and asks the tests whether they notice.

`python -m scripts.mutate [table|guards]…`; without a name, both. `table` changes every cell of
`protocol/states.py`; `guards` the conditions, constants and statements of the functions that go by
it. Each mutant is a copy of the code in a temporary folder, where the state machine's tests are run
in a forked process until one fails. What survives is listed with its place and its change, but for
`EQUIVALENT`, which no test can tell from the code as it is. The exit status is 0 when nothing else
survived.
"""

import argparse
import importlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.mutants import Mutant, of_guards, of_table

ROOT = Path(__file__).parents[1]
STATES = "protocol/states.py"
GUARDED = tuple(f"protocol/{name}.py" for name in ("agenda", "interview", "progress", "time_limit"))
COPIED = ("protocol", "tests/__init__.py", "tests/conftest.py", "tests/cases", "tests/protocol")
# Of a module its own tests come first: they see most.
TESTS = tuple(
    f"tests/protocol/test_{name}.py"
    for name in (
        "states",
        "interview",
        "progress",
        "agenda",
        "guards",
        "orders",
        "recovery",
        "time_limit",
        "fold",
        "view",
    )
)
OPTIONS = ("-x", "-q", "--no-header", "--hypothesis-seed=0", "-p", "no:cacheprovider")
PLUGINS = ("pytest_timeout", "_hypothesis_pytestplugin", "anyio.pytest_plugin")
# Imported before the forks, so that no mutant pays for them. Never anything of ours.
PRELOADED = ("pytest", "hypothesis", "hypothesis.strategies", "msgspec", "orjson", "anyio")
# Of the processor's time: a busy machine kills no mutant. One that only waits ends by the clock.
CPU_WITHIN_S = 60
WITHIN_S = 600
SHOWN_EVERY_S = 5.0
WORKERS = 2

# Mutants that do the same as the code, by their path and change, and why they do.
_HAS_A_TURN = "the type checker can't know that this phase, or this wish, has a turn"
_WAS_STOPPED = (
    "the type checker can't know that an answer in this phase is there, and has its length"
)
_NO_STREAM = "no stream is called so: it is looked for, and not found"
_ENDS_WITH_IT = "it is asked for only after a failure, and each failure resets it"
_REVIEWED_NEXT = "the next line asks for the reviews that are left, of which this is a part"
EQUIVALENT: dict[tuple[str, str], str] = {
    (
        "protocol/agenda.py",
        "wanted: interview.phase in ('listening', 'transcribing') and current is not  … -> "
        "interview.phase in ('listening', 'transcribing')",
    ): _HAS_A_TURN,
    (
        "protocol/agenda.py",
        "_new: state.hinting and interview.current is not None -> state.hinting",
    ): _HAS_A_TURN,
    (
        "protocol/agenda.py",
        "said: work.turn == newest and (work.lane == 0 or work.what == 'rival') -> "
        "work.lane == 0 or work.what == 'rival'",
    ): "what comes before the next question was said of all turns before the newest",
    (
        "protocol/agenda.py",
        "said: work.lane == 0 or work.what == 'rival' -> work.lane == 0",
    ): "a rival's answer has lane 0",
    (
        "protocol/agenda.py",
        "_put: turns and turns[-1].question is None and (not turns[-1].has_outcome) -> "
        "turns and turns[-1].question is None",
    ): "only the interview's end gives such a question an outcome, and nothing is asked after it",
    (
        "protocol/interview.py",
        "recovered: interview.phase != 'evaluating' or not asks_next(state) -> "
        "not asks_next(state)",
    ): "a question is due in `asking` too, which then is entered from itself",
    (
        "protocol/interview.py",
        "_check_turn: turn is None or current is None or isinstance(command, GenerationCan … -> "
        "turn is None or isinstance(command, GenerationCancel)",
    ): _HAS_A_TURN,
    (
        "protocol/interview.py",
        "settle: may_ask(state) or state.awaiting or state.view.streaming or (not sai … -> "
        "may_ask(state) or state.awaiting or (not said(state))",
    ): _REVIEWED_NEXT,
    (
        "protocol/interview.py",
        "settle: may_ask(state) or state.awaiting or state.view.streaming or (not sai … -> "
        "may_ask(state) or state.awaiting or state.view.streaming",
    ): _REVIEWED_NEXT,
    (
        "protocol/progress.py",
        "_transcribed: state.view.interview.phase != 'transcribing' or current is None -> "
        "state.view.interview.phase != 'transcribing'",
    ): _HAS_A_TURN,
    (
        "protocol/progress.py",
        "_listening_to: interview.phase == 'listening' and current is not None and (work.tur … -> "
        "interview.phase == 'listening' and work.turn == current.turn",
    ): _HAS_A_TURN,
    (
        "protocol/progress.py",
        "_stream: work.what == 'scores' or work.what == 'transcript' -> work.what == 'transcript'",
    ): _NO_STREAM,
    (
        "protocol/progress.py",
        "_stream: work.what == 'scores' or work.what == 'transcript' -> work.what == 'scores'",
    ): _NO_STREAM,
    (
        "protocol/progress.py",
        "_stream: work.what == 'scores' or work.what == 'transcript' -> "
        "work.what == 'scores' and work.what == 'transcript'",
    ): _NO_STREAM,
    (
        "protocol/progress.py",
        "_open_question: draft.state = replace(draft.state, retrying=False) -> pass",
    ): _ENDS_WITH_IT,
    ("protocol/progress.py", "_open_question: False -> True"): _ENDS_WITH_IT,
    (
        "protocol/progress.py",
        "_began: draft.state = replace(draft.state, retrying=False) -> pass",
    ): _ENDS_WITH_IT,
    ("protocol/progress.py", "_began: False -> True"): _ENDS_WITH_IT,
    (
        "protocol/time_limit.py",
        "_cut: voice is None or voice.bytes is None -> voice.bytes is None",
    ): _WAS_STOPPED,
    (
        "protocol/time_limit.py",
        "_cut: voice is None or voice.bytes is None -> voice is None and voice.bytes is None",
    ): _WAS_STOPPED,
    (
        "protocol/time_limit.py",
        "_cut: voice is None or voice.bytes is None -> voice is None",
    ): _WAS_STOPPED,
}


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant."""

    mutant: Mutant
    survived: bool
    timed_out: bool = False


class Workshop:
    """A copy of the code in `folder`, for one mutant after another, each in a forked process.

    Nothing here runs in a thread: a lock that another thread held would stay shut in the fork.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mutant: Mutant | None = None
        self._original = ""
        self._process = 0
        self._ends_at = 0.0
        for name in (*COPIED, "pyproject.toml"):
            source, copy = ROOT / name, folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy)

    @property
    def free(self) -> bool:
        return self._mutant is None

    def begin(self, mutant: Mutant) -> None:
        """Put `mutant` in its place and start the tests."""
        place = self._folder / mutant.path
        self._mutant, self._original = mutant, place.read_text()
        place.write_text(mutant.source)
        self._ends_at = time.monotonic() + WITHIN_S
        self._process = os.fork()
        if self._process == 0:
            status = 1
            try:
                status = _tested(self._folder, mutant.path)
            finally:
                os._exit(status)

    def ended(self) -> Verdict | None:
        """How it went, once it is over; what takes too long is ended."""
        if self._mutant is None:
            return None
        over, status = os.waitpid(self._process, os.WNOHANG)
        if not over and time.monotonic() > self._ends_at:
            os.kill(self._process, signal.SIGKILL)
            over, status = os.waitpid(self._process, 0)
        if not over:
            return None
        verdict = Verdict(self._mutant, status == 0, timed_out=os.WIFSIGNALED(status))
        (self._folder / self._mutant.path).write_text(self._original)
        self._mutant = None
        return verdict


def _tested(folder: Path, path: str) -> int:
    """Run the tests in `folder`, those of the module at `path` first; 0 if all pass."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_WITHIN_S, CPU_WITHIN_S))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    sys.path_importer_cache.clear()
    plugins = [option for name in PLUGINS for option in ("-p", name)]
    pytest = importlib.import_module("pytest")
    own = f"tests/protocol/test_{Path(path).name}"
    others = [name for name in TESTS if name != own]
    return int(pytest.main([*OPTIONS, *plugins, own]) or pytest.main([*OPTIONS, *plugins, *others]))


def mutants(parts: list[str]) -> Iterator[Mutant]:
    """All that are to be tried."""
    if "table" in parts:
        yield from of_table(STATES, (ROOT / STATES).read_text())
    if "guards" in parts:
        for path in GUARDED:
            yield from of_guards(path, (ROOT / path).read_text())


def tried(chosen: Iterable[Mutant]) -> Iterator[Verdict]:
    """Try each, a few at a time, and say what became of it.

    Raises:
        SystemExit: the code as it is doesn't pass.
    """
    for name in PRELOADED:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="viva-mutants-") as folder:
        workshops = [Workshop(Path(folder) / str(number)) for number in range(WORKERS)]
        unchanged = Mutant(STATES, 0, "nothing", (ROOT / STATES).read_text())
        if not all(verdict.survived for verdict in _all_of([unchanged], workshops)):
            raise SystemExit("The tests don't pass as it is: there is nothing to compare with.")
        yield from _all_of(chosen, workshops)


def _all_of(chosen: Iterable[Mutant], workshops: list[Workshop]) -> Iterator[Verdict]:
    waiting = iter(chosen)
    while True:
        for workshop in workshops:
            if verdict := workshop.ended():
                yield verdict
            if workshop.free and (mutant := next(waiting, None)) is not None:
                workshop.begin(mutant)
        if all(workshop.free for workshop in workshops):
            return
        time.sleep(0.01)


def told(verdicts: Iterable[Verdict], count: int) -> Iterator[Verdict]:
    """`verdicts`, while it is told every few seconds how far they have come."""
    said = time.monotonic()
    for number, verdict in enumerate(verdicts, 1):
        yield verdict
        if time.monotonic() - said >= SHOWN_EVERY_S:
            said = time.monotonic()
            print(f"{number} of {count}", flush=True)


def report(verdicts: list[Verdict]) -> int:
    """Print the table, and what survived; how many of those should not have."""
    wrong = [each for each in verdicts if each.survived and each.mutant.key not in EQUIVALENT]
    print(f"{'':<24}{'mutants':>9}{'killed':>9}{'timed out':>11}{'equivalent':>12}{'survived':>10}")
    for path in sorted({each.mutant.path for each in verdicts}):
        own = [each for each in verdicts if each.mutant.path == path]
        killed = sum(not each.survived for each in own)
        timed_out = sum(each.timed_out for each in own)
        survived = sum(each in wrong for each in own)
        equivalent = len(own) - killed - survived
        print(f"{path:<24}{len(own):>9}{killed:>9}{timed_out:>11}{equivalent:>12}{survived:>10}")
    for each in wrong:
        print(f"survived: {each.mutant}")
    for each in verdicts:
        if not each.survived and each.mutant.key in EQUIVALENT:
            print(f"is said to be equivalent, and is killed: {each.mutant}")
    return len(wrong)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.mutate", description=__doc__)
    parser.add_argument("parts", nargs="*", default=["table", "guards"], metavar="table|guards")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    chosen = list(mutants(options.parts))
    wrong = report(list(told(tried(chosen), len(chosen))))
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
