"""What follows on an answer: feedback, the next question, and the scores, from one reply.

The feedback is read first (here); the question is read from where it ended (`putting.py`), so that
nothing is waited for between them; the scores come behind (`scoring.py`). These two can also be had
by themselves: where there is no answer, after a crash, or where the reply broke off.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from protocol.effects import Began, Ended, Noticed, Output
from protocol.view import Turn
from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.judging import A_SCORE, MOST_CHARS, SCORES, score_marks
from realtime.interviewer.leading.questions import Next, asking, possible, question_mark
from realtime.interviewer.leading.reply import Reply, Unusable
from realtime.interviewer.leading.scene import KIND, Order, Scene, Size
from realtime.interviewer.leading.telling import Telling
from realtime.interviewer.leading.topics import Topics

# In tokens of the reply.
_FEEDBACK = 500
A_QUESTION = 250
# In characters.
MOST_OF_QUESTION = 800

ANSWERED = Form(
    {"feedback": (), "question": (KIND,), **SCORES, "end": ()},
    needed=frozenset({"feedback"}),
    streamed=frozenset({"feedback", "question"}),
    raw=frozenset({"score"}),
    most_chars={"question": MOST_OF_QUESTION, **MOST_CHARS},
)


@dataclass(slots=True, eq=False)
class Review:
    """The reply to an answer. `following`: what it may ask. `at`: how far the feedback goes; null:
    it hasn't come to its end. `asked`, `scored`: no question, no scores are waited for. Whoever
    makes it closes it.
    """

    turn: int
    lane: int
    following: Next
    reply: Reply
    asked: bool
    at: int | None = None
    scored: bool = False

    @property
    def used_up(self) -> bool:
        """Whether nothing of it is waited for any more."""
        return self.asked and self.scored

    async def aclose(self) -> None:
        """End it, upstream too."""
        await self.reply.aclose()


def review(scene: Scene, topics: Topics) -> Review:
    """Ask for what follows on the work's turn, which was answered."""
    number = scene.turn.turn
    put = scene.before(number + 1)
    following = possible(scene, topics, put)
    words, criteria = scene.words, scene.criteria
    possibly = (following.main or following.follow_up) is not None
    asks = scene.work.lane == 0 and possibly and not following.given

    def values(key: str) -> Mapping[str, object]:
        mark = question_mark(following, words, key) if asks else ""
        return {
            "then": words.asking.then if asks else "",
            "asking": f"{words.asking.heading}{asking(following, words)}\n" if asks else "",
            "question_mark": f"\n{mark}" if asks else "",
            "score_marks": score_marks(criteria, words, key),
        }

    size = Size(_FEEDBACK + A_QUESTION + A_SCORE * len(criteria), 0.5)
    reply = scene.ask(put, Order("answered", values, ANSWERED, size))
    return Review(number, scene.work.lane, following, reply, asked=not asks)


def ignored(scene: Scene, turn: Turn) -> Iterator[Noticed]:
    """That what an answer says to the interviewer changes nothing, where it says such."""
    if scene.frame.asides(turn.answer or ""):
        told = scene.words.notice["instructions_ignored"]
        yield Noticed(scene.work, "instructions_ignored", told)


async def feedback(scene: Scene, made: Review) -> AsyncGenerator[Output, None]:
    """The feedback of a review.

    Raises:
        NoAnswer: no model answers.
    """
    work = scene.work
    if work.lane == 0:
        for noticed in ignored(scene, scene.turn):
            yield noticed
    telling = Telling(scene, made.reply, "feedback", lambda _, model: Began(work, model))
    async with aclosing(telling.outputs()) as outputs:
        async for output in outputs:
            yield output
    if not telling.begun:
        raise Unusable("failing", "a reply without feedback")
    made.at = telling.at
    yield Ended(work)
