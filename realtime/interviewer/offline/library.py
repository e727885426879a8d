"""All the data of the offline interviewer, read at once: nothing is read while it speaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from protocol.view import Language
from realtime.interviewer.offline.banks import Banks, load_banks
from realtime.interviewer.offline.lexicon import Lexicon, load_lexicon
from realtime.interviewer.offline.phrases import Phrases, load_phrases
from realtime.interviewer.profiling.words import Skills, load_skills, load_words
from realtime.interviewer.rubric import Rubric, rubric


@dataclass(frozen=True, slots=True)
class Library:
    banks: Banks
    lexicons: Mapping[Language, Lexicon]
    phrases: Mapping[Language, Phrases]
    rubric: Rubric
    skills: Skills


def load_library() -> Library:
    """Read everything.

    Raises:
        DataFileError: a data file can't be used.
    """
    load_words()
    languages: tuple[Language, ...] = get_args(Language)
    return Library(
        banks=load_banks(),
        lexicons={language: load_lexicon(language) for language in languages},
        phrases={language: load_phrases(language) for language in languages},
        rubric=rubric(),
        skills=load_skills(),
    )
