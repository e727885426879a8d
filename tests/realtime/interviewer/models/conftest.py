"""Ours alone: what is asked, and what is asked otherwise."""

import pytest

from tests.realtime.interviewer.models.ways import WAYS, Way


@pytest.fixture(params=[way for way in WAYS if way.is_ours], ids=lambda way: way.api)
def ours(request: pytest.FixtureRequest) -> Way:
    found = request.param
    assert isinstance(found, Way)
    return found
