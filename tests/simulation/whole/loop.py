"""An event loop whose time passes when nothing else is left to do.

Rules of this file:
- Nothing is waited for: when no callback is ready, the clock jumps to the next one's time. So hours
  take milliseconds, and whatever is run here twice happens twice in the same order.
- asyncio's own loop does the work; it is only given a selector that knows no sockets.
- Each task belongs to the node in whose name it was begun, so that a node can be killed whole.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

START_MS = 1_700_000_000_000
# So often a task may refuse to end before it counts as one that never does.
MOST_CANCELS = 50


class Stuck(AssertionError):
    """Somebody waits for what will never happen."""


class Process:
    """What is killed whole: its tasks are cancelled, its alarms ring no more."""

    def __init__(self) -> None:
        self.alive = True
        self.tasks: dict[asyncio.Task[Any], None] = {}


# In whose name code runs; null: the world around the nodes, which `OUTSIDE` is the context of.
PROCESS: ContextVar[Process | None] = ContextVar("PROCESS", default=None)
OUTSIDE = Context()


class _NoSockets:
    """The selector of a loop that has none: to wait is to let the time pass."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Stuck("nothing is left to do, and somebody waits")
        self._loop.pass_by(timeout)
        return []

    def close(self) -> None:
        """Nothing is open."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Begins at 0 s; `time` is what has passed since."""

    def __init__(self) -> None:
        super().__init__()
        self._passed = 0.0
        self._selector = _NoSockets(self)
        self.defects: list[str] = []
        self.set_task_factory(_owned)  # type: ignore[arg-type]  # typeshed: no `context`
        self.set_exception_handler(self._note)

    def time(self) -> float:
        return self._passed

    def pass_by(self, seconds: float) -> None:
        """Let time pass; nothing happens meanwhile."""
        self._passed += seconds

    def _process_events(self, event_list: list[Any]) -> None:
        """There are no sockets."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What nobody has caught."""
        self.defects.append(f"{context['message']}: {context.get('exception')!r}")

    def wait(self, seconds: float) -> None:
        """Let all happen that happens within `seconds`."""
        self.run_until_complete(asyncio.sleep(seconds))

    def kill(self, process: Process) -> None:
        """End `process` as `kill -9` does, as far as anyone outside can tell."""
        process.alive = False
        for _ in range(MOST_CANCELS):
            if not process.tasks:
                return
            for task in tuple(process.tasks):
                task.cancel()
            self.run_until_complete(asyncio.sleep(0))
        raise AssertionError(f"tasks that can't be cancelled: {process.tasks}")


def _owned(
    loop: asyncio.AbstractEventLoop,
    coroutine: Coroutine[Any, Any, T],
    *,
    name: str | None = None,
    context: Context | None = None,
) -> asyncio.Task[T]:
    task = asyncio.Task(coroutine, loop=loop, name=name, context=context)
    process = PROCESS.get() if context is None else context.get(PROCESS, None)
    if process is not None:
        process.tasks[task] = None
        task.add_done_callback(process.tasks.pop)
    return task


class ProcessClock:
    """The clock of one process: what it has set rings no more when it is dead."""

    def __init__(self, loop: VirtualLoop, process: Process) -> None:
        self._loop = loop
        self._process = process

    def now(self) -> int:
        """Unix time in milliseconds."""
        return START_MS + int(self._loop.time() * 1_000)

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        def ring() -> None:
            if self._process.alive:
                callback()

        return self._loop.call_later(delay_s, ring)

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
