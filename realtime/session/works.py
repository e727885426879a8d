"""The works of one interview: what its interviewer is doing, each piece in a task beside the actor.

Rules of this file:
- Works are reconciled, not ordered: `reconcile` starts those that the state wants and that aren't
  under way, and stops those no longer wanted.
- A work is under way until what it brought last is said; so one whose end can't be stored yet is
  not begun again.
- A work waits until what it brought is taken: the mailbox holds at most one output of each.
- A delta goes to the actor straight, and into the mailbox only if it can't be said yet.
- What an interviewer says isn't trusted: what can't be encoded fails its work.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

import orjson
import structlog

from protocol.agenda import wanted
from protocol.draft import State
from protocol.effects import (
    Delta,
    Ended,
    Failed,
    NothingToAsk,
    Output,
    Reported,
    Scored,
    Transcribed,
    Work,
)
from realtime.ports import Conversation, InterviewerError

Run = asyncio.Task[None]

# The last thing that a work brings, if it doesn't fail.
_LAST = (Ended, Scored, Reported, NothingToAsk, Transcribed)


@dataclass(slots=True, eq=False)
class Brought:
    """What a run of a work brings: a run that was cancelled and begun anew is another."""

    output: Output
    run: Run
    taken: bool = False
    _waiting: asyncio.Future[None] | None = None

    @property
    def last(self) -> bool:
        """Whether the work brings nothing after it."""
        output = self.output
        return isinstance(output, _LAST) or (isinstance(output, Failed) and not output.retrying)

    def take(self) -> None:
        """Let the work go on."""
        self.taken = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def wait(self) -> None:
        """Wait until it is taken."""
        if not self.taken:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting


class Works:
    """The works that are under way.

    `say` is given each delta first, and returns whether it could be said, or is void. `bring` is
    given everything else, and after having said it, calls `done`. A work that is stopped should end
    within `end_within_s` seconds.
    """

    def __init__(
        self,
        conversation: Conversation,
        say: Callable[[Delta], bool],
        bring: Callable[[Brought], None],
        logger: structlog.stdlib.BoundLogger,
        end_within_s: float,
    ) -> None:
        self._conversation = conversation
        self._say = say
        self._bring = bring
        self._logger = logger
        self._end_within_s = end_within_s
        self._runs: dict[Work, Run] = {}
        self._tasks: set[Run] = set()  # and those that were stopped, until they have ended

    def __len__(self) -> int:
        return len(self._runs)

    def fits(self, brought: Brought) -> bool:
        """Whether the run that brought it is still under way."""
        return self._runs.get(brought.output.work) is brought.run

    def done(self, brought: Brought) -> None:
        """What was brought has been said."""
        if brought.last:
            del self._runs[brought.output.work]
        brought.take()

    def reconcile(self, state: State) -> None:
        """Start the works that are wanted and not under way, stop those no longer wanted."""
        due = wanted(state)
        for work in [work for work in self._runs if work not in due]:
            self._runs.pop(work).cancel()
        for work in due:
            if work not in self._runs:
                self._start(work, state)

    def _start(self, work: Work, state: State) -> None:
        run = self._runs[work] = asyncio.create_task(self._perform(work, state))
        self._tasks.add(run)
        run.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """Stop them all."""
        for run in self._runs.values():
            run.cancel()

    async def aclose(self) -> None:
        """Wait until all of them have ended, and let go of the interviewer. One that doesn't end in
        time is left to itself: nobody is to wait for it to open, or to delete, the interview.
        """
        if self._tasks:
            _, endless = await asyncio.wait(self._tasks, timeout=self._end_within_s)
            if endless:
                self._logger.error("works_do_not_end", count=len(endless))
        await self._close_conversation()
        # Whoever asked for the works, and is asked for by them, goes at once: it would wait for the
        # collector, which comes seldom.
        self._say, self._bring = _said_to_nobody, _brought_to_nobody

    async def _close_conversation(self) -> None:
        closing = asyncio.ensure_future(self._conversation.aclose())
        _, endless = await asyncio.wait((closing,), timeout=self._end_within_s)
        # The interview goes on without it: the next actor has a conversation of its own.
        if endless:
            self._logger.error("conversation_does_not_end")
        elif (error := closing.exception()) is not None:
            self._logger.error("conversation_not_closed", exc_info=error)

    async def _perform(self, work: Work, state: State) -> None:
        run = asyncio.current_task()
        assert run is not None
        try:
            async with aclosing(self._conversation.perform(work, state)) as outputs:
                async for output in outputs:
                    _check(output)
                    if isinstance(output, Delta) and self._streamed(output, run):
                        continue
                    brought = Brought(output, run)
                    self._bring(brought)
                    if brought.last:
                        return
                    await brought.wait()
            raise InterviewerError("internal", "The interviewer broke off.")
        except InterviewerError as error:
            failed = Failed(work, error.code, error.message, retryable=error.retryable)
            self._bring(Brought(failed, run))
        except Exception:
            self._logger.exception("work_failed", what=work.what, turn=work.turn)
            self._bring(Brought(defect(work), run))

    def _streamed(self, delta: Delta, run: Run) -> bool:
        """Whether that is all there is to do about `delta`: it was said, or is void."""
        return self._runs.get(delta.work) is not run or self._say(delta)


def _said_to_nobody(delta: Delta) -> bool:
    return True


def _brought_to_nobody(brought: Brought) -> None:
    brought.take()


def _check(output: Output) -> None:
    """Let nothing through that can't be encoded, such as a lone surrogate: in the log it would stop
    every reader, and in the state every snapshot.
    """
    if isinstance(output, Delta):
        output.text.encode()
    else:
        orjson.dumps(output)


def defect(work: Work) -> Failed:
    """The end of a work that failed for no fault of its interviewer's."""
    return Failed(work, "internal", "A defect of this server; try again.")
