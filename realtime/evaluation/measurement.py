"""A measurement from its settings to its samples: which model, which cases, and how often."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from protocol.view import Language
from realtime.evaluation.cases import LANGUAGES, PROMPTS, Case, Prompt, cases
from realtime.evaluation.listening import Books, Remarks
from realtime.evaluation.rehearsal import Forecast, forecast
from realtime.evaluation.runs import Sample, Setting, run
from realtime.interviewer.choice import Choice, Chosen, chosen
from realtime.interviewer.instructions import Detector
from realtime.interviewer.leading.prompting import load_prompts
from realtime.interviewer.leading.reply import Means
from realtime.interviewer.leading.scene import Kit
from realtime.interviewer.offline.library import load_library
from realtime.interviewers import new_key, router
from realtime.model_settings import Provider
from realtime.ports import Clock
from realtime.settings import Settings

# Runs at once.
_AT_ONCE = 4


class CannotMeasure(Exception):
    """What was wished for can't be measured; the message says why, in a sentence. `unreachable`:
    not for what was wished for, but because the provider said so.
    """

    def __init__(self, message: str, *, unreachable: bool = False) -> None:
        super().__init__(message)
        self.unreachable = unreachable


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be measured: which prompts, in which languages, each so often."""

    languages: tuple[Language, ...]
    prompts: frozenset[Prompt]
    repeat: int


def wish(language: Language | None, prompts: str | None, repeat: int) -> Wish:
    """`language`: null for all. `prompts`: some, separated by commas; null for all.

    Raises:
        CannotMeasure: there is no such prompt.
    """
    names = PROMPTS if prompts is None else [name.strip() for name in prompts.split(",")]
    known = frozenset(prompt for prompt in PROMPTS if prompt in names)
    if unknown := [name for name in names if name not in known]:
        raise CannotMeasure(
            f'There is no prompt "{unknown[0]}": some of {", ".join(PROMPTS)} are expected.'
        )
    return Wish(LANGUAGES if language is None else (language,), known, repeat)


def choose(settings: Settings, provider: Provider | None) -> Chosen:
    """The model of a provider, or else the one that the server prefers.

    Raises:
        CannotMeasure: there is none.
    """
    if provider is not None:
        settings = settings.model_copy(update={"interviewer": provider})
    choice = chosen(settings)
    if not choice.models:
        why = "; ".join(
            f"{name}: {reason}" for name, reason in choice.left_out if provider in (None, name)
        )
        raise CannotMeasure(f"There is no model to measure: {why}.")
    return choice.models[0]


class Measurement:
    """A model, measured. `samples` grows while `take` is under way, and stands if it is cut off."""

    def __init__(self, setting: Setting, model: Chosen, wish: Wish) -> None:
        self._setting = setting
        self.model = model
        self.wish = wish
        self.cases = cases(wish.languages, wish.prompts, setting.kit.library.rubric)
        self.samples: list[Sample] = []

    @property
    def runs(self) -> int:
        """How often a case is done in all."""
        return len(self.cases) * self.wish.repeat

    async def forecast(self) -> Forecast:
        """What it will take."""
        with self._setting.remarks.heard():
            return await forecast(self._setting, self.cases, self.wish.repeat)

    async def take(self, done: Callable[[], None]) -> None:
        """Do every case as often as it was wished for; `done` is called after each."""
        left = self._left()

        async def work() -> None:
            for case, repetition in left:
                self.samples += await run(self._setting, case, repetition)
                done()

        with self._setting.remarks.heard():
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(work())

    def _left(self) -> Iterator[tuple[Case, int]]:
        """All cases once, and again: what is cut off has then been measured evenly."""
        for repetition in range(1, self.wish.repeat + 1):
            for case in self.cases:
                yield case, repetition


@asynccontextmanager
async def measurement(
    settings: Settings, model: Chosen, wish: Wish, clock: Clock
) -> AsyncIterator[Measurement]:
    """A measurement of that model alone, as the server asks it. Nobody takes over if it fails, so
    it has minutes to answer, not seconds.

    Raises:
        DataFileError: a data file can't be used.
    """
    books = Books()
    alone = Choice((model,), (), offline=False, why_offline="it is measured")
    models = router(settings, alone, books, clock)
    try:
        means = Means(models, new_key, clock)
        kit = Kit(means, load_prompts(), load_library(), Detector())
        yield Measurement(Setting(kit, books, Remarks()), model, wish)
    finally:
        await models.aclose()
