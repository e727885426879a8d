"""Holds this repository's own server to the page: `python -m tests.conformance.ours`.

Starts it on the embedded default, twice: as `make run` does, with the speech model for tests
(`tests/speech/model`); and with users who sign in, without a voice. Plays every case against both,
with what each needs (`serve.py` kills and drains), and tells the outcome; with `--write`, in
docs/conformance.md too.
"""

import argparse
import json
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from realtime.gateway.auth import signed_token
from tests.conformance.page import written
from tests.ports import free_port
from tests.speech.sentences import SENTENCES
from tests.speech.voice import MODEL, UNSEEN_VOICES, join, say, wav

PAGE = Path("docs/conformance.md")
# What docs/protocol.md has and this server hasn't yet.
NOT_BUILT = ("interviews.config.rival",)


def main() -> int:
    """Play all; the exit status."""
    parser = argparse.ArgumentParser("python -m tests.conformance.ours", None, __doc__)
    parser.add_argument("--write", action="store_true", help=f"write the outcomes into {PAGE}")
    parser.add_argument("--parallel", default="16", help="cases at a time (%(default)s)")
    asked = parser.parse_args()
    outcomes: list[list[dict[str, Any]]] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="viva-conformance-") as folder:
        for name, signed_in in (("open", False), ("signed-in", True)):
            told = Path(folder) / f"{name}.json"
            failed |= _play(Path(folder) / name, told, signed_in, asked.parallel)
            outcomes.append(json.loads(told.read_bytes()))
    if asked.write:
        PAGE.write_text(written(PAGE.read_text(), outcomes))
    return int(failed)


def _play(data_dir: Path, told: Path, signed_in: bool, parallel: str) -> bool:
    """Play all cases against a server of its own; whether one of them failed."""
    port = str(free_port())
    environment = dict(os.environ)
    if signed_in:
        environment["VIVA_JWT_SECRET"] = secrets.token_urlsafe(48)
        environment["VIVA_CONNECTIONS_PER_USER"] = "0"
    environment["VIVA_VOICE_STREAMS"] = "1000"
    environment["VIVA_WHISPER_MODEL"] = "none" if signed_in else str(MODEL)
    serve = [sys.executable, "-m", "tests.conformance.serve", "--port", port]
    serve += ["--data-dir", str(data_dir)]
    command = [sys.executable, "-m", "tests.conformance", "--url", f"http://127.0.0.1:{port}"]
    command += ["--parallel", parallel, "--strict", "--json", str(told)]
    command += ["--kill", shlex.join([*serve, "kill"]), "--drain", shlex.join([*serve, "drain"])]
    for name in NOT_BUILT:
        command += ["--without", name]
    if not signed_in:
        command += ["--speech", str(_speech(data_dir.with_name("speech.wav")))]
    with _running(serve, environment):
        if signed_in:
            secret = environment["VIVA_JWT_SECRET"]
            command += ["--token", _token(secret, "ada", 3_600)]
            command += ["--other-token", _token(secret, "bob", 3_600)]
            command += ["--expired-token", _token(secret, "ada", -3_600)]
            command += ["--brief-token", _token(secret, "ada", 20)]
        print(f"--- {'users sign in' if signed_in else 'as `make run` serves it'}", flush=True)
        return subprocess.run(command, env=environment).returncode != 0


@contextmanager
def _running(serve: list[str], environment: dict[str, str]) -> Iterator[None]:
    subprocess.run([*serve, "start"], env=environment, check=True)
    try:
        yield
    finally:
        subprocess.run([*serve, "stop"], env=environment, check=True)


def _speech(file: Path) -> Path:
    """A recording of what the model for tests understands."""
    said = [say(SENTENCES["en"][number], voice=UNSEEN_VOICES["en"][0]) for number in (2, 4)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(wav(join(said, 400, around_ms=100)))
    return file


def _token(secret: str, sub: str, lasts_s: int) -> str:
    return signed_token(secret, sub, int(time.time()) + lasts_s, None)


if __name__ == "__main__":
    sys.exit(main())
