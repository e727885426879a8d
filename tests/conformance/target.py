"""The server under test, and what the command line says of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Target:
    """`url` is what `/v1` lies under. Tokens are null where the server runs without authentication:
    `token` and `other_token` are of two users, `expired_token` was good once. `kill` and `drain`
    are shell commands: the one kills the server as `kill -9` does and starts it again, the other
    tells it to go away in good order and starts it again; both return when it listens.
    `brief_token` is the first user's and runs out while the cases are played. With `patient`, the
    cases that take more than a minute are played, too. `speech` is a WAV that anybody understands.
    `without` names cases, or chapters, of what the server is known not to have.
    """

    url: str
    token: str | None = None
    other_token: str | None = None
    expired_token: str | None = None
    kill: str | None = None
    drain: str | None = None
    capabilities: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    brief_token: str | None = None
    patient: bool = False
    speech: Path | None = None
    without: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def netloc(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        return urlsplit(self.url).path.rstrip("/")
