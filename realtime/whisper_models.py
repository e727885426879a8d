"""The models that faster-whisper knows by name: whence they are, how large, and what they cost.

Sizes are those on disk, rounded, as published. `pass_s` is how long one pass over a window takes
(30 s of audio, or less: it is padded), by one thread and by two, in int8 and greedily; tiny, base
and small were measured on 2 shared cores of an AMD EPYC with weights drawn at random, which cost
the same as real ones (`python -m tests.load.recognition`); the others are small's, scaled by the
encoder's and decoder's parameters.

What is heard: all sizes hear English well; Korean is poor with tiny, fair with base, and good from
small on. The distilled ones and those that end in `.en` hear English alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """A model. `pass_s`: seconds a pass, by one thread and by two."""

    repo: str
    megabytes: int
    pass_s: tuple[float, float]
    english_only: bool = False


_TINY, _BASE, _SMALL = (0.67, 0.50), (1.36, 0.80), (3.9, 2.35)
_MEDIUM, _LARGE, _TURBO = (12.0, 7.0), (23.0, 14.0), (17.0, 10.0)

CATALOGUE = {
    "tiny": Known("Systran/faster-whisper-tiny", 78, _TINY),
    "tiny.en": Known("Systran/faster-whisper-tiny.en", 78, _TINY, True),
    "base": Known("Systran/faster-whisper-base", 148, _BASE),
    "base.en": Known("Systran/faster-whisper-base.en", 148, _BASE, True),
    "small": Known("Systran/faster-whisper-small", 486, _SMALL),
    "small.en": Known("Systran/faster-whisper-small.en", 486, _SMALL, True),
    "distil-small.en": Known("Systran/faster-distil-whisper-small.en", 335, _SMALL, True),
    "medium": Known("Systran/faster-whisper-medium", 1_530, _MEDIUM),
    "medium.en": Known("Systran/faster-whisper-medium.en", 1_530, _MEDIUM, True),
    "distil-medium.en": Known("Systran/faster-distil-whisper-medium.en", 792, _MEDIUM, True),
    "large-v1": Known("Systran/faster-whisper-large-v1", 3_090, _LARGE),
    "large-v2": Known("Systran/faster-whisper-large-v2", 3_090, _LARGE),
    "large-v3": Known("Systran/faster-whisper-large-v3", 3_090, _LARGE),
    "large-v3-turbo": Known("mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1_620, _TURBO),
    "distil-large-v2": Known("Systran/faster-distil-whisper-large-v2", 1_510, _TURBO, True),
    "distil-large-v3": Known("Systran/faster-distil-whisper-large-v3", 1_510, _TURBO, True),
    "distil-large-v3.5": Known("distil-whisper/distil-large-v3.5-ct2", 1_510, _TURBO, True),
}
# Other names for the same.
ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}

# From the cheapest on, those that `auto` chooses among: they hear both languages.
CHOICES = ("tiny", "base", "small", "medium", "large-v3-turbo")


def nearest(megabytes: float) -> Known:
    """The model that one of that size probably costs as much as."""
    known = (each for each in CATALOGUE.values() if not each.english_only)
    return min(known, key=lambda each: abs(each.megabytes - megabytes))
