"""A server that wants people to sign in, as a process: by a secret, and by published keys."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from realtime.cli import app, seconds
from realtime.clock import SystemClock
from realtime.gateway.auth import BearerTokens
from tests.realtime.gateway.signing import SECRET, SignIn, signed
from tests.realtime.gateway.test_jwks import HEAD, answering
from tests.realtime.test_cli import called, complaint
from tests.realtime.viva import Serving, serving, viva

if TYPE_CHECKING:
    from sqlalchemy import URL

pytestmark = pytest.mark.anyio

SECRETS = {"VIVA_JWT_SECRET": SECRET}


def in_an_hour() -> int:
    return SystemClock().now() // 1_000 + 3_600


async def status(running: Serving, token: str | None, **headers: str) -> int:
    """What it answers to whoever wants the list of interviews."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with running.client() as client:
        return (await client.get("/v1/interviews", headers=headers)).status_code


@pytest.fixture
def given(migrated_url: "URL", tmp_path: Path) -> dict[str, str]:
    """The settings that every server here has."""
    url = migrated_url.render_as_string(hide_password=False)
    return {"VIVA_DATABASE_URL": url, "VIVA_DATA_DIR": str(tmp_path / "data")}


async def test_with_a_secret_one_needs_a_token(given: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    settings = {**given, "VIVA_JWT_SECRET_FILE": str(file), "VIVA_JWT_AUDIENCE": "viva"}
    made = await viva("token", "--sub", "mina", "--ttl", "5m", settings=settings)
    assert (made.status, made.err) == (0, "")
    async with serving(settings=settings) as running:
        assert await status(running, None) == 401
        assert await status(running, signed(exp=in_an_hour())) == 401  # for another audience
        assert await status(running, made.out.strip()) == 200
        # Any name will do: a strange page has no token.
        assert await status(running, made.out.strip(), Host="interviews.example") == 200
        async with running.client() as client:
            assert (await client.get("/v1/capabilities")).status_code == 200
            assert (await client.get("/readyz")).status_code == 200
    assert not (tmp_path / "data").exists()


async def test_with_published_keys_one_needs_a_token_by_them(given: dict[str, str]) -> None:
    service = SignIn("key-1")
    token = service.token("key-1", exp=in_an_hour())
    stranger = SignIn("key-1").token("key-1", exp=in_an_hour())
    async with answering(HEAD, service.published) as url:
        settings = {**given, "VIVA_JWKS_URL": url, "NO_PROXY": "127.0.0.1"}
        async with serving(settings=settings) as running:
            assert await status(running, token) == 200
            assert await status(running, stranger) == 401
            assert await status(running, signed(exp=in_an_hour())) == 401


async def test_without_the_keys_it_runs_and_says_so(given: dict[str, str]) -> None:
    settings = {**given, "VIVA_JWKS_URL": "http://127.0.0.1:1/jwks.json", "NO_PROXY": "127.0.0.1"}
    async with serving(settings=settings) as running:
        assert await status(running, SignIn("a").token("a", exp=in_an_hour())) == 503
        running.process.terminate()
        ended = await running.ended()
    assert ended.status == 0
    assert "jwks_unavailable" in ended.err


async def test_tickets_outlive_the_server(given: dict[str, str]) -> None:
    async with serving(settings=given) as running, running.client() as client:
        made = (await client.post("/v1/interviews", json={"role": "backend"})).json()["id"]
        bought = await client.post(f"/v1/interviews/{made}/tickets", json={})
    async with serving(settings=given) as running, running.client() as client:
        path = f"/v1/interviews/{made}/events"
        async with client.stream("GET", path, params=bought.json()) as response:
            assert response.status_code == 200
        forged = await client.get(path, params={"ticket": "forged"})
        assert forged.status_code == 401


# --- viva token --------------------------------------------------------------------------------


async def test_a_token_names_its_user_for_as_long() -> None:
    before = SystemClock().now()
    token = CliRunner().invoke(app, ["token", "--sub", "미나", "--ttl", "2h"], env=SECRETS).stdout
    caller = await BearerTokens(SystemClock(), SECRET, None, None).caller(token.strip())
    assert caller.user_id == "미나"
    assert caller.expires_at is not None
    assert caller.expires_at > before + 7_000_000


@pytest.mark.parametrize(
    ("arguments", "settings", "reason"),
    [
        (("--sub", "mina"), {}, "VIVA_JWT_SECRET isn't set"),
        (("--sub", "mina", "--ttl", "soon"), SECRETS, '--ttl is "soon": a time such as'),
        (("--sub", " "), SECRETS, "--sub won't do"),
        (("--sub", "m" * 201), SECRETS, "--sub won't do"),
        (("--sub", "mina"), {"VIVA_JWT_SECRET": "short"}, "at least 32 bytes"),
    ],
)
def test_a_token_that_cant_be_made_is_explained(
    arguments: tuple[str, ...], settings: dict[str, str], reason: str
) -> None:
    assert reason in complaint(called("token", *arguments, settings=settings), 2)


@pytest.mark.parametrize(
    ("given", "meant"), [("90s", 90), ("15m", 900), ("1h", 3_600), ("7d", 604_800)]
)
def test_a_time_has_a_unit(given: str, meant: int) -> None:
    assert seconds(given) == meant


@pytest.mark.parametrize("given", ["", "1", "h", "0h", "-1h", "1.5h", "1 h", "1h ", "1w", "١h"])
def test_another_time_is_none(given: str) -> None:
    assert seconds(given) is None
