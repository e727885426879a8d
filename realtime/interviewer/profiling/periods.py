"""Periods as they are written: "2019.03 – 2021.08", "Mar 2019 – Present", "2019년 3월 ~ 현재"."""

import re
from dataclasses import dataclass

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|spring|summer|fall|autumn|winter)"
)
_YEAR = r"(?:19|20)\d\d"
_DAY = (
    rf"(?:{_YEAR}\s?[./-]\s?\d{{1,2}}(?:\s?[./-]\s?\d{{1,2}})?(?!\d)\.?"
    rf"|{_YEAR}\s?년도?(?:\s?\d{{1,2}}\s?월)?(?:\s?\d{{1,2}}\s?일)?"
    rf"|{_MONTH}\.?,?\s?(?:\d{{1,2}},\s?)?(?:{_YEAR}|['’]\d\d)"
    rf"|\d{{1,2}}\s?[/.]\s?{_YEAR}"
    rf"|['’]?\d\d\s?[./]\s?(?:0[1-9]|1[0-2]|[1-9])(?!\d)"
    rf"|{_YEAR}(?!\d)"
    rf"|['’]\d\d(?!\d))"
)
_NOW = r"(?:present|now|current|currently|today|ongoing|현재|재직\s?중|재학\s?중|진행\s?중|지금)"
_TO = r"\s?(?:[-–—~∼〜～−]|to|until|부터)\s?"
_RANGE = re.compile(
    rf"(?<![\d.])(?:{_DAY}{_TO}(?:{_DAY}|{_MONTH}\.?|\d{{1,2}}월|{_NOW})(?:까지)?"
    rf"(?:\s?\(?{_NOW}\)?)?"
    rf"|{_DAY}\s?[~∼〜～–—](?=\s|$|\)))",
    re.IGNORECASE,
)
_ONE = re.compile(
    rf"(?<![\d.])(?:{_YEAR}\s?[./-]\s?\d{{1,2}}(?![\d./-])\.?|{_YEAR}\s?년(?:\s?\d{{1,2}}\s?월)?(?!\s?\d)"
    rf"|{_MONTH}\.?,?\s?{_YEAR}|{_YEAR}(?![\d./년-]))",
    re.IGNORECASE,
)
_LEAD = re.compile(r"\b(?:expected|graduated|graduation|completed|since)[: ]+$", re.IGNORECASE)
_AFTER = re.compile(
    r"\s?(?:졸업(?:\s?예정)?|수료|입학|취득|graduated|expected)?[\s)\]|,.]{0,4}$", re.I
)


@dataclass(frozen=True, slots=True)
class Period:
    """Where in a line a period stands. `range`: it has a beginning and an end, or is open."""

    start: int
    end: int
    range: bool


def period(line: str) -> Period | None:
    """The period that a line gives. A single date, not a range, counts at the line's beginning or
    end alone, where something sets it apart; one with a day in it never does: it may be a birthday.
    """
    if (found := _RANGE.search(line)) is not None:
        return Period(found.start(), found.end(), range=True)
    for found in _ONE.finditer(line):
        before = _LEAD.sub("", line[: found.start()])
        after = line[found.end() :]
        if not before.strip(" ([|") and (not after or after[0] in " \t|/)]:·,"):
            return Period(found.start(), found.end(), range=False)
        if _AFTER.match(after) and before and before[-1] in "\t(|,·[" + " ":
            apart = before.rstrip(" ")
            if apart[-1:] in set("\t(|,·[–—-/") or before.endswith("  "):
                return Period(found.start(), found.end(), range=False)
    return None
