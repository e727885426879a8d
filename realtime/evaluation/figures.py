"""The figures of a measurement: pure arithmetic over its samples."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from realtime.evaluation.cases import PROMPTS, Prompt
from realtime.evaluation.listening import Heard
from realtime.evaluation.runs import Sample
from realtime.interviewer.offline.text import sentences
from realtime.ports import RequestRecord

# As the prompt asks for it, in sentences.
FEWEST_SENTENCES, MOST_SENTENCES = 3, 5
SCORING: tuple[Prompt, ...] = ("answered", "scores")


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the far end of some numbers: half are at most `median`, 95 % at most `p95`."""

    median: float
    p95: float
    most: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why replies couldn't be used, or didn't come, and how often."""

    why: str
    count: int


@dataclass(frozen=True, slots=True)
class PromptFigures:
    """Of a prompt. `samples` is the sum of `whole`, `repaired` and `given_up`.

    `requests`: to the interviewer's one model, repeated ones included. Times are of replies that
    came to their end, from the request on, without waits for a budget. `cost_micro_usd`: null where
    no price is known.
    """

    prompt: Prompt
    samples: int
    whole: int
    repaired: int
    given_up: int
    reasons: tuple[Reason, ...]
    requests: int
    first_token_ms: Spread | None
    end_ms: Spread | None
    output_tokens: Spread | None
    sent_tokens: int
    cached_tokens: int
    received_tokens: int
    estimated: bool
    cost_micro_usd: int | None


@dataclass(frozen=True, slots=True)
class CompetencySpread:
    """How far apart the scores of one answer are, over the answers that were scored at least twice.

    `deviation`: their standard deviation (of a sample, n - 1), the mean over the answers. `widest`:
    the largest difference of two scores of one answer. `alike`: of how many answers all scores were
    the same.
    """

    competency: str
    answers: int
    deviation: float
    widest: int
    alike: int


@dataclass(frozen=True, slots=True)
class ScoreFigures:
    """Of the scores that a prompt brought. `unsupported`: those without a quote that stands in the
    answer. `unscored`: how many answers the model left so, with a reason. `strong`, `weak`: the
    mean score of answers that are meant to be so; null: there is none.
    """

    prompt: Prompt
    scores: int
    unsupported: int
    unscored: int
    quotes_given: int
    quotes_verified: int
    quotes_dropped: int
    strong: float | None
    weak: float | None
    spread: tuple[CompetencySpread, ...]


@dataclass(frozen=True, slots=True)
class TextFigures:
    """How long texts are: feedback in sentences, questions in words (what stands between blanks).
    `fitting`: how many feedbacks have as many sentences as they are to have.
    """

    feedbacks: int
    fitting: int
    sentences: Spread | None
    questions: int
    words: Spread | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them, prompts in the order in which an interview makes them."""

    prompts: tuple[PromptFigures, ...]
    scores: tuple[ScoreFigures, ...]
    texts: TextFigures


def figures(samples: Sequence[Sample]) -> Figures:
    """What the samples come to."""
    by_prompt = {
        prompt: [sample for sample in samples if sample.prompt == prompt] for prompt in PROMPTS
    }
    return Figures(
        tuple(_prompt(prompt, of) for prompt, of in by_prompt.items() if of),
        tuple(_scores(prompt, by_prompt[prompt]) for prompt in SCORING if by_prompt[prompt]),
        _texts(samples),
    )


def spread(values: Iterable[float]) -> Spread | None:
    """Null: there are no values. The 95th percentile is by the nearest rank."""
    ordered = sorted(values)
    if not ordered:
        return None
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return Spread(median(ordered), p95, ordered[-1])


# --- prompts --------------------------------------------------------------------------------------


def _prompt(prompt: Prompt, samples: Sequence[Sample]) -> PromptFigures:
    outcomes = Counter(sample.outcome for sample in samples)
    heard = [each for sample in samples for each in sample.heard]
    reasons = Counter(why for each in heard if (why := _why(each)) is not None)
    records = [record for each in heard for record in each.records]
    ended = [record for record in records if record.outcome in ("stop", "length")]
    return PromptFigures(
        prompt,
        len(samples),
        outcomes["whole"],
        outcomes["repaired"],
        outcomes["given_up"],
        tuple(Reason(why, count) for why, count in reasons.most_common()),
        len(records),
        spread(each.first_token_ms for each in ended if each.first_token_ms is not None),
        spread(each.duration_ms for each in ended),
        spread(each.output_tokens for each in ended),
        sum(each.input_tokens for each in records),
        sum(each.cached_tokens for each in records),
        sum(each.output_tokens for each in records),
        any(each.estimated for each in records),
        cost(records),
    )


def _why(heard: Heard) -> str | None:
    """What was wrong with a reply, or why there was none."""
    if heard.unfit is None and heard.refusal is not None:
        outcomes = [record.outcome for record in heard.records]
        return f"no answer: {outcomes[-1] if outcomes else heard.refusal}"
    return heard.unfit


def cost(records: Iterable[RequestRecord]) -> int | None:
    """In millionths of a US dollar; null: of none of them is a price known."""
    known = [each.cost_micro_usd for each in records if each.cost_micro_usd is not None]
    return sum(known) if known else None


# --- scores ---------------------------------------------------------------------------------------


def _scores(prompt: Prompt, samples: Sequence[Sample]) -> ScoreFigures:
    scores = [score for sample in samples for score in sample.scores.values()]
    return ScoreFigures(
        prompt,
        len(scores),
        sum(not score.supported for score in scores),
        sum(sample.unscored is not None for sample in samples),
        sum(sample.quotes.given for sample in samples),
        sum(sample.quotes.verified for sample in samples),
        sum(sample.quotes.dropped for sample in samples),
        _mean(samples, strong=True),
        _mean(samples, strong=False),
        tuple(_spreads(samples)),
    )


def _mean(samples: Sequence[Sample], *, strong: bool) -> float | None:
    chosen = [
        score.score
        for sample in samples
        if sample.strong is strong
        for score in sample.scores.values()
    ]
    return fmean(chosen) if chosen else None


def _spreads(samples: Sequence[Sample]) -> list[CompetencySpread]:
    """By competency, in the order of the rubric."""
    given: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        for competency, score in sample.scores.items():
            given[competency][sample.case].append(score.score)
    repeated = {
        competency: [scores for scores in answers.values() if len(scores) > 1]
        for competency, answers in given.items()
    }
    return [
        CompetencySpread(
            competency,
            len(answers),
            fmean(map(stdev, answers)),
            max(max(scores) - min(scores) for scores in answers),
            sum(len(set(scores)) == 1 for scores in answers),
        )
        for competency, answers in repeated.items()
        if answers
    ]


# --- texts ----------------------------------------------------------------------------------------


def _texts(samples: Sequence[Sample]) -> TextFigures:
    feedbacks = [
        len(sentences(sample.text))
        for sample in samples
        if sample.prompt == "answered" and sample.text
    ]
    questions = [len(sample.question.split()) for sample in samples if sample.question]
    return TextFigures(
        len(feedbacks),
        sum(FEWEST_SENTENCES <= count <= MOST_SENTENCES for count in feedbacks),
        spread(feedbacks),
        len(questions),
        spread(questions),
    )
