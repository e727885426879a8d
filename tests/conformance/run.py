"""Plays cases against a server, many side by side, and tells how each went."""

import asyncio
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import httpx

from tests.conformance.case import Case, Skipped, Transport, Violation
from tests.conformance.socket import RefusedError as NotUpgradedError
from tests.conformance.stage import RefusedError, Stage
from tests.conformance.stream import NoStreamError
from tests.conformance.target import Target
from tests.conformance.transcript import Transcript

Verdict = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case went over one transport. `why` tells of a failure, or of what it was skipped for;
    the transcript is kept of failures.
    """

    case: Case
    transport: Transport
    verdict: Verdict
    seconds: float
    why: str = ""
    transcript: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.case.id}[{self.transport}]"


async def run(
    target: Target,
    cases: Sequence[tuple[Case, Transport]],
    *,
    parallel: int,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Play these cases, `parallel` at a time; those that must be alone, afterwards. The outcomes
    are in the order of the cases; `tell` is given each as it comes.
    """
    free = asyncio.Semaphore(parallel)

    async def one(case: Case, transport: Transport) -> Outcome:
        async with free:
            outcome = await play(target, case, transport)
        tell(outcome)
        return outcome

    together = [pair for pair in cases if not pair[0].alone]
    outcomes = await asyncio.gather(*(one(*pair) for pair in together))
    found = dict(zip([(case.id, over) for case, over in together], outcomes, strict=True))
    for case, transport in cases:
        if case.alone:
            found[case.id, transport] = await one(case, transport)
    return [found[case.id, transport] for case, transport in cases]


async def play(target: Target, case: Case, transport: Transport) -> Outcome:
    """Play one case."""
    transcript = Transcript()
    began = time.monotonic()

    def outcome(verdict: Verdict, why: str = "") -> Outcome:
        kept = tuple(transcript.lines()) if verdict == "failed" else ()
        return Outcome(case, transport, verdict, time.monotonic() - began, why, kept)

    lacking = _lacking(target, case)
    if lacking:
        return outcome("skipped", lacking)
    try:
        async with asyncio.timeout(case.within_s), Stage(target, transport, transcript) as stage:
            await case.play(stage)
    except Skipped as reason:
        return outcome("skipped", str(reason))
    except Violation as violation:
        return outcome("failed", str(violation))
    except TimeoutError:
        return outcome("failed", f"It took more than {case.within_s:g} s.")
    except (RefusedError, NotUpgradedError, NoStreamError) as refusal:
        return outcome("failed", f"A connection was refused: {refusal}")
    except (httpx.TransportError, OSError) as error:
        return outcome("failed", f"The server can't be reached: {error!r}")
    except Exception:
        return outcome("failed", f"The server's answer made no sense:\n{traceback.format_exc()}")
    return outcome("passed")


def _lacking(target: Target, case: Case) -> str:
    """Why a case can't be played against a server; empty: it can."""
    if case.named_by(target.without):
        return "the server is known not to have it (--without)"
    reasons = {
        "voice": (target.capabilities.get("voice"), "the server has no speech model"),
        "speech": (target.speech, "there is nothing to say (--speech)"),
        "sign-in": (target.token, "the server runs without authentication (no --token)"),
        "open": (not target.token, "the server wants a token"),
        "second-user": (target.other_token, "there is no second user (--other-token)"),
        "brief-token": (target.brief_token, "there is no token that runs out (--brief-token)"),
        "patience": (target.patient, "it takes more than a minute (--patient)"),
        "kill": (target.kill, "there is no command that kills the server (--kill)"),
        "drain": (target.drain, "there is no command that drains the server (--drain)"),
    }
    for need in case.needs:
        there, reason = reasons[need]
        if not there:
            return reason
    return ""
