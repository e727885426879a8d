"""A whole recording of an answer, in any of the usual containers, as samples.

It is decoded by a confined process of its own (`decode.py`), a few at a time, so that what a
stranger hands in reaches neither the server's memory nor anything else of it.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import structlog

from realtime.confined.process import Limits
from realtime.confined.readers import Answer, Busy, Readers
from realtime.confined.readers import ReaderBroken as ReaderBroken
from realtime.ports import Clock
from realtime.speech.clip import SAMPLE_RATE, SAMPLES_A_MS, Samples
from realtime.speech.unplayable import MOST_MS, REASONS, Reason
from realtime.speech.unplayable import Unplayable as Unplayable

logger = structlog.get_logger(__name__)

_MODULE = "realtime.speech.decode"
_MOST_BYTES = MOST_MS * SAMPLES_A_MS * 2
# Ten minutes take some 1 s of processor time, in whichever codec; two words come before them.
LIMITS = Limits(cpu_s=15, wall_s=45, answer_bytes=_MOST_BYTES + 1024)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded: at least one sample, at most `MOST_MS`. `samples` can't be written to."""

    samples: Samples

    @property
    def duration_ms(self) -> int:
        return len(self.samples) * 1000 // SAMPLE_RATE


class Recordings:
    """Decodes recordings, `at_once` of them, while up to `waiting` more wait their turn.

    Turns are shared out among owners (`confined/sharing.py`). `module` is what decodes: a module
    that is run as a program (`confined/child.py`).
    """

    def __init__(
        self,
        clock: Clock,
        *,
        at_once: int = 2,
        waiting: int = 8,
        limits: Limits = LIMITS,
        module: str = _MODULE,
    ) -> None:
        self._module = module
        self._readers = Readers("recording", clock, limits, at_once=at_once, waiting=waiting)

    async def pcm(self, data: bytes, owner: str = "") -> Recording:
        """The samples of a recording of that owner's, in whatever container. Each that is before it
        takes `limits.wall_s` at most, as does it. How many bytes are taken, is for the caller to
        say.

        Raises:
            Unplayable: with the reason; `busy` at once, if too many wait already.
            ReaderBroken: it is no fault of the recording's; the log says more.
        """
        if not data:
            raise Unplayable("empty")
        try:
            answer = await self._readers.read(self._module, data, owner)
        except Busy as error:
            raise Unplayable("busy") from error
        found = _recording(answer)
        logger.info(
            "recording.read",
            outcome=found.reason if isinstance(found, Unplayable) else "ok",
            size_bytes=len(data),
            duration_ms=None if isinstance(found, Unplayable) else found.duration_ms,
            **answer.figures(),
        )
        if isinstance(found, Unplayable):
            raise found
        return found

    async def aclose(self) -> None:
        """Ends what is being decoded: whoever waits for it gets `busy`."""
        await self._readers.aclose()


def _recording(answer: Answer) -> Recording | Unplayable:
    """The samples out of an answer, which is a stranger's word: it is believed in nothing."""
    if answer.body is None:
        known = answer.reason in REASONS
        return Unplayable(cast("Reason", answer.reason) if known else "damaged")
    size = len(answer.body)
    if not size or size % 2 or size > _MOST_BYTES:
        return Unplayable("damaged")
    return Recording(np.frombuffer(answer.body, np.int16))
