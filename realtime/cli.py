"""The `viva` command.

Standard output is for what was asked for; logs and complaints go to standard error. Status 0: done.
1: it couldn't be done, or a check failed. 2: it was called wrongly, or a setting won't do.
"""

import asyncio
import inspect
import os
import re
import sys
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import structlog
import typer
import uvloop

from protocol.reference import openapi
from protocol.view import Language
from realtime.app import CANNOT_RUN, place, serve
from realtime.check import Check
from realtime.clock import SystemClock
from realtime.doctor import examine, usage
from realtime.evaluation.cases import PROMPTS
from realtime.evaluation.command import Call, Terminal, evaluate, save
from realtime.evaluation.measurement import CannotMeasure
from realtime.evaluation.telling import told
from realtime.forgetting import forget_user, look_up
from realtime.gateway.auth import can_be_user, signed_token
from realtime.interviewers import ask
from realtime.model_settings import Provider
from realtime.models_command import models_app
from realtime.server import listen, url_of
from realtime.settings import Settings, WrongSetting, default, description, load, unknown, variable
from realtime.telemetry import logs
from realtime.usage_table import usage_table
from storage.migrations import current, head, upgrade
from storage.users import Forgotten

T = TypeVar("T")

logger = structlog.get_logger(__name__)

app = typer.Typer(
    help="A self-hosted, real-time interview server.",
    epilog="Settings can stand in the environment too: docs/settings.md tells them all.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """The console script."""
    app()


# --- flags -------------------------------------------------------------------------------------


def _option(name: str) -> Any:
    """The flag of a setting. What is given is checked with the other settings, not here."""
    told = f"{description(name)} [{variable(name)}; default: {default(name)}]"
    return typer.Option(help=told, metavar="VALUE", show_default=False)


DataDir = Annotated[str | None, _option("data_dir")]
DatabaseUrl = Annotated[str | None, _option("database_url")]


def _flags(
    *names: str, also: Mapping[str, tuple[object, object]] | None = None
) -> Callable[[Callable[[dict[str, Any]], None]], Callable[..., None]]:
    """Gives a command a flag for each of these settings, and `also` others (what each is, and its
    default), and hands it what was given.
    """
    kinds: dict[str, tuple[object, object]] = {
        **{name: (Annotated[str | None, _option(name)], None) for name in names},
        **(also or {}),
    }

    def decorate(command: Callable[[dict[str, Any]], None]) -> Callable[..., None]:
        def run(**flags: Any) -> None:
            command(flags)

        run.__doc__ = command.__doc__
        run.__annotations__ = {name: kind for name, (kind, _) in kinds.items()}
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # PEP 362
            [
                inspect.Parameter(
                    name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
                )
                for name, (kind, default) in kinds.items()
            ]
        )
        return run

    return decorate


# --- commands ----------------------------------------------------------------------------------


@app.command("serve")
@_flags(
    *("host", "port", "data_dir", "database_url", "interviewer", "seed", "pace"),
    *("root_path", "log_level", "log_format"),
)
def _serve(flags: dict[str, str | None]) -> None:
    """Serve interviews, and the page to take them on.

    Once it listens, one line on standard output says where. SIGTERM or Ctrl-C ends it in good
    order: clients are sent elsewhere, and what is under way is stored.

    \b
    Examples:
      viva serve
      viva serve --port 0 --data-dir /var/lib/viva
      viva serve --database-url postgresql://viva:secret@db.example.org/viva
    """
    settings = _settings(flags)
    try:
        listener = listen(settings.host, settings.port, taken_within_s=settings.stalled_after_s)
    except OSError as error:
        _complain(
            f"{settings.host} port {settings.port} can't be listened on: {error.strerror}. "
            "Choose another --port, or 0 for any that is free.",
        )
        raise typer.Exit(1) from None
    _run(serve(settings, listener, lambda: print(f"listening on {url_of(listener)}", flush=True)))


@app.command("migrate")
def _migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the database up to date.

    `viva serve` does so by itself when it starts.

    \b
    Example:
      viva migrate --database-url postgresql://viva:secret@db.example.org/viva
    """
    _run(_migrated(_settings({"data_dir": data_dir, "database_url": database_url})))


async def _migrated(settings: Settings) -> None:
    async with place(settings) as chosen:
        before = await current(chosen.url)
        await upgrade(chosen.url)
    if before == head():
        print(f"The schema is up to date: {before}.")
    else:
        print(f"The schema was at {before or 'nothing'}, and is now at {head()}.")


_OF_DOCTOR: Mapping[str, tuple[object, object]] = {
    "interview": (
        Annotated[
            str | None, typer.Option(help="Say what this interview took of models.", metavar="ID")
        ],
        None,
    ),
    "ask_models": (
        Annotated[
            bool,
            typer.Option("--ask-models", help="Ask the providers whether keys and models will do."),
        ],
        False,
    ),
    "as_json": (Annotated[bool, typer.Option("--json", help="Say it as JSON.")], False),
}


@app.command("doctor")
@_flags("data_dir", "database_url", "host", "port", also=_OF_DOCTOR)
def _doctor(flags: dict[str, Any]) -> None:
    """Say whether all is there that the server needs, or what an interview took.

    It changes nothing. The status is 1 if a check failed, or if there is no such interview.

    \b
    Examples:
      viva doctor
      viva doctor --ask-models --json
      viva doctor --interview 4dBp1TzEsZ9cWQ7R
    """
    interview, ask_models, as_json = [flags.pop(name) for name in _OF_DOCTOR]
    settings = _settings(flags, quiet=True)
    if interview is not None:
        works = _run(usage(settings, interview))
        if works is None:
            _complain(f'There is no interview "{interview}".')
            raise typer.Exit(1)
        print(_json(works) if as_json else usage_table(works))
        return
    asked = partial(ask, settings=settings, clock=SystemClock()) if ask_models else None
    checks = _run(examine(settings, asked))
    print(_json(checks) if as_json else _told(checks))
    if any(check.ok is False for check in checks):
        raise typer.Exit(1)


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _told(checks: list[Check]) -> str:
    marks = {True: "ok", False: "FAILED", None: "-"}
    return "\n".join(f"{marks[each.ok]:6}  {each.name:15} {each.found}" for each in checks)


@app.command("openapi")
def _openapi() -> None:
    """Print what can be asked over HTTP, as OpenAPI 3.1.

    A server tells it too, at `/v1/openapi.json`, and the WebSocket's side at `/v1/asyncapi.json`.

    \b
    Example:
      viva openapi > openapi.json
    """
    print(_json(openapi()))


@app.command("token")
def _token(
    sub: Annotated[str, typer.Option("--sub", help="The user it names.", metavar="NAME")],
    ttl: Annotated[
        str, typer.Option("--ttl", help="How long it lasts: 90s, 15m, 1h, 7d.", metavar="TIME")
    ] = "1h",
) -> None:
    """Print a token that signs a user in, to try a server without a sign-in of one's own.

    It is signed with VIVA_JWT_SECRET, the server's, and whoever has it is that user until it
    expires.

    \b
    Example:
      curl -H "Authorization: Bearer $(viva token --sub mina)" http://127.0.0.1:8000/v1/interviews
    """
    settings = _settings({}, quiet=True)
    lasts_s = seconds(ttl)
    if settings.jwt_secret is None:
        _complain("There is nothing to sign a token with: VIVA_JWT_SECRET isn't set.")
    elif not can_be_user(sub):
        _complain("--sub won't do: 1 to 200 characters are expected, not all of them spaces.")
    elif lasts_s is None:
        _complain(f'--ttl is "{ttl}": a time such as 90s, 15m, 1h or 7d is expected.')
    else:
        expires_at_s = SystemClock().now() // 1_000 + lasts_s
        secret, audience = settings.jwt_secret.get_secret_value(), settings.jwt_audience
        print(signed_token(secret, sub, expires_at_s, audience))
        return
    raise typer.Exit(2)


def seconds(given: str) -> int | None:
    """A time such as `15m`, in seconds; null: it is none."""
    found = re.fullmatch(r"([1-9][0-9]{0,8})([smhd])", given, re.ASCII)
    return int(found[1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[found[2]] if found else None


@app.command("forget")
def _forget(
    user: Annotated[str, typer.Argument(help="The user, by the `sub` of their tokens.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask first.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete a user, with all interviews, documents and files.

    The server may be at work meanwhile. Where nobody signs in, the one user is `local`.

    \b
    Examples:
      viva forget mina
      viva forget mina --yes --database-url postgresql://viva:secret@db.example.org/viva
    """
    settings = _settings({"data_dir": data_dir, "database_url": database_url}, quiet=True)
    if not can_be_user(user):
        _complain("USER won't do: 1 to 200 characters are expected, not all of them spaces.")
        raise typer.Exit(2)
    if not yes:
        there = _run(look_up(settings, user))
        if there is not None:
            typer.confirm(f"Delete {user}: {_listed(there)}?", abort=True, err=True)
    gone = _run(forget_user(settings, user))
    if gone is None:
        _complain(f'There is no user "{user}".')
        raise typer.Exit(1)
    print(f"Deleted {user}: {_listed(gone.forgotten)}.")
    if gone.left:
        _complain(
            f"{gone.left} of the files couldn't be deleted yet ({gone.why}); a server with the "
            "object store in its settings does so as soon as it can."
        )


def _listed(forgotten: Forgotten) -> str:
    """What there is, or was, in words."""
    counts = (
        (forgotten.interviews, "interview{}"),
        (forgotten.documents, "document{}"),
        (forgotten.objects, "file{} in the object store"),
        (forgotten.model_requests, "request{} to models"),
    )
    return ", ".join(f"{count} {name.format('' if count == 1 else 's')}" for count, name in counts)


@app.command("eval")
def _eval(
    model: Annotated[Provider | None, typer.Option(help="Whose; else the preferred one.")] = None,
    language: Annotated[Language | None, typer.Option(help="Of the prompts; else both.")] = None,
    repeat: Annotated[int, typer.Option(help="How often each is put.", min=1, max=100)] = 5,
    prompts: Annotated[
        str | None, typer.Option(help=f"Which: {','.join(PROMPTS)}.", metavar="NAME,…")
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write all of it there, the replies too.", metavar="FILE"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask first.")] = False,
) -> None:
    """Measure a model as an interviewer, on two interviews that come with it.

    It puts the server's prompts to the model, which costs money: about how much is said first.
    Ctrl-C ends it with what was measured so far, and status 1.

    \b
    Examples:
      viva eval
      viva eval --model gemini --language ko --repeat 2
      viva eval --prompts answered,scores --json measured.json --yes
    """
    settings = _settings({}, quiet=True)
    call = Call(model, language, repeat, prompts, json_file)
    bar = partial(typer.progressbar, None, file=sys.stderr)
    terminal = Terminal(_complain, partial(_agree, yes), bar)
    try:
        taken = _run(evaluate(settings, call, SystemClock(), terminal))
        print(told(taken))
        if json_file is not None:
            save(taken, json_file)
    except CannotMeasure as error:
        _complain(str(error))
        raise typer.Exit(1 if error.unreachable else 2) from None
    if not taken.complete:
        raise typer.Exit(1)


def _agree(yes: bool) -> None:
    """Ask whether to go on, unless that was said."""
    if yes:
        return
    if not sys.stdin.isatty():
        _complain("Nobody can be asked here whether to go on: say --yes.")
        raise typer.Exit(2)
    typer.confirm("Go on?", abort=True, err=True)


# --- pieces ------------------------------------------------------------------------------------


def _settings(flags: dict[str, str | None], *, quiet: bool = False) -> Settings:
    """The settings; logging is as they say from here on."""
    try:
        settings = load(flags)
    except WrongSetting as error:
        _complain(str(error))
        raise typer.Exit(2) from None
    logs.configure("error" if quiet else settings.log_level, as_json=settings.log_format == "json")
    for name, meant in unknown(os.environ).items():
        logger.warning("unknown_setting", name=name, did_you_mean=meant)
    return settings


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            return runner.run(work)
        except CANNOT_RUN as error:
            _complain(str(error))
            raise typer.Exit(1) from None


def _complain(sentence: str) -> None:
    typer.echo(sentence, err=True)


app.add_typer(models_app(_settings, _run), name="models")
