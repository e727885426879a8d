"""Stands between the interviewer and the models, and writes down what passes: the replies to the
letter, what they took, and what the interviewer had against them, which it says in its log.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Mapping, MutableMapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from realtime.evaluation.cases import PROMPTS, Prompt
from realtime.interviewer.request import Answer, Broken, Models, NoAnswer, Request
from realtime.ports import Purpose, RequestRecord, Spent

# At a prompt's end stands the form of its reply. No two begin with the same mark.
_MARK = re.compile(r"^@@(\w+) (\w+)", re.MULTILINE)
_FIRST_MARKS: Mapping[str, Prompt] = {
    "feedback": "answered",
    "question": "question",
    "score": "scores",
    "hint": "hint",
    "topic": "plan",
    "report": "report",
    "turn": "report_turns",
    "skill": "profile",
}
# What the interviewer logs of a reply, and of which prompts: that it can't be used, that its scores
# can't be read, that something of the report's turns is missing.
_REMARKS: Mapping[str, frozenset[Prompt]] = {
    "reply_unfit": frozenset(PROMPTS),
    "scores_unreadable": frozenset({"answered", "scores"}),
    "parts_in_doubt": frozenset({"report_turns"}),
}


def form_of(request: Request) -> tuple[Prompt, str]:
    """Which prompt a request is, and the key of its reply's sections."""
    found = _MARK.search(request.prompt.messages[-1].text)
    assert found is not None, "a prompt without a form"
    return _FIRST_MARKS[found[2]], found[1]


@dataclass(slots=True)
class Heard:
    """A request and what came of it. `text`: the reply, as it was when it broke off, or whole.
    `unfit`: why the interviewer couldn't use it. `refusal`: why no model answered. `records`: one
    for each time that a model was asked.
    """

    prompt: Prompt
    key: str
    what: Purpose
    text: str = ""
    unfit: str | None = None
    refusal: str | None = None
    records: tuple[RequestRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Books:
    """A `Ledger` in memory, by user. What is measured is nobody's, and no cap holds."""

    _records: dict[str, list[RequestRecord]] = field(default_factory=dict)

    async def spent(self, user_id: str, interview_id: str) -> Spent:
        """Nothing: each run is a user of its own."""
        return Spent(0, 0)

    def record(self, entry: RequestRecord) -> None:
        self._records.setdefault(entry.user_id, []).append(entry)

    def take(self, user_id: str, what: Purpose) -> tuple[RequestRecord, ...]:
        """What has been recorded since the last time."""
        every = self._records.pop(user_id, [])
        self._records[user_id] = [entry for entry in every if entry.what != what]
        return tuple(entry for entry in every if entry.what == what)


class Listener:
    """Plays `Models` for one run, over real ones. `without_plan`: the plan isn't asked for."""

    def __init__(self, models: Models, books: Books, *, without_plan: bool = False) -> None:
        self._models = models
        self._books = books
        self._without_plan = without_plan
        self._under_way: set[str] = set()
        self._changed = asyncio.Event()
        self.heard: list[Heard] = []

    @property
    def names(self) -> tuple[str, ...]:
        return self._models.names

    async def ask(self, request: Request) -> AsyncGenerator[Answer, None]:
        """Have it answered, as `Models` tells.

        Raises:
            NoAnswer: no model answers.
        """
        if self._without_plan and request.what == "plan":
            raise NoAnswer("failing", "the plan isn't measured here")
        heard = Heard(*form_of(request), request.what)
        self.heard.append(heard)
        self._under_way.add(heard.key)
        try:
            async with aclosing(self._models.ask(request)) as answers:
                async for answer in answers:
                    if isinstance(answer, str):
                        heard.text += answer
                    elif isinstance(answer, Broken):
                        heard.text = ""
                    yield answer
        except NoAnswer as error:
            heard.refusal = str(error)
            raise
        finally:
            heard.records += self._books.take(request.user_id, request.what)
            self._under_way.discard(heard.key)
            self._changed.set()

    def of(self, prompt: Prompt) -> tuple[Heard, ...]:
        """The requests with that prompt."""
        return tuple(each for each in self.heard if each.prompt == prompt)

    async def settled(self, prompt: Prompt) -> None:
        """Wait until that prompt has been asked for, and nothing is under way any more."""
        while self._under_way or not self.of(prompt):
            self._changed.clear()
            await self._changed.wait()

    def remark(self, event: str, why: str, what: Purpose | None = None) -> None:
        """Take down what the interviewer has against the last reply that it may be said of."""
        for each in reversed(self.heard):
            if each.prompt in _REMARKS[event] and what in (None, each.what):
                each.unfit = why
                return


class Remarks:
    """What the interviewer logs, on its way to whoever listens to that interview."""

    def __init__(self) -> None:
        self._listeners: dict[str, Listener] = {}

    @contextmanager
    def on(self, interview_id: str, listener: Listener) -> Iterator[None]:
        """Have an interview's remarks told to `listener` until the block ends."""
        self._listeners[interview_id] = listener
        try:
            yield
        finally:
            del self._listeners[interview_id]

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen to the log until the block ends; nothing is written to it meanwhile."""
        before = structlog.get_config()
        structlog.configure(
            processors=[self._hear],
            wrapper_class=structlog.make_filtering_bound_logger("info"),
            cache_logger_on_first_use=False,
        )
        try:
            yield
        finally:
            structlog.configure(**before)

    def _hear(
        self, _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        listener = self._listeners.get(event.get("interview", ""))
        if listener is not None and event["event"] in _REMARKS:
            listener.remark(event["event"], event["why"], event.get("what"))
        raise structlog.DropEvent
