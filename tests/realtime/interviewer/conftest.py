"""What the tests of the interviewer share: the data, read once."""

from collections.abc import Callable, Mapping
from itertools import count

import pytest

from protocol.view import Language
from realtime.interviewer.instructions import Detector
from realtime.interviewer.leading.prompting import Prompts, load_prompts
from realtime.interviewer.leading.reply import Means
from realtime.interviewer.leading.scene import Kit
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from realtime.interviewer.offline.library import Library, load_library
from realtime.interviewer.request import Models
from tests.realtime.interviewer.play import StillClock

MakeKit = Callable[..., Kit]


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="session")
def prompts() -> Mapping[Language, Prompts]:
    return load_prompts()


@pytest.fixture(scope="session")
def detector() -> Detector:
    return Detector()


@pytest.fixture
def kit_of(library: Library, prompts: Mapping[Language, Prompts], detector: Detector) -> MakeKit:
    """A kit of these models. Its keys are `key000` and so on."""

    def made(models: Models, *, last_resort: bool = True) -> Kit:
        offline = OfflineInterviewer(StillClock(), library=library) if last_resort else None
        numbers = count()
        means = Means(models, lambda: f"key{next(numbers):03d}", StillClock())
        return Kit(means, prompts, library, detector, offline=offline)

    return made
