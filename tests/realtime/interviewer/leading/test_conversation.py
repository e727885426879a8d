"""The interviewer over models: the contract, and whole interviews in which models fail."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import get_args

import pytest

from protocol.agenda import wanted
from protocol.commands import AnswerSubmit, InterviewStart
from protocol.effects import (
    Began,
    Delayed,
    Delta,
    Ended,
    Failed,
    Noticed,
    Output,
    QuestionBegan,
    Reported,
    Scored,
    Work,
    WorkKind,
)
from protocol.interview import Rules, decide
from protocol.progress import receive
from protocol.view import Config, FeedbackMode, Language
from realtime.interviewer.leading.conversation import ModelInterviewer
from realtime.interviewer.leading.prompting import Prompts
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from realtime.interviewer.offline.library import Library
from realtime.interviewer.request import Broken, NoAnswer, Refusal, Request, Speaking, Told, Waiting
from realtime.ports import Conversation, InterviewerError
from tests.realtime.interviewer.contract import CONTRACT, GOOD, POOR, Check, config_in
from tests.realtime.interviewer.leading.answering import (
    MODEL,
    OTHER,
    Script,
    ScriptedModels,
    Step,
    broken_in_the_middle,
    prompt_of,
    refused,
    refused_in_the_middle,
    sensible,
    smoothly,
    spoken,
)
from tests.realtime.interviewer.play import Play, StillClock, new_interview

pytestmark = pytest.mark.anyio

LANGUAGES: tuple[Language, ...] = get_args(Language)
WORKS: tuple[WorkKind, ...] = ("question", "feedback", "scores", "hint", "report")

each_language = pytest.mark.parametrize("language", LANGUAGES)
each_work = pytest.mark.parametrize("what", WORKS)

Make = Callable[..., ModelInterviewer]


@pytest.fixture
def make(library: Library, prompts: Mapping[Language, Prompts]) -> Make:
    def made(models: ScriptedModels, *, last_resort: bool = True) -> ModelInterviewer:
        offline = OfflineInterviewer(StillClock(), library=library) if last_resort else None
        return ModelInterviewer(models, prompts, library, offline)

    return made


@each_language
@pytest.mark.parametrize("script", [smoothly, broken_in_the_middle], ids=lambda each: each.__name__)
@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__)
async def test_keeps_the_contract(
    check: Check, script: Script, language: Language, make: Make
) -> None:
    models = ScriptedModels(script)
    await check(make(models), language)
    assert models.open == 0


# --- whole interviews -----------------------------------------------------------------------------


class Whole:
    """An interview through one conversation, as an actor would have it, until its report."""

    def __init__(self, conversation: Conversation, config: Config) -> None:
        self._conversation = conversation
        self.state = new_interview(config)
        self.outputs: list[Output] = []

    async def play(self, answers: Sequence[str]) -> None:
        await self._do(InterviewStart("start"))
        given = 0
        while (turn := self.state.view.interview.current) and not turn.has_outcome:
            await self._do(AnswerSubmit(f"a{given}", turn.turn, answers[given % len(answers)]))
            given += 1
        await self._conversation.aclose()

    async def _do(self, command: InterviewStart | AnswerSubmit) -> None:
        self.state = decide(self.state, command, 0, Rules()).state
        while due := wanted(self.state):
            async with aclosing(self._conversation.perform(due[0], self.state)) as outputs:
                async for output in outputs:
                    self.outputs.append(output)
                    self.state = receive(self.state, output, 0).state

    def of(self, what: WorkKind) -> list[Output]:
        return [output for output in self.outputs if output.work.what == what]


def failing_at(what: WorkKind, script: Script) -> Script:
    return lambda request: (script if request.work.what == what else smoothly)(request)


def assert_in_order(outputs: Sequence[Output]) -> None:
    """The order of `realtime/ports.py`, work by work: nothing but deltas within a stream, each
    stream ended once, notices outside of streams.
    """
    opened: dict[Work, bool] = {}
    for output in outputs:
        work = output.work
        match output:
            case Began() | QuestionBegan():
                assert not opened.get(work)
                opened[work] = True
            case Delta():
                assert opened[work]
                assert output.text
            case Ended() | Reported():
                assert opened.pop(work)
            case Failed():
                opened[work] = False
            case Noticed() | Delayed():
                assert not opened.get(work)
            case Scored():
                assert work.what == "scores"
    assert not any(opened.values())


async def played(interviewer: ModelInterviewer, config: Config) -> Whole:
    whole = Whole(interviewer.converse("u-1", "iv-1"), config)
    await whole.play((GOOD[config.language], POOR[config.language]))
    return whole


BAD: dict[str, Script] = {
    "broken in the middle": broken_in_the_middle,
    "no answer": refused("failing"),
    "no answer after a beginning": refused_in_the_middle,
    "busy": refused("busy"),
    "spent": refused("spent"),
    "nothing but blanks": lambda _: spoken("  \n "),
    "not a word": lambda _: [Speaking(MODEL), Told("stop")],
    "withheld": lambda _: [Speaking(MODEL), Told("filtered")],
    "no JSON": lambda _: spoken("I'd rather not say."),
    "other JSON": lambda _: spoken('{"scores": 3, "turns": {}}'),
    "nested": lambda _: spoken('{"scores":' + "[" * 5_000),
    "endless": lambda _: [Speaking(MODEL), *["word "] * 6_000, Told("length")],
    "waiting": lambda request: [Waiting("rate_limited", 900), *spoken(sensible(request))],
}


@each_language
@each_work
@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("feedback", get_args(FeedbackMode))
async def test_every_fault_at_every_work_leads_to_a_report(
    fault: str, what: WorkKind, feedback: FeedbackMode, language: Language, make: Make
) -> None:
    models = ScriptedModels(failing_at(what, BAD[fault]))
    whole = await played(make(models), replace(config_in(language), feedback=feedback))
    interview = whole.state.view.interview
    assert interview.phase == "finished"
    assert interview.failed is None
    assert all(turn.question and turn.question.strip() for turn in interview.turns)
    assert_in_order(whole.outputs)
    assert models.open == 0


@each_language
async def test_a_whole_interview_that_always_breaks_ends_as_one_that_never_does(
    language: Language, make: Make
) -> None:
    smooth = await played(make(ScriptedModels()), config_in(language))
    broken = await played(make(ScriptedModels(broken_in_the_middle)), config_in(language))
    assert broken.state.view.interview == smooth.state.view.interview
    assert any(isinstance(output, Failed) for output in broken.outputs)
    assert not any(isinstance(output, Noticed) for output in broken.outputs)


# --- what comes of an answer ----------------------------------------------------------------------


async def test_waiting_is_told_and_the_model_named(make: Make) -> None:
    script = failing_at("feedback", BAD["waiting"])
    whole = await played(make(ScriptedModels(script)), config_in("en"))
    delayed, began, *_ = whole.of("feedback")
    work = Work("feedback", 1)
    assert (delayed, began) == (Delayed(work, "rate_limited", 900), Began(work, MODEL))


async def test_a_stream_that_breaks_begins_again_with_the_next_model(make: Make) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield Speaking(OTHER)
        yield "You did "
        yield Broken()
        yield Waiting("failover", 10)
        yield Speaking(MODEL)
        yield "You did well."
        yield Told("stop")

    models = ScriptedModels(failing_at("feedback", script))
    whole = await played(make(models), replace(config_in("en"), questions=1, follow_ups=0))
    kinds = [type(output) for output in whole.of("feedback")]
    assert kinds == [Began, Delta, Failed, Delayed, Began, Delta, Ended]
    assert whole.state.view.interview.turns[0].feedback[0].text == "You did well."
    assert whole.state.view.interview.turns[0].feedback[0].model == MODEL


async def test_what_breaks_before_a_word_is_no_failure(make: Make) -> None:
    def script(request: Request) -> Iterator[Step]:
        yield Speaking(OTHER)
        yield "  "
        yield Broken()
        yield from spoken("You did well.")

    whole = await played(make(ScriptedModels(failing_at("feedback", script))), config_in("en"))
    assert not any(isinstance(output, Failed) for output in whole.outputs)


async def test_a_text_that_is_cut_says_so(make: Make) -> None:
    script: Script = lambda _: [Speaking(MODEL), "And then you", Told("length")]  # noqa: E731
    whole = await played(make(ScriptedModels(failing_at("feedback", script))), config_in("en"))
    assert whole.state.view.interview.turns[0].feedback[0].text == "And then you…"


async def test_what_is_endless_is_cut_and_closed(make: Make) -> None:
    models = ScriptedModels(failing_at("feedback", BAD["endless"]))
    whole = await played(make(models), config_in("en"))
    text = whole.state.view.interview.turns[0].feedback[0].text
    assert len(text) <= 700 * 8 + 1
    assert models.open == 0


@pytest.mark.parametrize("what", ["feedback", "scores"])
async def test_what_is_endless_is_not_read_on(what: WorkKind, make: Make) -> None:
    taken = 0

    def script(request: Request) -> Iterator[Step]:
        nonlocal taken
        yield Speaking(MODEL)
        while taken < 50_000:
            taken += 1
            yield "word "

    play = Play(make(ScriptedModels(failing_at(what, script))), new_interview(config_in("en")))
    await play.start()
    await play.answer(GOOD["en"])
    assert taken < 10_000


async def test_a_whole_sentence_needs_no_mark_of_being_cut(make: Make) -> None:
    script: Script = lambda _: [Speaking(MODEL), "And then.", Told("length")]  # noqa: E731
    whole = await played(make(ScriptedModels(failing_at("feedback", script))), config_in("en"))
    assert whole.state.view.interview.turns[0].feedback[0].text == "And then."


async def test_what_was_void_already_fails_once(make: Make) -> None:
    models = ScriptedModels(failing_at("feedback", refused_in_the_middle))
    whole = await played(make(models), replace(config_in("en"), questions=1, follow_ups=0))
    kinds = [type(output) for output in whole.of("feedback")]
    assert kinds[:5] == [Began, Delta, Failed, Noticed, Began]
    assert kinds.count(Failed) == 1


async def test_listed_questions_need_no_model(make: Make) -> None:
    models = ScriptedModels()
    config = replace(config_in("en"), question_list=("Why?", "How?"), follow_ups=0)
    whole = await played(make(models), config)
    assert [turn.question for turn in whole.state.view.interview.turns] == ["Why?", "How?"]
    assert not any(request.work.what == "question" for request in models.requests)


async def test_a_hint_is_asked_for_with_those_before(make: Make) -> None:
    models = ScriptedModels()
    play = Play(make(models), new_interview(config_in("en")))
    await play.start()
    first = await play.hint()
    await play.hint()
    assert first not in prompt_of(models.requests[-2])
    assert first in prompt_of(models.requests[-1])


async def test_requests_say_whose_they_are(make: Make) -> None:
    models = ScriptedModels()
    await played(make(models), config_in("en"))
    assert {(each.user_id, each.interview_id) for each in models.requests} == {("u-1", "iv-1")}


@pytest.mark.parametrize("what", ["rival", "transcript"])
async def test_it_refuses_what_it_is_never_asked_for(what: WorkKind, make: Make) -> None:
    conversation = make(ScriptedModels()).converse("u-1", "iv-1")
    state = new_interview(config_in("en"))
    with pytest.raises(ValueError, match=what):
        await anext(conversation.perform(Work(what, 1), state))


# --- the last resort ------------------------------------------------------------------------------


@each_language
@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("failing", "interviewer_offline"),
        ("busy", "interviewer_offline"),
        ("spent", "cost_limit"),
    ],
)
async def test_the_candidate_is_told_once_who_goes_on(
    refusal: Refusal, code: str, language: Language, make: Make, prompts: Mapping[Language, Prompts]
) -> None:
    whole = await played(make(ScriptedModels(refused(refusal))), config_in(language))
    (notice,) = (output for output in whole.outputs if isinstance(output, Noticed))
    assert whole.outputs[0] == notice == Noticed(Work("question", 1), code, notice.message)
    assert notice.message in prompts[language].words.notice.values()


async def test_each_cause_is_told_of(make: Make) -> None:
    script = failing_at("scores", refused("spent"))
    models = ScriptedModels(
        lambda request: (
            refused("failing")(request) if request.work.what == "question" else script(request)
        )
    )
    whole = await played(make(models), config_in("en"))
    codes = [output.code for output in whole.outputs if isinstance(output, Noticed)]
    assert codes == ["interviewer_offline", "cost_limit"]


async def test_models_are_asked_again_after_an_outage(make: Make) -> None:
    def script(request: Request) -> Iterator[Step]:
        if request.work == Work("question", 1):
            yield NoAnswer("failing", "none")
        yield from smoothly(request)

    config = replace(config_in("en"), questions=3, follow_ups=0)
    whole = await played(make(ScriptedModels(script)), config)
    turns = whole.state.view.interview.turns
    assert [("in part" in (turn.question or "")) for turn in turns] == [False, True, True]
    assert len({turn.topic for turn in turns}) == 3


@pytest.mark.parametrize(
    ("refusal", "code"),
    [("failing", "model_unavailable"), ("busy", "rate_limited"), ("spent", "cost_limit")],
)
@each_language
@each_work
async def test_without_a_last_resort_the_work_fails(
    what: WorkKind, refusal: Refusal, code: str, language: Language, make: Make
) -> None:
    play = Play(make(ScriptedModels()), new_interview(config_in(language)))
    await play.start(works=what != "question")
    if what != "question":
        await play.answer(GOOD[language])
    turn = None if what == "report" else 1
    conversation = make(ScriptedModels(refused(refusal)), last_resort=False).converse("u", "iv-1")
    with pytest.raises(InterviewerError) as caught:
        async for _ in conversation.perform(Work(what, turn), play.state):
            pass
    assert (caught.value.code, caught.value.retryable) == (code, True)
    assert caught.value.message
    await conversation.aclose()
