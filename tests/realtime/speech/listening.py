"""An ear for tests: given audio in whatever way, and what it made of it."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from protocol.draft import Voice
from protocol.effects import Heard, Output, Stopped, Transcribed, Work
from protocol.errors import ProtocolError
from protocol.view import Language
from realtime.ports import Speaker
from realtime.speech.clip import Clip, Recognized, Samples
from realtime.speech.ear import Ear
from tests.realtime.speech.saying import segment
from tests.speech.sentences import SENTENCES
from tests.speech.voice import UNSEEN_VOICES, join, say

WORK = Work("transcript", 1)
RATE = 16_000
MINA, BEN = Speaker("mina", "hers"), Speaker("ben", "his")


@dataclass
class Made:
    """What an ear made of an answer: everything in order, the text as it was told, its end."""

    outputs: list[Output] = field(default_factory=list)
    texts: list[tuple[str, int]] = field(default_factory=list)
    stopped: Stopped | None = None
    transcribed: Transcribed | None = None
    told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def end(self) -> Transcribed:
        assert self.transcribed is not None
        return self.transcribed

    @property
    def text(self) -> str:
        return self.end.transcript.text


async def follow(ear: Ear, made: Made | None = None) -> Made:
    """Take an ear's outputs as a session does: what it stops, is stopped."""
    made = made or Made()
    text = ""
    async for output in ear.outputs(WORK):
        made.outputs.append(output)
        if isinstance(output, Heard):
            assert 0 <= output.from_ <= len(text)
            text = text[: output.from_] + output.text
            made.texts.append((text, output.stable))
            made.told.set()
        elif isinstance(output, Stopped):
            made.stopped = output
            ear.end(output.bytes)
        elif isinstance(output, Transcribed):
            made.transcribed = output
    return made


async def hear(ear: Ear, pcm: bytes, piece: int = 3_200, length: int | None = None) -> Made:
    """An answer's audio, piece by piece, and its end; `length`: what it is said to have."""
    following = asyncio.create_task(follow(ear))
    for at in range(0, len(pcm), piece):
        ear.take(at, pcm[at : at + piece])
        await asyncio.sleep(0)
    ear.end(len(pcm) if length is None else length)
    return await following


async def hear_disturbed(ear: Ear, pcm: bytes, seed: int) -> Made:
    """The same over a line that drops, repeats and reorders: each time it is gone on with from
    where the ear is.
    """
    chance = random.Random(seed)
    following = asyncio.create_task(follow(ear))
    ended = chance.random() < 0.5
    if ended:
        ear.end(len(pcm))
    while ear.received < len(pcm):
        at = max(0, ear.received - 2 * chance.randrange(4_000))
        for _ in range(chance.randrange(1, 40)):
            size = 2 * chance.randrange(1, 8_000)
            if chance.random() < 0.9:
                try:
                    ear.take(at, pcm[at : at + size])
                except ProtocolError as error:
                    assert (error.code, error.details["received"]) == ("audio_gap", ear.received)
            at += size
            if chance.random() < 0.3:
                await asyncio.sleep(chance.random() / 50)
    if not ended:
        ear.end(len(pcm))
    return await following


def voice(rate: int = RATE, silence_ms: int | None = None) -> Voice:
    return Voice("v", 1, rate, silence_ms, review=False)


def answer(
    language: Language, numbers: Sequence[int], pauses_ms: int | Sequence[int] = 900, which: int = 0
) -> tuple[Samples, str]:
    """Sentences that the model for tests knows, by a voice that it doesn't, and their text."""
    texts = [SENTENCES[language][number] for number in numbers]
    spoken = UNSEEN_VOICES[language][which % len(UNSEEN_VOICES[language])]
    audio = join([say(text, voice=spoken) for text in texts], pauses_ms, around_ms=300)
    return audio, " ".join(texts)


def pcm_of(samples: Samples) -> bytes:
    return samples.astype("<i2").tobytes()


def silence(duration_ms: int, rate: int = RATE) -> bytes:
    return pcm_of(np.zeros(rate * duration_ms // 1_000, np.int16))


class Prompt:
    """A recognizer that hears a word a second, at once."""

    def __init__(self) -> None:
        self.clips: list[Clip] = []

    async def recognize(self, clip: Clip) -> Recognized:
        self.clips.append(clip)
        seconds = max(1, len(clip.samples) // RATE)
        return Recognized((segment(" ".join(["word"] * seconds), word_ms=500),))
