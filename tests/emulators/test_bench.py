"""The measurement runs; what it measures is for people to read."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest

pytestmark = pytest.mark.anyio


async def test_a_small_load_is_measured() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.emulators.bench"),
        *("--streams", "2", "--rate", "100", "--seconds", "0.05"),
        stdout=PIPE,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    assert told.count(b"bare") == 2
    assert told.count(b"emulator") == 4
