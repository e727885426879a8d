"""Which line is said, and which particle follows a quotation."""

import pytest

from realtime.interviewer.offline.chance import Chance
from realtime.interviewer.offline.wording import quotation, say

CHANCE = Chance(0, "iv-1")


@pytest.mark.parametrize(
    ("quote", "rago"),
    [
        ("결제 서버", "라고"),
        ("정산 시스템 개발", "이라고"),
        ("응답 시간을 900ms에서 200ms로 단축", "이라고"),
        ("마감을 5일로 줄였습니다.", "라고"),
        ("재현율을 97%로 개선 (PyTorch)", "라고"),
        ("전환율 3.6%", "라고"),
        ("가입자 1,200", "이라고"),
        ("상위 5", "라고"),
        ("MySQL", "이라고"),
        ("AWS", "라고"),
        ("Spring", "이라고"),
        ("Redis", "라고"),
        ("Kotlin", "이라고"),
        ("…", "라고"),
    ],
)
def test_the_particle_follows_the_last_sound(quote: str, rago: str) -> None:
    values = quotation(quote)
    assert values == {"quote": quote, "rago": rago, "raneun": rago.replace("고", "는")}


def test_a_line_that_was_heard_is_not_said_again() -> None:
    lines = ("One thing for {name}.", "Another word for {name}.")
    first = say(CHANCE, lines, "x", {"name": "A"})
    second = say(CHANCE, lines, "x", {"name": "A"}, heard=[first])
    assert {first, second} == {"One thing for A.", "Another word for A."}
    assert say(CHANCE, lines, "x", {"name": "A"}, heard=[first, second]) in (first, second)
