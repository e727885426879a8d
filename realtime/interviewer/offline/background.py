"""What is known of the candidate and of the job before the first word: from their documents.

A job description in the interview's config and one that was uploaded are the same to it. All that
it quotes stands in a document, white space apart.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from protocol.documents import Entry, Profile
from protocol.view import Language
from realtime.interviewer.offline.lexicon import Lexicon
from realtime.interviewer.offline.text import excerpt, language_of, lower, sentences, stems
from realtime.interviewer.profile_rules import profile_by_rules
from realtime.ports import Paper

# Longest and shortest fact to quote, in characters.
_QUOTE: Mapping[Language, int] = {"en": 110, "ko": 62}
_SHORTEST = 8
_MOST_FACTS = 6
_MOST_STORIES = 12
# A line of a list, or one that goes on in the next.
_ITEM = re.compile(r"\n\s*(?:[•▪■◆●○◦‣►▶✓·∙\uf0a7\uf0b7]\s*|[-*+–—>]\s+|\d{1,2}[.)]\s+)")
_WRAPPED = re.compile(r"(?<=[^\s.!?。]{2})\n[ \t]*(?=[a-z(,])")
_FIGURE = re.compile(r"\d[\d,.]*")
_DECORATION = re.compile(r"\*\*|__|`")
# So many stems in common make a story and a text speak of the same.
_ALIKE = 2


@dataclass(frozen=True, slots=True)
class Story:
    """Something that the candidate has done, as the résumé tells it. `facts`: what was done, the
    most telling first. `words`: the stems of all that.
    """

    entry: Entry
    facts: tuple[str, ...]
    words: frozenset[str]

    @property
    def name(self) -> str:
        """What to call it by: where and as what, or the project's name."""
        return ", ".join(filter(None, (self.entry.place, self.entry.title)))

    @property
    def quote(self) -> str:
        """The words to remind of it with."""
        return self.facts[0] if self.facts else self.name

    def untold(self, said: str) -> tuple[str, ...]:
        """The facts that this text doesn't tell: hardly their words, or none of their figures."""
        words, figures = stems(said), set(_FIGURE.findall(said))

        def is_told(fact: str) -> bool:
            own, counted = stems(fact), set(_FIGURE.findall(fact))
            return len(own & words) * 2 >= len(own) and (not counted or bool(counted & figures))

        return tuple(fact for fact in self.facts if not is_told(fact))


class Background:
    """The documents of one interview, each read when it is first asked for."""

    def __init__(
        self,
        papers: Iterable[Paper],
        job_description: str | None,
        lexicons: Mapping[Language, Lexicon],
    ) -> None:
        self._resumes = [paper for paper in papers if paper.kind == "resume"]
        self._jobs = [paper for paper in papers if paper.kind == "job_description"]
        if job_description is not None:
            self._jobs.insert(0, Paper("job_description", job_description, None))
        self._lexicons = lexicons

    @cached_property
    def job(self) -> frozenset[str]:
        """The stems of the job descriptions."""
        return stems("\n".join(paper.text for paper in self._jobs))

    @cached_property
    def resume(self) -> frozenset[str]:
        """The stems of what the candidate has done and can do."""
        skills = " ".join(self.own_skills)
        return stems(skills).union(*(story.words for story in self.stories))

    @cached_property
    def asked_skills(self) -> tuple[str, ...]:
        """The skills that the job asks for."""
        profiles = (profile_of(paper) for paper in self._jobs)
        return tuple(dict.fromkeys(skill for each in profiles for skill in each.skills))

    @cached_property
    def own_skills(self) -> tuple[str, ...]:
        """The skills that the résumé names."""
        return tuple(dict.fromkeys(skill for each in self._profiles for skill in each.skills))

    @cached_property
    def stories(self) -> tuple[Story, ...]:
        """What the candidate has done, in the order of the résumé: the projects, then the jobs."""
        entries = [
            *(entry for each in self._profiles for entry in each.projects),
            *(entry for each in self._profiles for entry in each.experience),
        ]
        return tuple(self._story(entry) for entry in entries[:_MOST_STORIES])

    def near(self, words: frozenset[str], *, alike: int = _ALIKE) -> Story | None:
        """The story that speaks most of what these stems do, if one does."""
        best = max(self.stories, key=lambda story: len(story.words & words), default=None)
        return best if best is not None and len(best.words & words) >= alike else None

    @cached_property
    def _profiles(self) -> list[Profile]:
        return [profile_of(paper) for paper in self._resumes]

    def _story(self, entry: Entry) -> Story:
        facts = sorted(_facts(entry.detail, self._lexicons), key=self._plainness)[:_MOST_FACTS]
        return Story(entry, tuple(facts), stems(f"{entry.title} {entry.place} {entry.detail}"))

    def _plainness(self, fact: str) -> int:
        """0 for a fact with a figure, 1 for another."""
        language = language_of(fact) or "en"
        return int(not self._lexicons[language].cues["numbers"].search(lower(fact)))


def profile_of(paper: Paper) -> Profile:
    """A document's profile: as stored, or by rule where none is, or nothing stands in it."""
    stored = paper.profile
    return profile_by_rules(paper.kind, paper.text) if stored in (None, Profile()) else stored


def _facts(detail: str, lexicons: Mapping[Language, Lexicon]) -> Iterator[str]:
    """What was done, one thing at a time, short enough to be quoted."""
    text = _DECORATION.sub("", detail)
    items = _ITEM.split(text)
    whole = items if len(items) > 1 else sentences(_WRAPPED.sub(" ", text))
    for item in whole:
        # An item may go on over lines; its first sentence is enough to know it by.
        said = next(iter(sentences(" ".join(item.split()))), "")
        language = language_of(said)
        if language is None or len(said) < _SHORTEST:
            continue
        yield excerpt(said, lexicons[language], _QUOTE[language])
