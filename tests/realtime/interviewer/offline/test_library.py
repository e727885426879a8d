"""All the data is read and checked at once."""

from typing import get_args

from protocol.view import Language
from realtime.interviewer.offline.library import Library, load_library


def test_it_has_everything_for_both_languages() -> None:
    library: Library = load_library()
    languages = set(get_args(Language))
    assert set(library.lexicons) == set(library.phrases) == languages
    assert set(library.banks.by_language) == set(library.rubric.languages) == languages
