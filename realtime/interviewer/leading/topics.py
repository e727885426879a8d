"""What an interview's main questions are about.

A model plans it from role, résumé and job description, beside the first question, which doesn't
wait for it. Until the plan is there, and where there is none, the topics are those of the rules
(`offline/plan.py`). A plan isn't stored: a rebuilt interview has another made, of what is left to
ask.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import chain

import structlog

from protocol.agenda import asked
from protocol.effects import QuestionBegan
from protocol.view import Turn
from realtime.interviewer.instructions import tame
from realtime.interviewer.leading.context import begin
from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.reply import Section, rest
from realtime.interviewer.leading.scene import Order, Scene, Size
from realtime.interviewer.offline.plan import plan
from realtime.interviewer.request import NoAnswer

logger = structlog.get_logger(__name__)

# In tokens.
_LONGEST_NAME = 40
_LONGEST_AIM = 80
_A_TOPIC = 120

FORM = Form({"topic": (), "end": ()}, needed=frozenset({"topic"}), most_chars={"topic": 600})


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, as the candidate is told it, and what to ask about, as only the model is."""

    name: str
    aim: str | None = None


class Topics:
    """The topics of one interview. Whoever makes it closes it."""

    def __init__(self) -> None:
        self._planned: tuple[Topic, ...] = ()
        self._by_rule: list[str] = []
        self._planning: asyncio.Task[None] | None = None

    def next(self, scene: Scene, put: Sequence[Turn]) -> Topic:
        """What the next main question is about: nothing that one before it was."""
        before = {turn.topic.casefold() for turn in put if turn.kind == "main"}
        planned = self._planned if put else ()
        every = chain(planned, map(Topic, self._rules(scene)))
        return next(topic for topic in every if topic.name.casefold() not in before)

    def plan(self, scene: Scene, began: QuestionBegan) -> None:
        """Have the topics planned that are left behind the question that is being asked, unless
        that has been tried, or none are left.
        """
        left = scene.config.main_questions - asked(scene.state) - (began.kind == "main")
        if self._planning is None and scene.config.question_list is None and left > 0:
            self._planning = asyncio.create_task(self._plan(scene, left, began.topic))

    async def aclose(self) -> None:
        """Plan no more."""
        if self._planning is not None:
            self._planning.cancel()
            await asyncio.wait([self._planning])

    async def _plan(self, scene: Scene, left: int, now: str) -> None:
        total, place = scene.config.main_questions, scene.words.asking.topic_place

        def values(key: str) -> Mapping[str, object]:
            marks = "\n".join([f"@@{key} topic\n{place}"] * left)
            told = {"total": total, "topics": left, "topic_marks": marks}
            return {**told, "now": begin(tame(now), _LONGEST_NAME)}

        order = Order("plan", values, FORM, Size(_A_TOPIC * (left + 1), 0.7))
        turns = tuple(turn for turn in scene.interview.turns if turn.has_outcome)
        reply = scene.ask(turns, order, purpose="plan")
        try:
            async with aclosing(rest(reply)) as said:
                async for each in said:
                    if isinstance(each, list):
                        self._planned = tuple(_topics(each))[:left]
        except NoAnswer as error:
            # The rules' topics will do.
            logger.info("plan_missing", interview=scene.interview.id, why=str(error))
        except Exception:
            # A defect; nobody waits for this task.
            logger.exception("plan_failed", interview=scene.interview.id)
        finally:
            await reply.aclose()

    def _rules(self, scene: Scene) -> Iterator[str]:
        """More topics than an interview has main questions: a team's competencies, then the
        rules'.
        """
        for competency in scene.config.competencies or ():
            yield begin(competency.name, _LONGEST_NAME)
        if not self._by_rule:
            self._by_rule = [question.topic for question in plan(scene.desk)]
        yield from self._by_rule


def _topics(sections: Sequence[Section]) -> Iterator[Topic]:
    for section in sections:
        name, _, aim = section.text.partition("|")
        name = begin(name.strip(" \t\n-–—:\"“”'"), _LONGEST_NAME)
        if section.mark.name == "topic" and any(map(str.isalnum, name)):
            yield Topic(name, begin(aim, _LONGEST_AIM) if aim.strip() else None)
