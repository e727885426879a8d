"""Hypothesis strategies made from the message types themselves: whatever may be on the wire."""

import types
import typing
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any, Literal

from hypothesis import strategies as st
from msgspec import Meta

from protocol.commands import ID_PATTERN
from protocol.view import TEXT_PATTERN

LARGEST = 2**53 - 1

# Whatever JSON in UTF-8 can carry and PostgreSQL can store.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
IDS = st.text("ABCXYZabcxyz0189._-", min_size=1, max_size=64)
JSON_VALUES: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers(0, LARGEST) | TEXT


@cache
def values(cls: Any) -> st.SearchStrategy[Any]:
    """Any instance of the dataclass `cls` that keeps the limits of its fields."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return st.builds(
        cls, **{item.name: _strategy(hints[item.name]) for item in fields(cls) if item.compare}
    )


def one_of(classes: Any) -> st.SearchStrategy[Any]:
    """Any instance of any of these dataclasses, each as likely as the others."""
    return st.one_of([values(cls) for cls in classes])


def _strategy(hint: Any, limits: Meta | None = None) -> st.SearchStrategy[Any]:
    if typing.get_origin(hint) is typing.Annotated:
        inner, *metas = typing.get_args(hint)
        return _strategy(inner, next(meta for meta in metas if isinstance(meta, Meta)))
    if typing.get_origin(hint) is tuple:
        limits = limits or Meta()
        distinct = "uniqueItems" in (limits.extra_json_schema or {})
        return st.lists(
            _strategy(typing.get_args(hint)[0]),
            min_size=limits.min_length or 0,
            max_size=3,
            unique_by=(lambda item: item) if distinct else None,
        ).map(tuple)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return st.one_of([_strategy(option) for option in typing.get_args(hint)])
    if typing.get_origin(hint) is Literal:
        return st.sampled_from(typing.get_args(hint))
    if typing.get_origin(hint) is dict:
        return st.dictionaries(TEXT, JSON_VALUES, max_size=3)
    if hint in _PLAIN:
        return _PLAIN[hint](limits or Meta())
    return values(hint)


def _text(limits: Meta) -> st.SearchStrategy[str]:
    if limits.pattern == ID_PATTERN:
        return IDS
    if limits.pattern == TEXT_PATTERN:
        return TEXT.filter(str.strip)
    return TEXT


def _integers(limits: Meta) -> st.SearchStrategy[int]:
    least = -LARGEST if limits.ge is None else int(limits.ge)
    return st.integers(least, LARGEST if limits.le is None else int(limits.le))


_PLAIN: dict[Any, Callable[[Meta], st.SearchStrategy[Any]]] = {
    str: _text,
    int: _integers,
    float: lambda limits: st.floats(allow_nan=False, allow_infinity=False),
    bool: lambda limits: st.booleans(),
    type(None): lambda limits: st.none(),
}
