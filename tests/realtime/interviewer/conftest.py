"""What the tests of the interviewer share: the data, read once."""

from collections.abc import Mapping

import pytest

from protocol.view import Language
from realtime.interviewer.leading.prompting import Prompts, load_prompts
from realtime.interviewer.offline.library import Library, load_library


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="session")
def prompts() -> Mapping[Language, Prompts]:
    return load_prompts()
