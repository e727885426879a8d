"""What the tests of the interviewer share: the data, read once."""

import pytest

from realtime.interviewer.offline.library import Library, load_library


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library()
