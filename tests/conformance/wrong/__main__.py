"""`python -m tests.conformance.wrong`: see `--help`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from tests.conformance.catalogue import catalogue
from tests.conformance.wrong.faults import FAULTS
from tests.conformance.wrong.play import play_all
from tests.conformance.wrong.proxy import NONE, WrongServer
from tests.conformance.wrong.table import table

app = typer.Typer(add_completion=False)


@app.command()
def main(
    upstream: Annotated[str, typer.Option(help="Where a right server is.")] = (
        "http://127.0.0.1:8000"
    ),
    port: Annotated[int, typer.Option(help="Where to listen, on this machine alone.")] = 8001,
    fault: Annotated[
        str, typer.Option(help="The case whose fault to have where the path names none.")
    ] = "none",
    token: Annotated[str | None, typer.Option(help="A good token of the right server.")] = None,
    table_: Annotated[
        Path | None,
        typer.Option("--table", help="Serve nobody; play every case, and write the table here."),
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, help="How many cases at a time.")] = 48,
) -> None:
    """A wrong server in front of a right one.

    What is asked under /fault/ID/ gets the fault that the case ID is there to catch; /fault/none/
    is right. So one process has every fault: --url http://127.0.0.1:8001/fault/open.snapshot
    """
    if table_ is not None:
        pairs = [(case, over) for case in catalogue().values() for over in case.over]
        table_.write_text(table(asyncio.run(play_all(pairs, parallel=parallel))))
        return
    if fault not in {"none", *FAULTS}:
        raise typer.BadParameter(f"no case is called {fault}")
    faults = {**FAULTS, "": FAULTS.get(fault, NONE)}
    asyncio.run(_serve(WrongServer(upstream, faults, token), port))


async def _serve(server: WrongServer, port: int) -> None:
    async with server.listening(port) as url:
        print(f"listening on {url}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    app(prog_name="python -m tests.conformance.wrong")
