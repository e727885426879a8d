"""Scores stand on the answer's own words, or they aren't told."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import pytest

from protocol.effects import Delayed, Output, Scored, Work
from protocol.view import Config, Language, Turn
from realtime.interviewer.leading.criteria import Criterion
from realtime.interviewer.leading.evidence import Evidence
from realtime.interviewer.leading.judging import ScoreSaid, backed_scores, judgeable, score
from realtime.interviewer.leading.prompting import Prompts
from realtime.interviewer.leading.scene import Kit, Scene
from realtime.interviewer.offline.library import Library
from realtime.interviewer.request import NoAnswer, Request, Waiting
from tests.realtime.interviewer.contract import GOOD
from tests.realtime.interviewer.leading.answering import (
    ScriptedModels,
    Step,
    prompt_of,
    spoken,
    task_of,
)
from tests.realtime.interviewer.play import new_interview

pytestmark = pytest.mark.anyio

WORK = Work("scores", 1)
ANSWER = GOOD["en"]
IDS = ("relevance", "structure", "specificity", "ownership", "communication")
LANGUAGES: tuple[Language, ...] = get_args(Language)

TwoIn = tuple[Criterion, Criterion]


@pytest.fixture
def kit(library: Library, prompts: Mapping[Language, Prompts]) -> Kit:
    return Kit(ScriptedModels(), prompts, library, None)


def scene_of(kit: Kit, models: ScriptedModels, answer: str, language: Language = "en") -> Scene:
    state = new_interview(Config(role="backend", language=language))
    turn = Turn(1, 1, "main", "work", None, question="What did you do?", answer=answer)
    interview = replace(state.view.interview, turns=(turn,), phase="evaluating")
    state = replace(state, view=replace(state.view, interview=interview))
    return Scene("u-1", WORK, state, replace(kit, models=models))


def replying(*texts: str) -> ScriptedModels:
    """Models that say these one after the other, and then no more."""
    left = list(texts)

    def script(request: Request) -> Iterator[Step]:
        if not left:
            yield NoAnswer("failing", "no more")
        yield from spoken(left.pop(0))

    return ScriptedModels(script)


def said(changes: Mapping[str, Any] | None = None, *, ids: Sequence[str] = IDS) -> str:
    """A reply in which all is well, but for `changes` by competency."""
    given: dict[str, Any] = {
        each: {"competency": each, "score": 3, "evidence": ["I added tracing"]} for each in ids
    }
    for name, change in (changes or {}).items():
        given[name] = {**given[name], **change}
    return json.dumps({"reason": "", "scores": [*given.values()]})


async def outputs_of(scene: Scene) -> list[Output]:
    return [output async for output in score(scene)]


async def scored(scene: Scene) -> Scored:
    *_, last = await outputs_of(scene)
    assert isinstance(last, Scored)
    return last


async def test_scores_have_the_rubrics_names_and_the_answers_words(kit: Kit) -> None:
    models = replying(said({"ownership": {"evidence": ["“i ADDED   tracing…”", "I added a cat"]}}))
    (output,) = await outputs_of(scene_of(kit, models, ANSWER))
    assert isinstance(output, Scored)
    names = [each.name for each in kit.library.rubric.languages["en"]]
    assert [each.competency for each in output.scores or ()] == names
    assert all(each.evidence == ("I added tracing",) for each in output.scores or ())
    assert len(models.requests) == 1


WRONG: dict[str, str] = {
    "out of range": said({"structure": {"score": 7}}),
    "below": said({"structure": {"score": -1}}),
    "a fraction": said({"structure": {"score": 2.5}}),
    "a word": said({"structure": {"score": "four"}}),
    "no list": '{"reason": "", "scores": {}}',
    "nothing": "",
    "prose": "I would give it a four.",
    "half": said()[:90],
    "neither": '{"reason": "", "scores": []}',
    "deep": '{"scores": ' + "[" * 3_000 + "]" * 3_000 + "}",
    "a lone surrogate": '{"reason": "\\ud800", "scores": 1}',
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_wrong_is_asked_for_once_more(wrong: str, kit: Kit) -> None:
    models = replying(WRONG[wrong], said())
    output = await scored(scene_of(kit, models, ANSWER))
    assert output.scores is not None
    first, second = map(task_of, models.requests)
    assert second.startswith(first)
    assert second != first


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_wrong_twice_has_a_reason(wrong: str, language: Language, kit: Kit) -> None:
    models = replying(WRONG[wrong], WRONG[wrong])
    output = await scored(scene_of(kit, models, GOOD[language], language))
    words = kit.prompts[language].words.unscored
    assert output == Scored(WORK, None, words.unreadable)
    assert len(models.requests) == 2


async def test_a_fence_around_it_does_no_harm(kit: Kit) -> None:
    models = replying(f"Here it is:\n```json\n{said()}\n```")
    assert (await scored(scene_of(kit, models, ANSWER))).scores is not None
    assert len(models.requests) == 1


async def test_a_score_whose_words_were_not_said_is_asked_for_again(kit: Kit) -> None:
    models = replying(said({"structure": {"evidence": ["I led a team of nine"]}}), said())
    output = await scored(scene_of(kit, models, ANSWER))
    assert len(output.scores or ()) == len(IDS)
    assert "structure" in task_of(models.requests[1])
    assert "team of nine" not in prompt_of(models.requests[1])


async def test_and_left_out_if_they_still_were_not(kit: Kit) -> None:
    bad = said({"structure": {"evidence": ["I led a team of nine"]}})
    output = await scored(scene_of(kit, replying(bad, bad), ANSWER))
    assert len(output.scores or ()) == len(IDS) - 1


async def test_a_second_answer_that_is_no_better_changes_nothing(kit: Kit) -> None:
    bad = said({"structure": {"evidence": []}})
    worse = said({each: {"evidence": []} for each in IDS[:3]})
    output = await scored(scene_of(kit, replying(bad, worse), ANSWER))
    assert len(output.scores or ()) == len(IDS) - 1


async def test_what_was_good_is_kept_when_no_second_answer_comes(kit: Kit) -> None:
    bad = said({"structure": {"evidence": []}})
    output = await scored(scene_of(kit, replying(bad), ANSWER))
    assert len(output.scores or ()) == len(IDS) - 1


async def test_without_any_words_of_the_answer_nothing_is_scored(kit: Kit) -> None:
    bad = said({each: {"evidence": ["I led a team of nine"]} for each in IDS})
    output = await scored(scene_of(kit, replying(bad, bad), ANSWER))
    assert output == Scored(WORK, None, kit.prompts["en"].words.unscored.unbacked)


async def test_a_zero_needs_no_words(kit: Kit) -> None:
    models = replying(said({"ownership": {"score": 0, "evidence": ["I added tracing"]}}))
    scores = (await scored(scene_of(kit, models, ANSWER))).scores or ()
    (zero,) = [each for each in scores if each.score == 0]
    assert zero.evidence == ()


async def test_a_model_may_say_why_it_scores_nothing(kit: Kit) -> None:
    models = replying('{"reason": " **This** was only noise. ", "scores": []}')
    output = await scored(scene_of(kit, models, "hmm hmm hmm"))
    assert output == Scored(WORK, None, "This was only noise.")


async def test_where_nothing_was_said_no_model_is_asked(kit: Kit) -> None:
    models = replying()
    output = await scored(scene_of(kit, models, "… ?!"))
    assert output == Scored(WORK, None, kit.prompts["en"].words.unscored.empty)
    assert models.requests == []
    assert judgeable("O(n)")


async def test_waiting_is_told(kit: Kit) -> None:
    models = ScriptedModels(lambda _: [Waiting("rate_limited", 700), *spoken(said())])
    first, last = await outputs_of(scene_of(kit, models, ANSWER))
    assert first == Delayed(WORK, "rate_limited", 700)
    assert isinstance(last, Scored)


async def test_no_answer_is_for_the_last_resort(kit: Kit) -> None:
    with pytest.raises(NoAnswer):
        await outputs_of(scene_of(kit, replying(), ANSWER))


def test_only_the_first_of_two_scores_counts_and_strangers_do_not() -> None:
    criteria = (Criterion("c1", "Care", "Takes care"), Criterion("c2", "Pace", "Is quick"))
    given = [ScoreSaid("c2", 4, ("added tracing",)), ScoreSaid("c9", 1, ("I",))]
    given += [ScoreSaid("c2", 1, ("added tracing",)), ScoreSaid("c1", 2, ("wrote an index",))]
    read = backed_scores(given, criteria, Evidence(ANSWER))
    assert [(each.competency, each.score) for each in read.value] == [("Care", 2), ("Pace", 4)]
    assert read.doubt is None


def test_a_long_quotation_is_cut_and_still_stands_in_the_answer() -> None:
    answer = "I built it and then we shipped it, " * 40
    (found,) = backed_scores(
        [ScoreSaid("c1", 3, (answer,))], (Criterion("c1", "Care", "-"),), Evidence(answer)
    ).value
    assert len(found.evidence[0]) <= 300
    assert found.evidence[0] in answer
