"""Whether time tells a stranger that an interview is there: `python -m tests.load.apart`; with a
number, so many samples of each.

The real server, where people sign in, over an embedded PostgreSQL. Whoever names another user's
interview, awake or asleep, is refused just as for an id that nobody has; how long that takes is
measured for each request, command and opening, in turns and in random order. A second id that
nobody has shows what chance alone does. `p` is how often chance would set them as far apart
(Wilcoxon's signed ranks: samples of one turn are pairs, because a machine's load drifts); `!` marks
what is hardly chance, even as the rarest of so many comparisons (Bonferroni's bound for 5 %).
"""

import asyncio
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from itertools import groupby
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from realtime.clock import SystemClock
from realtime.gateway.auth import signed_token
from tests.realtime.gateway.signing import SECRET
from tests.realtime.gateway.strangers import ONE, REQUESTS, address
from tests.realtime.viva import serving

SAMPLES = 200
WARM_UP = 20
# So that the tables are of a size at which PostgreSQL uses their indexes.
OTHERS = 500
CONFIG = {"role": "backend", "questions": 1, "follow_ups": 0}
SETTINGS = {
    "VIVA_JWT_SECRET": SECRET,
    "VIVA_LOG_LEVEL": "error",
    "VIVA_COMMANDS_PER_SECOND": "1000",
}
NOBODYS = "nobody's"
KINDS = ("awake", "asleep", "chance")


@dataclass(frozen=True, slots=True)
class Try:
    """A way to ask for an interview; `took` is how long the refusal took, in nanoseconds."""

    name: str
    took: Callable[[str], int]


class Http:
    """Requests of one user, on one connection."""

    def __init__(self, host: str, token: str) -> None:
        self._connection = HTTPConnection(host)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def create(self) -> str:
        """A new interview's id."""
        content = json.dumps(CONFIG)
        self._connection.request("POST", "/v1/interviews", content, self._headers)
        made: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return str(made["id"])

    def refused(self, method: str, path: str, rest: dict[str, Any], interview: str) -> int:
        """How long a refusal takes."""
        path = address(path, interview)
        content = json.dumps(rest["json"]) if "json" in rest else None
        path += "?" + urlencode(rest["params"]) if "params" in rest else ""
        headers = self._headers | rest.get("headers", {})
        if self._connection.sock is None:
            self._connection.connect()
        began = time.perf_counter_ns()
        self._connection.request(method, path, content, headers)
        response = self._connection.getresponse()
        response.read()
        took = time.perf_counter_ns() - began
        if response.status != 404:
            raise AssertionError(f"{method} {path} was answered with {response.status}")
        return took


class Sockets:
    """WebSockets of one user."""

    def __init__(self, host: str, token: str) -> None:
        self._host = host
        self._token = token

    def connected(self, interview: str) -> ClientConnection:
        url = f"ws://{self._host}/v1/interviews/{interview}/ws"
        return connect(url, subprotocols=[Subprotocol("viva.v1")], proxy=None, compression=None)

    def opening(self, role: str) -> str:
        return json.dumps({"type": "session.open", "id": "o", "token": self._token, "role": role})

    def refused(self, role: str, interview: str) -> int:
        """How long a refusal takes, from the opening on."""
        opening = self.opening(role)
        with self.connected(interview) as socket:
            began = time.perf_counter_ns()
            socket.send(opening)
            answer = json.loads(socket.recv())
            took = time.perf_counter_ns() - began
        if answer.get("code") != "not_found":
            raise AssertionError(f"a WebSocket was answered with {answer}")
        return took


async def main(samples: int) -> None:
    with tempfile.TemporaryDirectory(prefix="viva-") as folder:
        async with serving("--data-dir", folder, settings=SETTINGS) as server:
            host = urlsplit(server.url).netloc
            await asyncio.to_thread(measure, host, samples)


def measure(host: str, samples: int) -> None:
    expires_at_s = SystemClock().now() // 1_000 + 86_400
    owner, stranger = (signed_token(SECRET, name, expires_at_s, None) for name in ("o", "s"))
    made = [Http(host, owner).create() for _ in range(OTHERS)]
    chance = random.Random(1)
    # Of the same letters, so that they look alike.
    nobodys = ["".join(chance.sample(made[0], len(made[0]))) for _ in range(2)]
    ids = {"awake": made[0], "asleep": made[1], "chance": nobodys[0], NOBODYS: nobodys[1]}
    owners = Sockets(host, owner)
    with owners.connected(made[0]) as socket:
        reach_a_question(socket, owners.opening("candidate"))
        tries = [*requests(Http(host, stranger)), *openings(Sockets(host, stranger))]
        report(sample(tries, ids, samples, chance), samples)


def reach_a_question(socket: ClientConnection, opening: str) -> None:
    """Open and start an interview, which then waits for an answer."""
    socket.send(opening)
    socket.send(json.dumps({"type": "interview.start", "id": "start"}))
    while json.loads(socket.recv())["type"] != "question.completed":
        pass


def requests(http: Http) -> Iterator[Try]:
    for method, path, rest in REQUESTS:
        details = [str(value) for part in rest.values() for value in part.values()]
        name = " ".join(
            [method, address(path, "").removeprefix(address(ONE, "")) or "/", *details[:1]]
        )
        yield Try(name, partial(http.refused, method, path, rest))


def openings(sockets: Sockets) -> Iterator[Try]:
    for role in ("candidate", "observer"):
        yield Try(f"WebSocket {role}", partial(sockets.refused, role))


def sample(
    tries: Sequence[Try], ids: dict[str, str], samples: int, chance: random.Random
) -> dict[str, dict[str, list[int]]]:
    """What each try took, by its name and by whose interview it was."""
    found: dict[str, dict[str, list[int]]] = {
        each.name: {kind: [] for kind in ids} for each in tries
    }
    kinds = list(ids)
    for turn in range(WARM_UP + samples):
        for each in tries:
            chance.shuffle(kinds)
            for kind in kinds:
                took = each.took(ids[kind])
                if turn >= WARM_UP:
                    found[each.name][kind].append(took)
    return found


def report(found: dict[str, dict[str, list[int]]], samples: int) -> None:
    bound = 0.05 / (len(found) * len(KINDS))
    print(f"{samples} samples of each; medians in us, beside an id that nobody has; p of the same")
    print(f"  {'':42}{NOBODYS:>9}" + "".join(f"{kind:>23}" for kind in KINDS))
    for name, took in found.items():
        usual = median(took[NOBODYS])
        cells = [f"  {name:42}{usual / 1_000:9.0f}"]
        for kind in KINDS:
            middle = median(took[kind])
            p = p_value(took[kind], took[NOBODYS])
            mark = "!" if p < bound else " "
            cells.append(f"{middle / 1_000:9.0f} {middle / usual:5.2f} x {p:5.3f}{mark}")
        print("".join(cells))


def p_value(some: Sequence[int], others: Sequence[int]) -> float:
    """Of pairs, two-sided, by the normal approximation, which holds from about 20 pairs on."""
    apart = [one - other for one, other in zip(some, others, strict=True) if one != other]
    apart.sort(key=abs)
    ranks = 0.0
    for _, equal in groupby(enumerate(apart, 1), key=lambda ranked: abs(ranked[1])):
        members = list(equal)
        # Equal ones share the middle of their ranks.
        middle = (members[0][0] + members[-1][0]) / 2
        ranks += middle * sum(difference > 0 for _, difference in members)
    n = len(apart)
    spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    return math.erfc(abs(ranks - n * (n + 1) / 4) / spread / math.sqrt(2)) if n else 1.0


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES))
