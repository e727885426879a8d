"""What a model is asked in a measurement: two interviews, one in each language, at several of their
turns, and their documents (`data/*.toml`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Literal, get_args

from protocol.draft import State
from protocol.effects import Work
from protocol.view import (
    Config,
    Feedback,
    FeedbackMode,
    FinishReason,
    Hint,
    Interview,
    Language,
    Persona,
    Phase,
    QuestionKind,
    Score,
    Turn,
    View,
)
from realtime.interviewer.files import DataFileError, read
from realtime.interviewer.rubric import MAX_SCORE, Rubric
from realtime.ports import Paper

# The prompts, in the order in which an interview makes them. `report_turns`: the report's parts.
Prompt = Literal[
    "plan", "question", "hint", "answered", "scores", "report", "report_turns", "profile"
]
PROMPTS: tuple[Prompt, ...] = get_args(Prompt)
LANGUAGES: tuple[Language, ...] = get_args(Language)

_DATA = files(__package__) / "data"
_ANSWERS = 4
# What the answers count for in the results that the reports agree with.
_STRONG, _WEAK = 4, 1
_QUOTE_CHARS = 20


@dataclass(frozen=True, slots=True)
class ScriptTurn:
    """A question and how it was answered; `strong`: well."""

    kind: QuestionKind
    strong: bool
    topic: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Script:
    """An interview as it was taken. `hint`: one that was given to the third question."""

    role: str
    level: str
    persona: Persona
    hint: str
    resume: str
    job_description: str
    turns: tuple[ScriptTurn, ...]

    def papers(self) -> tuple[Paper, ...]:
        """Its documents."""
        return (
            Paper("resume", self.resume.strip(), None),
            Paper("job_description", self.job_description.strip(), None),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the feedback and the scores of a case are about."""

    text: str
    strong: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A place at which a model is asked. `prompts`: which prompts it takes there. Either a `work`
    is to be done in a `state` of an interview that has these `papers`, or the one paper is read.
    """

    prompts: tuple[Prompt, ...]
    language: Language
    number: int
    papers: tuple[Paper, ...]
    work: Work | None = None
    state: State | None = None
    answer: Answer | None = None

    @property
    def name(self) -> str:
        """Such as `answered-en-2`."""
        return f"{self.prompts[0]}-{self.language}-{self.number}"


def load_script(language: Language) -> Script:
    """The interview in that language.

    Raises:
        DataFileError: the file is wrong.
    """
    path = _DATA / f"{language}.toml"
    script = read(path, Script)
    if len(script.turns) != _ANSWERS:
        raise DataFileError(path, f"`$.turns` must be {_ANSWERS}")
    return script


def cases(
    languages: Sequence[Language], prompts: frozenset[Prompt], rubric: Rubric
) -> tuple[Case, ...]:
    """The cases in these languages that take any of these prompts, and of their prompts these.

    Raises:
        DataFileError: an interview's file is wrong.
    """
    every = (case for language in languages for case in _Interview(language, rubric).cases())
    wanted = (
        replace(case, prompts=tuple(each for each in case.prompts if each in prompts))
        for case in every
    )
    return tuple(case for case in wanted if case.prompts)


class _Interview:
    """One of the interviews, from its beginning to its end."""

    def __init__(self, language: Language, rubric: Rubric) -> None:
        self._language: Language = language
        self._script = load_script(language)
        self._competencies = [standard.name for standard in rubric.languages[language]]

    def cases(self) -> Iterator[Case]:
        """Its cases, all prompts among them."""
        # The plan is made beside the first question.
        yield self._case(("question", "plan"), 1, Work("question", 1), self._state(0))
        yield self._case(("question",), 2, Work("question", 3), self._state(2, feedback="end"))
        yield self._case(("question",), 3, Work("question", 4), self._state(3, feedback="end"))
        yield self._case(("hint",), 1, Work("hint", 1), self._state(0, asked=True))
        yield self._case(("hint",), 2, Work("hint", 3), self._state(2, asked=True))
        for turn in range(1, _ANSWERS + 1):
            yield self._case(("answered",), turn, Work("feedback", turn), self._state(turn))
            yield self._case(("scores",), turn, Work("scores", turn), self._state(turn))
        for number, feedback in enumerate(get_args(FeedbackMode), 1):
            done = self._state(_ANSWERS, feedback=feedback, phase="reporting")
            yield self._case(("report", "report_turns"), number, Work("report", None), done)
        for number, paper in enumerate(self._script.papers(), 1):
            yield Case(("profile",), self._language, number, (paper,))

    def _case(self, prompts: tuple[Prompt, ...], number: int, work: Work, state: State) -> Case:
        about = None
        if work.what in ("feedback", "scores"):
            assert work.turn is not None
            told = self._script.turns[work.turn - 1]
            about = Answer(told.answer.strip(), told.strong)
        return Case(prompts, self._language, number, self._script.papers(), work, state, about)

    def _state(
        self,
        answered: int,
        *,
        asked: bool = False,
        feedback: FeedbackMode = "each",
        phase: Phase = "evaluating",
    ) -> State:
        """After so many answers, the next question `asked` too."""
        script = self._script
        config = Config(
            role=script.role,
            level=script.level,
            language=self._language,
            persona=script.persona,
            # The last answer is followed by no question.
            questions=2 if answered == _ANSWERS else 3,
            follow_ups=1,
            feedback=feedback,
            document_ids=("resume", "job_description"),
        )
        scored = phase == "reporting" and feedback == "each"
        turns = [self._answered(number, scored=scored) for number in range(1, answered + 1)]
        if asked:
            hints = (Hint(script.hint, False),) if answered else ()
            turns.append(replace(self._asked(answered + 1), hints=hints))
        finish: FinishReason | None = "completed" if phase == "reporting" else None
        interview = Interview("", phase, False, 0, 0, None, finish, None, config, tuple(turns))
        return State(View(interview, epoch=1))

    def _asked(self, number: int) -> Turn:
        told = self._script.turns[number - 1]
        parent = None if told.kind == "main" else number - 1
        return Turn(number, (number + 1) // 2, told.kind, told.topic, parent, told.question)

    def _answered(self, number: int, *, scored: bool) -> Turn:
        told = self._script.turns[number - 1]
        turn = replace(self._asked(number), answer=told.answer.strip(), source="text")
        if not scored:
            return turn
        score, quote = _STRONG if told.strong else _WEAK, told.answer.strip()[:_QUOTE_CHARS]
        scores = tuple(Score(each, score, MAX_SCORE, (quote,)) for each in self._competencies)
        return replace(turn, feedback=(Feedback(0, "", "", scores, False),))
