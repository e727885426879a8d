"""A work and all that is at hand for it, and how a request is made of it.

A request has two messages: what stays the same through the interview, and the turns so far with the
task at their end. All turns go into one message because some servers of open models take no two of
the same role in a row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from protocol.draft import State
from protocol.effects import Work
from protocol.view import Config, Interview, Language, Turn
from realtime.interviewer.estimate import tokens
from realtime.interviewer.leading.context import begin, clip, history, in_a_line, tame
from realtime.interviewer.leading.criteria import Criterion, criteria
from realtime.interviewer.leading.prompting import Prompts, Wording
from realtime.interviewer.model import Message, Prompt, Structure
from realtime.interviewer.offline.chance import Chance
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.plan import plan
from realtime.interviewer.request import Models, Request
from realtime.ports import Interviewer

# What a request may have, by our estimate; its reply not counted.
MOST_TOKENS = 8_000
# Of that, for the task and the shape of its reply.
MOST_OF_TASK = 1_400

_MOST_OF_NAME = 60
_MOST_OF_COMPETENCY_NAME = 40
_MOST_OF_DESCRIPTION = 50
_MOST_OF_JOB = 1_000


@dataclass(frozen=True, slots=True)
class Kit:
    """What an interviewer over models works with. `offline`: who goes on when no model answers."""

    models: Models
    prompts: Mapping[Language, Prompts]
    library: Library
    offline: Interviewer | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is wanted back: at most `max_tokens`, as text, or as JSON of that structure."""

    max_tokens: int
    temperature: float
    structure: Structure | None = None


class Plan:
    """The topics of an interview's main questions, each thought of once."""

    def __init__(self) -> None:
        self._topics: list[str] = []
        self._rest: Iterator[str] | None = None

    def topics(self, desk: Desk) -> Iterator[str]:
        """All of them, in order; they follow from the interview's config, whoever asks."""
        if self._rest is None:
            self._rest = (question.topic for question in plan(desk))
        for index in count():
            if index == len(self._topics):
                following = next(self._rest, None)
                if following is None:
                    return
                self._topics.append(following)
            yield self._topics[index]


@dataclass(frozen=True, slots=True)
class Scene:
    user_id: str
    work: Work
    state: State
    kit: Kit
    plan: Plan = field(default_factory=Plan)

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
        return criteria(self.config, self.kit.library.rubric)

    @property
    def desk(self) -> Desk:
        """The interview as the rules of the offline interviewer read it."""
        return Desk(self.kit.library, Chance(0, self.interview.id), self.interview)

    @property
    def turn(self) -> Turn:
        """The turn that the work is about; not for a question or a report."""
        assert self.work.turn is not None
        return self.interview.turns[self.work.turn - 1]

    def before(self, number: int) -> tuple[Turn, ...]:
        """The turns before that one."""
        return self.interview.turns[: number - 1]

    def request(self, turns: Sequence[Turn], task: str, reply: Reply) -> Request:
        """Ask for `reply`, having shown these turns, each of which has an outcome."""
        system = self._system()
        shown = history(turns, self.words, _room(system))
        messages = (Message("system", system), Message("user", f"{shown}{task}"))
        prompt = Prompt(messages, reply.max_tokens, reply.temperature, reply.structure)
        return Request(self.user_id, self.interview.id, self.work, prompt)

    def room(self) -> int:
        """How many tokens of turns a request has room for."""
        return _room(self._system())

    def _system(self) -> str:
        config, words = self.config, self.words
        job = config.job_description
        return self.prompts.system(
            {
                "persona": words.persona[config.persona],
                "role": begin(tame(self.desk.role), _MOST_OF_NAME),
                "level": begin(tame(config.level or words.not_said), _MOST_OF_NAME),
                "job_description": clip(tame(job or words.not_said), _MOST_OF_JOB, words.clipped),
                "competencies": "\n".join(self._competency(each) for each in self.criteria),
            }
        )

    def _competency(self, criterion: Criterion) -> str:
        if criterion.meanings:
            scale = [
                self.words.scale.format(score=score, meaning=meaning)
                for score, meaning in enumerate(criterion.meanings)
            ]
            told = f"{criterion.name}: {criterion.description}\n" + "\n".join(scale)
        else:
            name = begin(tame(criterion.name), _MOST_OF_COMPETENCY_NAME)
            meant = clip(
                in_a_line(tame(criterion.description)), _MOST_OF_DESCRIPTION, self.words.clipped
            )
            told = f"{name}: {meant}"
        return f'<competency id="{criterion.id}">{told}</competency>'


def _room(system: str) -> int:
    return MOST_TOKENS - MOST_OF_TASK - tokens(system)
