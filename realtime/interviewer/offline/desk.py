"""What the interviewer has before them in one interview, and how they choose their words.

A desk is made anew for every piece of work, from the state alone. It remembers nothing, so a
rebuilt interview goes on as the lost one would have. The documents (`papers`) that the interview is
led by are laid on it; what stands in them is read when it is first asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from protocol.view import Config, Interview, Language, Turn
from realtime.interviewer.offline.analysis import Analysis, analyse
from realtime.interviewer.offline.background import Background, Story
from realtime.interviewer.offline.banks import GENERAL, Bank, Question
from realtime.interviewer.offline.chance import Chance
from realtime.interviewer.offline.lexicon import Level, Lexicon
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.phrases import Phrases
from realtime.interviewer.offline.resume import Asked, questions
from realtime.interviewer.offline.text import language_of
from realtime.interviewer.offline.wording import say, was_heard
from realtime.ports import Paper


@dataclass(frozen=True, slots=True)
class Desk:
    library: Library
    chance: Chance
    interview: Interview
    papers: tuple[Paper, ...] = ()
    _read: dict[int, Analysis] = field(default_factory=dict, repr=False, compare=False)
    _known: list[Background] = field(default_factory=list, repr=False, compare=False)
    _about_resume: list[tuple[Asked, ...]] = field(default_factory=list, repr=False, compare=False)

    def later(self, interview: Interview) -> "Desk":
        """The same desk at a later time: what the documents tell isn't read again."""
        return replace(self, interview=interview, _read={})

    @property
    def config(self) -> Config:
        return self.interview.config

    @property
    def language(self) -> Language:
        return self.config.language

    @property
    def phrases(self) -> Phrases:
        return self.library.phrases[self.language]

    @property
    def lexicon(self) -> Lexicon:
        return self.library.lexicons[self.language]

    @property
    def general(self) -> Bank:
        return self.library.banks.get(None, self.language)

    @property
    def bank(self) -> Bank:
        """The bank of the interview's role; the general one if it has none."""
        return self.library.banks.get(self.library.banks.role(self.config.role), self.language)

    @property
    def role(self) -> str:
        """The role as it is spoken of: a bank's title for its id, else the interview's words."""
        banks = self.library.banks.by_language[self.language]
        named = banks.get(self.config.role)
        return (
            named.title if named is not None and self.config.role != GENERAL else self.config.role
        )

    @property
    def level(self) -> Level | None:
        """The candidate's level: named in the interview's level or role, or usual for the role."""
        for words in (self.config.level, self.config.role):
            for lexicon in self.library.lexicons.values():
                level = None if words is None else lexicon.level(words)
                if level is not None:
                    return level
        return None if self.bank.level == "any" else self.bank.level

    @property
    def known(self) -> Background:
        """What the documents tell, read once."""
        if not self._known:
            job = self.config.job_description
            self._known.append(Background(self.papers, job, self.library.lexicons))
        return self._known[0]

    @property
    def about_resume(self) -> tuple[Asked, ...]:
        """The questions about the résumé, those that aren't put in this interview too."""
        if not self._about_resume:
            phrases, persona = self.phrases.resume, self.config.persona
            made = questions(self.known, phrases, persona, self.chance) if self.papers else ()
            self._about_resume.append(made)
        return self._about_resume[0]

    def analysis(self, turn: Turn) -> Analysis:
        """A turn's answer, read once for this piece of work."""
        if turn.turn not in self._read:
            answer = turn.answer or ""
            self._read[turn.turn] = analyse(answer, self.language, self.library.lexicons)
        return self._read[turn.turn]

    def main_of(self, turn: Turn) -> Turn:
        """The main question's turn that `turn` belongs to."""
        return self.interview.turns[turn.main_turn - 1]

    def question_of(self, turn: Turn) -> Question:
        """The main question that `turn` belongs to: of a bank, about the résumé, or brought by the
        interview.
        """
        text = self.main_of(turn).question or ""
        asked = self.asked_about_resume(turn)
        if asked is not None:
            return asked.question
        return self.library.banks.find(text, self.language) or self._listed(text)

    def story_of(self, turn: Turn) -> Story | None:
        """What the résumé tells that bears on the main question that `turn` belongs to."""
        asked = self.asked_about_resume(turn)
        if asked is not None:
            return asked.story
        return self.known.near(self.library.banks.stems(self.question_of(turn)))

    def asked_about_resume(self, turn: Turn) -> Asked | None:
        """The question about the résumé that `turn` belongs to, if it is one."""
        text = self.main_of(turn).question or ""
        return next((each for each in self.about_resume if text.endswith(each.question.text)), None)

    def _listed(self, text: str) -> Question:
        lexicon = self.library.lexicons[language_of(text) or self.language]
        return Question(
            topic=self.phrases.labels.listed,
            form=lexicon.form(text),
            level="any",
            competencies=(),
            text=text,
            hints=(),
            key_points=(),
        )

    def say(
        self,
        lines: Sequence[str],
        occasion: str,
        values: Mapping[str, object] | None = None,
        *,
        heard: Iterable[str] = (),
    ) -> str:
        """One of the lines, filled in; one that has not been `heard` yet, if there is one."""
        return say(self.chance, lines, occasion, values, heard=heard)

    def say_once(self, lines: Sequence[str], occasion: str, *, heard: Iterable[str]) -> str | None:
        """One of the lines that has not been `heard` yet; null if all have been."""
        before = tuple(heard)
        order = self.chance.order(lines, occasion)
        return next((each for each in order if not was_heard(each, before)), None)
