"""The voice answer of one interview: where its audio goes, and how far it has come
(`protocol.md` 6).

Rules of this file:
- Which answer is being spoken, the state says; here is only who hears it. So it is told of each
  new state before anything else follows from it, and an answer that a crash cut off is heard from
  its first byte again.
- Audio isn't stored: its bytes are lost with this process, and asked for again.
"""

from collections.abc import AsyncGenerator

import structlog

from protocol.codec import split_frame
from protocol.draft import State, Voice
from protocol.effects import Output, Work
from protocol.errors import ProtocolError
from protocol.messages import AudioProgress
from realtime.ports import Conversation, InterviewerError, Listener, Listening, Speaker

logger = structlog.get_logger(__name__)


class Hearing:
    """Who hears the answer that is being spoken. `listener` is null where there is no voice."""

    def __init__(self, listener: Listener | None, owner: str) -> None:
        self._listener = listener
        self._owner = owner
        self._voice: Voice | None = None
        self._listening: Listening | None = None

    @property
    def turn(self) -> int | None:
        """The turn that is being answered by voice, if one is."""
        return None if self._voice is None else self._voice.turn

    @property
    def received(self) -> int:
        """How many bytes of the answer's audio are there, without a gap."""
        return 0 if self._listening is None else self._listening.received

    @property
    def unheard(self) -> int:
        """How many of them have to be listened to yet."""
        return 0 if self._listening is None else self._listening.unheard

    @property
    def starved(self) -> bool:
        """Whether an answer is open of which more audio is to come."""
        if self._voice is None:
            return False
        length = self._voice.bytes
        # Half a sample is never received.
        return length is None or self.received < length - length % 2

    def follow(self, state: State) -> None:
        """`state` is the newest."""
        voice, before = state.voice, self._voice
        if voice is before:
            return
        self._voice = voice
        if voice is None:
            self._listening = None
            return
        # That of a turn begins anew only after it was dropped.
        if before is None or self._listening is None:
            self._listening = self._listen(state, voice)
        if voice.bytes is not None and self._listening is not None:
            self._listening.end(voice.bytes)

    def _listen(self, state: State, voice: Voice) -> Listening | None:
        """Null: nobody hears it, which fails the work of transcribing it, and nothing else."""
        if self._listener is None:
            return None
        try:
            interview = state.view.interview
            speaker = Speaker(self._owner, interview.id)
            return self._listener.listen(speaker, interview.config.language, voice)
        except Exception:
            logger.exception("listener_failed", interview=state.view.interview.id)
            return None

    def take(self, state: State, frame: bytes) -> bool:
        """Audio, as a candidate's frame brings it; false: it came too late, and is passed over.

        Raises:
            ProtocolError: `audio_not_open`, `audio_gap`, `audio_format`.
        """
        offset, chunk = split_frame(frame)
        if self._listening is not None and self._voice is not None and not self._voice.recording:
            self._listening.take(offset, chunk)
            return True
        if not _may_be_late(state):
            raise ProtocolError("audio_not_open", "No voice answer is open.")
        return False

    def gap(self) -> ProtocolError | None:
        """`audio_gap`, if a stopped answer isn't all there and that wasn't told."""
        stopped = self._voice is not None and self._voice.bytes is not None
        return self._listening.gap() if stopped and self._listening is not None else None

    def give(self, recording: str, pcm: bytes) -> None:
        """All the audio of that recording, if it is the answer."""
        if self.awaits(recording) and self._listening is not None:
            self._listening.take(0, pcm)

    def awaits(self, recording: str) -> bool:
        """Whether that recording is the answer, and isn't transcribed yet."""
        return self._voice is not None and self._voice.recording == recording

    def progress(self) -> AudioProgress | None:
        """How far the answer has come; null: none is being spoken."""
        if self._voice is None:
            return None
        partial = "" if self._listening is None else self._listening.partial
        voice = self._voice
        return AudioProgress(voice.id, voice.turn, self.received, voice.bytes, partial)

    def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        """The outputs of the work that this is.

        Raises:
            InterviewerError: nobody hears here, or it can't be heard.
        """
        if self._listening is None:
            raise InterviewerError(
                "voice_unavailable", "Spoken answers can't be heard now. Please type instead."
            )
        return self._listening.outputs(work)


class Performers:
    """The interviewer's side of an interview and who hears its answers, as one."""

    def __init__(self, conversation: Conversation, hearing: Hearing) -> None:
        self._conversation = conversation
        self._hearing = hearing

    def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        """Do `work`; see `Conversation`."""
        performer = self._hearing if work.what == "transcript" else self._conversation
        return performer.perform(work, state)

    async def aclose(self) -> None:
        """Let go of what is remembered."""
        await self._conversation.aclose()


def _may_be_late(state: State) -> bool:
    """Whether a frame may be of the answer that the server ended itself a moment ago."""
    current = state.view.interview.current
    newest = 0 if current is None else current.turn
    return any(turn >= newest - 1 for turn in state.ended_by_server)
