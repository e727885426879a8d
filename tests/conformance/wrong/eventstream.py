"""An event stream through the wrong server: blocks of lines, each with a message or none."""

from collections.abc import AsyncIterator
from typing import Protocol

import httpx
import orjson
from websockets.frames import Opcode

from tests.conformance.line import UNNUMBERED, Message
from tests.conformance.wrong.tampering import Block, Link, RawFrame

COMMENT = RawFrame(Opcode.PING, True, b"", b"", ours=True)


class Client(Protocol):
    """Whoever reads the stream."""

    async def more(self, data: bytes) -> None: ...

    def cut(self) -> None: ...


async def relay(link: Link, response: httpx.Response, client: Client) -> bool:
    """Hand on what the right server streams, bent as the fault has it, to the end; returns whether
    the stream is left open there.
    """
    try:
        async for block in blocks(response):
            for each in _bent(block, link):
                await client.more(written(each, link))
            if link.closing is not None:
                return False
    except httpx.TransportError:
        if link.ends(1006) is None:
            return True
        client.cut()
        return False
    return link.ends(0) is None


async def blocks(response: httpx.Response) -> AsyncIterator[Block]:
    block = Block({}, [])
    data: list[str] = []
    async for line in _lines(response):
        if not line:
            if data:
                block.message = orjson.loads("\n".join(data))
            yield block
            block, data = Block({}, []), []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not name:
            block.comments.append(value)
        elif name == "data":
            data.append(value)
        else:
            block.fields[name] = value


async def _lines(response: httpx.Response) -> AsyncIterator[str]:
    # httpx's own lines end at U+2028 and its like, too.
    rest = b""
    async for data in response.aiter_bytes():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line.decode().removesuffix("\r")


def _bent(block: Block, link: Link) -> list[Block]:
    if block.comments and not link.passes(COMMENT):
        block.comments = []
    made = [block]
    if block.message is not None:
        made = [_block(block, message) for message in link.take(block.message)]
    for tampering in link.fault.tamperings:
        made = [bent for each in made if (bent := tampering.block(each, link)) is not None]
    return made


def _block(original: Block, message: Message) -> Block:
    fields = {**original.fields, "event": str(message.get("type"))}
    if message.get("type") not in UNNUMBERED or "id" in fields:
        fields["id"] = f"{message.get('epoch')}:{message.get('seq')}"
    return Block(fields, original.comments, message)


def written(block: Block, link: Link) -> bytes:
    """A block's bytes."""
    lines = [f": {comment}" for comment in block.comments]
    lines += [f"{name}: {value}" for name, value in block.fields.items()]
    written = "\n".join(lines).encode()
    if block.message is not None:
        data = link.framed(block.message)[1].replace(b"\n", b"\ndata: ")
        written += (b"\n" if written else b"") + b"data: " + data
    return written + b"\n\n" if written else b""
