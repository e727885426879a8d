"""What a model is asked in a measurement, gone through with one that fills in every form."""

from collections import Counter
from collections.abc import AsyncGenerator

import pytest

from realtime.clock import SystemClock
from realtime.evaluation.cases import LANGUAGES, PROMPTS, Prompt, cases, load_script
from realtime.evaluation.listening import Books, Remarks, form_of
from realtime.evaluation.rehearsal import forecast
from realtime.evaluation.runs import Sample, Setting, run
from realtime.interviewer.estimate import prompt_tokens
from realtime.interviewer.instructions import Detector
from realtime.interviewer.leading.prompting import load_prompts
from realtime.interviewer.leading.reply import Means
from realtime.interviewer.leading.scene import Kit
from realtime.interviewer.offline.library import load_library
from realtime.interviewer.request import Answer, Request, Speaking, Told
from realtime.interviewer.rubric import rubric
from tests.emulators.forms import filled
from tests.emulators.interviewing import behind

pytestmark = pytest.mark.anyio


class Obedient:
    """Plays `Models`: fills in every form."""

    names = ("obedient",)

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def ask(self, request: Request) -> AsyncGenerator[Answer, None]:
        self.requests.append(request)
        message = request.prompt.messages[-1].text
        yield Speaking("obedient")
        yield filled(message, lambda blank: behind(blank, message, "en", 1))
        yield Told("stop")


def setting(models: Obedient) -> Setting:
    means = Means(models, lambda: "k7q3mx", SystemClock())
    return Setting(Kit(means, load_prompts(), load_library(), Detector()), Books(), Remarks())


async def taken(models: Obedient, *prompts: Prompt) -> list[Sample]:
    """Samples of the English cases."""
    chosen = cases(("en",), frozenset(prompts), rubric())
    own = setting(models)
    return [sample for case in chosen for sample in await run(own, case, 1)]


def test_both_interviews_have_answers_good_and_bad() -> None:
    for language in LANGUAGES:
        turns = load_script(language).turns
        assert Counter(turn.strong for turn in turns) == {True: 2, False: 2}
        assert len({turn.question for turn in turns}) == len(turns)


def test_names_tell_cases_apart() -> None:
    every = cases(LANGUAGES, frozenset(PROMPTS), rubric())
    assert len({case.name for case in every}) == len(every)
    assert {prompt for case in every for prompt in case.prompts} == set(PROMPTS)


async def test_a_request_tells_which_prompt_it_is() -> None:
    models = Obedient()
    samples = await taken(models, *PROMPTS)
    told = Counter(form_of(request)[0] for request in models.requests)
    assert told == {
        "plan": 1,
        "question": 3,
        "hint": 2,
        "answered": 4,
        "scores": 4,
        "report": 2,
        "report_turns": 2,
        "profile": 2,
    }
    assert told == Counter(sample.prompt for sample in samples)
    assert {form_of(request)[1] for request in models.requests} == {"k7q3mx"}


async def test_what_isnt_wanted_isnt_asked() -> None:
    models = Obedient()
    samples = await taken(models, "question", "report_turns")
    assert [sample.prompt for sample in samples] == [*["question"] * 3, *["report_turns"] * 2]
    # The report's parts are asked for once its text is there.
    told = Counter(form_of(request)[0] for request in models.requests)
    assert told == {"question": 3, "report": 2, "report_turns": 2}


async def test_samples_hold_what_candidates_get() -> None:
    models = Obedient()
    by_case = {sample.case: sample for sample in await taken(models, "answered", "hint")}
    first, last = by_case["answered-en-1"], by_case["answered-en-4"]
    assert first.text
    assert first.question
    assert [*first.scores] == [standard.id for standard in rubric().languages["en"]]
    assert all(score.evidence for score in first.scores.values())
    assert first.quotes.given == first.quotes.verified == len(first.scores)
    assert (first.strong, last.strong) == (True, False)
    assert last.question is None
    assert "@@" not in first.text + first.question
    assert first.heard[0].text.startswith("@@k7q3mx feedback")
    assert by_case["hint-en-1"].text
    assert by_case["hint-en-1"].scores == {}


async def test_the_forecast_is_what_is_asked_if_all_goes_well() -> None:
    models = Obedient()
    own = setting(models)
    chosen = cases(("en",), frozenset(PROMPTS), rubric())
    expected = await forecast(own, chosen, 3)
    assert models.requests == []
    for case in chosen:
        await run(own, case, 1)
    assert expected.requests == 3 * len(models.requests)
    sent = 3 * sum(prompt_tokens(request.prompt) for request in models.requests)
    assert expected.usage.input_tokens == pytest.approx(sent, rel=0.05)
    most = 3 * sum(request.prompt.max_tokens for request in models.requests)
    assert expected.usage.output_tokens == pytest.approx(most / 2, abs=1)
