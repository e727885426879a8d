"""The faults of the way in: upgrade, first message, opening, sign-in, tickets, roles."""

from typing import Any

from tests.conformance.wrong.commands import OpensUnasked, Outcome, Refuse, Rewrite, Swallow
from tests.conformance.wrong.endings import CloseAs, CloseAt, CloseOn, LastWords, StayOpen
from tests.conformance.wrong.exchanges import Answer, Ask, Trusting, Unasked
from tests.conformance.wrong.messages import GONE, Change, Drop, plus
from tests.conformance.wrong.tampering import Fault, Tampering, fault

WS = "GET /v1/interviews/*/ws"
EVENTS = "GET /v1/interviews/*/events"
TICKETS = "POST /v1/interviews/*/tickets"
SUBPROTOCOL = "Sec-WebSocket-Protocol"


def opened(**to: Any) -> Change:
    """Change `session.opened`; two underscores stand for a dot."""
    return Change("session.opened", {name.replace("__", "."): to[name] for name in to})


def unauthenticated(**choice: Any) -> tuple[Tampering, ...]:
    """Let nobody in, or not those."""
    problem = {"code": "unauthenticated", "retryable": False, "details": {}}
    headers = {"content-type": "application/problem+json"}
    return (
        Refuse("session.open", "unauthenticated", {}, 4401, **choice),
        Unasked(EVENTS, status=401, json=problem, headers=headers),
    )


def not_resumed() -> tuple[Tampering, ...]:
    """Forget where a client was."""
    return (
        Rewrite("session.open", {"resume": GONE}),
        Ask(EVENTS, headers={"Last-Event-ID": None}, query={"last_event_id": None}),
    )


def always_resumed() -> Tampering:
    """Say that it goes on, wherever the client was."""
    return opened(resumed=True, snapshot=GONE)


OPENING: dict[str, Fault] = {
    "open.snapshot": fault("says `resumed: true` to a first opening", opened(resumed=True)),
    "open.fields": fault("tells `heartbeat_ms` as text", opened(heartbeat_ms="20000")),
    "open.re": fault("puts a fixed `re` into session.opened", opened(re="open")),
    "open.limits": fault("tells another limit than over HTTP", opened(limits__max_audio_bytes=1)),
    "open.limits.values": fault("has a limit of its own", opened(limits__max_answer_ms=1)),
    "open.capabilities": fault("leaves the languages out", opened(capabilities__languages=GONE)),
    "open.snapshot.whole": fault(
        "leaves the hints out of a snapshot's turns", Change("*", {"snapshot.turns.*.hints": GONE})
    ),
    "open.snapshot.stored": fault(
        "leaves the level out of a snapshot's config", opened(snapshot__config__level=None)
    ),
    "open.role.default": fault(
        "takes who names no role for an observer",
        Rewrite("session.open", {"role": "observer"}, where={"role": None}),
    ),
    "open.role.candidate": fault(
        "takes candidates for observers", Rewrite("session.open", {"role": "observer"})
    ),
    "open.role.unknown": fault(
        "takes any role for the candidate's", Rewrite("session.open", {"role": "candidate"})
    ),
    "open.resume.malformed": fault(
        "ignores a `resume`, right or wrong", Rewrite("session.open", {"resume": GONE})
    ),
    "open.token.optional": fault("demands a token", *unauthenticated()),
    "open.id.free": fault(
        "counts the opening's id among the commands'",
        Outcome("interview.start", "ack", "id_reused"),
    ),
    "open.unknown-fields": fault(
        "refuses fields that it doesn't know",
        Refuse("session.open", "malformed", {}, 4400, where={"wish": "none"}),
    ),
    "open.unknown": fault(
        "calls a missing interview forbidden",
        CloseAs(4403, 4404),
        Answer(EVENTS, status=403, was=404),
    ),
    "open.deleted": fault(
        "calls a deleted interview done", CloseAs(1000, 4404), Answer(EVENTS, status=204, was=404)
    ),
    "open.deleted.under-way": fault(
        "leaves connections of a deleted interview open", StayOpen(4404), StayOpen(0)
    ),
    "interview.whole": fault("leaves connections open at the end", StayOpen(1000), StayOpen(0)),
}

UPGRADE: dict[str, Fault] = {
    "upgrade.subprotocol": fault(
        "upgrades without naming a subprotocol", Answer(WS, headers={SUBPROTOCOL: None})
    ),
    "upgrade.subprotocol.among": fault(
        "chooses another subprotocol", Answer(WS, headers={SUBPROTOCOL: "chat"})
    ),
    "upgrade.subprotocol.missing": fault(
        "upgrades without a subprotocol", Ask(WS, headers={SUBPROTOCOL: "viva.v1"})
    ),
    "upgrade.subprotocol.other": fault(
        "upgrades whatever the subprotocol", Ask(WS, headers={SUBPROTOCOL: "viva.v1"})
    ),
    "upgrade.origin.foreign": fault("looks at no Origin", Ask(WS, headers={"Origin": None})),
    "upgrade.origin.look-alike": fault(
        "looks at no Origin that is like its own", Ask(WS, headers={"Origin": None})
    ),
    "upgrade.origin.none": fault(
        "refuses who names no Origin", Ask(WS, headers={"Origin": "https://attacker.example"})
    ),
}

FIRST: dict[str, Fault] = {
    "first.command": fault("takes commands before the opening", OpensUnasked("*")),
    "first.ping": fault("answers a ping before the opening", OpensUnasked("*")),
    "first.unknown": fault("hears out anything before the opening", OpensUnasked("*")),
    "first.malformed": fault("closes with 1003 for 4400", CloseAs(1003, 4400)),
    "first.binary": fault("closes with 1003 for 4400", CloseAs(1003, 4400)),
    "first.id.malformed": fault(
        "takes any id for an opening's", Rewrite("session.open", {"id": "x"})
    ),
    "first.second": fault("ignores a second opening", Swallow("session.open", nth=2)),
    "first.late": fault("closes with 4400 for 4408", CloseAs(4400, 4408)),
    "first.patience": fault("has no patience with an opening", CloseAt("session.open", 4408)),
}

SIGN_IN: dict[str, Fault] = {
    "sign-in.token": fault("lets nobody in", *unauthenticated()),
    **{
        f"sign-in.{name}": fault("takes everybody for the first user", Trusting())
        for name in (
            *("none", "observer", "nonsense", "signature", "changed", "algorithm", "expired"),
            *("url", "other-user", "other-user.observer"),
        )
    },
    "sign-in.nothing-told": fault(
        "tells who has no token which interviews there are",
        Change("error", {"details.exists": True}, line=1),
        Answer(EVENTS, to={"details.exists": True}, was=401, nth=1),
    ),
    "token.runs-out": fault(
        "leaves connections open when a token runs out", StayOpen(4401), StayOpen(0)
    ),
}

ROLES: dict[str, Fault] = {
    "takeover.closes": fault("closes who is replaced with 1000", CloseAs(1000, 4409)),
    "takeover.order": fault(
        "tells who is replaced one event more",
        LastWords(4409, {"type": "interview.started", "remaining_ms": None}),
    ),
    "takeover.commands": fault(
        "carries out a late command of who was replaced", Change("ack", {"repeated": True}, line=2)
    ),
    "takeover.goes-on": fault("resumes nobody", *not_resumed()),
    "takeover.race": fault("closes who is replaced with 4100", CloseAs(4100, 4409)),
    "takeover.not-by-ticket": fault("makes a candidate of who has a ticket", Trusting()),
    "takeover.not-by-observer": fault(
        "takes observers for candidates",
        Rewrite("session.open", {"role": "candidate"}, where={"role": "observer"}),
    ),
    "takeover.not-by-refused": fault(
        "lets who is to be refused take over", Trusting(), Rewrite("session.open", {"role": GONE})
    ),
    "takeover.not-by-stream": fault(
        "closes the candidate for a POSTed command",
        CloseOn("interview.started", 4409, over="ws"),
    ),
    "observer.reads": fault("keeps an event from an observer", Drop("question.started", line=3)),
    "observer.commands": fault(
        "takes an observer's commands",
        Rewrite("session.open", {"role": "candidate"}, where={"role": "observer"}),
    ),
    "observer.order": fault(
        "calls a malformed command of an observer's forbidden",
        Outcome("answer.submit", "malformed", "forbidden"),
    ),
    "observer.ping": fault("answers no ping", Swallow("ping")),
    "observer.end": fault("closes with 1001 at the end", CloseAs(1001, 1000)),
}

TICKET: dict[str, Fault] = {
    "ticket.reads": fault("knows no tickets", *unauthenticated(where={"role": "observer"})),
    "ticket.often": fault(
        "takes a ticket twice",
        Refuse("session.open", "unauthenticated", {}, 4401, line=3),
        Unasked(EVENTS, status=401, nth=3),
    ),
    "ticket.commands": fault(
        "takes commands from who has a ticket", Outcome("interview.start", "forbidden", "ack")
    ),
    "ticket.commands.posted": fault("takes a ticket for a token", Trusting()),
    "ticket.candidate": fault("makes a candidate of who has a ticket", Trusting()),
    "ticket.other-interview": fault("takes a ticket for any interview", Trusting()),
    "ticket.invalid": fault("takes anything for a ticket", Trusting()),
    "ticket.given": fault(
        "gives 1,200 s by default", Answer(TICKETS, to={"expires_at": plus(600_000)}, nth=1)
    ),
    "ticket.bounds": fault("ignores how long a ticket is to last", Ask(TICKETS, raw=b"{}")),
    "ticket.resumes": fault("resumes nobody", *not_resumed()),
    "ticket.runs-out": fault(
        "leaves connections open when a ticket expires", StayOpen(4401), StayOpen(0)
    ),
    "ticket.unknown": fault(
        "calls a missing interview forbidden", Answer(TICKETS, status=403, was=404)
    ),
}

FAULTS = {**OPENING, **UPGRADE, **FIRST, **SIGN_IN, **ROLES, **TICKET}
