"""The composition root: the only place where parts are chosen and wired together.

`place` and `house` choose the real ones by the settings, start them and end them; `build` wires
whatever parts it is given, so that a test can bring its own; `serve` does all of it.
"""

import asyncio
import gc
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, get_args

import httpx
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from protocol.interview import Rules
from protocol.messages import Capabilities, Limits
from protocol.view import Language, Persona
from realtime.clock import SystemClock
from realtime.document_parts import DocumentParts, Foundation, document_parts
from realtime.gateway.address import OnlyByName, UnderPath
from realtime.gateway.auth import Authenticator, BearerTokens, LocalUser
from realtime.gateway.commands import Commands
from realtime.gateway.connections import Connections
from realtime.gateway.contract import Contract
from realtime.gateway.documents import DocumentsApi, Taking
from realtime.gateway.health import Health
from realtime.gateway.http import About, HttpApi
from realtime.gateway.jwks import KeySet, Published
from realtime.gateway.options import Options
from realtime.gateway.page import Page
from realtime.gateway.problems import HANDLERS, Defects
from realtime.gateway.progress import ProgressApi
from realtime.gateway.recordings import Hearable, RecordingsApi
from realtime.gateway.report import ReportApi
from realtime.gateway.requests import Intake
from realtime.gateway.sight import Sight
from realtime.gateway.sse import EventStreams
from realtime.gateway.tickets import TicketOffice, Tickets, kept_secret
from realtime.gateway.websocket import WebSocketGateway, nothing_here
from realtime.interviewer.files import DataFileError
from realtime.interviewer.offline.banks import ROLES
from realtime.interviewer.rubric import rubric
from realtime.interviewers import staff
from realtime.ports import Clock, Interviewer, Interviews, Progress, StorageUnavailable, Store
from realtime.reports.pdf import Typesetter
from realtime.server import Config, Patience, Server
from realtime.session.directory import Directory
from realtime.session.parts import Parts
from realtime.settings import Settings
from realtime.voice_parts import VoiceParts, voice_parts
from storage.connections import Limits as DatabaseLimits
from storage.database import Database
from storage.documents import StoredDocuments
from storage.embedded import EmbeddedPostgres, EmbeddedPostgresError
from storage.interviews import StoredInterviews
from storage.migrations import UnknownSchema, upgrade
from storage.progress import StoredProgress
from storage.roles import RolesMissing
from storage.usage import StoredLedger
from storage.writer import Writer

logger = structlog.get_logger(__name__)

# What can keep the server from running. Each says in a sentence what is wrong.
CANNOT_RUN = (EmbeddedPostgresError, StorageUnavailable, RolesMissing, UnknownSchema, DataFileError)

PAGE = Path(__file__).parents[1] / "web_demo" / "dist"


class Storage(Interviews, Store, Protocol):
    """Both sides of what lasts: the actors' and HTTP's."""


@dataclass(frozen=True, slots=True)
class House:
    """The parts that an application is made of. `ping` asks storage whether it answers."""

    storage: Storage
    progress: Progress
    documents: DocumentParts
    voice: VoiceParts
    ping: Callable[[], Awaitable[None]]
    interviewer: Interviewer
    clock: Clock
    authenticator: Authenticator
    tickets: Tickets
    page: Page


class Application:
    """What a server serves, and how it comes to its end. `routes`: all but the page's. `ends` are
    awaited together, and cancelled when there is no more time.
    """

    def __init__(
        self,
        asgi: ASGIApp,
        routes: Sequence[BaseRoute],
        connections: Connections,
        ends: Sequence[Callable[[], Coroutine[Any, Any, None]]],
        health: Health,
        clock: Clock,
    ) -> None:
        self.asgi = asgi
        self.routes = routes
        self.connections = connections
        self._ends = ends
        self._health = health
        self._clock = clock

    async def drain(self) -> None:
        """Take nothing new, send everyone elsewhere, let what is under way be stored."""
        self._health.draining = True
        self.connections.drain()
        async with asyncio.TaskGroup() as ending:
            for each in self._ends:
                ending.create_task(each())
        while len(self.connections):
            await self._clock.sleep(0.05)


def build(settings: Settings, house: House) -> Application:
    """Wire `house` together."""
    limits = Limits(
        max_frame_bytes=settings.max_frame_bytes, commands_per_second=settings.commands_per_second
    )
    capabilities = Capabilities(
        voice=house.voice.unavailable is None,
        voice_unavailable=house.voice.unavailable,
        languages=get_args(Language),
        roles=ROLES,
        personas=get_args(Persona),
        # An interview can't choose among them in this version.
        models=(),
    )
    rules = Rules(capabilities.voice, max_answer_chars=limits.max_answer_chars)
    parts = Parts(house.storage, house.clock, house.voice.listener, rules)
    directory = Directory(parts, house.interviewer, most=settings.max_interviews)
    options = Options(
        capabilities,
        limits,
        heartbeat_ms=settings.heartbeat_ms,
        allowed_origins=settings.allowed_origins,
        connections_per_user=_connections_per_user(settings, house.authenticator),
        connections_per_address=settings.connections_per_address,
        stalled_after_s=settings.stalled_after_s,
        body_within_s=settings.body_within_s,
    )
    who, tickets, clock = house.authenticator, house.tickets, house.clock
    connections = Connections(clock, options)
    health = Health(house.ping)
    intake = Intake(settings.max_body_bytes, settings.body_within_s)
    about = About(capabilities, limits, rubric(), intake)
    taking = Taking(
        Intake(settings.max_document_bytes, settings.document_within_s), settings.allowed_origins
    )
    papers = house.documents
    documents = DocumentsApi(papers.documents, papers.intake, who, health, taking)
    hearable = Hearable(house.voice.decoder, limits, settings.allowed_origins)
    recordings = RecordingsApi(directory, who, health, hearable)
    sight = Sight(directory, house.storage, clock)
    app = Starlette(
        routes=[
            *health.routes(),
            *HttpApi(directory, house.storage, who, clock, health, about).routes(),
            *ReportApi(sight, who, Typesetter(clock)).routes(),
            *documents.routes(),
            *ProgressApi(house.progress, who).routes(),
            *Contract(settings.root_path).routes(),
            *TicketOffice(house.storage, who, tickets, intake).routes(),
            *Commands(directory, who, tickets, clock, options).routes(),
            *recordings.routes(),
            *EventStreams(directory, who, tickets, clock, options, connections).routes(),
        ],
        middleware=[_cors(settings.allowed_origins), Middleware(Defects)],
        exception_handlers=HANDLERS,
    )
    app.router.redirect_slashes = False
    app.router.default = house.page
    gateway = WebSocketGateway(directory, who, tickets, clock, options, connections)
    sockets = Router(gateway.routes(), default=nothing_here)
    both = _apart(app, sockets)
    named = OnlyByName(both, settings.allowed_origins) if isinstance(who, LocalUser) else both
    asgi = UnderPath(named, settings.root_path)
    routes = [*app.routes, *sockets.routes]
    ends = (directory.drain, documents.drain, recordings.drain)
    return Application(asgi, routes, connections, ends, health, clock)


def _apart(http: ASGIApp, sockets: ASGIApp) -> ASGIApp:
    """Sockets go past HTTP's middleware: each layer would stay on every connection's stack."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        await (sockets if scope["type"] == "websocket" else http)(scope, receive, send)

    return asgi


def _connections_per_user(settings: Settings, authenticator: Authenticator) -> int:
    """Where nobody signs in all are the same user, whom a bound would bind together."""
    return 0 if isinstance(authenticator, LocalUser) else settings.connections_per_user


def _cors(origins: frozenset[str]) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=sorted(origins),
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"],
        expose_headers=["Location", "Retry-After"],
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where the database is. `lost` raises when an embedded one ends by itself, else never ends."""

    url: str
    lost: Callable[[], Awaitable[object]]


@asynccontextmanager
async def place(settings: Settings) -> AsyncIterator[Place]:
    """The database that is chosen: a server of the operator's, or the embedded one, started.

    Raises:
        EmbeddedPostgresError: the embedded one can't be used.
    """
    if settings.database_url is not None:
        yield Place(settings.database_url.get_secret_value(), asyncio.Event().wait)
        return
    embedded = EmbeddedPostgres(settings.data_dir, settings.postgres_binaries)
    async with embedded.running() as running:
        yield Place(running.url.render_as_string(hide_password=False), running.wait)


@asynccontextmanager
async def house(settings: Settings, url: str) -> AsyncIterator[House]:
    """The real parts, over the migrated database at `url`.

    Raises:
        CANNOT_RUN: a part can't be had.
    """
    await upgrade(url)
    page = await asyncio.to_thread(Page.read, settings.page_dir or PAGE)
    if not page.built:
        logger.warning("page_not_built", remedy="install Node 20 and run `make setup`")
    clock = SystemClock()
    ticket_secret = await asyncio.to_thread(_ticket_secret, settings)
    limits = DatabaseLimits.within(settings.database_within_s)
    async with (
        _storage(settings, url, limits) as (interviews, documents, database),
        aclosing(StoredLedger(url, clock.now, limits)) as ledger,
        staff(settings, ledger, documents, clock) as those,
        document_parts(
            settings, Foundation(documents, database, url, limits, clock), those.profiler
        ) as papers,
        _authenticator(settings, clock) as authenticator,
        voice_parts(settings, clock) as voice,
    ):
        yield House(
            storage=interviews,
            progress=StoredProgress(database),
            documents=papers,
            voice=voice,
            ping=database.ping,
            interviewer=those.interviewer,
            clock=clock,
            authenticator=authenticator,
            tickets=Tickets(ticket_secret, clock),
            page=page,
        )


@asynccontextmanager
async def _storage(
    settings: Settings, url: str, limits: DatabaseLimits
) -> AsyncIterator[tuple[StoredInterviews, StoredDocuments, Database]]:
    """What lasts, in the database at `url`, and the database."""
    database, writer = Database(url, limits), Writer(url, limits)
    # The number tells a server from the same one before it was started again.
    owner = f"{socket.gethostname()}/{secrets.token_hex(4)}"
    try:
        yield (
            StoredInterviews(database, writer, owner=owner, new_id=_new_id),
            StoredDocuments(database, most=settings.documents_per_user, new_id=_new_id),
            database,
        )
    finally:
        await writer.aclose()
        await database.aclose()


def _new_id() -> str:
    return secrets.token_urlsafe(12)


@asynccontextmanager
async def _authenticator(settings: Settings, clock: Clock) -> AsyncIterator[Authenticator]:
    """Whoever tells users apart, as far as there are any."""
    secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else None
    if settings.jwks_url is None:
        signed_in = BearerTokens(clock, secret, None, settings.jwt_audience)
        yield LocalUser() if secret is None else signed_in
        return
    async with httpx.AsyncClient() as client:
        keys = KeySet(Published(client, settings.jwks_url), clock)
        await keys.renew()
        try:
            yield BearerTokens(clock, secret, keys, settings.jwt_audience)
        finally:
            await keys.aclose()


def _ticket_secret(settings: Settings) -> bytes:
    """What tickets are sealed with; they outlive this process only if it can be kept."""
    chosen = settings.ticket_secret or settings.jwt_secret
    if chosen is not None:
        return chosen.get_secret_value().encode()
    try:
        return kept_secret(settings.data_dir / "ticket_secret")
    except OSError as error:
        logger.warning("ticket_secret_not_kept", reason=error.strerror)
        return secrets.token_bytes()


def server_config(
    settings: Settings, application: Application, patience: Patience | None = None
) -> Config:
    """How to serve `application`."""
    return Config(
        application.asgi,
        heartbeat_ms=settings.heartbeat_ms,
        max_frame_bytes=settings.max_frame_bytes,
        patience=replace(patience or Patience(), head=settings.head_within_s),
        trusted_proxies=settings.trusted_proxies,
    )


def _spare_the_collector() -> None:
    """What there is by now stays: the collector needn't look at it again and again. A full look
    takes more than a tenth of a second, in which no token passes. And as a token makes a dozen
    objects, it would look at the newest a thousand times a second: now it does so less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)


async def serve(settings: Settings, listener: socket.socket, listening: Callable[[], None]) -> None:
    """Serve on `listener`, a bound socket, until a signal; `listening` is called once that works.

    Raises:
        CANNOT_RUN: it can't, or can't any more.
    """
    async with place(settings) as chosen, house(settings, chosen.url) as parts:
        application = build(settings, parts)
        server = Server(server_config(settings, application), application.drain, listening)
        _spare_the_collector()
        logger.info("serving", embedded=settings.database_url is None, page=parts.page.built)
        losing = asyncio.ensure_future(chosen.lost())
        serving = asyncio.create_task(server.serve([listener]))
        await asyncio.wait((losing, serving), return_when=asyncio.FIRST_COMPLETED)
        server.stop()
        await serving
        if not losing.done():
            losing.cancel()
        with suppress(asyncio.CancelledError):
            await losing
