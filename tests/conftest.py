"""What every test is run with."""

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

# A slow machine fails no test; what fails prints how to see it again.
settings.register_profile(
    "viva", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("viva")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Async tests run on the event loop the server runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command that is run within a test chooses how events are logged, for itself alone."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
