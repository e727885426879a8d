"""What there is to say of voice: who hears, how fast, and whether recordings can be decoded."""

import os
from importlib import import_module
from importlib.util import find_spec
from urllib.parse import urlsplit

import anyio.to_thread

from realtime.check import Check
from realtime.clock import SystemClock
from realtime.settings import Settings
from realtime.speech.machine import look
from realtime.speech.voice import NoVoice, Unfit, find_voice
from realtime.voice_parts import NEEDED, NOT_INSTALLED


async def voice_checks(settings: Settings) -> list[Check]:
    """All of them. They fail by what they say, and raise nothing."""
    if not all(map(find_spec, NEEDED)):
        return [Check("voice", None, NOT_INSTALLED)]
    if settings.transcriptions_base_url is not None:
        where = urlsplit(settings.transcriptions_base_url).netloc
        return [Check("voice", None, f"spoken answers go to {where}, which isn't asked now")]
    machine = await anyio.to_thread.run_sync(look)
    voice = find_voice(settings, settings.data_dir, machine, os.environ)
    if isinstance(voice, NoVoice):
        return [Check("voice", None, voice.reason)]
    trial = import_module("realtime.speech.trial")
    try:
        tried = await trial.try_model(voice, SystemClock())
    except Unfit as error:
        return [Check("voice", False, f"the model {voice.model.name} won't do: {error}")]
    sizing = voice.sizing
    found = (
        f"{voice.model.name} on {voice.device}: a pass takes {tried.pass_ms / 1e3:.2f} s; workers: "
        f"{sizing.workers}, for about {sizing.streams} spoken answers at once"
    )
    return [Check("voice", True, found)]
