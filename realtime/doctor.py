"""Looks at what a server needs, and says what is missing and what to do about it.

Rule of this file: it changes nothing. An embedded database that isn't there yet is tried out in a
folder that is removed again, and no migration is run.
"""

import asyncio
import http.client
import os
import platform
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

from realtime.app import CANNOT_RUN, PAGE, place
from realtime.check import Check
from realtime.document_checks import document_checks
from realtime.existing import existing
from realtime.gateway.page import INDEX
from realtime.model_checks import Ask, interviewer_checks
from realtime.settings import Settings
from realtime.trust import PUBLISHED_SECRETS, is_loopback
from realtime.voice_checks import voice_checks
from storage.database import Database
from storage.embedded import EmbeddedPostgresError
from storage.interviews import unfinished
from storage.migrations import current, head
from storage.roles import Login, RolesMissing, login
from storage.usage import WorkUsage, usage_of

OLDEST_PYTHON = (3, 11)


async def examine(settings: Settings, ask: Ask | None = None) -> list[Check]:
    """All checks. They fail by what they say, and raise nothing. With `ask`, the models too are
    asked whether they will do.
    """
    return [
        Check("python", sys.version_info >= OLDEST_PYTHON, platform.python_version()),
        _page(settings.page_dir or PAGE),
        _data_dir(settings.data_dir),
        *_security(settings),
        *await _storage(settings),
        *await document_checks(settings),
        *await interviewer_checks(settings, ask),
        *await voice_checks(settings),
    ]


async def usage(settings: Settings, interview_id: str) -> list[WorkUsage] | None:
    """What an interview took of models, whosoever it is; null: there is no such interview.

    Raises:
        CANNOT_RUN: the database can't be had.
    """
    async with existing(settings) as url:
        return await usage_of(url, interview_id)


def _page(folder: Path) -> Check:
    if (folder / INDEX).is_file():
        return Check("page", True, f"built, in {folder}")
    return Check("page", None, "not built: install Node 20 and run `make setup`")


def _data_dir(folder: Path) -> Check:
    existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        found = str(folder) if existing == folder else f"{folder}, made at the first start"
        return Check("data_dir", True, found)
    return Check("data_dir", False, f"{existing} can't be written to: choose another --data-dir")


# --- who may get in ----------------------------------------------------------------------------


def _security(settings: Settings) -> list[Check]:
    checks = [_sign_in(settings), _origins(settings.allowed_origins), _tls(settings)]
    if not (settings.jwt_secret or settings.jwks_url):
        return checks
    if settings.jwt_audience is None:
        said = "any: tokens for other services are taken too, unless VIVA_JWT_AUDIENCE is set"
        checks.append(Check("audience", None, said))
    if not (settings.ticket_secret or settings.jwt_secret):
        said = "their secret is in the data directory; with several nodes, set VIVA_TICKET_SECRET"
        checks.append(Check("tickets", None, said))
    return checks


def _sign_in(settings: Settings) -> Check:
    secret, keys = settings.jwt_secret, settings.jwks_url
    if secret is not None and secret.get_secret_value() in PUBLISHED_SECRETS:
        said = (
            "everybody knows VIVA_JWT_SECRET: it is in a manual. `openssl rand -hex 32` makes one"
        )
        return Check("sign_in", False, said)
    if keys is not None and urlsplit(keys).scheme == "http":
        host = urlsplit(keys).hostname or ""
        if not is_loopback(host):
            said = f"the keys come over plain HTTP: whoever is between here and {host} can get in"
            return Check("sign_in", False, said)
    if not (secret or keys):
        return Check("sign_in", None, "nobody has to: one local user, from this machine alone")
    by = " and ".join(
        name for name, given in (("a shared secret", secret), ("published keys", keys)) if given
    )
    return Check("sign_in", True, f"tokens are checked by {by}")


def _origins(allowed: frozenset[str]) -> Check:
    if "*" in allowed:
        said = "every page may use this server: name yours in VIVA_ALLOWED_ORIGINS instead of *"
        return Check("origins", False, said)
    return Check("origins", True, ", ".join(sorted(allowed)) or "this server's own page alone")


def _tls(settings: Settings) -> Check:
    if is_loopback(settings.host):
        return Check("tls", None, "reached from this machine alone, unless a proxy is in front")
    if settings.trusted_proxies:
        return Check("tls", None, "left to the proxies in VIVA_TRUSTED_PROXIES")
    said = (
        f"{settings.host} is reached over plain HTTP: put a proxy with TLS in front, and name it "
        "in VIVA_TRUSTED_PROXIES"
    )
    return Check("tls", False, said)


# --- the database ------------------------------------------------------------------------------


async def _storage(settings: Settings) -> list[Check]:
    embedded = settings.database_url is None
    async with AsyncExitStack() as stack:
        if new := embedded and not (settings.data_dir / "postgres").exists():
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="viva-"))
            settings = settings.model_copy(update={"data_dir": Path(folder)})
        try:
            chosen = await stack.enter_async_context(place(settings))
        except EmbeddedPostgresError as error:
            return [await _in_use(settings, error)]
        if new:
            return [Check("database", True, "embedded: it works here, and is made at the start")]
        return await _database(chosen.url, "embedded" if embedded else "reached")


async def _in_use(settings: Settings, error: EmbeddedPostgresError) -> Check:
    """The embedded database can't be had: most likely because a server is running on it."""
    status = await asyncio.to_thread(_ready, settings)
    if status == 200:
        server = f"http://{settings.host}:{settings.port}"
        return Check(
            "database", True, f"embedded: in use by the server at {server}, which is ready"
        )
    return Check("database", False, str(error))


def _ready(settings: Settings) -> int | None:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


async def _database(url: str, found: str) -> list[Check]:
    database = Database(url)
    try:
        who, revision, newest = await login(url), await current(url), head()
        checks = [Check("database", True, found)]
        if revision != newest:
            said = f"at {revision or 'nothing'}, this version needs {newest}: run `viva migrate`"
            return [*checks, Check("migrations", False, said)]
        checks += [Check("migrations", True, f"at {newest}"), _role(who)]
        if who.lacking:
            return checks
        await database.ping()
        return [*checks, Check("open_interviews", None, f"{await unfinished(url)} not finished")]
    except CANNOT_RUN as error:
        return [Check("database", False, str(error))]
    finally:
        await database.aclose()


def _role(who: Login) -> Check:
    if who.lacking:
        return Check("database_role", False, str(RolesMissing(who.lacking)))
    if who.bound:
        return Check("database_role", True, f"{who.name}, bound by row-level security")
    said = (
        f"{who.name} is a superuser or may bypass row-level security, which then keeps nobody "
        "apart: ALTER ROLE … NOSUPERUSER NOBYPASSRLS"
    )
    return Check("database_role", False, said)
