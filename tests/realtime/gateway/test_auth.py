"""Tokens that are taken and tokens that aren't, and what becomes of connections when theirs run out
(`protocol.md` 2, 7, 8, 9).
"""

import base64
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from protocol.errors import ProtocolError
from realtime.gateway.auth import LEEWAY_MS, LOCAL_USER, BearerTokens, LocalUser, can_be_user
from realtime.gateway.jwks import KeySet
from tests.realtime.fakes import START, FakeClock
from tests.realtime.gateway.conftest import Build
from tests.realtime.gateway.signing import NOW_S, SECRET, SignIn, claims, signed
from tests.realtime.gateway.streams import events
from tests.realtime.serving import Conversation

pytestmark = pytest.mark.anyio

LEEWAY_S = LEEWAY_MS // 1_000


def by_secret(audience: str | None = None, clock: FakeClock | None = None) -> BearerTokens:
    return BearerTokens(clock or FakeClock(), SECRET, None, audience)


def by_keys(service: SignIn) -> BearerTokens:
    clock = FakeClock()
    return BearerTokens(clock, None, KeySet(service.fetch, clock), None)


async def refused(by: BearerTokens, token: str | None) -> str:
    """The sentence that a token is refused with."""
    with pytest.raises(ProtocolError) as error:
        await by.caller(token)
    assert error.value.code == "unauthenticated"
    return error.value.message


def unsigned(header: dict[str, Any], payload: bytes, signature: bytes = b"") -> str:
    """A token of these parts."""
    parts = (json.dumps(header).encode(), payload, signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def hs256(header: dict[str, Any], payload: bytes, secret: bytes) -> str:
    """As an attacker signs, whom no library keeps from using a key as a secret."""
    head, body, _ = unsigned(header, payload).split(".")
    return unsigned(header, payload, hmac.digest(secret, f"{head}.{body}".encode(), "sha256"))


# --- good ones ---------------------------------------------------------------------------------


async def test_without_authentication_everyone_is_the_local_user() -> None:
    for token in (None, "", "whatever"):
        caller = await LocalUser().caller(token)
        assert (caller.user_id, caller.expires_at) == (LOCAL_USER, None)


async def test_a_token_names_its_user_until_it_runs_out() -> None:
    caller = await by_secret().caller(signed())
    assert (caller.user_id, caller.counted_as) == ("mina", "mina")
    assert caller.expires_at == START + 3_600_000 + LEEWAY_MS


async def test_an_audience_that_is_not_asked_for_is_not_looked_at() -> None:
    for audience in ("authenticated", "another", ["a", "b"], None):
        assert (await by_secret().caller(signed(aud=audience))).user_id == "mina"


@pytest.mark.parametrize("audience", ["authenticated", ["other", "authenticated"]])
async def test_the_audience_that_is_asked_for_is_among_the_tokens(audience: object) -> None:
    assert (await by_secret("authenticated").caller(signed(aud=audience))).user_id == "mina"


async def test_supabase_tokens_work_as_they_are() -> None:
    """As its `auth` issues them, by the shared secret and by a published key."""
    rest: dict[str, Any] = {
        "iss": "https://example.supabase.co/auth/v1",
        "sub": "6f8e4a1c-6ef8-4f0a-9f0e-51d2a3c6a111",
        "email": "mina@example.org",
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {},
        "role": "authenticated",
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": NOW_S}],
        "session_id": "b2f1c1a0-0000-4000-8000-000000000000",
        "is_anonymous": False,
    }
    service, clock = SignIn("key-1"), FakeClock()
    both = BearerTokens(clock, SECRET, KeySet(service.fetch, clock), "authenticated")
    for token in (signed(**rest), service.token("key-1", **rest)):
        assert (await both.caller(token)).user_id == rest["sub"]


async def test_a_clock_may_be_off_a_little() -> None:
    off: tuple[dict[str, int], ...]
    off = ({"exp": NOW_S - LEEWAY_S + 1}, {"nbf": NOW_S + LEEWAY_S}, {"iat": NOW_S + 500})
    for changes in off:
        assert (await by_secret().caller(signed(**changes))).user_id == "mina"


# --- bad ones ----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "x", "a.b", "a.b.c", "é.é.é", "..", "mina"])
async def test_what_is_no_token_is_refused(token: str | None) -> None:
    await refused(by_secret(), token)


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": None},
        {"sub": ""},
        {"sub": " \t\u3000"},
        {"sub": "m" * 201},
        {"sub": "mi\0na"},
        {"sub": "mina\ud83d"},
        {"sub": 7},
        {"sub": ["mina"]},
        {"exp": None},
        {"exp": NOW_S - LEEWAY_S},
        {"exp": "never"},
        {"exp": str(NOW_S + 60)},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"nbf": NOW_S + LEEWAY_S + 1},
        {"nbf": "soon"},
        {"aud": "another"},
        {"aud": []},
        {"aud": None},
        {"aud": {"authenticated": True}},
        {"aud": [1, "authenticated"]},
    ],
)
async def test_claims_that_wont_do_are_refused(changes: dict[str, Any]) -> None:
    await refused(by_secret("authenticated"), signed(**changes))


async def test_one_that_has_expired_is_told_so() -> None:
    assert "expired" in await refused(by_secret(), signed(exp=NOW_S - 60))


async def test_another_secret_is_refused() -> None:
    await refused(by_secret(), signed("another secret that is just as long as it is"))


async def test_claims_that_were_changed_are_refused() -> None:
    header, payload, signature = signed().split(".")
    other = signed(sub="yuna").split(".")[1]
    assert payload != other
    await refused(by_secret(), f"{header}.{other}.{signature}")


@pytest.mark.parametrize("algorithm", ["none", "NONE", "nOnE", "", None, 7, ["HS256"]])
async def test_an_unsigned_token_is_refused(algorithm: object) -> None:
    token = unsigned({"alg": algorithm, "typ": "JWT"}, json.dumps(claims()).encode())
    await refused(by_secret(), token)
    await refused(by_keys(SignIn("key-1")), token)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
async def test_another_algorithm_by_the_same_secret_is_refused(algorithm: str) -> None:
    long = SECRET * 2
    by = BearerTokens(FakeClock(), long, None, None)
    await refused(by, jwt.encode(claims(), long, algorithm))


async def test_a_public_key_is_no_secret() -> None:
    """Algorithm confusion (RFC 8725 2.1): the published key, used as if it were HS256's."""
    service = SignIn("key-1")
    pem = (
        service.private["key-1"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    clock = FakeClock()
    both = BearerTokens(clock, SECRET, KeySet(service.fetch, clock), None)
    payload = json.dumps(claims()).encode()
    own = json.dumps(service.public("key-1")).encode()
    for secret in (pem, pem.strip(), own, service.published):
        token = hs256({"alg": "HS256", "kid": "key-1"}, payload, secret)
        await refused(by_keys(service), token)
        await refused(both, token)


async def test_the_attackers_signing_is_right() -> None:
    """Else the test before would show nothing."""
    token = hs256({"alg": "HS256"}, json.dumps(claims()).encode(), SECRET.encode())
    assert (await by_secret().caller(token)).user_id == "mina"


async def test_a_key_verifies_what_it_is_for_and_nothing_else() -> None:
    service = SignIn("key-1")
    other = SignIn("key-1")
    await refused(by_keys(service), other.token("key-1"))
    strange = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    for algorithm in ("RS256", "PS256"):
        forged = jwt.encode(claims(), strange, algorithm, headers={"kid": "key-1"})
        await refused(by_keys(service), forged)
    good = service.token("key-1")
    header, rest = good.split(".", 1)
    assert header
    for algorithm in ("ES384", "none", "HS256", "RS256"):
        changed = unsigned({"alg": algorithm, "kid": "key-1"}, b"").split(".")[0]
        await refused(by_keys(service), f"{changed}.{rest}")


async def test_a_token_brings_no_key_of_its_own() -> None:
    service, attacker = SignIn("key-1"), SignIn("mine")
    for extra in (
        {"jwk": attacker.public("mine"), "kid": "key-1"},
        {"jku": "https://evil.example/jwks.json", "kid": "mine"},
        {"x5u": "https://evil.example/cert.pem", "kid": "key-1"},
    ):
        forged = jwt.encode(claims(), attacker.private["mine"], "ES256", headers=extra)
        await refused(by_keys(service), forged)


@pytest.mark.parametrize("payload", [b"[]", b"null", b'"mina"', b"{", b"\xff", b"[" * 50_000])
async def test_well_signed_nonsense_is_refused(payload: bytes) -> None:
    await refused(by_secret(), hs256({"alg": "HS256"}, payload, SECRET.encode()))


@pytest.mark.parametrize(
    "header", [{}, {"alg": "HS256", "kid": 7}, {"alg": "HS256", "crit": ["x"]}, {"alg": {}}]
)
async def test_a_header_that_makes_no_sense_is_refused(header: dict[str, Any]) -> None:
    await refused(by_secret(), hs256(header, json.dumps(claims()).encode(), SECRET.encode()))


@pytest.mark.parametrize("name", ["m", "m" * 200, "미나", "auth0|6f8e", "😀", " mina "])
def test_a_user_may_be_called_so(name: str) -> None:
    assert can_be_user(name)


# --- over HTTP ---------------------------------------------------------------------------------


async def test_over_http_it_is_a_401_that_says_how(build: Build) -> None:
    house = await build(who=by_secret())
    async with house.client() as client:
        for authorization in (None, "Bearer", "Bearer x", f"Basic {signed()}", signed()):
            headers = {} if authorization is None else {"Authorization": authorization}
            response = await client.get("/v1/interviews/iv/events", headers=headers)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.json()["code"] == "unauthenticated"


async def test_while_keys_cant_be_had_one_is_to_try_again(build: Build) -> None:
    service = SignIn("key-1")
    service.down = True
    house = await build(who=by_keys(service))
    async with house.client() as client:
        headers = {"Authorization": f"Bearer {service.token('key-1')}"}
        response = await client.get("/v1/interviews/iv/events", headers=headers)
    assert (response.status_code, response.json()["code"]) == (503, "overloaded")
    conversation = Conversation(await house.connect())
    await conversation.send(type="session.open", id="o", token=service.token("key-1"))
    assert (await conversation.until("error"))["retryable"]
    assert await conversation.close_code() == 1013


async def test_over_a_websocket_it_is_an_error_and_4401(build: Build) -> None:
    house = await build(who=by_secret())
    for token in (None, "x", signed(exp=NOW_S - 60)):
        conversation = Conversation(await house.connect())
        await conversation.send(type="session.open", id="o", token=token)
        error = await conversation.until("error")
        assert (error["re"], error["code"]) == ("o", "unauthenticated")
        assert await conversation.close_code() == 4401
    await house.empty()


# --- a token that runs out ---------------------------------------------------------------------


async def test_a_websocket_whose_token_runs_out_is_closed_with_4401(build: Build) -> None:
    clock = FakeClock()
    house = await build(clock=clock, who=by_secret(clock=clock))
    conversation = Conversation(await house.connect())
    token = signed(sub="local", exp=NOW_S + 60)
    await conversation.send(type="session.open", id="o", token=token)
    opened = await conversation.until("session.opened")
    clock.advance(60 + LEEWAY_S - 1)
    await conversation.send(type="ping", nonce=1)
    assert (await conversation.until("pong"))["nonce"] == 1
    clock.advance(2)
    assert await conversation.close_code() == 4401

    # With the same token it doesn't get in again; with a new one it goes on.
    again = Conversation(await house.connect())
    await again.send(type="session.open", id="o", token=token)
    assert "expired" in (await again.until("error"))["message"]
    renewed = Conversation(await house.connect())
    resume = {"epoch": opened["epoch"], "seq": opened["seq"]}
    await renewed.send(type="session.open", id="o", token=signed(sub="local"), resume=resume)
    assert (await renewed.until("session.opened"))["resumed"]
    await renewed.connection.close()


async def test_an_event_stream_whose_token_runs_out_ends(build: Build) -> None:
    clock = FakeClock()
    house = await build(clock=clock, who=by_secret(clock=clock))
    async with house.client() as client:
        client.headers["Authorization"] = f"Bearer {signed(sub='local', exp=NOW_S + 60)}"
        async with events(client, "iv") as stream:
            assert (await stream.block()).event == "session.opened"
            clock.advance(60 + LEEWAY_S + 1)
            assert {block.event for block in await stream.rest()} <= {None}
        response = await client.get("/v1/interviews/iv/events")
        assert response.status_code == 401
