"""Is there a voice? Which model hears, on what, by how many workers; or why none does.

It imports none of the libraries that hear, so that `viva models` goes without them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from realtime.speech.machine import Machine, Sizing, recommended, sizing
from realtime.speech.model_files import Found, find, hub_cache, is_folder
from realtime.speech_settings import SpeechSettings
from realtime.whisper_models import ALIASES, CATALOGUE, CHOICES, Known, nearest


@dataclass(frozen=True, slots=True)
class Voice:
    """A model that is there, and how it is run."""

    model: Found
    device: str
    compute_type: str
    beam: int
    sizing: Sizing


@dataclass(frozen=True, slots=True)
class NoVoice:
    """Why there is none: a sentence for people. `to_fetch`: the model that would help, or null."""

    reason: str
    to_fetch: str | None = None


class Unfit(Exception):
    """A model won't do; the message says why."""


def find_voice(
    settings: SpeechSettings, data_dir: Path, machine: Machine, environment: Mapping[str, str]
) -> Voice | NoVoice:
    """What is there to hear by, or why there is nothing. `environment`: as `os.environ`."""
    if settings.whisper_model == "none":
        return NoVoice("Spoken answers are switched off here.")
    if settings.whisper_device == "cuda" and not machine.cuda_devices:
        return NoVoice("VIVA_WHISPER_DEVICE is cuda, but CTranslate2 finds no CUDA device here.")
    device = "cuda" if machine.cuda_devices and settings.whisper_device != "cpu" else "cpu"
    if device == "cpu":
        machine = Machine(machine.cores, machine.memory_bytes)
    wanted = wanted_models(settings, machine)
    home, cache = places(settings, data_dir, environment)
    found = [each for name in wanted if (each := find(name, home, cache))]
    whole = next((each for each in found if each.fault is None), None)
    if whole is None:
        return _none(wanted[0], found)
    return Voice(
        whole,
        device,
        _compute_type(settings, device),
        settings.whisper_beam or (5 if device == "cuda" else 1),
        sizing(
            machine,
            known(whole),
            device,
            workers=settings.whisper_workers,
            threads=settings.whisper_threads,
        ),
    )


def wanted_models(settings: SpeechSettings, machine: Machine) -> tuple[str, ...]:
    """The models that will do, the best first: the one that is set, or with `auto` what the machine
    bears, then what is smaller, then what is larger.
    """
    if settings.whisper_model != "auto":
        return (settings.whisper_model,)
    at = CHOICES.index(recommended(machine))
    return (*CHOICES[at::-1], *CHOICES[at + 1 :])


def places(
    settings: SpeechSettings, data_dir: Path, environment: Mapping[str, str]
) -> tuple[Path, Path]:
    """Where models are: our own folder, and the cache of Hugging Face."""
    return settings.whisper_folder or data_dir / "models", hub_cache(environment)


def known(model: Found) -> Known:
    """What a model costs; of one that isn't known, by its size."""
    return CATALOGUE.get(ALIASES.get(model.name, model.name)) or nearest(model.megabytes)


def _none(wanted: str, found: list[Found]) -> NoVoice:
    if not found:
        return NoVoice(
            f"There is no speech model here: `viva models fetch {wanted}` gets one.", wanted
        )
    first = found[0]
    if is_folder(first.name):
        return NoVoice(f"The speech model in {first.folder} isn't whole: {first.fault}.")
    return NoVoice(
        f"The speech model {first.name} isn't whole ({first.fault}): `viva models fetch "
        f"{first.name}` gets it again.",
        first.name,
    )


def _compute_type(settings: SpeechSettings, device: str) -> str:
    if settings.whisper_compute_type != "auto":
        return settings.whisper_compute_type
    return "float16" if device == "cuda" else "int8"
