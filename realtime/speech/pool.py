"""The recogniser that all interviews share: a number of worker processes, and who gets them when.

Rules:
- A final waits for its turn, a partial only a moment (`Behind`): it is worth less by the second.
- Partials give way. While finals wait, no partial does.
- A worker that is lost costs a final one more try with another, and a partial its chance. One that
  was ended for being late isn't tried again: it would be late again.
- A lost worker is replaced, at once the first time, later and later where that doesn't help.
- While no worker can load the model, finals fail at once, with the reason.
"""

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
import structlog

from realtime.ports import Clock
from realtime.speech.clip import Behind, Clip, Overloaded, Recognized, RecognizerFailed
from realtime.speech.job_queue import JobQueue
from realtime.speech.voice import Voice
from realtime.speech.wire import MAX_CLIP_SAMPLES, WhisperOptions
from realtime.speech.worker_process import WorkerLimits, WorkerLost, WorkerProcess

logger = structlog.get_logger(__name__)

_ENDING = "the server is ending"
_TRIES = 2
_PARTIAL_WAIT_MS = 1_000
# The weight of the newest in the mean time that a clip takes.
_NEWEST = 0.2
_LONGEST_BACKOFF_S = 30.0


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """`workers`: how many clips are recognised at once. `finals`: how many more may wait, each up
    to 960 KB; `worker`: how long one may take.
    """

    workers: int = 1
    finals: int = 64
    worker: WorkerLimits = field(default_factory=WorkerLimits)


@dataclass(frozen=True, slots=True)
class PoolLoad:
    """How much there is to do: workers that are ready, those of them at work, and who waits."""

    workers: int
    busy: int
    finals: int
    partials: int


def worker_command(options: WhisperOptions, module: str = "realtime.speech.worker") -> list[str]:
    """What runs a worker. `-I`: neither the environment nor the current folder decides what is
    imported.
    """
    return [sys.executable, "-I", "-m", module, msgspec.json.encode(options).decode()]


@dataclass(slots=True, eq=False)
class _Job:
    clip: Clip
    result: "asyncio.Future[Recognized]"
    tries: int = 0

    def fail(self, error: Exception) -> None:
        if not self.result.done():
            self.result.set_exception(error)


class Pool:
    """Workers that each run `command` (`worker_command`). Plays `Recognizer`.

    It begins with `async with`, which doesn't wait for models to be loaded (`loaded` does), and
    ends all processes with that.
    """

    def __init__(
        self, command: Sequence[str], clock: Clock, limits: PoolLimits | None = None
    ) -> None:
        self._command = command
        self._clock = clock
        self._limits = limits or PoolLimits()
        self._queue = JobQueue[_Job]()
        self._workers = list[WorkerProcess]()
        self._idle = list[WorkerProcess]()
        self._tasks = set[asyncio.Task[None]]()
        # Slots that have a worker, or are about to.
        self._hopeful = self._limits.workers
        self._reason = ""
        self._settled = asyncio.Event()
        self._mean_ms: float | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        for _ in range(self._limits.workers):
            self._begin(self._keep_one())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends all workers. Whoever waits for one gets `RecognizerFailed`."""
        self._closed = True
        self._fail_all(_ENDING)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(worker.aclose() for worker in self._workers))

    async def loaded(self) -> None:
        """Wait until the first worker is ready.

        Raises:
            RecognizerFailed: none can load the model; the message says why.
        """
        await self._settled.wait()
        if not self._workers and self._reason:
            raise RecognizerFailed(self._reason)

    @property
    def load(self) -> PoolLoad:
        """How much there is to do now."""
        ready = len(self._workers)
        busy = ready - len(self._idle)
        return PoolLoad(ready, busy, self._queue.finals, self._queue.partials)

    @property
    def pids(self) -> list[int]:
        """The processes of workers that are ready."""
        return [worker.pid for worker in self._workers]

    async def recognize(self, clip: Clip) -> Recognized:
        """What is said in `clip`. If that is cancelled it is given up, unless a worker has begun:
        then the worker goes on, for nobody.

        Raises:
            Behind: it is a partial one, and was passed over.
            Overloaded: too many finals wait.
            RecognizerFailed: it can't be done.
            ValueError: it is longer than 30 s.
        """
        if len(clip.samples) > MAX_CLIP_SAMPLES:
            raise ValueError(f"{len(clip.samples)} samples are more than 30 s")
        self._admit(clip)
        job = _Job(clip, asyncio.get_running_loop().create_future())
        self._pass_over(self._queue.add(job, clip.owner, clip.urgency))
        self._dispatch()
        try:
            return await job.result
        except asyncio.CancelledError:
            self._queue.discard(job)
            raise

    # --- who waits -----------------------------------------------------------------------------

    def _admit(self, clip: Clip) -> None:
        if self._closed:
            raise RecognizerFailed(_ENDING)
        if clip.urgency == "partial":
            if not self._workers or self._queue.finals:
                raise Behind
        elif not self._hopeful and self._reason:
            raise RecognizerFailed(self._reason)
        elif self._queue.finals >= self._limits.finals:
            raise Overloaded(f"{self._queue.finals} finals wait already")

    def _dispatch(self) -> None:
        """Give those who are next to workers that are free; of the rest, pass over who would wait
        too long.
        """
        while self._idle and (job := self._queue.take()):
            if not job.result.done():
                self._begin(self._recognize(self._idle.pop(), job))
        most = 0 if self._queue.finals else self._partials_in_time()
        self._pass_over(self._queue.keep_partials(most))

    def _partials_in_time(self) -> int:
        """How many partials may wait, so that the last waits about a second; at least one, for
        whom it is about to be.
        """
        if self._mean_ms is None:
            return 1
        return max(1, int(_PARTIAL_WAIT_MS * len(self._workers) / self._mean_ms))

    def _pass_over(self, jobs: list[_Job]) -> None:
        for job in jobs:
            job.fail(Behind())

    def _fail_all(self, reason: str) -> None:
        while job := self._queue.take():
            job.fail(RecognizerFailed(reason) if job.clip.urgency == "final" else Behind())

    # --- workers -------------------------------------------------------------------------------

    async def _recognize(self, worker: WorkerProcess, job: _Job) -> None:
        job.tries += 1
        began_ms = self._clock.now()
        try:
            if job.clip.language not in worker.languages:
                job.fail(RecognizerFailed(f"the model doesn't hear {job.clip.language}"))
            else:
                found = await worker.recognize(job.clip)
                if not job.result.done():
                    job.result.set_result(found)
                self._took(self._clock.now() - began_ms)
        except WorkerLost as error:
            self._lost(worker, job, error)  # Its slot sees to another.
            return
        except asyncio.CancelledError:
            job.fail(RecognizerFailed(_ENDING))
            raise
        except Exception:
            logger.exception("recognizer.defect", pid=worker.pid)
            job.fail(RecognizerFailed("a defect of this server"))
            worker.kill("it met a defect")
            return
        self._idle.append(worker)
        self._dispatch()

    def _took(self, took_ms: int) -> None:
        mean_ms = took_ms if self._mean_ms is None else self._mean_ms
        self._mean_ms = max(1.0, mean_ms + _NEWEST * (took_ms - mean_ms))

    def _lost(self, worker: WorkerProcess, job: _Job, error: WorkerLost) -> None:
        logger.error(
            "recognizer.worker_lost", pid=worker.pid, reason=str(error), urgency=job.clip.urgency
        )
        if job.clip.urgency == "partial":
            job.fail(Behind())
        elif error.timed_out or job.tries == _TRIES:
            job.fail(RecognizerFailed(f"a worker was lost over it: {error}"))
        elif not job.result.done():
            self._queue.put_back(job)
            self._dispatch()

    async def _keep_one(self) -> None:
        """One worker after another, as long as the pool lasts."""
        losses = 0
        while True:
            began_ms = self._clock.now()
            try:
                worker = await WorkerProcess.start(self._command, self._clock, self._limits.worker)
            except WorkerLost as error:
                losses += 1
                self._cannot_load(str(error))
                await self._clock.sleep(_backoff_s(losses + 1))
                self._hopeful += 1
                continue
            took_ms = self._clock.now() - began_ms
            logger.info("recognizer.loaded", pid=worker.pid, took_ms=took_ms)
            self._reason = ""
            self._settled.set()
            self._workers.append(worker)
            self._idle.append(worker)
            self._dispatch()
            await worker.gone.wait()
            self._workers.remove(worker)
            if worker in self._idle:
                self._idle.remove(worker)
                logger.error("recognizer.worker_lost", pid=worker.pid, reason="while it had leave")
            losses = 1 if worker.has_worked else losses + 1
            if losses > 1:
                await self._clock.sleep(_backoff_s(losses))

    def _cannot_load(self, reason: str) -> None:
        if reason != self._reason:
            logger.error("recognizer.cannot_load", reason=reason)
        self._reason = reason
        self._hopeful -= 1
        if not self._hopeful:
            self._settled.set()
            self._fail_all(reason)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def pool_for(voice: Voice, clock: Clock, finals: int = 64) -> Pool:
    """The pool that a voice needs, not yet begun; so many `finals` may wait."""
    options = WhisperOptions(
        folder=str(voice.model.folder.absolute()),
        device=voice.device,
        compute_type=voice.compute_type,
        threads=voice.sizing.threads,
        beam=voice.beam,
    )
    return Pool(worker_command(options), clock, PoolLimits(voice.sizing.workers, finals))


def _backoff_s(losses: int) -> float:
    """How long to wait before another worker, after two losses or more in a row: 1, 2, 4 … s."""
    return min(2.0 ** (losses - 2), _LONGEST_BACKOFF_S)
