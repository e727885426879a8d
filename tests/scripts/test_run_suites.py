"""The closing table shows what the suites themselves said."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import run_suites
from scripts.run_suites import Outcome, closing_line, main, table


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("===== 5 failed, 21 passed in 0.71s =====\n", "5 failed, 21 passed in 0.71s"),
        ("\x1b[32m== \x1b[1m2 passed\x1b[0m in 3s ==\x1b[0m\n", "2 passed in 3s"),
        ("1 error in 0.72s", "1 error in 0.72s"),
        ("=== no tests ran in 0.01s ===", "no tests ran in 0.01s"),
        ("=== 9 passed in 75.30s (0:01:15) ===", "9 passed in 75.30s (0:01:15)"),
        ("\x1b[2m      Tests \x1b[22m 1 failed | 2 passed (3)", "1 failed | 2 passed (3)"),
        (" Test Files  2 passed (2)", None),
        ("tests/test_architecture.py .....F", None),
        ("FAILED tests/test_x.py::test_y - 3 passed", None),
    ],
)
def test_closing_lines_are_told_from_others(line: str, said: str | None) -> None:
    assert closing_line(line) == said


def test_the_table_has_a_line_a_suite_and_how_long_all_took() -> None:
    lines = table(
        [Outcome("protocol", 1.2, True, "2 passed in 1.2s"), Outcome("web", 2.5, False, "")], 2.6
    ).splitlines()
    assert [line.split() for line in lines] == [
        ["suite", "seconds", "closing", "line"],
        ["protocol", "1.2", "passed", "2", "passed", "in", "1.2s"],
        ["web", "2.5", "FAILED"],
        ["all", "2.6"],
    ]


def test_what_two_suites_say_is_not_mixed_and_one_that_fails_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    says = "for _ in range(2000): print({0!r}, flush=True)\nraise SystemExit({1})"
    commands: dict[str, tuple[str, ...]] = {
        name: (sys.executable, "-c", says.format(name, status))
        for name, status in (("good", 0), ("bad", 3))
    }
    commands["gone"] = ("/nowhere/suite",)
    monkeypatch.setattr(run_suites, "COMMANDS", commands)
    assert main([]) == 1
    told = capsys.readouterr().out
    for name in ("good", "bad"):
        assert f"--- {name}\n" + f"{name}\n" * 2000 in told
    assert told.count("  FAILED") == 2
    assert "No such file or directory: '/nowhere/suite'" in told


def test_ctrl_c_ends_those_that_run_and_no_others_begin(tmp_path: Path) -> None:
    # Not in one sleep: a signal that comes right before it is looked at after it.
    waits = "import pathlib, time\npathlib.Path({0!r}).touch()\n"
    waits += "for _ in range(600): time.sleep(0.1)"
    begun = [tmp_path / f"{number}" for number in range(4)]
    commands = {at.name: (sys.executable, "-c", waits.format(str(at))) for at in begun}
    program = f"from scripts import run_suites as r; r.COMMANDS = {commands!r}; r.main([])"
    with subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        while sum(at.exists() for at in begun) < 2:
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
    assert process.returncode
    assert [at.exists() for at in begun] == [True, True, False, False]


def test_a_suite_that_isnt_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocl"]) == 2
    assert "No such suite: protocl." in capsys.readouterr().out
