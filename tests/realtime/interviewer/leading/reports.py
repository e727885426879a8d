"""Reports for tests: interviews that are played to their end, and who writes what of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from protocol.effects import Output, Work
from protocol.view import Config
from realtime.interviewer.leading.conversation import ModelInterviewer
from realtime.interviewer.request import Request
from realtime.ports import Paper
from tests.realtime.interviewer.conftest import MakeKit
from tests.realtime.interviewer.leading.answering import (
    Script,
    ScriptedModels,
    first_name,
    smoothly,
)
from tests.realtime.interviewer.play import Play, new_interview

NewPlay = Callable[..., Play]

MAINS = Config(role="backend", questions=3, follow_ups=0)


class Papers:
    """A shelf with these."""

    def __init__(self, *papers: Paper) -> None:
        self._papers = papers

    async def papers(self, user_id: str, document_ids: object) -> tuple[Paper, ...]:
        return self._papers


def playing_with(kit_of: MakeKit) -> NewPlay:
    """Makes interviews for models, with papers."""

    def made(
        models: ScriptedModels, config: Config, *papers: Paper, last_resort: bool = True
    ) -> Play:
        kit = replace(kit_of(models, last_resort=last_resort), shelf=Papers(*papers))
        return Play(ModelInterviewer(kit), new_interview(config))

    return made


async def through(play: Play, answers: Sequence[str | None]) -> None:
    """Answer in turn; null skips."""
    await play.start()
    for answer in answers:
        await (play.skip() if answer is None else play.answer(answer))


def is_parts(request: Request) -> bool:
    """Whether it asks for the report's parts, turn by turn."""
    return request.what == "report" and first_name(request) == "turn"


def parts_by(script: Script) -> Script:
    """The report's parts come by `script`, all else smoothly."""
    return lambda request: (script if is_parts(request) else smoothly)(request)


def text_by(script: Script) -> Script:
    """The report's text comes by `script`, all else smoothly."""
    return lambda request: (
        script if request.what == "report" and not is_parts(request) else smoothly
    )(request)


def of_report(play: Play) -> list[Output]:
    return [output for output in play.outputs if output.work == Work("report", None)]
