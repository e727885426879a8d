"""A small Hugging Face hub, over HTTP: one model's listing and its files."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

REPO = "Systran/faster-whisper-tiny"
REVISION = "d90ca5fe260221311c53c58e660288d3deb8d356"
# Files of that size or more are told with their checksum, as the hub does with large ones.
LARGE_BYTES = 100_000


@dataclass
class Hub:
    """What it has. `cuts`: how often it hangs up half way through a large file; `damaged`: large
    files come with other bytes; `status`: what it answers to everything.
    """

    files: dict[str, bytes]
    cuts: int = 0
    damaged: bool = False
    status: int = 200
    url: str = ""

    def listing(self) -> bytes:
        siblings = [
            {"rfilename": name, "size": len(content), "blobId": hashlib.sha1(content).hexdigest()}
            | ({"lfs": _lfs(content)} if len(content) >= LARGE_BYTES else {})
            for name, content in self.files.items()
        ]
        return json.dumps(
            {"id": REPO, "modelId": REPO, "sha": REVISION, "siblings": siblings}
        ).encode()


def _lfs(content: bytes) -> dict[str, object]:
    sha256 = hashlib.sha256(content).hexdigest()
    return {"sha256": sha256, "size": len(content), "pointerSize": 134}


class _Server(ThreadingHTTPServer):
    def __init__(self, hub: Hub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = hub
        hub.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub, path = self.server.hub, self.path.partition("?")[0]
        name = path.removeprefix(f"/{REPO}/resolve/{REVISION}/")
        if hub.status != 200:
            self._refuse(hub.status)
        elif path == f"/api/models/{REPO}":
            self._answer(hub.listing(), {"Content-Type": "application/json"})
        elif name in hub.files:
            self._file(hub.files[name])
        else:
            self._refuse(404)

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _file(self, content: bytes) -> None:
        headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": REVISION}
        if self.server.hub.damaged and len(content) >= LARGE_BYTES:
            content = bytes(len(content))
        self._answer(content, headers)

    def _answer(self, content: bytes, headers: dict[str, str]) -> None:
        hub = self.server.hub
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            half = hub.cuts > 0 and len(content) >= LARGE_BYTES
            hub.cuts -= half
            self.wfile.write(content[: len(content) // 2 if half else None])
            self.close_connection = half


@contextmanager
def serving(folder: Path) -> Iterator[Hub]:
    """A hub that has the files of `folder`."""
    hub = Hub({file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()})
    with _Server(hub) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
