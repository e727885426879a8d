"""clamd, for tests: the real one where it is installed, with one signature, and one that answers as
its manual page says.
"""

import asyncio
import os
import shutil
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

# What every scanner takes for malware, and nothing else does (eicar.org), in two parts, so that
# none takes this file for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURE = "Eicar-Test-Signature"
MOST_BYTES = 2_000_000

PROGRAM = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@asynccontextmanager
async def real(folder: Path) -> AsyncIterator[str]:
    """The program itself, at the address that it yields."""
    assert PROGRAM is not None
    (folder / "database").mkdir()
    (folder / "database" / "test.ndb").write_text(f"{SIGNATURE}:0:*:{EICAR.hex()}\n")
    path = folder / "clamd.sock"
    settings = {
        "DatabaseDirectory": folder / "database",
        "LocalSocket": path,
        "StreamMaxLength": MOST_BYTES,
        "Foreground": "yes",
    }
    file = folder / "clamd.conf"
    file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        f"--config-file={file}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(60):
            while not path.exists():
                assert process.returncode is None, f"clamd ended with {process.returncode}"
                await asyncio.sleep(0.05)
        yield f"unix://{path}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class EmulatedClamd:
    """Answers as clamd(8) says. `verdict` is what it answers then, whatever it was sent;
    `silent`: it answers nothing.
    """

    def __init__(self) -> None:
        self.verdict: bytes | None = None
        self.silent = False
        self.connections = 0
        self.most_connections = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            host, port = server.sockets[0].getsockname()
            yield f"tcp://{host}:{port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.most_connections = max(self.most_connections, self.connections)
        try:
            answer = await self._answer(await reader.readuntil(b"\0"), reader)
            if self.silent:
                await reader.read()
            else:
                writer.write(answer + b"\0")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # The client has left.
        finally:
            self.connections -= 1
            writer.close()

    async def _answer(self, command: bytes, reader: asyncio.StreamReader) -> bytes:
        if command == b"zVERSION\0":
            return b"ClamAV 1.4.6 (emulated)"
        assert command == b"zINSTREAM\0"
        data = bytearray()
        while length := struct.unpack("!I", await reader.readexactly(4))[0]:
            data += await reader.readexactly(length)
            if len(data) > MOST_BYTES:
                return b"INSTREAM size limit exceeded. ERROR"
        found = f"stream: {SIGNATURE} FOUND".encode() if EICAR in data else b"stream: OK"
        return self.verdict or found
