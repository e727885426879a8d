"""`python -m tests.emulators`: see `--help`. Emulators for anyone, until they are interrupted."""

import argparse
import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import uvloop
from rich import box
from rich.console import Console
from rich.table import Table

from tests.emulators.emulator import Settings, check, emulate
from tests.emulators.faults import TABLE, Api
from tests.emulators.interviewing import interviewing
from tests.emulators.play import number, whole
from tests.emulators.script import Asked, Reply, Script, UnplayableError

DESCRIPTION = (
    "OpenAI's and Gemini's APIs, emulated: an interviewer's replies at a set pace, and every fault "
    "on request. Prints a line for each: where it listens."
)
EPILOG = (
    "A model called `play;rate=30;first=0.2;tokens=100;stamps=1;fault=crlf+cut@5` says all of it "
    "for one request, through any client; also text=, refuses=, input=, cached=, output=, thought=."
)


@dataclass(frozen=True)
class Manner:
    """How every reply comes, unless the model's name says otherwise."""

    said: Reply

    def reply(self, asked: Asked) -> Reply:
        text = self.said.text
        if asked.schema is not None or not (text or self.said.tokens is not None):
            text = interviewing(asked).text
        tokens = None if asked.schema is not None else self.said.tokens
        return replace(self.said, text=text, tokens=tokens)


def main() -> int:
    """Serve until interrupted; the exit status."""
    asked = _arguments()
    if asked.list:
        Console().print(_listing())
        return 0
    apis: tuple[Api, ...] = ("openai", "gemini") if asked.api == "both" else (asked.api,)
    script = _script(asked)
    try:
        for api in apis:
            check(script, api)
    except UnplayableError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    try:
        uvloop.run(_serve(apis, script, _settings(asked)))
    except OSError as error:
        print(f"{asked.host} port {asked.port} can't be listened on: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.emulators", None, DESCRIPTION, EPILOG)
    parser.add_argument(
        "api", nargs="?", choices=("openai", "gemini", "both"), default="both", help="(%(default)s)"
    )
    parser.add_argument("--list", action="store_true", help="list the faults, and stop")
    server = parser.add_argument_group("the server")
    server.add_argument("--host", default="127.0.0.1", help="(%(default)s)")
    server.add_argument(
        "--port", type=int, default=0, help="0: a free one; of both, Gemini's is the next"
    )
    server.add_argument("--key", help="demand this API key")
    server.add_argument(
        "--tls", action="store_true", help="with a certificate of its own, whose file it tells"
    )
    reply = parser.add_argument_group("the replies")
    reply.add_argument("--rate", type=number, default=30, help="tokens a second (%(default)s)")
    reply.add_argument("--first-token", type=number, default=0.3, help="seconds (%(default)s)")
    reply.add_argument("--tokens", type=whole, help="so many, instead of an interviewer's words")
    reply.add_argument("--text", default="", help="this, instead of an interviewer's words")
    reply.add_argument(
        "--stamps", action="store_true", help="each token is its number and its time in µs"
    )
    reply.add_argument("--fault", help="what goes wrong: `cut@5`, of --list")
    reply.add_argument(
        "--fault-every", type=int, default=1, help="with every so manyth request (%(default)s)"
    )
    asked = parser.parse_args()
    if asked.fault_every < 1:
        parser.error("--fault-every: a number from 1 belongs there.")
    return asked


def _script(asked: argparse.Namespace) -> Script:
    said = Reply(
        asked.text,
        tokens=asked.tokens,
        rate=asked.rate,
        first_token_s=asked.first_token,
        stamps=asked.stamps,
    )
    return Script(
        Manner(said).reply, every=(asked.fault, asked.fault_every) if asked.fault else None
    )


def _settings(asked: argparse.Namespace) -> Settings:
    return Settings(asked.host, asked.port, asked.key, asked.tls)


def _listing() -> Table:
    table = Table("fault", "@", "of", "what it does", box=box.SIMPLE)
    for fault in TABLE:
        at = "" if fault.at is None else f"{fault.at:g}"
        apis = "" if len(fault.apis) > 1 else fault.apis[0]
        table.add_row(fault.name, at, apis, fault.sentence)
    return table


async def _serve(apis: tuple[Api, ...], script: Script, settings: Settings) -> None:
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, interrupted.set)
    async with AsyncExitStack() as stack:
        for offset, api in enumerate(apis):
            port = settings.port + offset if settings.port else 0
            emulator = await stack.enter_async_context(
                emulate(api, script, replace(settings, port=port))
            )
            named = f" ({api})" if len(apis) > 1 else ""
            print(f"listening on {emulator.url}{named}", flush=True)
            if emulator.certificate is not None:
                print(f"trust {emulator.certificate}", flush=True)
        await interrupted.wait()


if __name__ == "__main__":
    sys.exit(main())
