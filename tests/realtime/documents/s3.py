"""An S3 server that others wrote (moto), as a process of its own."""

import asyncio
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from realtime.documents.objects import Bucket

BUCKET = "documents"
_RUNNING = re.compile(rb"Running on (http://127\.0\.0\.1:\d+)")
# It looks for a signature, not at it.
_SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=k/20260101/eu-central-1/s3/x"}


@dataclass(frozen=True)
class S3:
    """The server, and what is in its bucket."""

    url: str

    def bucket(self, name: str = BUCKET) -> Bucket:
        return Bucket(
            name,
            endpoint_url=self.url,
            region="eu-central-1",
            access_key_id="a-key",
            secret_access_key="its-secret",
            prefix="viva/files",
        )

    async def keys(self) -> list[str]:
        """The whole names of all objects."""
        async with httpx.AsyncClient(headers=_SIGNED, trust_env=False, timeout=30) as client:
            answer = await client.get(f"{self.url}/{BUCKET}?list-type=2")
            listed = ElementTree.fromstring(answer.raise_for_status().content)
        return [each.text or "" for each in listed.iter() if each.tag.endswith("}Key")]

    async def read(self, key: str) -> bytes:
        """An object, by its whole name."""
        async with httpx.AsyncClient(headers=_SIGNED, trust_env=False, timeout=30) as client:
            answer = await client.get(f"{self.url}/{BUCKET}/{key}")
            return answer.raise_for_status().content


@asynccontextmanager
async def s3() -> AsyncIterator[S3]:
    """A server with an empty bucket, until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if not _of_flask(name)},
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            while (said := _RUNNING.search(line := await process.stderr.readline())) is None:
                assert line, "moto ended"
        reading = asyncio.create_task(process.stderr.read())
        found = S3(said[1].decode())
        async with httpx.AsyncClient(headers=_SIGNED, trust_env=False, timeout=30) as client:
            where = "<CreateBucketConfiguration><LocationConstraint>eu-central-1"
            where += "</LocationConstraint></CreateBucketConfiguration>"
            made = await client.put(f"{found.url}/{BUCKET}", content=where)
            assert made.is_success, made.text
        yield found
        reading.cancel()
    finally:
        process.kill()
        await process.wait()


def _of_flask(name: str) -> bool:
    return re.match(r"FLASK_|WERKZEUG_|MOTO_", name) is not None
