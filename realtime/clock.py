"""The real time, for those who are given one."""

import asyncio
import time
from collections.abc import Callable


class SystemClock:
    """The system's time, and alarms on the running event loop."""

    def now(self) -> int:
        """Unix time in milliseconds."""
        return time.time_ns() // 1_000_000

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_s, callback)

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
