"""Lets models give a reply of this folder in an interview, and tells what becomes of it.

Models that are `stubborn` say the same to whatever is asked of them for that task, again and again;
others do so once, and then what they are asked for.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import cache

from protocol.documents import DocumentKind, Profile
from protocol.draft import State
from protocol.effects import (
    Began,
    Delta,
    Failed,
    Noticed,
    Output,
    QuestionBegan,
    Reported,
    Scored,
    Work,
)
from realtime.interviewer.instructions import Detector, Found
from realtime.interviewer.leading.conversation import ModelConversation, ModelInterviewer
from realtime.interviewer.leading.profiling import ModelProfiler
from realtime.interviewer.leading.prompting import load_prompts
from realtime.interviewer.leading.reply import Means
from realtime.interviewer.leading.scene import Kit
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from realtime.interviewer.offline.library import load_library
from realtime.interviewer.request import Request, Speaking, Told
from realtime.interviewers import ByRules
from realtime.ports import InterviewerError, Paper
from tests.realtime.interviewer.leading.answering import (
    MODEL,
    Script,
    ScriptedModels,
    Step,
    sensible,
)
from tests.realtime.interviewer.play import StillClock
from tests.realtime.interviewer.replies.prompts import KEY, Place, Shelf, state, told
from tests.realtime.interviewer.replies.replies import RawReply

_PIECE = 24
_TURNS = re.compile(r"^@@\w+ turn ", re.MULTILINE)


@dataclass(slots=True)
class Outcome:
    """What came of some works. `prompts`: the last message of each request. `by_rules`: of the
    document a model told nothing that holds.
    """

    outputs: list[Output] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    prompts: list[str] = field(default_factory=list)
    profile: Profile | None = None
    by_rules: bool = False
    error: InterviewerError | None = None

    @property
    def notices(self) -> list[str]:
        return [each.code for each in self.outputs if isinstance(each, Noticed)]

    @property
    def offline(self) -> bool:
        """Whether the offline interviewer went on."""
        return "interviewer_offline" in self.notices

    @property
    def scored(self) -> Scored | None:
        return next((each for each in self.outputs if isinstance(each, Scored)), None)

    @property
    def reported(self) -> Reported | None:
        return next((each for each in self.outputs if isinstance(each, Reported)), None)

    @property
    def question(self) -> QuestionBegan | None:
        """The one that was put in the end."""
        put = [each for each in self.outputs if isinstance(each, QuestionBegan)]
        return put[-1] if put else None

    def stream(self, what: str) -> str:
        """The text of a work that stands in the end."""
        text = ""
        for each in self.outputs:
            if each.work.what != what:
                continue
            if isinstance(each, Began | QuestionBegan | Failed):
                text = ""
            elif isinstance(each, Delta):
                text += each.text
        return text

    def told(self) -> Iterator[str]:
        """All that a candidate gets to see; texts that were void soon after, too."""
        streams: list[str] = []
        for each in self.outputs:
            match each:
                case Began():
                    streams.append("")
                case QuestionBegan():
                    streams.append("")
                    yield each.topic
                case Delta():
                    streams[-1] += each.text
                case Scored():
                    yield each.reason or ""
                    for score in each.scores or ():
                        yield from (score.competency, *score.evidence)
                case Reported():
                    yield from _of_report(each)
        yield from streams
        if self.profile is not None:
            yield from _of_profile(self.profile)


def _of_report(reported: Reported) -> Iterator[str]:
    report = reported.report
    yield from (*report.strengths, *report.improvements)
    for turn in report.turns:
        yield from (turn.summary, turn.better_answer or "")


def _of_profile(profile: Profile) -> Iterator[str]:
    yield from profile.skills
    for entry in (*profile.experience, *profile.projects, *profile.education):
        yield from (entry.title, entry.place, entry.period, entry.detail)


# --- who answers ----------------------------------------------------------------------------------


def piece_by_piece(text: str, *, cut: bool = False) -> Iterator[Step]:
    """The text as a provider may send it."""
    yield Speaking(MODEL)
    yield from (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    yield Told("length" if cut else "stop")


def giving(reply: RawReply, *, stubborn: bool) -> Script:
    """Models that give this reply where it belongs, and else are sensible."""
    given = False

    def script(request: Request) -> Iterator[Step]:
        nonlocal given
        if not is_for(reply.place, request) or (given and not stubborn):
            return piece_by_piece(sensible(request))
        given = True
        return piece_by_piece(reply.text, cut=reply.nature == "cut")

    return script


def is_for(place: Place, request: Request) -> bool:
    """Whether the request is made at that place, or for what its reply also held."""
    task = request.prompt.messages[-1].text.rpartition("</turn>")[2]
    match place.task:
        case "answered":
            return request.what in ("feedback", "question", "scores")
        case "report_turns":
            return request.what == "report" and _TURNS.search(task) is not None
        case "report":
            return request.what == "report" and _TURNS.search(task) is None
        case _:
            return request.what == place.task


# --- the interview --------------------------------------------------------------------------------


class RememberingDetector(Detector):
    """Looks at each text once: tests show it the same documents over and over."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, tuple[Found, ...]] = {}

    def find(self, text: str) -> tuple[Found, ...]:
        if text not in self._known:
            self._known[text] = super().find(text)
        return self._known[text]


@cache
def base() -> Kit:
    """What interviews share. The key is always the one that the replies were written with."""
    means = Means(ScriptedModels(), lambda: KEY, StillClock())
    return Kit(means, load_prompts(), load_library(), RememberingDetector())


def kit_of(models: ScriptedModels, papers: tuple[Paper, ...], *, last_resort: bool = True) -> Kit:
    kit = base()
    means = replace(kit.means, models=models)
    offline = OfflineInterviewer(StillClock(), library=kit.library) if last_resort else None
    return replace(kit, means=means, offline=offline, shelf=Shelf(papers))


@cache
def outcome(reply: RawReply, *, stubborn: bool, last_resort: bool = True) -> Outcome:
    """What comes of the reply."""
    place, papers = reply.place, told(reply.language).papers()
    models = ScriptedModels(giving(reply, stubborn=stubborn))
    kit = kit_of(models, papers, last_resort=last_resort)
    if place.work is None or place.state is None:
        return asyncio.run(profiled(kit, models, papers[place.number - 1]))
    return asyncio.run(performed(kit, models, works_of(place, place.work, place.state)))


def works_of(place: Place, work: Work, now: State) -> Sequence[tuple[Work, State]]:
    """The works that a reply at this place serves."""
    if place.task == "answered":
        assert work.turn is not None
        following = Work("question", work.turn + 1)
        return (work, now), (following, now), (Work("scores", work.turn), now)
    if place.task == "plan":
        # What was planned is asked about once there are answers.
        return (work, now), (Work("question", 3), state(place.language, 2, feedback="end"))
    return ((work, now),)


class _Rules(ByRules):
    """`asked`: whether they had to do it."""

    asked = False

    async def profile(self, user_id: str, kind: DocumentKind, text: str) -> Profile:
        self.asked = True
        return await super().profile(user_id, kind, text)


async def profiled(kit: Kit, models: ScriptedModels, paper: Paper) -> Outcome:
    made, rules = Outcome(), _Rules()
    made.profile = await ModelProfiler(kit, rules).profile("u", paper.kind, paper.text)
    made.by_rules = rules.asked
    _note_requests(models, made)
    return made


async def performed(
    kit: Kit, models: ScriptedModels, works: Iterable[tuple[Work, State]]
) -> Outcome:
    """What a conversation makes of these works, up to the first that fails for good."""
    made = Outcome()
    conversation = ModelInterviewer(kit).converse("u", "iv")
    try:
        for work, now in works:
            await _perform(conversation, work, now, made)
    except InterviewerError as error:
        made.error = error
    finally:
        await conversation.aclose()
    _note_requests(models, made)
    return made


async def _perform(conversation: ModelConversation, work: Work, now: State, made: Outcome) -> None:
    async with aclosing(conversation.perform(work, now)) as outputs:
        async for output in outputs:
            made.outputs.append(output)
    # A plan is made beside a question.
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)


def _note_requests(models: ScriptedModels, made: Outcome) -> None:
    made.requests = Counter(request.what for request in models.requests)
    made.prompts = [request.prompt.messages[-1].text for request in models.requests]


# --- what of a reply was told ---------------------------------------------------------------------

_WORD = re.compile(r"\w+")
# What both may say by chance, in words.
_BY_CHANCE = 3


def told_of(reply: RawReply) -> list[str]:
    """What of a stubborn model's reply the candidate is told in the end."""
    made, raw = outcome(reply, stubborn=True), _words(reply.text)
    texts = [made.stream(what) for what in ("feedback", "question", "hint", "report")]
    if reply.task == "report_turns":
        texts += made.told()
    return [text for text in texts if _words(text).count(" ") >= _BY_CHANCE and _words(text) in raw]


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
