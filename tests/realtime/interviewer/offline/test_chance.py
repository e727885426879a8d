"""Choices that look free and are not."""

from realtime.interviewer.offline.chance import Chance


def test_the_same_occasion_gives_the_same_number() -> None:
    assert Chance(1, "a").number("x", 2) == Chance(1, "a").number("x", 2)


def test_seed_interview_and_occasion_all_count() -> None:
    numbers = {
        Chance(1, "a").number("x"),
        Chance(2, "a").number("x"),
        Chance(1, "b").number("x"),
        Chance(1, "a").number("y"),
        Chance(1, "a").number("x", ""),
    }
    assert len(numbers) == 5


def test_numbers_are_spread_evenly() -> None:
    chance = Chance(0, "a")
    numbers = [chance.number(n) for n in range(4_000)]
    assert all(0 <= number < 1 for number in numbers)
    for tenth in range(10):
        share = sum(tenth <= 10 * number < tenth + 1 for number in numbers)
        assert 300 < share < 500


def test_every_option_is_picked_some_time() -> None:
    chance = Chance(0, "a")
    assert {chance.pick("abc", n) for n in range(50)} == set("abc")


def test_an_option_taken_away_moves_no_other() -> None:
    chance = Chance(5, "a")
    order = chance.order(["a", "b", "c", "d"], "x")
    assert chance.order(["d", "a", "c"], "x") == [each for each in order if each != "b"]
