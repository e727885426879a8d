"""What a request costs: prices as data, and integer arithmetic.

A dollar per million tokens is a millionth of a dollar per token, so the numbers of a price list are
micro-dollars per token as they stand; they are kept in millionths of these, exactly.
"""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from realtime.interviewer.files import DATA, DataFileError, read
from realtime.interviewer.model import Usage

_SCALE = 1_000_000
_MOST_DECIMALS = 6

_Dollars = Annotated[float, Meta(ge=0, le=100_000)]
_Name = Annotated[str, Meta(pattern=r"^([^*\s]+|[^*\s]*\*)$")]
_Words = Annotated[str, Meta(pattern=r"\S")]

# What may follow a model's name without making it another model.
_VERSION = re.compile(r"(-preview)?(-\d[\d-]*)?|-latest", re.ASCII)


@dataclass(frozen=True, slots=True)
class Price:
    """Of a model, in US dollars per million tokens. A `name` with a star at its end stands for all
    that begins so.
    """

    provider: _Words
    name: _Name
    input: _Dollars
    cached_input: _Dollars
    output: _Dollars

    def fits(self, model: str) -> bool:
        if self.name.endswith("*"):
            return model.startswith(self.name[:-1])
        return model.startswith(self.name) and bool(_VERSION.fullmatch(model[len(self.name) :]))


@dataclass(frozen=True, slots=True)
class PriceList:
    """A file of prices; `as_of`: the day on which they were right."""

    as_of: datetime.date
    source: _Words
    models: tuple[Price, ...]


class Prices:
    """The prices of several lists; what an earlier list tells of a model wins."""

    def __init__(self, lists: Iterable[PriceList]) -> None:
        self.lists = tuple(lists)
        self._found: dict[str, tuple[Price, PriceList] | None] = {}

    def of(self, model: str) -> tuple[Price, PriceList] | None:
        """The price that fits `model` best, by the longest name, and its list; null: none does."""
        if model not in self._found:
            self._found[model] = self._best(model)
        return self._found[model]

    def _best(self, model: str) -> tuple[Price, PriceList] | None:
        for listed in self.lists:
            fitting = [price for price in listed.models if price.fits(model)]
            if fitting:
                return max(fitting, key=lambda price: len(price.name)), listed
        return None

    def cost(self, model: str, usage: Usage) -> int | None:
        """In millionths of a US dollar, rounded up; null: no price is known."""
        found = self.of(model)
        if found is None:
            return None
        price, _ = found
        cached = min(usage.cached_tokens, usage.input_tokens)
        scaled = (
            (usage.input_tokens - cached) * _scaled(price.input)
            + cached * _scaled(price.cached_input)
            + usage.output_tokens * _scaled(price.output)
        )
        return -(-scaled // _SCALE)


def prices(own: Path | None = None) -> Prices:
    """The built-in prices, and before them those of the operator's `own` file.

    Raises:
        DataFileError: a file can't be read, or one of its prices won't do.
    """
    paths = [DATA / "prices.toml"] if own is None else [own, DATA / "prices.toml"]
    lists = []
    for path in paths:
        listed = read(path, PriceList)
        _check(path, listed)
        lists.append(listed)
    return Prices(lists)


def _check(path: Traversable, listed: PriceList) -> None:
    names: set[str] = set()
    for place, price in enumerate(listed.models):
        if price.name in names:
            raise DataFileError(path, f"`$.models[{place}].name`: {price.name} is there twice")
        names.add(price.name)
        for each in (price.input, price.cached_input, price.output):
            if each != round(each, _MOST_DECIMALS):
                raise DataFileError(
                    path, f"`$.models[{place}]`: a price has at most {_MOST_DECIMALS} decimals"
                )


@cache
def _scaled(dollars: float) -> int:
    """As the file has it: a float's shortest notation is the one that it was read from."""
    return int(Decimal(repr(dollars)) * _SCALE)
