"""A work and all that is at hand for it, and how a model is asked for it.

A request has two messages: what stays the same through the interview, and the turns so far with the
task at their end. All turns go into one message because some servers of open models take no two of
the same role in a row.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from protocol.draft import State
from protocol.effects import Work
from protocol.view import Config, Interview, Language, Turn
from realtime.interviewer.estimate import tokens
from realtime.interviewer.instructions import Detector
from realtime.interviewer.leading.briefing import Briefing
from realtime.interviewer.leading.context import Frame, history
from realtime.interviewer.leading.criteria import Criterion
from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.guard import Guard
from realtime.interviewer.leading.prompting import Prompts, Task, Wording
from realtime.interviewer.leading.reply import ATTEMPTS, Ask, Means, Reply, Values
from realtime.interviewer.model import Message, Prompt
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.library import Library
from realtime.interviewer.request import Request
from realtime.ports import Interviewer, Purpose, Shelf

# What a request may have, by our estimate; its reply not counted.
MOST_TOKENS = 12_000
# Of that, for the task and the form of its reply.
MOST_OF_TASK = 2_000

# The words beside the names of marks.
KIND = re.compile(r"(?:main|follow[ _-]?up|none)(?: question)?(?!\w)", re.IGNORECASE)
ID = re.compile(r"[\w-]{1,24}")
NUMBER = re.compile(r"\d{1,3}(?:\.\d+)?(?:/\d+)?[점번]?")


@dataclass(frozen=True, slots=True)
class Kit:
    """What an interviewer over models works with. `offline`: who goes on when no model answers.
    `shelf`: where documents are.
    """

    means: Means
    prompts: Mapping[Language, Prompts]
    library: Library
    detector: Detector
    offline: Interviewer | None = None
    shelf: Shelf | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """How long a reply may be, and how free."""

    max_tokens: int
    temperature: float


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of a model: a task, what its template is filled with once the key is drawn,
    and what is to come back.
    """

    task: Task
    values: Values
    form: Form
    size: Size


@dataclass(frozen=True, slots=True)
class Scene:
    """`briefing` and `frame` are the interview's."""

    user_id: str
    work: Work
    state: State
    kit: Kit
    briefing: Briefing
    frame: Frame

    @property
    def interview(self) -> Interview:
        return self.state.view.interview

    @property
    def config(self) -> Config:
        return self.interview.config

    @property
    def prompts(self) -> Prompts:
        return self.kit.prompts[self.config.language]

    @property
    def words(self) -> Wording:
        return self.prompts.words

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return self.briefing.criteria

    @property
    def desk(self) -> Desk:
        """The interview as the rules of the offline interviewer read it."""
        return self.briefing.desk.later(self.interview)

    @property
    def turn(self) -> Turn:
        """The turn that the work is about; not for a question or a report."""
        assert self.work.turn is not None
        return self.interview.turns[self.work.turn - 1]

    def before(self, number: int) -> tuple[Turn, ...]:
        """The turns before that one."""
        return self.interview.turns[: number - 1]

    def ask(
        self,
        turns: Sequence[Turn],
        order: Order,
        *,
        purpose: Purpose | None = None,
        attempts: int = ATTEMPTS,
        complaint: str | None = None,
    ) -> Reply:
        """Ask for something, having shown these turns, each of which has an outcome.

        `purpose`: where it isn't the work itself. `attempts`, `complaint`: as in `Ask`.
        """
        size, work = order.size, self.work
        system = (Message("system", self.briefing.system),)
        prompt = Prompt(system, size.max_tokens, size.temperature)
        what, turn = (work.what, work.turn) if purpose is None else (purpose, None)
        request = Request(self.user_id, self.interview.id, what, turn, prompt, work.lane)
        shown = history(turns, self.frame, self.room())
        asked = Ask(request, shown, order.task, order.values, order.form, attempts, complaint)
        return Reply(asked, self.kit.means, self.prompts, self._guard)

    def room(self) -> int:
        """How many tokens of turns a request has room for."""
        return MOST_TOKENS - MOST_OF_TASK - tokens(self.briefing.system)

    def _guard(self, careful: bool) -> Guard:
        prompts = self.prompts
        return Guard(prompts.own, prompts.unobserved, self._spoken, careful=careful)

    def _spoken(self) -> Iterator[str]:
        """All that a model may speak of, as others brought it up."""
        yield from self.briefing.spoken()
        for turn in self.interview.turns:
            yield turn.question or ""
            yield turn.answer or ""
