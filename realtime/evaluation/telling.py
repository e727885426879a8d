"""What is said of a measurement, before it and after: to people, and as data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from realtime.evaluation.figures import (
    FEWEST_SENTENCES,
    MOST_SENTENCES,
    Figures,
    PromptFigures,
    Spread,
    figures,
)
from realtime.evaluation.measurement import Measurement
from realtime.evaluation.rehearsal import Forecast
from realtime.evaluation.runs import Sample
from realtime.interviewer.routing.prices import Prices

_MICRO = 1_000_000
# Of a prompt, the most frequent reasons that are told.
_MOST_REASONS = 5
_LONGEST_REASON = 120

_Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Record:
    """A measurement as data. `complete`: it wasn't cut off."""

    provider: str
    model: str
    languages: tuple[str, ...]
    repeat: int
    complete: bool
    figures: Figures
    verdict: str
    samples: tuple[Sample, ...]


def announcement(measurement: Measurement, expected: Forecast, listed: Prices) -> str:
    """How many requests it will make, and what about it may cost."""
    model = measurement.model
    said = f"{expected.requests} requests to {model.model} ({model.provider})"
    cost, found = listed.cost(model.model, expected.usage), listed.of(model.model)
    if cost is None or found is None:
        return f"{said}; what they cost isn't known, as no price of it is."
    return (
        f"{said}, about ${cost / _MICRO:.2f} by the prices of {found[1].as_of} if replies are half "
        "as long as they may be; replies that can't be used are asked for again."
    )


def record(measurement: Measurement, *, complete: bool) -> Record:
    """All that was measured."""
    made = figures(measurement.samples)
    return Record(
        measurement.model.provider,
        measurement.model.model,
        measurement.wish.languages,
        measurement.wish.repeat,
        complete,
        made,
        verdict(made, measurement),
        tuple(measurement.samples),
    )


def told(taken: Record) -> str:
    """The figures as tables, and what they come to."""
    made = taken.figures
    parts = [
        f"{taken.model} ({taken.provider}), {' and '.join(taken.languages)}, "
        f"{taken.repeat} times each{'' if taken.complete else ', CUT OFF'}"
    ]
    if made.prompts:
        parts.append(_table(_PROMPT_HEAD, [*map(_prompt, made.prompts), _total(made.prompts)]))
    if reasons := [*_reasons(made.prompts)]:
        parts.append("\n".join(["What was wrong with replies", *reasons]))
    if made.scores:
        parts.append(_table(_SCORE_HEAD, [*_scores(made)]))
    if spreads := [*_spreads(made)]:
        head = "Scores of the same answer, over its repetitions\n"
        parts.append(head + _table(_SPREAD_HEAD, spreads))
    parts += [*_texts(made), taken.verdict]
    return "\n\n".join(parts)


def verdict(made: Figures, measurement: Measurement) -> str:
    """What the figures come to, in words."""
    samples = sum(each.samples for each in made.prompts)
    if not samples:
        return "Nothing was measured."
    whole = sum(each.whole for each in made.prompts)
    repaired = sum(each.repaired for each in made.prompts)
    given_up = sum(each.given_up for each in made.prompts)
    said = [
        f"Of {samples} samples {whole} came whole at once, {repaired} after asking again, "
        f"{given_up} never."
    ]
    given = sum(each.quotes_given for each in made.scores)
    if given:
        verified = sum(each.quotes_verified for each in made.scores)
        said.append(f"Of {given} quotes {verified} stand in the answer ({verified / given:.0%}).")
    spreads = [each for scores in made.scores for each in scores.spread]
    if spreads:
        answers, alike = sum(each.answers for each in spreads), sum(each.alike for each in spreads)
        said.append(
            f"A competency of an answer got the same score each time in {alike} of {answers} cases "
            f"({alike / answers:.0%}); the widest difference was "
            f"{max(each.widest for each in spreads)}."
        )
    count = len(measurement.wish.languages)
    said.append(
        f"This is what the model did with {count} written interview{'s' if count > 1 else ''}; of "
        "others it says nothing, nor whether a score is right."
    )
    return " ".join(said)


# --- tables ---------------------------------------------------------------------------------------

_PROMPT_HEAD = (
    *("prompt", "samples", "whole", "repaired", "given_up", "requests"),
    *("first_token_ms", "end_ms", "reply_tokens", "sent", "cached", "received", "cost_usd"),
)
_SCORE_HEAD = (
    *("prompt", "scores", "unsupported", "unscored", "quotes", "verified", "dropped"),
    *("mean_of_strong", "mean_of_weak"),
)
_SPREAD_HEAD = ("prompt", "competency", "answers", "deviation", "widest", "alike")
# Words are to the left in their columns, numbers to the right.
_WORDS = {"prompt", "competency"}


def _table(head: _Row, rows: Sequence[_Row]) -> str:
    widths = [max(map(len, column)) for column in zip_longest(head, *rows, fillvalue="")]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if name in _WORDS else cell.rjust(width)
            for name, cell, width in zip(head, row, widths, strict=True)
        ).rstrip()
        for row in (head, *rows)
    )


def _prompt(of: PromptFigures) -> _Row:
    """A time or a size is told as its median and its 95th percentile. A tilde marks what was
    counted here, not by the provider.
    """
    mark = "~" if of.estimated else ""
    return (
        of.prompt,
        *map(str, (of.samples, of.whole, of.repaired, of.given_up, of.requests)),
        *map(_spread, (of.first_token_ms, of.end_ms, of.output_tokens)),
        *(f"{mark}{each}" for each in (of.sent_tokens, of.cached_tokens, of.received_tokens)),
        _dollars(of.cost_micro_usd),
    )


def _total(every: Sequence[PromptFigures]) -> _Row:
    mark = "~" if any(each.estimated for each in every) else ""
    costs = [each.cost_micro_usd for each in every if each.cost_micro_usd is not None]
    return (
        "all",
        str(sum(each.samples for each in every)),
        str(sum(each.whole for each in every)),
        str(sum(each.repaired for each in every)),
        str(sum(each.given_up for each in every)),
        str(sum(each.requests for each in every)),
        *("", "", ""),
        f"{mark}{sum(each.sent_tokens for each in every)}",
        f"{mark}{sum(each.cached_tokens for each in every)}",
        f"{mark}{sum(each.received_tokens for each in every)}",
        _dollars(sum(costs) if costs else None),
    )


def _reasons(every: Sequence[PromptFigures]) -> Iterator[str]:
    for of in every:
        for reason in of.reasons[:_MOST_REASONS]:
            why = reason.why
            short = why if len(why) <= _LONGEST_REASON else f"{why[:_LONGEST_REASON]}…"
            yield f"  {of.prompt:12}  {reason.count:3} x {short}"
        if len(of.reasons) > _MOST_REASONS:
            yield f"  {of.prompt:12}  and {len(of.reasons) - _MOST_REASONS} others"


def _scores(made: Figures) -> Iterator[_Row]:
    for of in made.scores:
        counts = (
            *(of.scores, of.unsupported, of.unscored),
            *(of.quotes_given, of.quotes_verified, of.quotes_dropped),
        )
        means = ("-" if mean is None else f"{mean:.2f}" for mean in (of.strong, of.weak))
        yield (of.prompt, *map(str, counts), *means)


def _spreads(made: Figures) -> Iterator[_Row]:
    for of in made.scores:
        for each in of.spread:
            counts = (f"{each.deviation:.2f}", str(each.widest), f"{each.alike / each.answers:.0%}")
            yield (of.prompt, each.competency, str(each.answers), *counts)


def _texts(made: Figures) -> Iterator[str]:
    texts = made.texts
    if texts.sentences is not None:
        yield (
            f"Feedback: {texts.fitting} of {texts.feedbacks} have {FEWEST_SENTENCES} to "
            f"{MOST_SENTENCES} sentences (median {texts.sentences.median:g}, "
            f"longest {texts.sentences.most:g})."
        )
    if texts.words is not None:
        yield (
            f"Questions: {texts.questions}, median {texts.words.median:g} words, "
            f"longest {texts.words.most:g}."
        )


def _spread(of: Spread | None) -> str:
    return "-" if of is None else f"{of.median:.0f} / {of.p95:.0f}"


def _dollars(micro_usd: int | None) -> str:
    """Of no known price: `-`."""
    return "-" if micro_usd is None else f"{micro_usd / _MICRO:.4f}"
