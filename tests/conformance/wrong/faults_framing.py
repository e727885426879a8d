"""The faults of frames, of what makes no sense, of floods, and of readers that stall."""

from websockets.frames import Opcode

from tests.conformance.wrong.commands import Outcome, Refuse, Rewrite
from tests.conformance.wrong.endings import CloseAs, CloseAt, CloseAtFrame, CloseOn, Mute, Roomy
from tests.conformance.wrong.messages import GONE, Change, Drop, Repeat
from tests.conformance.wrong.tampering import Fault, fault

BROKEN = ("unmasked", "opcode", "reserved-bits", "early", "close.broken")
BROKEN_TOO = ("control.long", "control.fragmented", "continuation", "interleaved")

FRAMING: dict[str, Fault] = {
    "framing.utf-8.bad": fault("closes with 4400 for 1007", CloseAs(4400, 1007)),
    "framing.utf-8.bad-fragment": fault("closes with 4400 for 1007", CloseAs(4400, 1007)),
    "framing.utf-8.split": fault(
        "takes a fragment for a whole text", CloseAtFrame(Opcode.TEXT, 1007, fin=False)
    ),
    "framing.fragments": fault("takes no fragments", CloseAtFrame(Opcode.TEXT, 1003, fin=False)),
    "framing.fragments.pings": fault("answers no ping frames", Mute(Opcode.PONG)),
    "framing.ping": fault("answers no ping frames", Mute(Opcode.PONG)),
    "framing.pong": fault("takes no unasked pong", CloseAtFrame(Opcode.PONG, 1002)),
    "framing.pieces": fault("loses one of many frames", Drop("pong", nth=5)),
    "framing.close": fault("answers a goodbye with 1001", CloseAs(1001, 1000)),
    "framing.limit": fault(
        "takes no frame of the limit's size", CloseAt("ping", 1009, where={"nonce": "most"})
    ),
    "framing.limit.over": fault("takes a frame of any size", Rewrite("ping", {"padding": GONE})),
    "framing.limit.fragments": fault("closes with 1002 for 1009", CloseAs(1002, 1009)),
    "framing.limit.announced": fault("closes with 1002 for 1009", CloseAs(1002, 1009)),
    "framing.limit.binary": fault("takes no binary frames", CloseAtFrame(Opcode.BINARY, 1009)),
    "framing.limit.binary.over": fault("closes with 1003 for 1009", CloseAs(1003, 1009)),
    **{
        f"framing.{name}": fault("calls broken framing done", CloseAs(1000, 1002))
        for name in BROKEN
    },
    **{
        f"framing.{name}": fault("closes with 1007 for 1002", CloseAs(1007, 1002))
        for name in BROKEN_TOO
    },
}

MALFORMED: dict[str, Fault] = {
    "malformed.json": fault("gives errors an empty `re` for null", Change("error", {"re": ""})),
    "malformed.re": fault("gives every error a null `re`", Change("error", {"re": None})),
    "malformed.nesting": fault("closes for what is nested deep", CloseOn("error", 4400)),
    "malformed.duplicate-keys": fault("acknowledges a command twice", Repeat("ack")),
    "malformed.unknown-type": fault(
        "calls an unknown type malformed", Outcome("*", "unknown_type", "malformed")
    ),
    "malformed.unknown-type.unpunished": fault(
        "closes after twenty unknown types", CloseOn("error", 4400, nth=20)
    ),
    "malformed.unpunished": fault("closes for a malformed message", CloseOn("error", 4400)),
    "malformed.twenty": fault(
        "closes after ten malformed messages", CloseOn("error", 4400, nth=10)
    ),
}

LIMITS: dict[str, Fault] = {
    "rate.allowed": fault(
        "allows one command less", Outcome("hint.request", "wrong_phase", "rate_limited", nth=20)
    ),
    "rate.limited": fault("limits nothing", Outcome("hint.request", "rate_limited", "wrong_phase")),
    "rate.again": fault(
        "remembers what was limited", Outcome("interview.start", "ack", "id_reused")
    ),
    "rate.neighbours": fault(
        "limits the neighbour too", Refuse("interview.start", "rate_limited", line=2)
    ),
    "rate.flood": fault("closes a flood with 1008", CloseAs(1008, 4106)),
    "stall.closed": fault("keeps whatever isn't read", Roomy()),
    "stall.shorter": fault(
        "cuts off who falls behind", CloseOn("answer.accepted", 4101, line=2, nth=3)
    ),
    "stall.neighbours": fault(
        "cuts off the candidate for a stalled observer",
        CloseOn("answer.accepted", 4101, line=1, nth=3),
    ),
}

FAULTS = {**FRAMING, **MALFORMED, **LIMITS}
