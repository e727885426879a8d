"""The interviewer over language models.

Rules decide what can be asked, judged and told; a model chooses and finds the words; what comes
back is checked before anybody relies on it. An answer takes one request: feedback, next question
and scores are works of the actor, and sections of one reply. When no model answers, the offline
interviewer goes on (`last_resort.py`). Nothing that matters is remembered: a rebuilt interview goes
on as the lost one would have.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from protocol.draft import State
from protocol.effects import Began, Ended, Failed, Output, QuestionBegan, Work
from realtime.interviewer.instructions import tame
from realtime.interviewer.leading.briefing import Briefing
from realtime.interviewer.leading.context import Frame, begin, clip
from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.last_resort import LastResort
from realtime.interviewer.leading.putting import question
from realtime.interviewer.leading.reply import Unusable
from realtime.interviewer.leading.reporting import report
from realtime.interviewer.leading.reviewing import Review, feedback, review
from realtime.interviewer.leading.scene import Kit, Order, Scene, Size
from realtime.interviewer.leading.scoring import scores
from realtime.interviewer.leading.telling import Telling
from realtime.interviewer.leading.topics import Topics
from realtime.interviewer.offline.chance import Chance
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.documents import Documents
from realtime.interviewer.request import NoAnswer
from realtime.ports import Conversation

_HINT = Size(300, 0.7)
HINT_FORM = Form(
    {"hint": (), "end": ()},
    needed=frozenset({"hint"}),
    streamed=frozenset({"hint"}),
    most_chars={"hint": 800},
)

# Of earlier hints: how many are shown, and in how many tokens each; and of the question.
_HINTS = 3
_A_HINT = 80
_MOST_OF_QUESTION = 300


class ModelInterviewer:
    """An `Interviewer` over models. The kit's `offline` is its last resort; without one, a work
    that no model does fails.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    @property
    def models(self) -> tuple[str, ...]:
        return self._kit.means.models.names

    def converse(self, user_id: str, interview_id: str) -> "ModelConversation":
        offline = self._kit.offline
        resort = None if offline is None else offline.converse(user_id, interview_id)
        return ModelConversation(user_id, self._kit, resort)


class ModelConversation:
    """Its side of one interview. It remembers what was read of it, what is planned, and the replies
    that hold several works.
    """

    def __init__(self, user_id: str, kit: Kit, offline: Conversation | None) -> None:
        self._user_id = user_id
        self._kit = kit
        self._last_resort = LastResort(offline)
        self._documents = Documents(kit.shelf, user_id)
        self._topics = Topics()
        self._reviews: dict[tuple[int, int], Review] = {}  # by turn and lane
        self._frame: Frame | None = None
        self._briefing: Briefing | None = None

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        """Do a work, as `realtime.ports.Conversation` has it.

        Raises:
            InterviewerError: no model answers, and there is no offline interviewer.
            ValueError: a work that no interviewer of this kind is asked for (a rival's answer, a
            transcript).
        """
        scene = await self._scene(work, state)
        within = False
        try:
            async with aclosing(self._outputs(scene)) as outputs:
                async for output in outputs:
                    if isinstance(output, Began | QuestionBegan):
                        within = True
                    elif isinstance(output, Failed):
                        within = False
                    yield output
            return
        except NoAnswer as error:
            refusal = error.refusal
        instead = self._last_resort.perform(scene, refusal, within=within)
        async with aclosing(instead) as outputs:
            async for output in outputs:
                yield output

    async def aclose(self) -> None:
        """Let go of all that is remembered."""
        await self._drop_reviews()
        await self._topics.aclose()
        await self._last_resort.aclose()

    # --- what is at hand ------------------------------------------------------------------------

    async def _scene(self, work: Work, state: State) -> Scene:
        interview = state.view.interview
        prompts = self._kit.prompts[interview.config.language]
        if self._frame is None:
            self._frame = Frame(prompts.words, self._kit.detector)
        briefing = self._briefing
        if briefing is None:
            papers = await self._documents.papers(interview)
            desk = Desk(self._kit.library, Chance(0, interview.id), interview, papers or ())
            briefing = Briefing(desk, prompts, self._frame)
            # To look through documents takes a few hundredths of a second, in which no token would
            # pass.
            await asyncio.to_thread(briefing.prepare)
            if papers is not None:
                self._briefing = briefing
        return Scene(self._user_id, work, state, self._kit, briefing, self._frame)

    # --- what models make of a work -------------------------------------------------------------

    def _outputs(self, scene: Scene) -> AsyncGenerator[Output, None]:
        match scene.work.what:
            case "question":
                return self._question(scene)
            case "feedback":
                return self._feedback(scene)
            case "hint":
                return _hint(scene)
            case "scores":
                return self._scores(scene)
            case "report":
                return self._report(scene)
            case _:
                raise ValueError(f"an interviewer over models gives no {scene.work.what} yet")

    async def _feedback(self, scene: Scene) -> AsyncGenerator[Output, None]:
        turn, lane = scene.turn.turn, scene.work.lane
        if (turn, lane) in self._reviews:
            await self._let_go(self._reviews[turn, lane])
        made = self._reviews[turn, lane] = review(scene, self._topics)
        try:
            async with aclosing(feedback(scene, made)) as outputs:
                async for output in outputs:
                    yield output
        finally:
            if made.at is None:
                await self._let_go(made)

    async def _question(self, scene: Scene) -> AsyncGenerator[Output, None]:
        assert scene.work.turn is not None
        made = self._reviews.get((scene.work.turn - 1, 0))
        began: QuestionBegan | None = None
        try:
            async with aclosing(question(scene, self._topics, made)) as outputs:
                async for output in outputs:
                    if isinstance(output, QuestionBegan):
                        began = output
                    elif isinstance(output, Ended) and began is not None:
                        # The candidate thinks now, and waits for nothing.
                        self._topics.plan(scene, began)
                    yield output
        except (asyncio.CancelledError, GeneratorExit):
            # A pause, perhaps, before it began: then the reply still holds it.
            raise
        except BaseException:
            await self._was_asked(made)
            raise
        await self._was_asked(made)

    async def _scores(self, scene: Scene) -> AsyncGenerator[Output, None]:
        made = self._reviews.get((scene.turn.turn, scene.work.lane))
        try:
            async with aclosing(scores(scene, made)) as outputs:
                async for output in outputs:
                    yield output
        finally:
            if made is not None:
                made.scored = True
                await self._let_go_if_used_up(made)

    async def _report(self, scene: Scene) -> AsyncGenerator[Output, None]:
        await self._drop_reviews()
        async with aclosing(report(scene)) as outputs:
            async for output in outputs:
                yield output

    # --- the replies that hold several works ----------------------------------------------------

    async def _was_asked(self, made: Review | None) -> None:
        if made is not None:
            made.asked = True
            await self._let_go_if_used_up(made)

    async def _let_go_if_used_up(self, made: Review) -> None:
        if made.used_up:
            await self._let_go(made)

    async def _let_go(self, made: Review) -> None:
        if self._reviews.get((made.turn, made.lane)) is made:
            del self._reviews[made.turn, made.lane]
        await made.aclose()

    async def _drop_reviews(self) -> None:
        for made in [*self._reviews.values()]:
            await self._let_go(made)


async def _hint(scene: Scene) -> AsyncGenerator[Output, None]:
    turn, words, work = scene.turn, scene.words, scene.work
    hints = [begin(tame(hint.text), _A_HINT) for hint in turn.hints[-_HINTS:] if hint.text.strip()]
    values: Mapping[str, object] = {
        "question": clip(tame(turn.question or ""), _MOST_OF_QUESTION, words.clipped),
        "hints": "\n".join(hints) or words.none,
    }
    reply = scene.ask(scene.before(turn.turn), Order("hint", lambda _: values, HINT_FORM, _HINT))
    try:
        telling = Telling(scene, reply, "hint", lambda _, model: Began(work, model))
        async with aclosing(telling.outputs()) as outputs:
            async for output in outputs:
                yield output
    finally:
        await reply.aclose()
    if not telling.begun:
        raise Unusable("failing", "a reply without a hint")
    yield Ended(work)
