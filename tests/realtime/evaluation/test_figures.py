"""The arithmetic of a measurement."""

from dataclasses import replace

import pytest

from protocol.view import Score
from realtime.evaluation.cases import Prompt
from realtime.evaluation.figures import Reason, Spread, cost, figures, spread
from realtime.evaluation.listening import Heard
from realtime.evaluation.quotes import Quotes
from realtime.evaluation.runs import Outcome, Sample
from realtime.ports import RequestRecord

RECORD = RequestRecord(
    *("u", "i", 1, "feedback", 0, "openai", "m", "stop"),
    input_tokens=100,
    cached_tokens=60,
    output_tokens=20,
    estimated=False,
    cost_micro_usd=7,
    first_token_ms=300,
    duration_ms=900,
    at=0,
)


def heard(*records: RequestRecord, unfit: str | None = None, refusal: str | None = None) -> Heard:
    return Heard("answered", "k", "feedback", "", unfit, refusal, records)


def sample(prompt: Prompt, outcome: Outcome = "whole", *requests: Heard) -> Sample:
    return Sample(prompt, f"{prompt}-en-1", 1, outcome, requests)


def scored(case: str, strong: bool, **scores: int) -> Sample:
    given = {name: Score(name, score, 5, ("x",)) for name, score in scores.items()}
    return replace(sample("scores"), case=case, strong=strong, scores=given)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], None),
        ([3], Spread(3, 3, 3)),
        ([4, 1], Spread(2.5, 4, 4)),
        (range(1, 21), Spread(10.5, 19, 20)),
        (range(1, 101), Spread(50.5, 95, 100)),
    ],
)
def test_the_95th_percentile_is_by_the_nearest_rank(
    values: list[float], told: Spread | None
) -> None:
    assert spread(values) == told


def test_requests_are_counted_with_all_that_was_paid() -> None:
    cut = replace(RECORD, outcome="cut", estimated=True, cost_micro_usd=3, duration_ms=100_000)
    slow = replace(RECORD, first_token_ms=500, duration_ms=1_500, output_tokens=40)
    made = figures(
        [
            sample("answered", "whole", heard(RECORD)),
            # A hiccup of the provider is no fault of the reply.
            sample("answered", "whole", heard(cut, slow)),
            sample("answered", "repaired", heard(RECORD, unfit="odd"), heard(RECORD)),
            sample("answered", "given_up", heard(cut, refusal="who knows")),
            sample("answered", "given_up", heard(refusal="the queue is full")),
        ]
    )
    (of,) = made.prompts
    assert (of.samples, of.whole, of.repaired, of.given_up, of.requests) == (5, 2, 1, 2, 6)
    assert of.reasons == (
        Reason("odd", 1),
        Reason("no answer: cut", 1),
        Reason("no answer: the queue is full", 1),
    )
    # Of replies that came to their end alone.
    assert of.first_token_ms == Spread(300, 500, 500)
    assert of.end_ms == Spread(900, 1_500, 1_500)
    assert of.output_tokens == Spread(20, 40, 40)
    assert (of.sent_tokens, of.cached_tokens, of.received_tokens) == (600, 360, 140)
    assert (of.estimated, of.cost_micro_usd) == (True, 34)


def test_a_cost_without_any_price_is_unknown() -> None:
    free = replace(RECORD, cost_micro_usd=None)
    assert cost([]) is None
    assert cost([free, free]) is None
    assert cost([free, RECORD]) == 7


def test_the_spread_of_scores_is_that_of_the_same_answer() -> None:
    made = figures(
        [
            # An answer's scores differ from another's, which is no spread.
            *(scored("a", True, intent=5, structure=score) for score in (2, 4)),
            *(scored("b", False, intent=1, structure=score) for score in (1, 2, 3)),
            # Once is no repetition.
            scored("c", True, intent=3, structure=3),
        ]
    )
    (of,) = made.scores
    intent, structure = of.spread
    assert (intent.competency, intent.answers, intent.deviation) == ("intent", 2, 0)
    assert (intent.widest, intent.alike) == (0, 2)
    # The roots of 2 and of 1, which n - 1 makes of them, and their mean.
    assert structure.deviation == pytest.approx((2**0.5 + 1) / 2)
    assert (structure.answers, structure.widest, structure.alike) == (2, 2, 0)
    assert of.strong == pytest.approx((5 + 2 + 5 + 4 + 3 + 3) / 6)
    assert of.weak == pytest.approx((3 + 1 + 2 + 3) / 6)


def test_quotes_and_scores_are_summed() -> None:
    bare = Score("intent", 4, 5, (), supported=False)
    made = figures(
        [
            replace(scored("a", True, intent=5), quotes=Quotes(4, 3)),
            replace(sample("scores"), scores={"intent": bare}, quotes=Quotes(1, 0)),
            replace(sample("scores"), unscored="Nothing was said."),
        ]
    )
    (of,) = made.scores
    assert (of.scores, of.unsupported, of.unscored) == (2, 1, 1)
    assert (of.quotes_given, of.quotes_verified, of.quotes_dropped) == (5, 3, 2)
    assert of.weak is None


def test_lengths_are_those_of_feedback_and_questions() -> None:
    feedback = "One. Two is 2.5 times as long! Three?"
    made = figures(
        [
            replace(sample("answered"), text=feedback, question="Why so?"),
            replace(sample("answered"), text="한 문장입니다. 그리고 두 문장입니다."),
            replace(sample("question"), question="What came of it at last?"),
            replace(sample("hint"), text="No. Feedback. This. Is. Not."),
        ]
    )
    texts = made.texts
    assert (texts.feedbacks, texts.fitting, texts.sentences) == (2, 1, Spread(2.5, 3, 3))
    assert (texts.questions, texts.words) == (2, Spread(4, 6, 6))


def test_nothing_comes_to_nothing() -> None:
    made = figures([])
    assert (made.prompts, made.scores) == ((), ())
    assert (made.texts.sentences, made.texts.words) == (None, None)
