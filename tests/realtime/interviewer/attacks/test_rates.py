"""The published rates of the detector hold, and the arithmetic behind them."""

import pytest

from realtime.interviewer.instructions import Detector
from tests.realtime.interviewer.attacks.corpora import persuasive
from tests.realtime.interviewer.attacks.rates import CLASSES, Looked, Rate, look

# As published in docs/interviewer.md. Whoever changes the rules may better them, and then publishes
# them anew; rules that were made for these very texts have no rate.
DETECTED = 37
ALARMED = 5


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(Detector())


def test_no_fewer_attacks_are_found_than_was_published(looked: Looked) -> None:
    assert looked.detected().found >= DETECTED


def test_no_more_clean_answers_are_flagged_than_was_published(looked: Looked) -> None:
    assert looked.alarmed().found <= ALARMED


def test_every_attack_is_of_one_class() -> None:
    those = [technique for techniques in CLASSES.values() for technique in techniques]
    assert len(those) == len(set(those))
    assert {attack.technique for attack in persuasive()} == set(those)


@pytest.mark.parametrize(
    ("rate", "low", "high"),
    [
        # By hand: n = 10, p = 0.5, z² = 3.8415: (0.5 + 0.19207 ∓ 1.96 · √0.034604) / 1.38415.
        (Rate(5, 10), 0.2366, 0.7634),
        (Rate(0, 10), 0.0, 0.2775),
        (Rate(10, 10), 0.7225, 1.0),
    ],
)
def test_intervals_are_wilsons(rate: Rate, low: float, high: float) -> None:
    assert rate.interval() == pytest.approx((low, high), abs=5e-5)
