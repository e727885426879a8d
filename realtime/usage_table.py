"""What an interview took of models, as a table for people."""

from collections.abc import Sequence
from itertools import zip_longest

from storage.usage import WorkUsage

_HEAD = (
    *("turn", "work", "lane", "model", "requests", "sent", "cached", "received"),
    *("cost_usd", "first_token_ms", "outcomes"),
)
# Words are to the left in their columns, numbers to the right.
_WORDS = {"work", "model", "outcomes"}


def usage_table(works: Sequence[WorkUsage]) -> str:
    """A line a work, and one for all of them. A tilde marks what was counted here, not by the
    provider.
    """
    if not works:
        return "No model was asked."
    rows = [_HEAD, *map(_row, works), _total(works)]
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if name in _WORDS else cell.rjust(width)
            for name, cell, width in zip(_HEAD, row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def _row(work: WorkUsage) -> tuple[str, ...]:
    mark = "~" if work.estimated else ""
    return (
        "-" if work.turn is None else str(work.turn),
        work.what,
        str(work.lane),
        work.model,
        str(work.requests),
        f"{mark}{work.input_tokens}",
        f"{mark}{work.cached_tokens}",
        f"{mark}{work.output_tokens}",
        _dollars(work.cost_micro_usd),
        "-" if work.first_token_ms is None else str(work.first_token_ms),
        ", ".join(f"{outcome} {count}" for outcome, count in work.outcomes.items()),
    )


def _total(works: Sequence[WorkUsage]) -> tuple[str, ...]:
    costs = [work.cost_micro_usd for work in works if work.cost_micro_usd is not None]
    return (
        *("", "all", "", ""),
        str(sum(work.requests for work in works)),
        str(sum(work.input_tokens for work in works)),
        str(sum(work.cached_tokens for work in works)),
        str(sum(work.output_tokens for work in works)),
        _dollars(sum(costs) if costs else None),
        *("", ""),
    )


def _dollars(micro_usd: int | None) -> str:
    """Of no known price: `-`."""
    if micro_usd is None:
        return "-"
    return f"{micro_usd // 1_000_000}.{micro_usd % 1_000_000:06}"
