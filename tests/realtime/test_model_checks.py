"""What is said of the interviewers by whoever examines a server."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from realtime.check import Check
from realtime.interviewer.choice import Chosen
from realtime.interviewer.upstream.client import Checkup
from realtime.model_checks import Ask, interviewer_checks
from realtime.settings import Settings

pytestmark = pytest.mark.anyio

KEY = SecretStr("sk-and-so-on")
LOCAL = "http://127.0.0.1:11434/v1"


async def checks(ask: Ask | None = None, **given: Any) -> dict[str, Check]:
    settings = Settings.model_construct().model_copy(update=given)
    found = await interviewer_checks(settings, ask)
    assert KEY.get_secret_value() not in repr(found)
    return {check.name: check for check in found}


async def test_without_a_key_it_says_what_to_set() -> None:
    found = await checks()
    assert list(found) == ["interviewer", "openai", "gemini"]
    assert found["interviewer"] == Check("interviewer", True, "offline (no model can be used)")
    assert found["gemini"].ok is None
    assert found["gemini"].found.startswith("not used: there is no key: set VIVA_GEMINI_API_KEY")


async def test_the_order_and_why() -> None:
    found = await checks(openai_base_url=LOCAL, gemini_api_key=KEY)
    assert found["interviewer"].found == (
        "openai (there is a server that needs no key), then gemini (there is a key), "
        "then offline (the last resort)"
    )
    found = await checks(gemini_api_key=KEY, last_resort="none")
    assert found["interviewer"].found == (
        "gemini (there is a key), then nobody (VIVA_LAST_RESORT is none)"
    )


async def test_a_model_its_server_its_price_and_its_bounds() -> None:
    found = await checks(
        openai_api_key=KEY, openai_model="gpt-4.1-mini", openai_requests_per_minute=15
    )
    assert found["openai"].ok
    assert found["openai"].found.startswith(
        "gpt-4.1-mini at the provider's server, with a key, $0.4 a million tokens sent "
        "($0.1 cached), $1.6 received, as of 20"
    )
    assert found["openai"].found.endswith(", at most 15 requests a minute")


async def test_a_model_without_a_price_is_told_and_may_get_one(tmp_path: Path) -> None:
    local: dict[str, Any] = {"openai_base_url": LOCAL, "openai_model": "llama"}
    found = await checks(**local)
    assert f"llama at {LOCAL}, without a key, no price is known" in found["openai"].found
    assert found["cost"].ok is None
    assert "llama count as free" in found["cost"].found
    own = tmp_path / "own.toml"
    own.write_text(
        'as_of = 2026-01-01\nsource = "us"\n[[models]]\nprovider = "openai"\nname = "*"\n'
        "input = 0\ncached_input = 0\noutput = 0\n"
    )
    found = await checks(**local, prices=own)
    assert "$0 a million tokens sent" in found["openai"].found
    assert found["cost"] == Check("cost", True, "at most $1 an interview, $10 a user in 24 hours")


async def test_prices_that_wont_do(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("as_of = 2026-01-01\n")
    found = await checks(prices=own)
    assert found["interviewer"].ok is False
    assert str(own) in found["interviewer"].found


async def test_no_bound_on_cost_is_said() -> None:
    found = await checks(openai_api_key=KEY, cost_per_interview_usd=0.0, cost_per_user_usd=0.0)
    assert found["cost"].ok is None
    assert "no bound" in found["cost"].found


@pytest.mark.parametrize(
    ("url", "ok"),
    [
        ("http://models.example/v1", False),
        ("https://models.example/v1", True),
        ("http://127.0.0.1:11434/v1", True),
        ("http://localhost:11434/v1", True),
    ],
)
async def test_a_key_over_plain_http_is_a_failure(url: str, ok: bool) -> None:
    assert (await checks(openai_api_key=KEY, openai_base_url=url))["openai"].ok is ok
    assert (await checks(openai_base_url=url))["openai"].ok


async def test_models_are_asked_only_when_that_is_wanted() -> None:
    asked: list[str] = []

    async def ask(chosen: Chosen) -> Checkup:
        asked.append(chosen.provider)
        return Checkup(chosen.provider == "openai", f"{chosen.model} was asked")

    found = await checks(ask, openai_api_key=KEY, gemini_api_key=KEY, gemini_model="g")
    assert asked == ["openai", "gemini"]
    assert found["openai_asked"].ok
    assert found["gemini_asked"] == Check("gemini_asked", False, "g was asked")
    assert "openai_asked" not in await checks(openai_api_key=KEY)
