"""The faults of voice answers: their commands, their audio, their transcripts, their upload."""

from websockets.frames import Opcode

from tests.conformance.wrong.audio import Append, Complain, Hear, filled_up, nothing
from tests.conformance.wrong.commands import Afresh, Outcome, Refuse, Rewrite
from tests.conformance.wrong.endings import CloseAtFrame, CloseOn
from tests.conformance.wrong.exchanges import Answer
from tests.conformance.wrong.messages import (
    GONE,
    IN_SECONDS,
    TWICE,
    UPPER,
    Change,
    Drop,
    Repeat,
    plus,
)
from tests.conformance.wrong.tampering import LATER, Fault, fault

INTERVIEW = "GET /v1/interviews/*"
UPLOAD = "POST /v1/interviews/*/turns/*/audio"
WORDS = "GET /v1/interviews/*/turns/*/words"
COMPLETED = "transcript.completed"
HEARD = {
    "text": "mm",
    "language": "en",
    "confidence": 0.2,
    "duration_ms": 500,
    "needs_review": True,
}
AGAIN = {"repeated": True}

COMMANDS: dict[str, Fault] = {
    "observer.binary": fault(
        "takes an observer for a candidate who doesn't answer",
        Change("error", {"code": "audio_not_open"}),
    ),
    "command.does.review": fault(
        "takes a reviewed transcript for a text", Change("answer.accepted", {"source": "text"})
    ),
    "command.does.audio-stop": fault(
        "tells a stop as its own", Change("audio.stopped", {"reason": "silence"})
    ),
    "command.does.audio-cancel": fault(
        "keeps the transcript of what was cancelled",
        Answer(INTERVIEW, to={"turns.0.transcript": HEARD}),
    ),
    "command.repeat.defaults": fault(
        "compares commands as they are written",
        Outcome("audio.start", "ack", "id_reused", where=AGAIN),
    ),
    **{
        f"command.repeat.{phase}": fault("remembers no ids", Afresh("*"))
        for phase in ("listening", "transcribing", "reviewing")
    },
    "command.wrong-turn.spoken": fault(
        "names the wrong turn", Change("error", {"details.turn": plus(1)})
    ),
    "command.cancel.listening": fault(
        "calls a cancelled hint whole", Change("hint.completed", {"cancelled": False})
    ),
    "command.audio.stop.late": fault(
        "refuses a stop that comes late", Outcome("audio.stop", "ack", "wrong_phase")
    ),
    "command.audio.frames.late": fault(
        "calls late frames out of place", Complain("audio.stopped", "audio_not_open")
    ),
}

AUDIO: dict[str, Fault] = {
    "audio.start": fault(
        "forgets how much silence ends an answer", Change("audio.started", {"silence_ms": None})
    ),
    "audio.start.bounds": fault(
        "takes any rate and silence",
        Rewrite("audio.start", {"sample_rate": 16_000, "silence_ms": 500, "review": False}),
    ),
    "audio.frames": fault("loses a frame", Hear(nothing, nth=3)),
    "audio.frames.largest": fault(
        "takes no binary frame of the limit's size", CloseAtFrame(Opcode.BINARY, 1009)
    ),
    "audio.frames.overlap": fault("takes what it has already for new", Append()),
    "audio.received": fault(
        "tells of more than there is", Change("audio.received", {"received": plus(1_000_000)})
    ),
    "audio.gap": fault("tells a gap twice", Repeat("error", where={"code": "audio_gap"})),
    "audio.odd": fault("fills up half a sample", Hear(filled_up)),
    "audio.stays-open": fault(
        "closes at half a sample", CloseOn("error", 1003, where={"code": "audio_format"})
    ),
    "audio.reconnect": fault(
        "has an answer begin anew for who reconnects",
        Change("session.opened", {"audio.received": 0}, where={"resumed": True}),
    ),
    "audio.state": fault(
        "forgets how long a stopped answer is", Change("session.opened", {"audio.bytes": None})
    ),
    "audio.stop": fault("tells a stop as its own", Change("audio.stopped", {"reason": "limit"})),
    "audio.transcript.waits": fault(
        "transcribes what isn't there yet", Rewrite("audio.stop", {"bytes": 0})
    ),
    "audio.stop.more": fault(
        "asks from the wrong place", Change("error", {"details.received": plus(2)})
    ),
    "audio.stop.fewer": fault(
        "hears what lies behind the stop", Rewrite("audio.stop", {"bytes": TWICE})
    ),
    "audio.stop.repeated": fault("remembers no stop", Afresh("audio.stop")),
    "audio.cancel": fault(
        "tells how a text was spoken", Change("answer.accepted", {"delivery": {}})
    ),
    "audio.cancel.transcribing": fault(
        "waits for the audio for ever", Refuse("audio.cancel", "wrong_phase")
    ),
    "audio.limit": fault(
        "tells its limit as the client's stop", Change("audio.stopped", {"reason": "requested"})
    ),
    "audio.time-limit": fault("drops what is said when the time is up", Drop(COMPLETED)),
    "audio.late": fault("asks for late frames", Complain("audio.stopped", "audio_gap")),
    "audio.silence-ms": fault(
        "takes a breath for the end", Rewrite("audio.start", {"silence_ms": 300})
    ),
    "audio.kill": fault(
        "has forgotten that it listens",
        Change("session.opened", {"snapshot.phase": "answering"}, line=LATER),
    ),
    "audio.kill.stopped": fault("has forgotten a stop's id", Change("ack", {"repeated": False})),
}

TRANSCRIPTS: dict[str, Fault] = {
    "audio.silence": fault(
        "hears words in silence", Change(COMPLETED, {"text": "Thank you for watching."})
    ),
    "audio.transcript.confidence": fault(
        "never says how sure it is in its turns",
        Answer(INTERVIEW, to={"turns.0.transcript.confidence": 1.0}),
    ),
    "audio.review": fault(
        "lets nobody review what it is sure of", Rewrite("audio.start", {"review": False})
    ),
    "audio.review.cancel": fault(
        "keeps the transcript of what was cancelled",
        Answer(INTERVIEW, to={"turns.0.transcript": HEARD}),
    ),
    "audio.order": fault(
        "accepts another text than it told", Change("answer.accepted", {"text": UPPER})
    ),
    "audio.partial": fault(
        "counts a partial's place from 1", Change("transcript.partial", {"from": plus(1)})
    ),
    "audio.words": fault(
        "tells the ends of words in seconds", Answer(WORDS, to={"*.end_ms": IN_SECONDS})
    ),
    "audio.delivery": fault(
        "tells no pauses", Change("answer.accepted", {"delivery.pauses": GONE})
    ),
}

UPLOADS: dict[str, Fault] = {
    "audio.upload": fault(
        "calls each recording the first", Answer(UPLOAD, to={"repeated": False}, was=200)
    ),
    "audio.upload.unsupported": fault(
        "calls what it can't read malformed", Answer(UPLOAD, to={"code": "malformed"}, was=415)
    ),
    "audio.upload.too-large": fault(
        "names the wrong limit", Answer(UPLOAD, to={"details.limit": plus(1)}, was=413)
    ),
    "audio.upload.refused": fault(
        "calls another turn's recording out of phase",
        Answer(UPLOAD, to={"code": "wrong_phase"}, was=409),
    ),
}

FAULTS = {**COMMANDS, **AUDIO, **TRANSCRIPTS, **UPLOADS}
