"""Gives the scores of an answer: from the reply to it, or asked for by themselves, and once more if
they can't be read.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import structlog

from protocol.effects import Delayed, Output, Scored
from realtime.interviewer.leading.evidence import Evidence
from realtime.interviewer.leading.judging import (
    A_SCORE,
    FORM,
    Judgement,
    Unreadable,
    judgeable,
    judgement,
    score_marks,
)
from realtime.interviewer.leading.reply import ATTEMPTS, Reply, Unusable, rest
from realtime.interviewer.leading.reviewing import Review
from realtime.interviewer.leading.scene import Order, Scene, Size
from realtime.interviewer.request import NoAnswer

logger = structlog.get_logger(__name__)


async def scores(scene: Scene, made: Review | None) -> AsyncGenerator[Output, None]:
    """The scores of the work's turn: from its review, or else asked for by themselves.

    Raises:
        NoAnswer: no model answers.
    """
    work, answer = scene.work, scene.turn.answer or ""
    if not judgeable(answer):
        yield Scored(work, None, scene.words.unscored.empty)
        return
    turns = scene.before(scene.turn.turn + 1)
    judged = _Judged(scene, Evidence(answer, scene.frame.asides(answer)))
    if made is not None and made.at is not None:
        try:
            async with aclosing(judged.read(made.reply, made.at)) as outputs:
                async for output in outputs:
                    yield output
        except NoAnswer as error:
            if error.refusal != "failing":
                raise
            logger.info("scores_missing", interview=scene.interview.id, why=str(error))
    while judged.result is None and judged.attempts < ATTEMPTS:
        reply = scene.ask(turns, _scores(scene), attempts=1, complaint=judged.why)
        try:
            async with aclosing(judged.read(reply, 0)) as outputs:
                async for output in outputs:
                    yield output
        except Unusable as error:
            judged.why = str(error)
        finally:
            await reply.aclose()
    result = judged.result
    if result is None:
        yield Scored(work, None, scene.words.unscored.unreadable)
    else:
        yield Scored(work, result.scores or None, result.reason)


class _Judged:
    """Scores in the making. `why`: what was wrong with the last ones."""

    def __init__(self, scene: Scene, evidence: Evidence) -> None:
        self._scene = scene
        self._evidence = evidence
        self.result: Judgement | None = None
        self.why: str | None = None
        self.attempts = 0

    async def read(self, reply: Reply, at: int) -> AsyncGenerator[Output, None]:
        """Look for them behind the place `at` of a reply."""
        self.attempts += 1
        async with aclosing(rest(reply, at)) as said:
            async for each in said:
                if not isinstance(each, list):
                    yield Delayed(self._scene.work, each.reason, each.retry_after_ms)
                    continue
                try:
                    self.result = judgement(each, self._scene.criteria, self._evidence)
                except Unreadable as error:
                    self.why = str(error)
                    interview_id = self._scene.interview.id
                    logger.info("scores_unreadable", interview=interview_id, why=self.why)


def _scores(scene: Scene) -> Order:
    words, criteria = scene.words, scene.criteria

    def values(key: str) -> Mapping[str, object]:
        return {"score_marks": score_marks(criteria, words, key)}

    return Order("scores", values, FORM, Size(A_SCORE * (len(criteria) + 1), 0.0))
