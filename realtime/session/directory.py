"""Which interviews are awake here, each with its one actor.

Rules of this file: an interview is woken by whoever asks for it first, and everyone else waits for
that; an actor that nobody looks at goes to sleep; an actor that has stopped is gone from here
before the next one is woken. Waking and retiring run in tasks of their own, so that a connection
that goes away in the middle breaks nothing. All is found by the user's id and the interview's
together: whoever asks for another user's goes the way of one that isn't there, step for step, and
waits for nobody (`protocol.md` 7).
"""

import asyncio
from typing import NamedTuple
from weakref import WeakValueDictionary

from protocol.close_codes import Close
from protocol.errors import ProtocolError
from realtime.ports import Alarm, Interviewer
from realtime.session.actor import Actor
from realtime.session.parts import Parts

SLEEP_AFTER_S = 60.0


class _Key(NamedTuple):
    user_id: str
    interview_id: str


class Directory:
    """The actors of this node: at most `most`, or any number if that is 0."""

    def __init__(
        self,
        parts: Parts,
        interviewer: Interviewer,
        *,
        most: int = 0,
        sleep_after_s: float = SLEEP_AFTER_S,
    ) -> None:
        self._parts = parts
        self._interviewer = interviewer
        self._most = most
        self._sleep_after_s = sleep_after_s
        self._actors: dict[_Key, Actor] = {}
        self._waking = 0
        self._wakings: dict[_Key, asyncio.Task[Actor | None]] = {}
        self._locks: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()
        self._alarms: dict[_Key, Alarm] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False

    def __len__(self) -> int:
        return len(self._actors)

    def awake(self, user_id: str, interview_id: str) -> Actor | None:
        """The actor of that user's interview, if one is awake."""
        actor = self._actors.get(_Key(user_id, interview_id))
        return None if actor is None or actor.retired else actor

    async def open(self, user_id: str, interview_id: str) -> Actor | None:
        """The actor of that user's interview, woken if need be; null: not this user's.

        Raises:
            StorageUnavailable: storage didn't answer.
            ProtocolError: `draining`; `overloaded`, if there are as many as there may be.
        """
        if self._draining:
            raise ProtocolError("draining", "This node goes away; try again.")
        awake = self.awake(user_id, interview_id)
        if awake is not None:
            return awake
        # Who comes while it is being woken is told the same: else, where storage is stalled, each
        # would wait for those before, and then as long again.
        key = _Key(user_id, interview_id)
        waking = self._wakings.get(key)
        if waking is None:
            waking = self._wakings[key] = asyncio.create_task(self._wake(key))
            waking.add_done_callback(lambda _: self._wakings.pop(key))
        return await asyncio.shield(waking)

    async def close(self, user_id: str, interview_id: str, code: Close) -> None:
        """Retire the actor of that user's interview, if one is awake."""
        key = _Key(user_id, interview_id)
        await asyncio.shield(asyncio.create_task(self._retire(key, code)))

    async def drain(self) -> None:
        """Retire every actor, and wake no more."""
        self._draining = True
        await asyncio.gather(*(self._retire(key, Close.DRAINING) for key in tuple(self._actors)))
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _wake(self, key: _Key) -> Actor | None:
        async with self._lock(key):
            actor = self._actors.get(key)
            if actor is not None and not actor.retired:
                return actor
            await self._forget(key, Close.REBUILT)
            if self._most and len(self._actors) + self._waking >= self._most:
                raise ProtocolError(
                    "overloaded", "This server has as many interviews as it takes; try again later."
                )
            # Counted before it is waited for, so that those who come at once are counted too.
            self._waking += 1
            try:
                woken = await self._parts.store.wake(key.user_id, key.interview_id)
                if woken is None:
                    return None
                if self._draining:
                    raise ProtocolError("draining", "This node goes away; try again.")
                conversation = self._interviewer.converse(key.user_id, key.interview_id)
                actor = Actor(woken, conversation, self._parts, self._quiet)
                self._actors[key] = actor
            finally:
                self._waking -= 1
        actor.begin()
        self._quiet(actor)
        return actor

    async def _retire(self, key: _Key, code: Close) -> None:
        async with self._lock(key):
            await self._forget(key, code)

    async def _forget(self, key: _Key, code: Close) -> None:
        actor = self._actors.get(key)
        if actor is not None:
            await actor.retire(code)
            del self._actors[key]
            alarm = self._alarms.pop(key, None)
            if alarm is not None:
                alarm.cancel()

    def _lock(self, key: _Key) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())

    # --- sleep ----------------------------------------------------------------------------------

    def _quiet(self, actor: Actor) -> None:
        """`actor` has no connection, or has stopped."""
        key = _key(actor)
        if self._actors.get(key) is not actor:
            return  # The last to leave one that was replaced: its successor's alarm stays set.
        alarm = self._alarms.pop(key, None)
        if alarm is not None:
            alarm.cancel()
        if actor.retired:
            self._spawn(actor)
        else:
            self._alarms[key] = self._parts.clock.call_later(
                self._sleep_after_s, lambda: self._maybe_sleep(actor)
            )

    def _maybe_sleep(self, actor: Actor) -> None:
        if actor.retired or actor.watched:
            return
        if actor.idle:
            self._spawn(actor)
        else:
            self._quiet(actor)

    def _spawn(self, actor: Actor) -> None:
        task = asyncio.create_task(self._put_to_sleep(actor))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _put_to_sleep(self, actor: Actor) -> None:
        key = _key(actor)
        async with self._lock(key):
            if self._actors.get(key) is actor and (actor.retired or actor.idle):
                await self._forget(key, Close.REBUILT)


def _key(actor: Actor) -> _Key:
    return _Key(actor.user_id, actor.id)
