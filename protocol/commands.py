"""What a client sends (`protocol.md` 3 and 4), one frozen dataclass each.

The wire name stands in `TYPE`. Nothing here checks more than one message can tell by itself; the
phase is the state machine's business, and the length of an answer the codec's, because a server
sets it.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta

from protocol.view import TEXT_PATTERN

# `$` alone would let a newline follow.
ID_PATTERN = r"^[A-Za-z0-9._-]+(?![\s\S])"

CommandId = Annotated[str, Meta(min_length=1, max_length=64, pattern=ID_PATTERN)]
TurnNumber = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
AnswerText = Annotated[str, Meta(min_length=1, pattern=TEXT_PATTERN)]
Cancellable = Literal["hint", "feedback"]
Role = Literal["candidate", "observer"]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an interview's history: everything through `seq` of `epoch` was received."""

    epoch: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    seq: Count


@dataclass(frozen=True, slots=True)
class SessionOpen:
    """The first message of a WebSocket. Its `id` is no command id."""

    TYPE: ClassVar = "session.open"
    id: CommandId
    token: str | None = None
    ticket: str | None = None
    role: Role = "candidate"
    resume: Position | None = None


@dataclass(frozen=True, slots=True)
class Ping:
    TYPE: ClassVar = "ping"
    nonce: Annotated[str, Meta(max_length=256)] | int | float | None = None


@dataclass(frozen=True, slots=True)
class InterviewStart:
    TYPE: ClassVar = "interview.start"
    id: CommandId


@dataclass(frozen=True, slots=True)
class AnswerSubmit:
    TYPE: ClassVar = "answer.submit"
    id: CommandId
    turn: TurnNumber
    text: AnswerText


@dataclass(frozen=True, slots=True)
class AudioStart:
    TYPE: ClassVar = "audio.start"
    id: CommandId
    turn: TurnNumber
    sample_rate: Annotated[int, Meta(ge=8_000, le=48_000)]
    silence_ms: Annotated[int, Meta(ge=300, le=10_000)] | None = None
    review: bool = False


@dataclass(frozen=True, slots=True)
class AudioRecord:
    """A whole recording as an answer, as it is POSTed (`protocol.md` 2): no message has this form.

    `recording`: the SHA-256 of what was POSTed, in hex. Decoded it has `bytes` of PCM.
    """

    TYPE: ClassVar = "audio.record"
    id: CommandId
    turn: TurnNumber
    recording: str
    sample_rate: int
    bytes: int
    review: bool = False


@dataclass(frozen=True, slots=True)
class AudioStop:
    TYPE: ClassVar = "audio.stop"
    id: CommandId
    turn: TurnNumber
    bytes: Count


@dataclass(frozen=True, slots=True)
class AudioCancel:
    TYPE: ClassVar = "audio.cancel"
    id: CommandId
    turn: TurnNumber


@dataclass(frozen=True, slots=True)
class QuestionSkip:
    TYPE: ClassVar = "question.skip"
    id: CommandId
    turn: TurnNumber


@dataclass(frozen=True, slots=True)
class HintRequest:
    TYPE: ClassVar = "hint.request"
    id: CommandId
    turn: TurnNumber


@dataclass(frozen=True, slots=True)
class GenerationCancel:
    TYPE: ClassVar = "generation.cancel"
    id: CommandId
    turn: TurnNumber
    what: Cancellable


@dataclass(frozen=True, slots=True)
class GenerationRetry:
    TYPE: ClassVar = "generation.retry"
    id: CommandId


@dataclass(frozen=True, slots=True)
class InterviewPause:
    TYPE: ClassVar = "interview.pause"
    id: CommandId


@dataclass(frozen=True, slots=True)
class InterviewResume:
    TYPE: ClassVar = "interview.resume"
    id: CommandId


@dataclass(frozen=True, slots=True)
class InterviewFinish:
    TYPE: ClassVar = "interview.finish"
    id: CommandId


Command = (
    InterviewStart
    | AnswerSubmit
    | AudioStart
    | AudioStop
    | AudioCancel
    | QuestionSkip
    | HintRequest
    | GenerationCancel
    | GenerationRetry
    | InterviewPause
    | InterviewResume
    | InterviewFinish
)
ClientMessage = SessionOpen | Ping | Command
# What an interview is asked to do, by a message or by a recording.
Asked = Command | AudioRecord

COMMANDS: dict[str, type[Command]] = {kind.TYPE: kind for kind in get_args(Command)}
