"""`viva models`: which speech models are there; fetch one; try one.

What hears and fetches is an extra of the package, so it is loaded only where it is needed.
"""

import os
import sys
from collections.abc import Callable, Coroutine
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, NoReturn

import typer

from realtime.clock import SystemClock
from realtime.settings import Settings
from realtime.speech.machine import look
from realtime.speech.model_files import Found, home_of, incomplete, installed, is_folder
from realtime.speech.voice import NoVoice, Unfit, find_voice, places, wanted_models
from realtime.voice_parts import NOT_INSTALLED
from realtime.whisper_models import ALIASES, CATALOGUE

Load = Callable[[dict[str, str | None]], Settings]
Run = Callable[[Coroutine[Any, Any, Any]], Any]

_DataDir = Annotated[
    str | None, typer.Option("--data-dir", help="As with `viva serve`.", metavar="FOLDER")
]
_BAR = 30


def models_app(load: Load, run: Run) -> typer.Typer:
    """The commands. `load` makes settings of flags, and `run` runs what is asynchronous."""
    app = typer.Typer(
        help="Speech models: which are there; fetch one; try one.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )

    @app.command("list")
    def list_models(data_dir: _DataDir = None) -> None:
        """Say which models there are, and which one a server here uses."""
        settings = load({"data_dir": data_dir})
        print(listed(settings))

    @app.command("fetch")
    def fetch_model(
        name: Annotated[str, typer.Argument(help="A name (`viva models list`), or owner/name.")],
        data_dir: _DataDir = None,
    ) -> None:
        """Fetch a model from Hugging Face, and say how far it is.

        HF_ENDPOINT names a mirror of it.

        \b
        Examples:
          viva models fetch base
          viva models fetch mobiuslabsgmbh/faster-whisper-large-v3-turbo
        """
        _need_libraries()
        print(fetched(load({"data_dir": data_dir}), name))

    @app.command("check")
    def check_model(
        name: Annotated[
            str | None, typer.Argument(help="Which; else the one that a server would use.")
        ] = None,
        data_dir: _DataDir = None,
    ) -> None:
        """Try a model: are its files whole, can it be loaded, how fast is it?

        The status is 1 if it won't do.

        \b
        Examples:
          viva models check
          viva models check small
        """
        _need_libraries()
        settings = load({"data_dir": data_dir} | ({"whisper_model": name} if name else {}))
        try:
            print(run(tried(settings)))
        except Unfit as error:
            _fail(f"It won't do: {error}")

    return app


def _need_libraries() -> None:
    if find_spec("faster_whisper") is None:
        _fail(NOT_INSTALLED)


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


# --- list --------------------------------------------------------------------------------------


def listed(settings: Settings) -> str:
    """All models, as a table."""
    home, cache = places(settings, settings.data_dir, os.environ)
    here = {found.name: found for found in installed(home, cache)}
    machine = look()
    voice = find_voice(settings, settings.data_dir, machine, os.environ)
    if not isinstance(voice, NoVoice):
        here.setdefault(voice.model.name, voice.model)
    chosen = "" if isinstance(voice, NoVoice) else voice.model.name
    rows = [
        _row(name, here.get(name), name == chosen) for name in dict.fromkeys([*CATALOGUE, *here])
    ]
    if isinstance(voice, NoVoice):
        return "\n".join([*rows, "", voice.reason])
    said = f"A server here uses {chosen}, on {voice.device}."
    wanted = wanted_models(settings, machine)[0]
    if settings.whisper_model == "auto" and chosen != wanted:
        said += f" This machine bears {wanted}: `viva models fetch {wanted}`."
    return "\n".join([*rows, "", said])


def _row(name: str, found: Found | None, chosen: bool) -> str:
    known = CATALOGUE.get(name)
    if found is not None:
        megabytes = found.megabytes
        where = f"NOT WHOLE: {found.fault}" if found.fault else str(found.folder)
    else:
        megabytes, where = known.megabytes if known else 0, "-"
    note = " (English alone)" if known and known.english_only else ""
    return f"{'*' if chosen else ' '} {name:20} {megabytes:6,.0f} MB  {where}{note}"


# --- fetch -------------------------------------------------------------------------------------


def fetched(settings: Settings, name: str) -> str:
    """Fetches a model, and tells how far it is on standard error."""
    home, _ = places(settings, settings.data_dir, os.environ)
    if is_folder(name) or not (name in CATALOGUE or name in ALIASES or name.count("/") == 1):
        _fail(f'"{name}" is no model: `viva models list` names those that can be fetched.')
    folder = home_of(name, home)
    if folder.is_dir() and incomplete(folder) is None:
        return f"{name} is there already, in {folder}."
    fetching = import_module("realtime.speech.fetching")
    try:
        fetching.fetch(name, home, _tell if sys.stderr.isatty() else _tell_nobody)
    except fetching.CannotFetch as error:
        _fail(str(error))
    return f"{name} is in {folder}. `viva models check {name}` tries it."


def _tell(there_bytes: int, total_bytes: int) -> None:
    done = int(_BAR * there_bytes / max(1, total_bytes))
    bar = "#" * done + "." * (_BAR - done)
    end = "\n" if there_bytes == total_bytes else ""
    figures = f"{there_bytes / 1e6:,.0f} of {total_bytes / 1e6:,.0f} MB"
    print(f"\r{bar} {figures}", end=end, file=sys.stderr, flush=True)


def _tell_nobody(there_bytes: int, total_bytes: int) -> None:
    pass


# --- check -------------------------------------------------------------------------------------


async def tried(settings: Settings) -> str:
    """What comes of trying the model of the settings.

    Raises:
        Unfit: it won't do.
    """
    voice = find_voice(settings, settings.data_dir, look(), os.environ)
    if isinstance(voice, NoVoice):
        raise Unfit(voice.reason)
    trial = import_module("realtime.speech.trial")
    found = await trial.try_model(voice, SystemClock())
    sizing = voice.sizing
    return (
        f"{voice.model.name} works, from {voice.model.folder}.\n"
        f"On {voice.device} in {voice.compute_type}, threads: {sizing.threads}; loaded in "
        f"{found.load_ms / 1e3:.1f} s, a pass takes {found.pass_ms / 1e3:.2f} s.\n"
        f"Workers here: {sizing.workers}, for about {sizing.streams} spoken answers at once."
    )
