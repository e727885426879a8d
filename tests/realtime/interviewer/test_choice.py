"""Which interviewers come of which settings, in which order, and why."""

from typing import Any

import pytest
from pydantic import SecretStr

from realtime.interviewer.choice import Chosen, chosen
from realtime.interviewer.routing.prices import prices
from realtime.model_settings import Provider
from realtime.settings import Settings

KEY = SecretStr("sk-and-so-on")
BOTH: dict[str, Any] = {"openai_api_key": KEY, "gemini_api_key": KEY}
LOCAL = "http://127.0.0.1:11434/v1"


def settings(**given: Any) -> Settings:
    """The defaults, whatever the environment holds, but for these."""
    return Settings.model_construct().model_copy(update=given)


@pytest.mark.parametrize(
    ("given", "order"),
    [
        ({}, ("offline",)),
        ({"openai_api_key": KEY}, ("openai", "offline")),
        ({"gemini_api_key": KEY}, ("gemini", "offline")),
        ({"openai_base_url": LOCAL}, ("openai", "offline")),
        (BOTH, ("openai", "gemini", "offline")),
        ({**BOTH, "interviewers": ("gemini", "openai")}, ("gemini", "openai", "offline")),
        ({**BOTH, "interviewers": ("gemini",)}, ("gemini", "offline")),
        ({**BOTH, "interviewer": "openai"}, ("openai", "offline")),
        ({**BOTH, "interviewer": "gemini", "interviewers": ("openai",)}, ("gemini", "offline")),
        ({**BOTH, "interviewer": "offline"}, ("offline",)),
        ({**BOTH, "last_resort": "none"}, ("openai", "gemini")),
        ({"last_resort": "none"}, ("offline",)),
    ],
)
def test_the_order(given: dict[str, Any], order: tuple[str, ...]) -> None:
    assert chosen(settings(**given)).order == order


@pytest.mark.parametrize(
    ("given", "provider", "why"),
    [
        ({}, "openai", "there is no key: set VIVA_OPENAI_API_KEY or OPENAI_API_KEY, or"),
        ({**BOTH, "interviewers": ("openai",)}, "gemini", "VIVA_INTERVIEWERS doesn't name it"),
        ({**BOTH, "interviewer": "offline"}, "gemini", "offline is chosen by name"),
        ({**BOTH, "interviewer": "gemini"}, "openai", "gemini is chosen by name"),
    ],
)
def test_why_one_is_left_out(given: dict[str, Any], provider: Provider, why: str) -> None:
    assert dict(chosen(settings(**given)).left_out)[provider].startswith(why)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"openai_api_key": KEY}, "there is a key"),
        ({"openai_base_url": LOCAL}, "there is a server that needs no key"),
        ({"openai_base_url": LOCAL, "openai_api_key": KEY}, "there is a key"),
        ({"openai_api_key": KEY, "interviewer": "openai"}, "it is chosen by name"),
    ],
)
def test_why_one_is_used(given: dict[str, Any], why: str) -> None:
    assert [each.why for each in chosen(settings(**given)).models] == [why]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "no model can be used"),
        ({**BOTH, "interviewer": "offline"}, "it is chosen by name"),
        (BOTH, "the last resort"),
        ({**BOTH, "last_resort": "none"}, "VIVA_LAST_RESORT is none"),
    ],
)
def test_why_offline_is_used_or_not(given: dict[str, Any], why: str) -> None:
    assert chosen(settings(**given)).why_offline == why


def test_each_provider_has_its_own_settings() -> None:
    given = settings(
        **BOTH,
        openai_model="o",
        openai_base_url=LOCAL,
        openai_requests_per_minute=1,
        openai_tokens_per_minute=2,
        gemini_model="g",
        gemini_requests_per_minute=3,
        gemini_tokens_per_minute=4,
    )
    assert chosen(given).models == (
        Chosen("openai", "o", KEY, LOCAL, 1, 2, "there is a key"),
        Chosen("gemini", "g", KEY, None, 3, 4, "there is a key"),
    )


def test_the_default_models_have_prices() -> None:
    known = prices()
    assert all(known.of(each.model) for each in chosen(settings(**BOTH)).models)


def test_nothing_that_is_said_holds_a_key() -> None:
    assert KEY.get_secret_value() not in repr(chosen(settings(**BOTH)))
