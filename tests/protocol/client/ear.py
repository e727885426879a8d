"""A server with an ear, as far as `protocol.md` 6 binds it, for one spoken answer.

It keeps what is contiguous, says where a gap is, counts what arrives, and loses the audio (but not
the commands) when it crashes. Recognising anything is not its business.
"""

from collections import deque
from dataclasses import replace

from protocol.codec import decode_client, encode, encode_event, snapshot_of
from protocol.commands import AudioStart, AudioStop, Ping, SessionOpen
from protocol.events import AnswerAccepted, AudioStarted, AudioStopped, Event, Logged
from protocol.fold import fold
from protocol.messages import (
    Ack,
    AudioProgress,
    AudioReceived,
    Capabilities,
    Error,
    Limits,
    Pong,
    SessionOpened,
)
from protocol.view import Config, Interview, Turn, View

HEADER_BYTES = 8
LIMITS = Limits()
CAPABILITIES = Capabilities(True, None, ("en",), (), ("neutral",), ())
QUESTION = Turn(1, 1, "main", "work", None, question="Why?")


class Ear:
    """`heard` is the audio so far, `answer` all of it once it has arrived."""

    def __init__(self) -> None:
        interview = Interview(
            *("i1", "answering", False, 1, 1, None, None, None),
            config=Config(role="backend"),
            turns=(QUESTION,),
        )
        self.view = View(interview, epoch=1)
        self.heard = bytearray()
        self.id = ""
        self.length: int | None = None
        self.answer: bytes | None = None
        self.down: deque[bytes] = deque()
        self._events: list[bytes] = []
        self._acked: set[str] = set()
        self._gap_told = False

    @property
    def listening(self) -> bool:
        return self.view.interview.phase in ("listening", "transcribing")

    def crash(self) -> None:
        """The audio and the log are lost; what was committed is not."""
        self.view = replace(self.view, epoch=self.view.epoch + 1, seq=0)
        self.heard.clear()
        self._events.clear()
        self.cut()

    def cut(self) -> None:
        """The connection ends."""
        self.down.clear()
        self._gap_told = False

    def take(self, frame: str | bytes) -> None:
        """What the client sent."""
        if isinstance(frame, bytes):
            self._listen(int.from_bytes(frame[:HEADER_BYTES], "big"), frame[HEADER_BYTES:])
            return
        message = decode_client(frame)
        if isinstance(message, SessionOpen):
            self._open(message)
        elif isinstance(message, Ping):
            self.down.append(encode(Pong()))
        else:
            assert isinstance(message, AudioStart | AudioStop)
            self._obey(message)

    def _open(self, opening: SessionOpen) -> None:
        resume = opening.resume
        resumed = resume is not None and resume.epoch == self.view.epoch
        progress = None
        if self.listening:
            progress = AudioProgress(self.id, 1, len(self.heard), self.length, "")
        snapshot = None if resumed else snapshot_of(self.view, None)
        opened = SessionOpened(
            *(opening.id, self.view.epoch, self.view.seq, resumed, 20_000),
            *(LIMITS, CAPABILITIES, snapshot, progress),
        )
        self.down.append(encode(opened))
        if resumed and resume is not None:
            self.down.extend(self._events[resume.seq :])

    def _obey(self, command: AudioStart | AudioStop) -> None:
        repeated = command.id in self._acked
        if not repeated:
            self._acked.add(command.id)
            if isinstance(command, AudioStart):
                self.id = command.id
                self._say(AudioStarted(1, command.sample_rate, None, command.review))
            else:
                self.length = command.bytes
                del self.heard[command.bytes :]
                self._say(AudioStopped(1, command.bytes, "requested"))
        self.down.append(encode(Ack(command.id, self.view.epoch, self.view.seq, repeated)))
        self._tell_gap(self.length is not None and len(self.heard) < self.length)
        self._accept()

    def _listen(self, offset: int, chunk: bytes) -> None:
        assert chunk and len(chunk) % 2 == 0
        if not self.listening:
            # Nothing but what it has already may come now.
            assert self.answer is not None and offset + len(chunk) <= len(self.answer)
            self.down.append(encode(Error(None, "audio_not_open", "Not now.", False)))
            return
        if offset > len(self.heard):
            self._tell_gap(True)
            return
        self._gap_told = False
        self.heard += chunk[len(self.heard) - offset :]
        assert self.length is None or len(self.heard) <= self.length
        self.down.append(encode(AudioReceived(1, len(self.heard))))
        self._accept()

    def _tell_gap(self, gap: bool) -> None:
        if gap and not self._gap_told:
            self._gap_told = True
            details = {"received": len(self.heard)}
            self.down.append(encode(Error(None, "audio_gap", "A gap.", True, details)))

    def _accept(self) -> None:
        """The answer is accepted when all of it is there."""
        if self.length == len(self.heard):
            self.answer = bytes(self.heard)
            self._say(AnswerAccepted(1, "I did.", "voice", None))
            self.length = None

    def _say(self, event: Event) -> None:
        logged = Logged(self.view.epoch, self.view.seq + 1, 1, event)
        self.view = fold(self.view, logged)
        self._events.append(encode_event(logged))
        self.down.append(self._events[-1])
