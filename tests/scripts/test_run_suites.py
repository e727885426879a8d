"""The closing table shows what the suites themselves said."""

import pytest

from scripts.run_suites import Outcome, closing_line, table


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


def test_the_table_has_a_line_a_suite_and_the_sum() -> None:
    lines = table(
        [Outcome("protocol", 1.2, True, "2 passed in 1.2s"), Outcome("web", 2.5, False, "")]
    ).splitlines()
    assert [line.split() for line in lines] == [
        ["suite", "seconds", "closing", "line"],
        ["protocol", "1.2", "passed", "2", "passed", "in", "1.2s"],
        ["web", "2.5", "FAILED"],
        ["all", "3.7"],
    ]
