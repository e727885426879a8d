"""What every test is run with."""

import pytest
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
