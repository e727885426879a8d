"""What a model quoted for its scores, and how much of that stands in the answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from realtime.interviewer.leading.criteria import Criterion
from realtime.interviewer.leading.evidence import Evidence
from realtime.interviewer.leading.judging import SCORES, judgement
from realtime.interviewer.leading.plain import plain
from realtime.interviewer.leading.reply import Section
from realtime.interviewer.leading.sections import Opened, Sections


@dataclass(frozen=True, slots=True)
class Quotes:
    """How many quotes a model gave, and how many of them were found in the answer; the others were
    dropped.
    """

    given: int = 0
    verified: int = 0

    @property
    def dropped(self) -> int:
        return self.given - self.verified


def quotes(reply: str, key: str, criteria: Sequence[Criterion], evidence: Evidence) -> Quotes:
    """Those in a reply whose sections the key opens. A line behind a score is a quote; where a
    competency is scored twice, the first one counts.
    """
    given = verified = 0
    left = {criterion.id: criterion for criterion in criteria}
    for section in _scores(reply, key):
        criterion = left.pop(section.mark.words[0].casefold(), None)
        if criterion is None:
            continue
        for line in section.text.splitlines():
            if any(map(str.isalnum, line)):
                given += 1
                verified += _stands(line, criterion, evidence)
    return Quotes(given, verified)


def _stands(line: str, criterion: Criterion, evidence: Evidence) -> bool:
    """Whether a line alone would support a score."""
    section = Section(Opened("score", (criterion.id, "1")), line)
    (score,) = judgement([section], [criterion], evidence).scores
    return score.supported


def _scores(reply: str, key: str) -> Iterator[Section]:
    """The sections with a score and a number."""
    sections = Sections(key, SCORES)
    mark: Opened | None = None
    text = ""
    for part in (*sections.feed(reply), *sections.end(), Opened("end")):
        if isinstance(part, str):
            text += part
            continue
        if mark is not None and mark.name == "score" and len(mark.words) == len(SCORES["score"]):
            yield Section(mark, plain(text))
        mark, text = part, ""
