"""The prompts that the replies beside this file answer: of two interviews, one in each language, at
several of their turns (`scenes/*.toml`), as a model is sent them.

    python -m tests.realtime.interviewer.replies.prompts FOLDER

writes them down, one file each, for whoever is to write replies. The key is always `KEY`.
"""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import get_args

import msgspec

from protocol.draft import State
from protocol.effects import Work, WorkKind
from protocol.view import (
    Config,
    Feedback,
    FeedbackMode,
    Hint,
    Interview,
    Language,
    Phase,
    Score,
    Turn,
    View,
)
from realtime.interviewer.instructions import Detector
from realtime.interviewer.leading.conversation import ModelInterviewer
from realtime.interviewer.leading.profiling import ModelProfiler
from realtime.interviewer.leading.prompting import load_prompts
from realtime.interviewer.leading.reply import Means
from realtime.interviewer.leading.scene import Kit
from realtime.interviewer.offline.library import load_library
from realtime.interviewer.request import Request
from realtime.interviewers import ByRules
from realtime.ports import Paper
from tests.realtime.interviewer.leading.answering import ScriptedModels
from tests.realtime.interviewer.play import StillClock

SCENES = Path(__file__).with_name("scenes")
KEY = "k7q3mx"
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class SceneTurn:
    kind: str
    topic: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Told:
    """An interview as it was taken."""

    role: str
    level: str
    persona: str
    resume: str
    job_description: str
    turns: tuple[SceneTurn, ...]

    def papers(self) -> tuple[Paper, ...]:
        return (
            Paper("resume", self.resume.strip(), None),
            Paper("job_description", self.job_description.strip(), None),
        )

    def answer(self, turn: int) -> str:
        return self.turns[turn - 1].answer.strip()


@cache
def told(language: Language) -> Told:
    data = (SCENES / f"{language}.toml").read_bytes()
    return msgspec.toml.decode(data, type=Told)


@dataclass(frozen=True, slots=True)
class Place:
    """A prompt: its task, its language, and where in the interview it stands, or which document it
    is about. `about`: the turn whose answer it is about, if it is one's.
    """

    task: str
    language: Language
    number: int
    work: Work | None = None
    state: State | None = None
    about: int | None = None

    @property
    def name(self) -> str:
        return f"{self.task}-{self.language}-{self.number}"


class Shelf:
    def __init__(self, papers: tuple[Paper, ...]) -> None:
        self._papers = papers

    async def papers(self, user_id: str, document_ids: Sequence[str]) -> tuple[Paper, ...]:
        return self._papers


def state(
    language: Language,
    answered: int,
    *,
    asked: bool = False,
    hints: tuple[Hint, ...] = (),
    feedback: FeedbackMode = "each",
    phase: Phase = "evaluating",
) -> State:
    """The interview after so many answers, the next question `asked` too. At its end the answers
    have scores.
    """
    scene = told(language)
    config = Config(
        role=scene.role,
        level=scene.level,
        language=language,
        persona=scene.persona,  # type: ignore[arg-type]
        questions=2 if answered == 4 else 3,
        follow_ups=1,
        feedback=feedback,
        document_ids=("d1", "d2"),
    )
    turns: list[Turn] = []
    for number, each in enumerate(scene.turns[: answered + asked], 1):
        main = each.kind == "main"
        turn = Turn(
            number,
            (number + 1) // 2,
            "main" if main else "follow_up",
            each.topic,
            None if main else number - 1,
            each.question,
            hints=hints if number > answered else (),
        )
        if number <= answered:
            turn = replace(turn, answer=each.answer.strip(), source="text")
            if feedback == "each":
                score = 4 if main else 1
                given = Score("", score, 5, (each.answer.strip()[:20],))
                scores = tuple(replace(given, competency=name) for name in _judged(language))
                one = Feedback(0, "m", "…", scores if phase == "reporting" else None, False)
                turn = replace(turn, feedback=(one,))
        turns.append(turn)
    interview = Interview(
        "iv",
        phase,
        False,
        0,
        0,
        None,
        "completed" if phase == "reporting" else None,
        None,
        config,
        tuple(turns),
    )
    return State(View(interview, epoch=1))


@cache
def _judged(language: Language) -> tuple[str, ...]:
    return tuple(standard.name for standard in load_library().rubric.languages[language])


_HINT: dict[Language, str] = {
    "en": "Begin with what you want to be true of every refund.",
    "ko": "첫 결제가 언제 끝난 것으로 볼지부터 생각해 보세요.",
}


def places() -> Iterator[Place]:
    """All prompts that are answered here."""
    for language in LANGUAGES:
        yield from _of_answers(language)
        earlier = Hint(_HINT[language], False)
        yield _place("hint", language, 1, ("hint", 1), state(language, 0, asked=True))
        given = state(language, 2, asked=True, hints=(earlier,))
        yield _place("hint", language, 2, ("hint", 3), given)
        yield _place("plan", language, 1, ("question", 1), state(language, 0))
        done = state(language, 4, phase="reporting")
        yield _place("report", language, 1, ("report", None), done)
        yield _place("report_turns", language, 1, ("report", None), done)
        at_end = state(language, 4, phase="reporting", feedback="end")
        yield _place("report_turns", language, 2, ("report", None), at_end)
        yield Place("profile", language, 1)
        yield Place("profile", language, 2)


def _of_answers(language: Language) -> Iterator[Place]:
    for turn in (1, 2, 3, 4):
        now = state(language, turn)
        yield _place("answered", language, turn, ("feedback", turn), now, about=turn)
        yield _place("scores", language, turn, ("scores", turn), now, about=turn)
    yield _place("question", language, 1, ("question", 1), state(language, 0))
    yield _place("question", language, 2, ("question", 3), state(language, 2, feedback="end"))
    yield _place("question", language, 3, ("question", 4), state(language, 3, feedback="end"))


def _place(
    task: str,
    language: Language,
    number: int,
    work: tuple[WorkKind, int | None],
    now: State,
    about: int | None = None,
) -> Place:
    return Place(task, language, number, Work(*work), now, about)


async def prompt(place: Place) -> Request:
    """The request that is made at this place."""
    models = ScriptedModels()
    shelf = Shelf(told(place.language).papers())
    means = Means(models, lambda: KEY, StillClock())
    kit = Kit(means, load_prompts(), load_library(), Detector(), shelf=shelf)
    if place.work is None or place.state is None:
        paper = told(place.language).papers()[place.number - 1]
        await ModelProfiler(kit, ByRules()).profile("u", paper.kind, paper.text)
        return models.requests[0]
    conversation = ModelInterviewer(kit).converse("u", "iv")
    async with aclosing(conversation.perform(place.work, place.state)) as outputs:
        async for _ in outputs:
            # The plan is made beside the first question.
            await asyncio.sleep(0)
    await conversation.aclose()
    what = {"answered": "feedback", "report_turns": "report"}.get(place.task, place.task)
    made = [request for request in models.requests if request.what == what]
    return made[-1 if place.task == "report_turns" else 0]


def written(request: Request) -> str:
    """A request as its reader sees it."""
    return "\n\n".join(f"[{each.role}]\n{each.text}" for each in request.prompt.messages) + "\n"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for place in places():
        text = written(asyncio.run(prompt(place)))
        (folder / f"{place.name}.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
