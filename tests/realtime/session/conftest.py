"""Houses, closed at the end of a test."""

from collections.abc import AsyncIterator

import pytest

from protocol.view import Config
from tests.realtime.session.house import Build, House
from tests.realtime.session.voiced import Voiced


@pytest.fixture
async def build() -> AsyncIterator[Build]:
    """Makes houses, and closes them at the end."""
    made: list[House] = []

    def make(config: Config | None = None, *, stepwise: bool = False) -> House:
        made.append(House(config, stepwise=stepwise))
        return made[-1]

    yield make
    for house in made:
        await house.close()


@pytest.fixture
def voiced(build: Build) -> Voiced:
    return Voiced(build())
