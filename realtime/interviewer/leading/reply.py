"""A model's reply, read while it comes, by as many as have a use for it.

A task of its own asks and reads, so that one reply can hold several works: whoever does one of them
reads the reply from some place on, as a connection reads the log. A reply that can't be used is
asked for once more, and the model is told what was wrong; no reply is repeated in a log.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from realtime.interviewer.estimate import MOST_CHARACTERS_A_TOKEN
from realtime.interviewer.leading.fair_copy import FairCopy, Form
from realtime.interviewer.leading.guard import Guard, Unfit
from realtime.interviewer.leading.prompting import Prompts, Task
from realtime.interviewer.leading.sections import Opened
from realtime.interviewer.model import Message
from realtime.interviewer.request import (
    Broken,
    Models,
    NoAnswer,
    Request,
    Speaking,
    Told,
    Waiting,
)
from realtime.ports import Clock

logger = structlog.get_logger(__name__)

ATTEMPTS = 2

# In characters.
_MOST_OF_COMPLAINT = 300
_END_WITHIN_S = 5.0
# Between two looks at what nobody sees before it is whole: each look costs as much as a token.
_GULP_S = 0.25

# `Broken`: all before it is void, and comes anew.
Said = Waiting | Speaking | Broken | Opened | str


# What a template is filled with, by the key.
Values = Callable[[str], Mapping[str, object]]


class Unusable(NoAnswer):
    """Models answered, and not so that it can be used. The message says why."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for: `task`, with `values` of the key, behind what is `shown`. The prompt of
    `request` lacks these, its last message. A reply that can't be used is asked for again until
    there were so many `attempts`. `complaint`: about a reply before this one.
    """

    request: Request
    shown: str
    task: Task
    values: Values
    form: Form
    attempts: int = ATTEMPTS
    complaint: str | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """What a reply is had by. `new_key`: draws what opens its sections, such as `k7q3mx`; nobody
    else may know it.
    """

    models: Models
    new_key: Callable[[], str]
    clock: Clock


class Reply:
    """A reply from its request to its end. Whoever opens it closes it."""

    def __init__(
        self, ask: Ask, means: Means, prompts: Prompts, guard: Callable[[bool], Guard]
    ) -> None:
        self._ask = ask
        self._means = means
        self._prompts = prompts
        self._guard = guard
        self._said: list[Said] = []
        self._readers: list[asyncio.Future[None]] = []
        self._error: NoAnswer | None = None
        self._task = asyncio.create_task(self._run())
        # Also if it is ended before it has begun.
        self._task.add_done_callback(lambda _: self._wake())

    @property
    def ended(self) -> bool:
        """Whether no more comes."""
        return self._task.done()

    async def read(self, at: int = 0) -> AsyncGenerator[Said, None]:
        """All of it from the place `at` on.

        Raises:
            NoAnswer: no model answers; `Unusable`, if none does so that it can be used.
        """
        while True:
            while at < len(self._said):
                at += 1
                yield self._said[at - 1]
            if self._task.done():
                break
            news = asyncio.get_running_loop().create_future()
            self._readers.append(news)
            await news
        if self._error is not None:
            raise self._error
        if self._task.cancelled():
            raise Unusable("failing", "the reply was closed")
        self._task.result()  # A defect is whoever's who reads.

    async def aclose(self) -> None:
        """End it, upstream too. What doesn't end in time is left to itself."""
        self._task.cancel()
        _, endless = await asyncio.wait([self._task], timeout=_END_WITHIN_S)
        if endless:
            logger.error("reply_does_not_end", interview=self._ask.request.interview_id)
        elif not self._task.cancelled():
            self._task.exception()  # Whoever read has had it.

    # --- the task -------------------------------------------------------------------------------

    async def _run(self) -> None:
        complaint = self._ask.complaint
        try:
            for _ in range(self._ask.attempts):
                try:
                    await self._attempt(complaint)
                    return
                except Unfit as unfit:
                    complaint = str(unfit)
                    request = self._ask.request
                    of = {"interview": request.interview_id, "what": request.what}
                    logger.info("reply_unfit", **of, why=complaint)
                    self._say(Broken())
            self._error = Unusable("failing", complaint or "")
        except NoAnswer as error:
            self._error = error

    async def _attempt(self, complaint: str | None) -> None:
        """Ask, and say what comes.

        Raises:
            NoAnswer: no model answers.
            Unfit: the reply can't be used.
        """
        key, request = self._request(complaint)
        left = most = request.prompt.max_tokens * MOST_CHARACTERS_A_TOKEN
        careful = complaint is not None
        copy = self._copy(key, careful=careful)
        cut = False
        async with aclosing(self._means.models.ask(request)) as answers:
            async for answer in answers:
                if isinstance(answer, str):
                    self._say(*copy.feed(answer))
                    left -= len(answer)
                    if left <= 0:
                        cut = True
                        break
                    if not copy.is_streamed:
                        await self._means.clock.sleep(_GULP_S)
                elif isinstance(answer, Told):
                    cut = answer.reason != "stop"
                else:
                    if isinstance(answer, Broken):
                        left, copy = (
                            most,
                            self._copy(key, careful=careful),
                        )
                    self._say(answer)
        self._say(*copy.end(cut=cut))

    def _copy(self, key: str, *, careful: bool) -> FairCopy:
        return FairCopy(key, self._ask.form, self._guard(careful), self._prompts.places)

    def _request(self, complaint: str | None) -> tuple[str, Request]:
        ask = self._ask
        while (key := self._means.new_key()) in ask.shown:
            pass
        task = self._prompts.task(ask.task, {**ask.values(key), "key": key})
        if complaint is not None:
            again = self._prompts.task("repair", {"complaint": complaint[:_MOST_OF_COMPLAINT]})
            task = f"{task}\n\n{again}"
        prompt = ask.request.prompt
        messages = (*prompt.messages, Message("user", f"{ask.shown}{task}"))
        return key, replace(ask.request, prompt=replace(prompt, messages=messages))

    def _say(self, *said: Said) -> None:
        if said:
            self._said += said
            self._wake()

    def _wake(self) -> None:
        readers, self._readers = self._readers, []
        for reader in readers:
            if not reader.done():
                reader.set_result(None)


@dataclass(frozen=True, slots=True)
class Section:
    """A section, whole."""

    mark: Opened
    text: str


async def rest(reply: Reply, at: int = 0) -> AsyncGenerator[Waiting | list[Section], None]:
    """Any number of `Waiting`, and then the sections that begin behind the place `at`.

    Raises:
        NoAnswer: as `Reply.read`.
    """
    sections: list[Section] = []
    async with aclosing(reply.read(at)) as said:
        async for each in said:
            if isinstance(each, Waiting):
                yield each
            else:
                gather(sections, each)
    yield sections


def gather(sections: list[Section], said: Said) -> None:
    """Put what was said to the sections that have begun."""
    if isinstance(said, Opened):
        sections.append(Section(said, ""))
    elif isinstance(said, Broken):
        sections.clear()
    elif isinstance(said, str) and sections:
        last = sections[-1]
        sections[-1] = Section(last.mark, last.text + said)
