"""Looks through uploads for malware, by a ClamAV daemon (clamd's manual page, INSTREAM).

Rules that hold inside: what wasn't looked at isn't taken for clean; every wait is bounded, as is
the number of connections.
"""

import asyncio
import re
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

CHUNK_BYTES = 65_536
# A reply names the signature that was found; the longest there is has some 100 characters.
MOST_OF_REPLY = 4_096
AT_ONCE = 4

_FOUND = re.compile(r"stream: (.+) FOUND")


class ScannerAway(Exception):
    """The scanner gave no verdict; the message says why, for the log."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where clamd listens: a path, or a host and a port."""

    path: str | None
    host: str = ""
    port: int = 0


def address(url: str) -> Address:
    """Of `tcp://host:port` or `unix:///path`.

    Raises:
        ValueError: it is neither.
    """
    parts = urlsplit(url)
    if parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/"):
        return Address(parts.path)
    if parts.scheme == "tcp" and parts.hostname and parts.port and parts.path in ("", "/"):
        return Address(None, parts.hostname, parts.port)
    raise ValueError(
        "an address such as tcp://127.0.0.1:3310 or unix:///run/clamd.sock is expected"
    )


class Clamd:
    """A clamd, at its address. A scan takes `within_s` at most, waiting for its turn included."""

    def __init__(self, where: Address, *, within_s: float, at_once: int = AT_ONCE) -> None:
        self._where = where
        self._within_s = within_s
        self._turns = asyncio.Semaphore(at_once)

    async def scan(self, data: bytes) -> str | None:
        """What was found in `data`, by its signature's name; null: nothing.

        Raises:
            ScannerAway: there is no verdict.
        """
        reply = await self._asked(b"zINSTREAM\0", data)
        if reply == "stream: OK":
            return None
        found = _FOUND.fullmatch(reply)
        if found is None:
            raise ScannerAway(f"clamd answers: {reply[:200]}")
        return found[1]

    async def version(self) -> str:
        """What clamd says it is.

        Raises:
            ScannerAway: nothing.
        """
        return await self._asked(b"zVERSION\0", None)

    async def _asked(self, command: bytes, data: bytes | None) -> str:
        try:
            async with (
                asyncio.timeout(self._within_s),
                self._turns,
                self._connected() as (
                    reader,
                    writer,
                ),
            ):
                writer.write(command)
                if data is not None:
                    await _send(writer, data)
                reply = await reader.readuntil(b"\0")
        except TimeoutError:
            raise ScannerAway(f"clamd gave no answer within {self._within_s:g} s") from None
        except (ConnectionResetError, BrokenPipeError):
            raise ScannerAway(
                "clamd hung up; its StreamMaxLength has to be as large as VIVA_MAX_DOCUMENT_BYTES"
            ) from None
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ScannerAway(f"clamd can't be asked: {error}") from error
        return reply[:-1].decode(errors="replace").strip()

    @asynccontextmanager
    async def _connected(
        self,
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        where = self._where
        reader, writer = (
            await asyncio.open_connection(where.host, where.port, limit=MOST_OF_REPLY)
            if where.path is None
            else await asyncio.open_unix_connection(where.path, limit=MOST_OF_REPLY)
        )
        try:
            yield reader, writer
        finally:
            # Nothing is left to be sent, so there is nothing to wait for.
            writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    """In chunks, each behind its length; one of length 0 is the end.

    clamd may answer before it has had all, and close: then its answer counts, not that.
    """
    try:
        for start in range(0, len(data), CHUNK_BYTES):
            chunk = data[start : start + CHUNK_BYTES]
            writer.write(struct.pack("!I", len(chunk)))
            writer.write(chunk)
            await writer.drain()
        writer.write(struct.pack("!I", 0))
        await writer.drain()
    except ConnectionError:
        pass
