"""Which main questions an interview has, and in which order.

The plan follows from seed, interview, config and documents alone, so that a question's place never
depends on what was said. It begins with an opening question, mixes in a general one now and then,
prefers the candidate's level and what the job description and the résumé speak of, spreads over the
competencies, and repeats no topic. One question is about the résumé itself, in a longer interview
two.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from realtime.interviewer.offline.banks import Question
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.lexicon import Level

# The most main questions that an interview may have (`protocol.md` 9).
MOST = 20
# Every so many questions, one of the general bank.
_GENERAL_EVERY = 4

# Where the questions about the résumé stand. An interview of one question has no other.
_ABOUT_RESUME = (1, 4)

# What makes a question come early. Chance decides between what is equal, and stays below all of
# them.
_LEVEL_FITS = 3.0
_LEVEL_ANY = 2.0
_LEVEL_NEAR = 1.0
_NEW_COMPETENCY = 1.5
_WORD_OF_THE_JOB = 1.5
_MOST_WORDS_OF_THE_JOB = 4
_WORD_OF_THE_RESUME = 1.0
_MOST_WORDS_OF_THE_RESUME = 3
_OTHER_OPENING = -10.0
_COVERED = -20.0


def plan(desk: Desk) -> Iterator[Question]:
    """The main questions in their order, as many as any interview may have."""
    own, general = desk.bank.questions, desk.general.questions
    known = desk.known
    wishes = _Wishes(desk.level, known.job, known.resume, desk)
    about_resume = [asked.question for asked in desk.about_resume]
    places = (0,) if desk.config.main_questions == 1 else _ABOUT_RESUME
    chosen: list[Question] = []
    while len(chosen) < MOST:
        if len(chosen) in places and about_resume:
            pool = [about_resume.pop(0)]
        elif not chosen:
            pool = [asked for asked in own if asked.opening]
        else:
            turn_of_general = len(chosen) % _GENERAL_EVERY == _GENERAL_EVERY - 1
            pools = (general, own) if turn_of_general else (own, general)
            pool = next(left for each in pools if (left := _left(each, chosen)))
        chosen.append(wishes.best(pool, chosen))
        yield chosen[-1]


def _left(questions: Iterable[Question], chosen: list[Question]) -> list[Question]:
    topics = {asked.topic for asked in chosen}
    return [asked for asked in questions if asked.topic not in topics]


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What speaks for asking a question. `job`, `resume`: the stems of what is asked for, and of
    what the candidate has done.
    """

    level: Level | None
    job: frozenset[str]
    resume: frozenset[str]
    desk: Desk

    def best(self, pool: list[Question], chosen: list[Question]) -> Question:
        return max(pool, key=lambda asked: self._worth(asked, chosen))

    def _worth(self, asked: Question, chosen: list[Question]) -> float:
        value = self.desk.chance.number("plan", asked.text)
        if asked.level == self.level:
            value += _LEVEL_FITS
        elif asked.level == "any" or (asked.level == "mid" and self.level is None):
            value += _LEVEL_ANY
        elif asked.level == "mid":
            value += _LEVEL_NEAR
        seen = {name for each in chosen for name in each.competencies}
        value += _NEW_COMPETENCY * any(name not in seen for name in asked.competencies)
        stems = self.desk.library.banks.stems(asked)
        value += _WORD_OF_THE_JOB * min(len(stems & self.job), _MOST_WORDS_OF_THE_JOB)
        value += _WORD_OF_THE_RESUME * min(len(stems & self.resume), _MOST_WORDS_OF_THE_RESUME)
        if chosen:
            value += _OTHER_OPENING * asked.opening
        doubled = any(asked.topic in each.covers or each.topic in asked.covers for each in chosen)
        return value + _COVERED * doubled
