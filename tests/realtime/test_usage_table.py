"""The table of what an interview took."""

from dataclasses import replace

from realtime.usage_table import usage_table
from storage.usage import WorkUsage

QUESTION = WorkUsage(
    turn=1,
    what="question",
    lane=0,
    provider="openai",
    model="gpt",
    requests=2,
    outcomes={"stop": 1, "cut": 1},
    input_tokens=3_000,
    cached_tokens=2_000,
    output_tokens=100,
    estimated=0,
    cost_micro_usd=1_000_042,
    first_token_ms=350,
)
REPORT = replace(
    QUESTION,
    turn=None,
    what="report",
    model="gemini",
    requests=1,
    outcomes={"stop": 1},
    estimated=1,
    cost_micro_usd=None,
    first_token_ms=None,
)


def test_a_line_a_work_and_one_for_all() -> None:
    assert usage_table([QUESTION, REPORT]).splitlines() == [
        "turn  work      lane  model   requests   sent  cached  received  cost_usd  "
        "first_token_ms  outcomes",
        "   1  question     0  gpt            2   3000    2000       100  1.000042  "
        "           350  stop 1, cut 1",
        "   -  report       0  gemini         1  ~3000   ~2000      ~100         -  "
        "             -  stop 1",
        "      all                            3   6000    4000       200  1.000042",
    ]


def test_nothing_has_no_lines() -> None:
    assert usage_table([]) == "No model was asked."


def test_no_price_at_all() -> None:
    assert usage_table([REPORT]).splitlines()[-1].split() == [
        *("all", "1", "3000", "2000", "100", "-"),
    ]
