"""What the tests of the interviewer over models share."""

from collections.abc import Callable

import pytest

from realtime.interviewer.leading.conversation import ModelInterviewer
from tests.realtime.interviewer.conftest import MakeKit
from tests.realtime.interviewer.leading.answering import ScriptedModels
from tests.realtime.interviewer.leading.reports import NewPlay, playing_with

Make = Callable[..., ModelInterviewer]


@pytest.fixture
def make(kit_of: MakeKit) -> Make:
    """An interviewer over these models, without a last resort if told so."""

    def made(models: ScriptedModels, *, last_resort: bool = True) -> ModelInterviewer:
        return ModelInterviewer(kit_of(models, last_resort=last_resort))

    return made


@pytest.fixture
def playing(kit_of: MakeKit) -> NewPlay:
    """Plays an interview to its report."""
    return playing_with(kit_of)
