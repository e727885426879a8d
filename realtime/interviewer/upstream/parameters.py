"""What a server may refuse of a request, and what it is asked instead.

Servers that speak the same API know different parameters: one wants `max_completion_tokens`,
another only `max_tokens`; a reasoning model refuses a `temperature`.
Each such parameter has forms, the preferred first. A server that refuses one by name is asked again
with the next. Forms only ever go down, so that this ends.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from realtime.interviewer.model import Prompt

Form = Callable[[Prompt], dict[str, Any]]


def left_out(prompt: Prompt) -> dict[str, Any]:
    """The form of a parameter that isn't sent."""
    return {}


@dataclass(frozen=True, slots=True)
class Parameter:
    """`names`: how a refusal may call it, in lower case without underscores."""

    names: tuple[str, ...]
    forms: tuple[Form, ...]


class Parameters:
    """Parameters, each in the form that is sent now. Never changes: a refusal makes another."""

    def __init__(self, parameters: dict[str, Parameter], form: dict[str, int] | None = None):
        self._parameters = parameters
        self._form = form or dict.fromkeys(parameters, 0)

    def fields(self, prompt: Prompt) -> dict[str, Any]:
        """What they are in the body of a request."""
        fields: dict[str, Any] = {}
        for name, parameter in self._parameters.items():
            fields.update(parameter.forms[self._form[name]](prompt))
        return fields

    def without(self, body: bytes) -> "Parameters | None":
        """What to ask instead, after a refusal with `body`; null: it isn't about one of these."""
        name = self._named(_complaint(body))
        if name is None or self._form[name] + 1 == len(self._parameters[name].forms):
            return None
        return Parameters(self._parameters, {**self._form, name: self._form[name] + 1})

    def lowered_to(self, other: "Parameters") -> "Parameters":
        """Each parameter in the lower of its two forms: what was refused once isn't sent again."""
        form = {name: max(at, other._form[name]) for name, at in self._form.items()}
        return Parameters(self._parameters, form)

    def _named(self, complaint: str) -> str | None:
        """The parameter that is named first: what else is named is usually the remedy."""
        squeezed = complaint.lower().replace("_", "")
        places = {
            key: min(found)
            for key, parameter in self._parameters.items()
            if (found := [at for n in parameter.names if (at := squeezed.find(n)) >= 0])
        }
        return min(places, key=lambda key: places[key], default=None)


def _complaint(body: bytes) -> str:
    """What a refusal is about: its `param` if it has one, else all that it says."""
    try:
        found = msgspec.json.decode(body, type=_Refusal)
    except (ValueError, RecursionError):  # Neither JSON nor, perhaps, UTF-8.
        found = _Refusal()
    if found.error is not None and found.error.param:
        return re.split(r"[.\[]", found.error.param, maxsplit=1)[0]
    return body.decode(errors="replace")


class _Error(msgspec.Struct):
    param: str | None = None


class _Refusal(msgspec.Struct):
    error: _Error | None = None
