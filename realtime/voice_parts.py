"""The composition root's part for voice: whoever hears spoken answers, or why nobody does.

What it needs is an extra of the package (`speech`), so it is looked for before it is loaded.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from realtime.ports import Clock, Decoder, Listener
from realtime.settings import Settings

NOT_INSTALLED = (
    "Spoken answers need the package's extra `speech`: `pip install 'viva[speech]'` installs it."
)
# What the extra has; whoever has these has all of it.
NEEDED = ("av", "faster_whisper", "numpy", "onnxruntime", "soxr")


@dataclass(frozen=True, slots=True)
class VoiceParts:
    """`unavailable`: why there is no voice, in a sentence for people; null where there is, and then
    the others aren't.
    """

    unavailable: str | None
    listener: Listener | None = None
    decoder: Decoder | None = None


@asynccontextmanager
async def voice_parts(settings: Settings, clock: Clock) -> AsyncIterator[VoiceParts]:
    """The real parts, until the block ends."""
    if not all(map(find_spec, NEEDED)):
        yield VoiceParts(NOT_INSTALLED)
        return
    parts = import_module("realtime.speech.parts")
    async with parts.voice_parts(settings, clock) as made:
        yield made
