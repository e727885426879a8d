"""The faults of what comes after a crash, and after a server that went in good order."""

from tests.conformance.wrong.exchanges import Answer
from tests.conformance.wrong.messages import FIRST, Change, Drop
from tests.conformance.wrong.tampering import Fault, fault

INTERVIEW = "GET /v1/interviews/*"
COMMANDS = "POST /v1/interviews/*/commands"

FAULTS: dict[str, Fault] = {
    "fault.kill.question": fault(
        "goes on in the old epoch", Change("session.opened", {"epoch": FIRST})
    ),
    "fault.kill.feedback": fault(
        "has forgotten an answer's id", Change("ack", {"repeated": False})
    ),
    "fault.kill.ack": fault("has lost a pause", Answer(INTERVIEW, to={"paused": False})),
    "fault.drain.told": fault("goes without a word", Drop("server.draining")),
    "fault.drain.resume": fault("has forgotten an answer's id", Change("ack", {"repeated": False})),
    "fault.drain.refused": fault("fails while it drains", Answer(COMMANDS, status=500, was=503)),
}
