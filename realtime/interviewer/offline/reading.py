"""An answered question as the interviewer reads it: the question, the answer, and what went before.

Feedback, scores, follow-ups and the report all stand on the same reading, so that they agree with
each other.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from protocol.view import Turn
from realtime.interviewer.offline.analysis import Analysis
from realtime.interviewer.offline.banks import Question
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.lacks import OBSTACLES, WANTED, Lack, Probe, lacks
from realtime.interviewer.offline.lexicon import Aspect, Lexicon
from realtime.interviewer.offline.text import excerpt, stems

# Words that begin with so many letters alike are taken for the same: "decided" makes a "decision".
_ALIKE = 4

# What a sentence loses in weight by saying nothing definite.
_HOLLOW = 3

# Follow-ups that want a whole answer, and not just one thing.
_AT_LENGTH: tuple[Probe, ...] = (*OBSTACLES, "detail", "relevance", "real")


@dataclass(frozen=True, slots=True)
class Reading:
    """An answered turn, read.

    `known`: what earlier answers to the same main question have shown. `probe`: what a follow-up
    was after. `asked` and `shared`: the stems of the question with its key points, and those of
    them in the answer.
    """

    turn: Turn
    question: Question
    analysis: Analysis
    lexicon: Lexicon
    known: frozenset[Aspect]
    probe: Probe | None
    asked: frozenset[str]
    shared: frozenset[str]
    lacks: tuple[Lack, ...]

    @property
    def answered_probe(self) -> bool:
        """Whether a follow-up got what it was after, as far as that can be told."""
        if not self.analysis.judgeable:
            return False
        return not self.wanted or any(self.analysis.has(aspect) for aspect in self.wanted)

    @property
    def wanted(self) -> tuple[Aspect, ...]:
        """The aspects of which a follow-up was after at least one."""
        return () if self.probe is None else WANTED[self.probe]

    @property
    def shown(self) -> frozenset[Aspect]:
        """What this answer and the earlier ones have shown."""
        return self.known | {aspect for aspect, found in self.analysis.found.items() if found}

    @property
    def open_points(self) -> tuple[str, ...]:
        """The key points that the answer makes in no way that can be seen."""
        said = {stem[:_ALIKE] for stem in stems(self.turn.answer or "")}
        return tuple(
            point
            for point in self.question.key_points
            if not {stem[:_ALIKE] for stem in stems(point)} & said and not self._makes(point)
        )

    def saying(self, point: str) -> tuple[str, ...]:
        """The answer's sentences that have words of a key point."""
        words = {stem[:_ALIKE] for stem in stems(point)}
        return tuple(
            sentence
            for sentence in self.analysis.sentences
            if words & {stem[:_ALIKE] for stem in stems(sentence)}
        )

    def _makes(self, point: str) -> bool:
        """Whether the answer shows what such a point is about, in words of its own."""
        shown = self.shown
        return any(
            not shown.isdisjoint(theme.shows)
            for theme in self.lexicon.points
            if theme.names.search(point)
        )

    def quote(
        self, aspects: Iterable[Aspect], limit: int, *, spared: Iterable[str] = ()
    ) -> str | None:
        """Words of the answer that show one of the aspects, the first that does; null if none does.

        `spared`: texts that have quoted already, and whose words are not to be taken again.
        """
        before = tuple(spared)
        for aspect in aspects:
            for sentence in self._showing(aspect):
                words = self.words(sentence, limit, self.lexicon.cues[aspect])
                if len(words.split()) >= 2 and not any(words in text for text in before):
                    return words
        return None

    def _showing(self, aspect: Aspect) -> list[str]:
        """The sentences that show an aspect, the most telling first."""
        found = self.analysis.found
        shown = sorted(found[aspect], key=self.weight, reverse=True)
        if aspect != "own":
            return shown
        # "My manager" has an own part in it only in form.
        return [each for each in shown if each in found["action"] or each in found["plan"]]

    def words(self, sentence: str, limit: int, cue: re.Pattern[str] | None = None) -> str:
        """The part of one of the answer's sentences to quote: a slice of the answer."""
        return excerpt(sentence, self.lexicon, limit, cue)

    def gist(self, limit: int) -> str:
        """The words that say most of what the answer says."""
        hollow = self.analysis.hollow

        def worth(sentence: str) -> tuple[int, int]:
            return self.weight(sentence) + _HOLLOW * (sentence in hollow), len(sentence)

        return self.words(max(self.analysis.sentences, key=worth), limit)

    def is_vague(self, quote: str) -> bool:
        """Whether these words of the answer stand in a sentence that takes itself back."""
        return any(quote in sentence for sentence in self.analysis.found["hedge"])

    def weight(self, sentence: str) -> int:
        """How telling a sentence is: figures and deeds count, vague words count against it."""
        found = self.analysis.found
        weight = 2 * (sentence in found["numbers"]) + 3 * (sentence in found["result"])
        weight += (sentence in found["action"]) + (sentence in found["own"])
        return (
            weight - _HOLLOW * (sentence in self.analysis.hollow) - 2 * (sentence in found["hedge"])
        )


def read_turn(desk: Desk, turn: Turn) -> Reading:
    """Read an answered turn."""
    answer = turn.answer or ""
    question = desk.question_of(turn)
    analysis = desk.analysis(turn)
    known = _known(desk, turn)
    probe = None if turn.kind == "main" else desk.phrases.probe(turn.topic)
    asked = desk.library.banks.stems(question)
    shared = asked & stems(answer)
    beside = bool(question.key_points) and turn.kind == "main" and not shared
    found = lacks(analysis, question.form, known, beside=beside)
    reading = Reading(
        turn=turn,
        question=question,
        analysis=analysis,
        lexicon=desk.library.lexicons[analysis.language],
        known=known,
        probe=probe,
        asked=asked,
        shared=shared,
        lacks=found,
    )
    if probe is not None and (reading.answered_probe or probe not in _AT_LENGTH):
        # A short answer is right where one thing was asked for.
        return replace(reading, lacks=tuple(lack for lack in found if lack != "detail"))
    return reading


def _known(desk: Desk, turn: Turn) -> frozenset[Aspect]:
    found: set[Aspect] = set()
    for earlier in thread(desk, turn):
        analysis = desk.analysis(earlier)
        if analysis.judgeable:
            found |= {aspect for aspect, sentences in analysis.found.items() if sentences}
    return frozenset(found)


def thread(desk: Desk, turn: Turn) -> tuple[Turn, ...]:
    """The answered turns of the same main question before `turn`."""
    return tuple(
        each
        for each in desk.interview.turns[: turn.turn - 1]
        if each.main_turn == turn.main_turn and each.answer is not None
    )


def is_weak(reading: Reading) -> bool:
    """Whether an answer gave so little that one had better go on to something else."""
    first = reading.lacks[:1]
    return first != () and (first[0] in OBSTACLES or len(reading.lacks) >= 4)
