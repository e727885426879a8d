"""The fake network: what the client's core wants to be connected or POSTed goes to the node that is
there, if any. POSTs are lost, answered into the void, and repeated by the network when it likes.
"""

from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from starlette.types import Scope

from protocol.client.data import Connect, Post
from protocol.codec import encode
from protocol.messages import PROTOCOL
from tests.simulation.whole.loop import OUTSIDE, VirtualLoop
from tests.simulation.whole.watch import Ear, Watch
from tests.simulation.whole.wires import Pace, Peer, Request, Socket, Stream, Wire

# How long a terminal waits for the answer to a POST.
ANSWER_WITHIN_S = 15.0


class Serving(Protocol):
    """The node's end: takes a wire and runs the application on it."""

    def serve(self, wire: "Wire", scope: Scope) -> None: ...


class Network:
    """All wires. `up`: whether anything gets through."""

    def __init__(self, loop: VirtualLoop, watch: Watch, chance: Random) -> None:
        self.node: Serving | None = None
        self.wires: list[Wire] = []
        self.down_until = 0.0
        self.loop = loop
        self._watch = watch
        self._chance = chance

    def connect(self, name: str, order: Connect, pace: Pace, peer: Peer) -> Wire:
        """A WebSocket or an event stream, as the client's core has ordered it."""
        ear = Ear(self._watch, name)
        resume = order.opening.resume
        if resume is not None:
            ear.resumes(resume.epoch, resume.seq)
        if order.over == "websocket":
            wire: Wire = Socket(self.loop, self._chance, pace, ear, peer)
        else:
            wire = Stream(self.loop, self._chance, pace, ear, peer)
        if not self._reaches():
            wire.cut(0.0, self._chance.uniform(0, 1))
        elif order.over == "events":
            place = None if resume is None else f"{resume.epoch}:{resume.seq}"
            headers = [] if place is None else [(b"last-event-id", place.encode())]
            wire.put({"type": "http.request", "body": b"", "more_body": False})
            self._serve(wire, _http(self._watch.interview_id, "GET", "events", headers))
        elif pace.websockets_blocked:
            wire.left = True
            when = self.loop.time() + self._chance.uniform(0, pace.most_s)
            self.loop.call_at(when, lambda: peer.refused(wire, 403, b""), context=OUTSIDE)
        else:
            assert isinstance(wire, Socket)
            wire.say(encode(order.opening).decode())
            self._serve(wire, _websocket(self._watch.interview_id))
        return wire

    def post(
        self, name: str, order: Post, pace: Pace, answered: Callable[[int, bytes], None]
    ) -> None:
        """A POST of a command, with whatever the network makes of it."""
        waiting = True

        def settle(status: int, body: bytes) -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                answered(status, body)

        self.loop.call_later(ANSWER_WITHIN_S, lambda: settle(0, b""), context=OUTSIDE)
        self._send(name, order, pace, settle)
        while self._chance.random() < pace.post_repeated:
            late_s = self._chance.choice((0.0, 0.05, 2.0, 20.0))
            self.loop.call_later(
                late_s, lambda: self._send(name, order, pace, _nobody), context=OUTSIDE
            )

    def _send(
        self, name: str, order: Post, pace: Pace, answered: Callable[[int, bytes], None]
    ) -> None:
        wire = Request(self.loop, self._chance, pace, Ear(self._watch, name), answered)
        if not self._reaches() or self._chance.random() < pace.post_lost / 2:
            wire.cut(0.0, self._chance.uniform(0, 2 * ANSWER_WITHIN_S))
            return
        wire.put({"type": "http.request", "body": order.body, "more_body": False})
        headers = [(b"content-type", b"application/json")]
        self._serve(wire, _http(self._watch.interview_id, "POST", "commands", headers))
        if self._chance.random() < pace.post_lost / 2:
            wire.left = True

    def _reaches(self) -> bool:
        return self.node is not None and self.loop.time() >= self.down_until

    def _serve(self, wire: Wire, scope: Scope) -> None:
        assert self.node is not None
        self.wires = [each for each in self.wires if not (each.over and each.left)]
        self.wires.append(wire)
        self.node.serve(wire, scope)


def _nobody(status: int, body: bytes) -> None:
    """Who repeated a POST without being asked waits for no answer."""


def _websocket(interview_id: str) -> Scope:
    scope = _scope("websocket", f"/v1/interviews/{interview_id}/ws")
    return {**scope, "subprotocols": [PROTOCOL], "path_params": {"id": interview_id}}


def _http(interview_id: str, method: str, what: str, headers: list[tuple[bytes, bytes]]) -> Scope:
    scope = _scope("http", f"/v1/interviews/{interview_id}/{what}")
    return {**scope, "method": method, "headers": headers}


def _scope(kind: str, path: str) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": None,
        "server": None,
    }
