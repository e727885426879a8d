"""Every setting: its name, its default, what it means, and what it may be.

A setting comes from a flag of the command line, else from the environment (`VIVA_` and its name),
else from its default; a secret also from the file that `VIVA_…_FILE` names. A wrong one stops the
program with one sentence that says which it is, what was given, and why that won't do.

`python -m realtime.settings` writes the reference, docs/settings.md.
"""

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from realtime.document_settings import DocumentSettings
from realtime.model_settings import USUAL, ModelSettings
from realtime.setting_values import (
    each_a_network,
    each_an_origin,
    existing_folder,
    path_prefix,
    postgres,
    separated,
)
from realtime.speech_settings import SpeechSettings
from realtime.trust import hard_to_guess, only_to_known_people, web_address

PREFIX = "VIVA_"
_FILE = "_FILE"


class WrongSetting(Exception):
    """A setting that won't do; the message is the sentence for the operator."""


class Settings(ModelSettings, DocumentSettings, SpeechSettings, BaseSettings):
    """What an operator sets. Durations end in their unit."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        enable_decoding=False,  # a list is words with commas between, not JSON
        frozen=True,
        hide_input_in_errors=True,
    )

    # Whether anybody has to sign in decides what `host` may be, so this comes first.
    jwt_secret: Annotated[SecretStr, AfterValidator(hard_to_guess)] | None = Field(
        default=None,
        description="The secret that your sign-in signs its tokens with (JSON Web Tokens, HS256; "
        "`sub` is the user). At least 32 bytes. With it, or with `VIVA_JWKS_URL`, everybody has "
        "to sign in.",
    )
    jwks_url: Annotated[str, AfterValidator(web_address)] | None = Field(
        default=None,
        description="Where your sign-in publishes its keys, if it signs its tokens with such "
        "(`https://auth.example.org/.well-known/jwks.json`). New keys are found by themselves.",
    )
    jwt_audience: str | None = Field(
        default=None,
        description="Whom a token must be for (`aud`; Supabase's are for `authenticated`). Needed "
        "where other services take tokens of the same sign-in.",
    )
    ticket_secret: Annotated[SecretStr, AfterValidator(hard_to_guess)] | None = Field(
        default=None,
        description="The secret that tickets are sealed with; the same on all nodes. Without it "
        "it is `VIVA_JWT_SECRET`, and without that one that is kept in the data directory.",
    )
    host: Annotated[str, AfterValidator(only_to_known_people)] = Field(
        default="127.0.0.1",
        description="The address to listen on. Unless everybody has to sign in it must be this "
        "machine's own (loopback).",
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65_535,
        description="The port to listen on; 0 takes one that is free.",
    )
    data_dir: Path = Field(
        default=Path(".data"),
        description="The folder for what lasts: the embedded database, made on first use.",
    )
    database_url: Annotated[SecretStr, AfterValidator(postgres)] | None = Field(
        default=None,
        description="A PostgreSQL server of your own (`postgresql://user:password@host/name`), "
        "used instead of the embedded one.",
    )
    postgres_binaries: Annotated[Path, AfterValidator(existing_folder)] | None = Field(
        default=None,
        description="The folder with `initdb` and `postgres` for the embedded database, if they "
        "shouldn't be those that came along or the system's.",
    )
    database_within_s: float = Field(
        default=10.0,
        ge=0.1,
        le=60,
        description="How long the database may take for a transaction, and half as long for a "
        "connection. Whoever would wait longer gets `storage_unavailable`.",
    )
    seed: int = Field(
        default=0,
        ge=0,
        lt=2**63,
        description="Another number makes the offline interviewer choose otherwise. With the same "
        "one it chooses the same for the same interview, also after a restart.",
    )
    pace: float = Field(
        default=40.0,
        ge=0,
        allow_inf_nan=False,
        description="How fast the offline interviewer speaks, in words a second; 0 is as fast as "
        "it is read.",
    )
    allowed_origins: Annotated[
        frozenset[str], BeforeValidator(separated), AfterValidator(each_an_origin)
    ] = Field(
        default=frozenset(),
        description="The origins whose pages may use this server, separated by commas "
        "(`https://interviews.example.org`); `*` is all. Also the one that a proxy publishes it "
        "under. Its page at this machine's own address always may.",
    )
    root_path: Annotated[str, AfterValidator(path_prefix)] = Field(
        default="",
        description="The path that a proxy in front publishes this server under (`/viva`). Needed "
        "only where the proxy hands requests on without taking it off.",
    )
    heartbeat_ms: int = Field(
        default=20_000,
        ge=100,
        le=600_000,
        description="How often a WebSocket is pinged; one without a sign of life for twice as "
        "long is closed.",
    )
    trusted_proxies: Annotated[
        frozenset[str], BeforeValidator(separated), AfterValidator(each_a_network)
    ] = Field(
        default=frozenset(),
        description="The addresses or networks of the proxies in front, separated by commas "
        "(`10.0.0.0/8`). What their `X-Forwarded-For` says of who a client is, is believed.",
    )
    max_interviews: int = Field(
        default=2_000,
        ge=0,
        description="How many interviews may be open at once on this node; whoever opens one more "
        "gets `overloaded`. 0 is no bound.",
    )
    connections_per_user: int = Field(
        default=32,
        ge=0,
        description="How many WebSockets and event streams a user may have open at once on this "
        "node; 0 is no bound. Where nobody signs in there is none.",
    )
    connections_per_address: int = Field(
        default=1_000,
        ge=0,
        description="How many of them may come from one IPv4 address, or one IPv6 network (/64); "
        "0 is no bound. This machine's own addresses have none.",
    )
    commands_per_second: int = Field(
        default=20,
        ge=1,
        le=1_000,
        description="How many commands a second a connection may send, or a user POST to one "
        "interview.",
    )
    max_frame_bytes: int = Field(
        default=65_536,
        ge=4_096,
        le=1_048_576,
        description="How large a message over a WebSocket, or a POSTed command, may be.",
    )
    max_body_bytes: int = Field(
        default=262_144,
        ge=4_096,
        le=16_777_216,
        description="How large the body of any other request may be.",
    )
    head_within_s: float = Field(
        default=30.0,
        gt=0,
        le=600,
        description="How long a client has to send the head of a request, from its first byte on, "
        "or the first after it has connected.",
    )
    body_within_s: float = Field(
        default=30.0,
        gt=0,
        le=600,
        description="How long a client has to send the body of a request.",
    )
    stalled_after_s: float = Field(
        default=30.0,
        gt=0,
        le=600,
        description="How long a client may take nothing of what is sent to it before it is cut.",
    )
    page_dir: Annotated[Path, AfterValidator(existing_folder)] | None = Field(
        default=None,
        description="The folder with the built page, if it isn't `web_demo/dist` beside the "
        "program.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important events that are logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        description="How events are logged, on standard error: for people or for machines.",
    )


# Those about documents and models come last.
NAMES: tuple[str, ...] = tuple(
    sorted(
        Settings.model_fields,
        key=lambda name: (
            name in ModelSettings.model_fields,
            name in DocumentSettings.model_fields,
        ),
    )
)
SECRETS = frozenset(
    name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)
)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def flag(name: str) -> str:
    """The flag of a setting."""
    return "--" + name.replace("_", "-")


def load(flags: Mapping[str, str | None]) -> Settings:
    """The settings, from `flags` (by name; null: not given), the environment and the defaults.

    Raises:
        WrongSetting: one of them won't do.
    """
    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    origins = {name: flag(name) for name in given}
    for name in SECRETS - given.keys():
        if path := os.environ.get(variable(name) + _FILE):
            given[name] = _secret(name, path)
            origins[name] = variable(name) + _FILE
    for name in USUAL.keys() - given.keys():
        # The usual key is the provider's own, and no other server's.
        elsewhere = name.endswith("_api_key") and os.environ.get(
            variable(name.replace("_api_key", "_base_url"))
        )
        if not os.environ.get(variable(name)) and not elsewhere:
            usual = next((each for each in USUAL[name] if os.environ.get(each)), None)
            if usual is not None:
                given[name], origins[name] = os.environ[usual], usual
    if "jwt_secret" not in given and os.environ.get(variable("jwt_secret")) == "":
        # Not the same as none: it would let everybody in.
        given["jwt_secret"] = ""
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        origin = origins.get(name, variable(name))
        value = given[name] if name in given else os.environ.get(origin, "")
        fault = "won't do" if name in SECRETS else f'is "{value}"'
        raise WrongSetting(f"{origin} {fault}: {_reason(first)}.") from None


def _secret(name: str, path: str) -> str:
    if os.environ.get(variable(name)):
        raise WrongSetting(
            f"{variable(name)} and {variable(name)}{_FILE} are both set: remove one of them."
        )
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise WrongSetting(
            f'{variable(name)}{_FILE} is "{path}", which can\'t be read: {reason}.'
        ) from None


def _reason(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    reasons = {
        "int_parsing": "a whole number is expected",
        "float_parsing": "a number is expected",
        "greater_than": f"it must be more than {context.get('gt')}",
        "greater_than_equal": f"it must be at least {context.get('ge')}",
        "less_than": f"it must be less than {context.get('lt')}",
        "less_than_equal": f"it must be at most {context.get('le')}",
        "finite_number": "a number is expected",
        "literal_error": f"it must be {context.get('expected')}",
        "value_error": str(context.get("error")),
    }
    return reasons.get(error["type"], error["msg"])


def unknown(environment: Iterable[str]) -> dict[str, str | None]:
    """The variables that look like settings and are none, each with the one that was meant."""
    known = {variable(name) for name in NAMES} | {variable(name) + _FILE for name in SECRETS}
    strange = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    return {name: next(iter(difflib.get_close_matches(name, known, 1)), None) for name in strange}


def description(name: str) -> str:
    """What a setting means, in Markdown."""
    return Settings.model_fields[name].description or ""


def default(name: str) -> str:
    """A setting's default, in words."""
    value = Settings.model_fields[name].default
    if value is None or value in ("", frozenset()):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def reference() -> str:
    """All settings as a Markdown document."""
    rows = [f"| `{variable(name)}` | {default(name)} | {description(name)} |" for name in NAMES]
    secrets = ", ".join(f"`{variable(name)}{_FILE}`" for name in sorted(SECRETS))
    return "\n".join(
        [
            "# Settings",
            "",
            "Set in the environment; `viva serve --help` shows those that are flags too, and a "
            "flag wins. An empty variable counts as none.",
            f"A secret may lie in a file, which is named instead: {secrets}.",
            "",
            "| variable | default | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    print(reference(), end="")
