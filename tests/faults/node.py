"""A server that dies where it is told to: `python -m tests.faults.node --port P --database-url U`.

It is the real one, composed as `realtime.app.serve` does it, with traps around two of its parts. It
serves when the first line of standard input tells it to, and says `listening` on standard output
once it does. The lines after that are orders (`Order`), and it says `dying POINT` before it kills
itself. When its standard input ends it ends too: whoever gave the orders has gone.
"""

import argparse
import asyncio
import os
import signal
import sys
from dataclasses import replace

import uvloop

from realtime.app import build, house, server_config
from realtime.server import Server, listen
from realtime.settings import Settings
from realtime.telemetry import logs
from tests.faults.points import Order, Point
from tests.faults.traps import Liar, Trap, TrappedInterviewer, TrappedStorage


def say(line: str) -> None:
    """At once, whatever becomes of this process."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def die(point: Point) -> None:
    say(f"dying {point}")
    os.kill(os.getpid(), signal.SIGKILL)


async def obey(trap: Trap, server: Server) -> None:
    """Take orders until there can be no more."""
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    while line := await orders.readline():
        trap.arm(Order.read(line.decode()))
        say("armed")
    server.stop()


async def serve(settings: Settings, *, lying: bool) -> None:
    """As `realtime.app.serve`, with traps."""
    trap = Trap(die)
    if settings.database_url is None:
        raise AssertionError("the database is to outlive this process")
    listener = listen(settings.host, settings.port)
    async with house(settings, settings.database_url.get_secret_value()) as parts:
        storage = Liar(parts.storage) if lying else parts.storage
        trapped = replace(
            parts,
            storage=TrappedStorage(storage, trap),
            interviewer=TrappedInterviewer(parts.interviewer, trap),
        )
        application = build(settings, trapped)

        async def drain() -> None:
            draining = asyncio.ensure_future(application.drain())
            if trap.sprung("draining"):
                await trap.spring_later()
            await draining

        server = Server(server_config(settings, application), drain, lambda: say("listening"))
        obeying = asyncio.create_task(obey(trap, server))
        await server.serve([listener])
        obeying.cancel()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.node", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--lying", action="store_true", help="acknowledge what isn't stored")
    options = parser.parse_args(arguments)
    # Speech comes in gulps (`traps.py`), not at a pace.
    settings = Settings(port=options.port, database_url=options.database_url, pace=0)
    logs.configure("warning", as_json=True)
    # By now all is imported, which takes longer than the rest: a successor waits here.
    if not os.read(sys.stdin.fileno(), 64):
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, lying=options.lying))


if __name__ == "__main__":
    main(sys.argv[1:])
