"""The client that an application uses: the core (`core.py`) on an event loop.

It performs what the core wants, by way of `connection.py`, and tells it what came of it. Rules of
this file:
- Everything happens on one event loop, and outputs are performed before the core is fed again.
- What comes is always read: an application that is slow misses single events, and is told so
  (`Replaced`), but never holds up an acknowledgement.
- Everything ends within a bounded time but what an application waits for, and that may stop
  waiting whenever it likes.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

from protocol.client.connection import (
    AnsweredError,
    Connections,
    Frames,
    Surroundings,
    UnreachedError,
)
from protocol.client.core import Core
from protocol.client.data import (
    Acked,
    Connect,
    Disconnect,
    Outcome,
    Output,
    Post,
    Refused,
    Replaced,
    Send,
    Settle,
    Stopped,
    Tell,
    Update,
    WantToken,
)
from protocol.client.errors import RefusedError, StoppedError
from protocol.client.line import CUT, Options
from protocol.commands import AudioStop, Command
from protocol.messages import Ack, Capabilities, Limits
from protocol.view import View

GetToken = Callable[[], Awaitable[str]]

# What a slow application hasn't taken; what it misses it finds in the view.
MOST_UNREAD = 1_024
# What the network hasn't taken; the core sends a window of audio and a few commands ahead.
MOST_UNSENT = 1_024


@dataclass(slots=True, eq=False)
class _Carrier:
    """The task of one connection, and what it has to send."""

    outbox: Frames
    task: asyncio.Task[None] | None = None


class _Inbox:
    """What an application hasn't taken yet; bounded. `view` gives what there is to know now."""

    def __init__(self, view: Callable[[], View]) -> None:
        self._view = view
        self._updates: deque[Update] = deque()
        self._news = asyncio.Event()

    def put(self, update: Update) -> None:
        """Where there is no room, the view as a whole takes the place of what led to it."""
        if len(self._updates) >= MOST_UNREAD:
            self._updates.clear()
            update = Replaced(self._view())
        self._updates.append(update)

    def take(self) -> Update | None:
        """The oldest, if there is one."""
        return self._updates.popleft() if self._updates else None

    def ring(self) -> None:
        """Something has changed."""
        self._news.set()

    async def changed(self) -> None:
        """Wait for the next change."""
        self._news.clear()
        await self._news.wait()


class InterviewClient:
    """One interview, as one client sees and leads it.

    `server` is the address that `/v1` lies under, such as `https://viva.example.org`. `get_token`
    is asked for a bearer token at the start, and again whenever the last one has run out; what it
    raises ends the client. Whoever has a `ticket` is an observer, and needs no token.

    Entering waits until a session is open, so that `view` is there. Iterating gives what happens
    (`Update`): it ends with the interview, and raises `StoppedError` where it ends otherwise.
    Leaving closes the connection, and abandons what is in flight.
    """

    def __init__(
        self,
        server: str,
        interview_id: str,
        *,
        get_token: GetToken | None = None,
        ticket: str | None = None,
        observer: bool = False,
        around: Surroundings | None = None,
    ) -> None:
        if urlsplit(server).scheme not in ("http", "https"):
            raise ValueError("a server's address begins with http:// or https://")
        self._around = around or Surroundings()
        url = f"{server.rstrip('/')}/v1/interviews/{quote(interview_id, safe='')}"
        self._connections = Connections(url, self._around)
        self._get_token = get_token
        observer = observer or ticket is not None
        signs_in = get_token is not None
        self._core = Core(Options(self._around.chance, self.new_id, signs_in, ticket, observer))
        self._inbox = _Inbox(lambda: self.view)
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self._carrier: _Carrier | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.Handle | None = None
        self._rings_at = 0.0
        self._failure: BaseException | None = None
        self._unreached: UnreachedError | None = None

    # --- what an application uses -----------------------------------------------------------------

    def new_id(self) -> str:
        """A command id that was not used before."""
        return self._around.new_id()

    @property
    def view(self) -> View:
        """The interview, as of the newest event received.

        Raises:
            RuntimeError: no session has been open yet.
        """
        if self._core.view is None:
            raise RuntimeError("no session has been open yet")
        return self._core.view

    @property
    def limits(self) -> Limits:
        """What this server takes at most."""
        return self._core.limits

    @property
    def capabilities(self) -> Capabilities | None:
        """What this server can do; null before the first opening."""
        return self._core.capabilities

    async def submit(self, command: Command) -> Ack:
        """Send a command, as often as it takes, until it is acknowledged: committed, with its
        effect. Whoever stops waiting doesn't take it back; given again, it is waited for again.

        Raises:
            RefusedError: the server refuses it.
            StoppedError: the client has stopped, and what became of it is not known.
            ValueError: another command of that id is in flight; or an answer is being spoken and
                another would begin.
            TooManyInFlightError: 32 commands are in flight.
        """
        outputs = self._core.send(command, _now())
        future = self._waiting.get(command.id)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            self._waiting[command.id] = future
        self._perform(outputs)
        outcome = await asyncio.shield(future)
        if isinstance(outcome, Acked):
            return outcome.ack
        if isinstance(outcome, Refused):
            raise RefusedError(outcome.error)
        raise self._why_over()

    def speak(self, turn: int, pcm: bytes) -> None:
        """Audio of the answer that `audio.start` has opened: mono PCM, signed 16 bit, little
        endian. It is kept until the answer is accepted, and sent as soon as that is possible.

        Raises:
            ValueError: half a sample.
        """
        self._perform(self._core.audio(turn, pcm))

    async def stop_speaking(self, turn: int) -> Ack:
        """End the answer that is being spoken. Raises what `submit` raises."""
        return await self.submit(AudioStop(self.new_id(), turn, self._core.recorded))

    def nudge(self) -> None:
        """The network may have changed (the device has woken up): try now instead of waiting."""
        self._perform(self._core.nudge(_now()))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Update:
        while (update := self._inbox.take()) is None:
            if self._is_over():
                raise StopAsyncIteration if self._is_well_over() else self._why_over()
            await self._inbox.changed()
        return update

    async def __aenter__(self) -> Self:
        self._perform(self._core.start(_now()))
        try:
            await self._opened()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._close()

    # --- beginning and end ------------------------------------------------------------------------

    async def _opened(self) -> None:
        """Wait for the first session."""
        try:
            async with asyncio.timeout(self._around.open_within_s):
                while self._core.view is None:
                    if self._is_over():
                        raise self._why_over()
                    await self._inbox.changed()
        except TimeoutError as error:
            raise TimeoutError("no session could be opened") from self._unreached or error

    def _is_over(self) -> bool:
        return self._failure is not None or isinstance(self._core.link, Stopped)

    def _is_well_over(self) -> bool:
        """Because of the interview's end, or by leaving."""
        link = self._core.link
        ended = isinstance(link, Stopped) and link.action in ("done", "left")
        return self._failure is None and ended

    def _why_over(self) -> BaseException:
        link = self._core.link
        stopped = link if isinstance(link, Stopped) else Stopped("left", None)
        return self._failure or StoppedError(stopped)

    def _fail(self, failure: BaseException) -> None:
        self._failure = failure
        self._perform(self._core.leave())

    async def _close(self) -> None:
        self._perform(self._core.leave())
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for task in self._tasks:
            task.cancel()
        try:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=2 * self._around.close_within_s)
        finally:
            await self._connections.close()

    # --- what the core wants ----------------------------------------------------------------------

    def _perform(self, outputs: list[Output]) -> None:
        for output in outputs:
            self._perform_one(output)
        self._inbox.ring()
        self._set_timer()

    def _perform_one(self, output: Output) -> None:
        match output:
            case Connect():
                self._disconnect()
                carrier = self._carrier = _Carrier(asyncio.Queue(MOST_UNSENT))
                carrier.task = self._spawn(self._carry(carrier, output))
            case Disconnect():
                self._disconnect()
            case Send(frame=frame):
                self._send(frame)
            case Post():
                self._spawn(self._post(output))
            case Settle(id=command_id, outcome=outcome):
                future = self._waiting.pop(command_id, None)
                if future is not None:
                    future.set_result(outcome)
            case Tell(update=update):
                self._inbox.put(update)
            case WantToken():
                self._spawn(self._renew())

    def _send(self, frame: str | bytes) -> None:
        carrier = self._carrier
        if carrier is not None:
            try:
                carrier.outbox.put_nowait(frame)
            except asyncio.QueueFull:
                if carrier.task is not None:
                    carrier.task.cancel()

    def _disconnect(self) -> None:
        carrier, self._carrier = self._carrier, None
        if carrier is not None and carrier.task is not None:
            carrier.task.cancel()

    async def _carry(self, carrier: _Carrier, wanted: Connect) -> None:
        """A connection from its beginning to its end. One that was given up is not heard."""

        def hear(frame: str | None) -> None:
            if self._carrier is not carrier:
                return
            if frame is None:
                self._core.heard(_now())
            else:
                self._perform(self._core.received(frame, _now()))

        ended = partial(self._core.closed, CUT)
        try:
            if wanted.over == "websocket":
                code = await self._connections.talk(wanted.opening, carrier.outbox, hear)
                ended = partial(self._core.closed, code)
            else:
                await self._connections.follow(wanted.opening, hear)
        except AnsweredError as answered:
            ended = partial(self._core.refused, answered.status, answered.body)
        except UnreachedError as error:
            self._unreached = error
        finally:
            if self._carrier is carrier:
                self._carrier = None
                self._perform(ended(_now()))

    async def _post(self, post: Post) -> None:
        try:
            status, body = await self._connections.post(post)
        except UnreachedError:
            self._perform(self._core.unposted(post.id, _now()))
        else:
            self._perform(self._core.posted(post.id, status, body, _now()))

    async def _renew(self) -> None:
        if self._get_token is None:
            raise AssertionError("a token is wanted only where it can be had")
        async with asyncio.timeout(self._around.token_within_s):
            token = await self._get_token()
        self._perform(self._core.renewed(token, _now()))

    # --- tasks and the timer ----------------------------------------------------------------------

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if failure is not None:
            self._fail(failure)

    def _set_timer(self) -> None:
        """One timer. It may ring early, and is set again then: most of what happens only puts the
        next time off.
        """
        wake_at = self._core.wake_at
        if wake_at is None:
            return
        if self._timer is not None:
            if self._rings_at <= wake_at:
                return
            self._timer.cancel()
        # When it rings is kept here: uvloop's handle of a time that is past can't tell.
        self._rings_at = wake_at
        self._timer = asyncio.get_running_loop().call_at(wake_at / 1_000, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._perform(self._core.tick(_now()))


def _now() -> float:
    return asyncio.get_running_loop().time() * 1_000
