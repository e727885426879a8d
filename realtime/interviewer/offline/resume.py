"""Main questions about what a candidate's résumé tells: one, or two in a longer interview."""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.view import Persona
from realtime.interviewer.offline.background import Background, Story
from realtime.interviewer.offline.banks import Question
from realtime.interviewer.offline.chance import Chance
from realtime.interviewer.offline.phrases import ResumePhrases
from realtime.interviewer.offline.text import stems
from realtime.interviewer.offline.wording import quotation, say

# What makes a story worth asking about: that it tells of deeds, more than one, and not in a word or
# two. Chance decides between what is nearly equal.
_HAS_FACTS = 3.0
_FACT = 0.4
_MOST_FACTS = 3
_WORD_OF_A_FACT = 0.1
_MOST_WORDS_OF_A_FACT = 8
_WORD_OF_THE_JOB = 0.5
_MOST_WORDS_OF_THE_JOB = 6
_NEWER = 0.3
_CHANCE = 0.4


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about the résumé, and what it is about."""

    question: Question
    story: Story


def questions(
    known: Background, phrases: ResumePhrases, persona: Persona, chance: Chance
) -> tuple[Asked, ...]:
    """The questions about the résumé, the better one first; none where it tells of nothing."""
    made: list[Asked] = []
    for topic, story in zip(phrases.topics, _best(known, chance), strict=False):
        lines = (phrases.deed if story.facts else phrases.entry).of(persona)
        heard = [each.question.text for each in made]
        text = say(chance, lines, f"resume {topic}", quotation(story.quote), heard=heard)
        question = Question(
            topic=topic,
            form="experience",
            level="any",
            competencies=(),
            text=text,
            hints=phrases.hints,
            key_points=phrases.points,
        )
        made.append(Asked(question, story))
    return tuple(made)


def _best(known: Background, chance: Chance) -> Sequence[Story]:
    def worth(place: int, story: Story) -> float:
        shared = min(len(story.words & known.job), _MOST_WORDS_OF_THE_JOB)
        words = min(len(stems(story.quote)), _MOST_WORDS_OF_A_FACT)
        return (
            _HAS_FACTS * bool(story.facts)
            + _FACT * min(len(story.facts), _MOST_FACTS)
            + _WORD_OF_A_FACT * words
            + _WORD_OF_THE_JOB * shared
            - _NEWER * place
            + _CHANCE * chance.number("story", story.name)
        )

    ordered = sorted(enumerate(known.stories), key=lambda each: worth(*each), reverse=True)
    return [story for _, story in ordered]
