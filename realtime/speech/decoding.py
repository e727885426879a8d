"""Recordings as the session's `Decoder` has them: samples as bytes, refusals as the protocol's."""

from protocol.errors import ProtocolError
from realtime.speech.recordings import Recordings
from realtime.speech.unplayable import MOST_MS, Unplayable

BUSY_RETRY_MS = 3_000


class RecordingDecoder:
    """Plays `Decoder` over `Recordings`."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    async def decode(self, owner: str, recording: bytes) -> bytes:
        """The sound of that user's recording: mono PCM, 16 bit, 16 kHz.

        Raises:
            ProtocolError: `unsupported_media`, `too_large` (it is too long), `overloaded`.
        """
        try:
            found = await self._recordings.pcm(recording, owner)
        except Unplayable as error:
            raise _refusal(error) from None
        return found.samples.tobytes()


def _refusal(error: Unplayable) -> ProtocolError:
    details: dict[str, object] = {"reason": error.reason}
    if error.reason == "busy":
        details["retry_after_ms"] = BUSY_RETRY_MS
        return ProtocolError("overloaded", error.message, details=details)
    if error.reason == "too_long":
        details["limit"] = MOST_MS
        return ProtocolError("too_large", error.message, details=details)
    return ProtocolError("unsupported_media", error.message, details=details)
