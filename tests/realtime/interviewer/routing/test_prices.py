"""Prices: which one fits a model, what a request then costs, and which files are refused."""

from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.interviewer.files import DataFileError
from realtime.interviewer.model import Usage
from realtime.interviewer.routing.prices import Price, prices

HEAD = 'as_of = 2026-11-22\nsource = "here"\n'


def line(name: str, input: str, cached: str = "0", output: str = "0") -> str:
    return (
        f'[[models]]\nprovider = "p"\nname = "{name}"\n'
        f"input = {input}\ncached_input = {cached}\noutput = {output}\n"
    )


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own.toml"


# --- which price ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-4.1-mini", "gpt-4.1-mini"),
        ("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini"),
        ("gpt-5", "gpt-5"),
        ("gpt-5.4", "gpt-5.4"),
        ("gemini-2.5-flash", "gemini-2.5-flash"),
        ("gemini-2.5-flash-001", "gemini-2.5-flash"),
        ("gemini-2.5-flash-lite-preview-09-2025", "gemini-2.5-flash-lite"),
        ("gemini-3-flash-preview", "gemini-3-flash"),
        ("gemini-2.5-flash-latest", "gemini-2.5-flash"),
    ],
)
def test_the_price_of_a_model_and_of_its_versions(model: str, name: str) -> None:
    found = prices().of(model)
    assert found is not None
    assert found[0].name == name


@pytest.mark.parametrize(
    "model",
    ["", "gpt", "llama3.1", "gpt-4.1-giant", "gemini-2.5-flash-image", "openai/gpt-5", "gpt-5-pro"],
)
def test_another_model_has_no_price_of_its_cousins(model: str) -> None:
    assert prices().of(model) is None
    assert prices().cost(model, Usage(1, 0, 1)) is None


def test_the_longest_name_wins(own: Path) -> None:
    own.write_text(HEAD + line("*", "1") + line("big*", "2") + line("bigger", "3"))
    listed = prices(own)
    million = Usage(1_000_000, 0, 0)
    assert listed.cost("small", million) == 1_000_000
    assert listed.cost("big-one", million) == 2_000_000
    assert listed.cost("bigger-2026-01-01", million) == 3_000_000


def test_the_operators_prices_come_first_and_the_others_stay(own: Path) -> None:
    own.write_text(HEAD + line("gpt-4.1*", "7"))
    listed = prices(own)
    million = Usage(1_000_000, 0, 0)
    assert listed.cost("gpt-4.1-mini", million) == 7_000_000
    assert listed.cost("gemini-2.5-flash", million) == prices().cost("gemini-2.5-flash", million)


# --- what it costs -------------------------------------------------------------------------------


def test_each_kind_of_token_has_its_price() -> None:
    """gpt-4.1-mini: 0.40, cached 0.10, output 1.60 dollars a million."""
    assert prices().cost("gpt-4.1-mini", Usage(3_000, 2_000, 500)) == 400 + 200 + 800


@pytest.mark.parametrize(
    ("usage", "cost"),
    [(Usage(0, 0, 0), 0), (Usage(1, 0, 0), 1), (Usage(1, 1, 0), 1), (Usage(10, 0, 0), 4)],
)
def test_a_broken_micro_dollar_is_a_whole_one(usage: Usage, cost: int) -> None:
    assert prices().cost("gpt-4.1-mini", usage) == cost


def test_no_more_is_cached_than_was_sent() -> None:
    assert prices().cost("gpt-4.1-mini", Usage(1_000, 5_000, 0)) == 100


@given(
    st.sampled_from([price for listed in prices().lists for price in listed.models]),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
)
def test_it_is_exact(price: Price, sent: int, cached: int, output: int) -> None:
    listed = prices()
    cached = min(cached, sent)
    exact = (
        (sent - cached) * Fraction(str(price.input))
        + cached * Fraction(str(price.cached_input))
        + output * Fraction(str(price.output))
    )
    assert listed.cost(price.name, Usage(sent, cached, output)) == ceil(exact)


# --- the files -----------------------------------------------------------------------------------


def test_what_is_cached_never_costs_more_and_no_price_is_free() -> None:
    for price in prices().lists[0].models:
        assert 0 < price.cached_input <= price.input < price.output, price.name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "as_of"),
        ("as_of = ", "Invalid"),
        (HEAD + line("a", "-1"), ">= 0.0"),
        (HEAD + line("a", "nan"), "finite|>= 0|number"),
        (HEAD + line("a", '"cheap"'), "Expected `float`"),
        (HEAD + line("a", "0.0000001"), "at most 6 decimals"),
        (HEAD + line("a", "1") + line("a", "2"), r"models\[1\].name`: a is there twice"),
        (HEAD + line("a*b", "1"), "regex"),
        (HEAD + line("", "1"), "regex"),
        (HEAD + line("a", "1") + "free = true\n", "unknown field"),
    ],
)
def test_a_file_that_wont_do_is_refused(own: Path, text: str, reason: str) -> None:
    own.write_text(text)
    with pytest.raises(DataFileError, match=reason) as refused:
        prices(own)
    assert str(own) in str(refused.value)


def test_a_file_that_isnt_there(own: Path) -> None:
    with pytest.raises(DataFileError, match="No such file"):
        prices(own)
