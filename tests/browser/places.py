"""Where the page may stand besides the server's own root: behind a proxy, and on another origin."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

PAGE = Path(__file__).parents[2] / "web_demo" / "dist"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def taking_off(prefix: str, port: int) -> AsyncIterator[str]:
    """A reverse proxy before `port` that takes `prefix` off a path, and knows no path without it.

    Yields the address of the page behind it.
    """

    def without_prefix(head: bytes) -> bytes | None:
        method, path, rest = head.split(b" ", 2)
        if not path.startswith(prefix.encode() + b"/"):
            return None
        return b" ".join((method, path.removeprefix(prefix.encode()), rest))

    async with _before(port, without_prefix) as origin:
        yield f"{origin}{prefix}/"


@asynccontextmanager
async def without_websocket(port: int) -> AsyncIterator[str]:
    """A reverse proxy before `port` that passes no upgrade on, as one does that nobody has set up
    for WebSocket. Yields the address of the page behind it.
    """

    def without_upgrade(head: bytes) -> bytes:
        head = re.sub(rb"(?i)\r\nupgrade: [^\r]*", b"", head)
        return re.sub(rb"(?i)\r\nconnection: upgrade", b"\r\nConnection: close", head)

    async with _before(port, without_upgrade) as origin:
        yield f"{origin}/"


@asynccontextmanager
async def _before(port: int, changed: Callable[[bytes], bytes | None]) -> AsyncIterator[str]:
    """A reverse proxy before `port`. `changed` makes the head of a request what is passed on; null:
    nothing, and the answer is 404. Yields its origin.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            head = changed(await reader.readuntil(b"\r\n\r\n"))
            if head is None:
                writer.write(NOT_FOUND)
                return
            # One request a connection, so that there is one head to change.
            head = re.sub(rb"(?i)\r\nconnection: keep-alive", b"\r\nConnection: close", head)
            answers, onward = await asyncio.open_connection("127.0.0.1", port)
            with closing(onward):
                onward.write(head)
                await _either(_pump(reader, onward), _pump(answers, writer))

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await source.read(65_536):
            sink.write(chunk)
            await sink.drain()


async def _either(*ways: Coroutine[None, None, None]) -> None:
    """Until one is done; the others are ended."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """What is asked for here interests nobody."""


@contextmanager
def static(folder: Path) -> Iterator[str]:
    """A server of plain files. Yields its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def page_of(server: str, folder: Path) -> None:
    """Put a copy of the built page into `folder` that looks for its server at `server`."""
    shutil.copytree(PAGE, folder, dirs_exist_ok=True)
    index = folder / "index.html"
    without = '<meta name="viva-server" content=""'
    page = index.read_text()
    assert page.count(without) == 1
    index.write_text(page.replace(without, f'<meta name="viva-server" content="{server}"'))
