"""`python -m tests.conformance`: see `--help`."""

import argparse
import asyncio
import sys
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import Progress

from tests.conformance.case import Case, Transport
from tests.conformance.catalogue import catalogue
from tests.conformance.report import failures, json_report, junit_report, listing, summary
from tests.conformance.run import Outcome, run
from tests.conformance.target import Target

DESCRIPTION = "Hold a server to `viva.v1`, as docs/protocol.md has it."
EPILOG = (
    "Exits with 1 if the server fails a MUST (with --strict, a SHOULD too), with 2 if it can't be "
    "reached or nothing is to be played. A server that wants a token should let one user have many "
    "connections meanwhile (viva: VIVA_CONNECTIONS_PER_USER=0)."
)


def main() -> int:
    """Play what the command line asks for; the exit status."""
    asked = _arguments()
    console = Console()
    chosen = _chosen(asked.case, asked.transport)
    if not chosen:
        console.print("[red]No case is called that.[/] --list names them all.")
        return 2
    if asked.list:
        console.print(listing([each for each, _ in chosen]))
        return 0
    try:
        target = _target(asked)
    except httpx.HTTPError as error:
        console.print(f"[red]{asked.url} can't be reached:[/] {error}")
        return 2
    outcomes = asyncio.run(_play(target, chosen, asked.parallel, console))
    console.print(failures(outcomes))
    console.print(summary(outcomes, strict=asked.strict))
    if asked.junit is not None:
        asked.junit.write_bytes(junit_report(outcomes))
    if asked.json is not None:
        asked.json.write_bytes(json_report(outcomes))
    failed = [each.case for each in outcomes if each.verdict == "failed"]
    return int(any(asked.strict or case.level == "MUST" for case in failed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.conformance", None, DESCRIPTION, EPILOG)
    server = parser.add_argument_group("the server")
    server.add_argument(
        "--url", default="http://127.0.0.1:8000", help="/v1 lies under it (%(default)s)"
    )
    server.add_argument("--token", help="a user's bearer token, where the server wants one")
    server.add_argument("--other-token", help="another user's")
    server.add_argument("--expired-token", help="one that has run out")
    server.add_argument(
        "--brief-token", help="the first user's, running out some 20 s after the run begins"
    )
    server.add_argument(
        "--kill", help="a command that kills the server as `kill -9` does, and starts it again"
    )
    server.add_argument(
        "--drain", help="a command that lets it go away in good order, and starts it again"
    )
    server.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="ID",
        help="skip, and say so, what it is known not to have: a case, or `documents.`; repeatable",
    )
    server.add_argument(
        "--speech",
        type=Path,
        help="a WAV (mono, 16 bit) of some seconds of clear English without a pause, not even at "
        "its end, for the cases of voice that need words",
    )
    cases = parser.add_argument_group("the cases")
    cases.add_argument(
        "--case",
        action="append",
        metavar="ID",
        help="play this one; `open.` plays all that begin so; repeatable",
    )
    cases.add_argument("--transport", choices=("ws", "sse"), help="play over this one only")
    cases.add_argument(
        "--patient", action="store_true", help="play those that take more than a minute, too"
    )
    cases.add_argument("--parallel", type=int, default=24, help="how many at a time (%(default)s)")
    cases.add_argument("--list", action="store_true", help="list them, and play none")
    told = parser.add_argument_group("what is told")
    told.add_argument("--strict", action="store_true", help="fail on a SHOULD too")
    told.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit's XML here")
    told.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes as JSON here")
    return parser.parse_args()


def _chosen(wanted: list[str] | None, transport: Transport | None) -> list[tuple[Case, Transport]]:
    """The cases that are wanted, over each transport that is."""
    return [
        (case, over)
        for case in catalogue().values()
        for over in case.over
        if (not wanted or case.named_by(wanted)) and transport in (None, over)
    ]


def _target(asked: argparse.Namespace) -> Target:
    """The server, and what it says of itself.

    Raises:
        httpx.HTTPError: it can't be reached.
    """
    url = asked.url.rstrip("/")
    told = httpx.get(f"{url}/v1/capabilities", timeout=10).raise_for_status().json()
    return Target(
        url,
        asked.token,
        asked.other_token,
        asked.expired_token,
        asked.kill,
        asked.drain,
        capabilities=told,
        limits=told["limits"],
        brief_token=asked.brief_token,
        patient=asked.patient,
        speech=asked.speech,
        without=tuple(asked.without),
    )


async def _play(
    target: Target, chosen: list[tuple[Case, Transport]], parallel: int, console: Console
) -> list[Outcome]:
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("cases", total=len(chosen))
        return await run(
            target, chosen, parallel=parallel, tell=lambda outcome: progress.advance(task)
        )


if __name__ == "__main__":
    sys.exit(main())
