"""The interviewer over language models.

It decides by rule what is to be asked, judged and told, has a model find the words, and checks what
comes back before anybody relies on it. When no model answers, the offline interviewer goes on
(`last_resort.py`). Nothing that matters is remembered: a rebuilt interview goes on as the lost one
would have.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from protocol.draft import State
from protocol.effects import (
    Began,
    Delta,
    Ended,
    Failed,
    NothingToAsk,
    Output,
    QuestionBegan,
    Work,
)
from protocol.view import Language
from realtime.interviewer.leading.context import begin, clip, tame
from realtime.interviewer.leading.judging import score
from realtime.interviewer.leading.last_resort import LastResort
from realtime.interviewer.leading.prompting import Prompts
from realtime.interviewer.leading.questions import Next, next_question
from realtime.interviewer.leading.reporting import report
from realtime.interviewer.leading.scene import Kit, Plan, Reply, Scene
from realtime.interviewer.leading.telling import told
from realtime.interviewer.offline.library import Library
from realtime.interviewer.request import Models, NoAnswer, Request
from realtime.ports import Conversation, Interviewer

_QUESTION = Reply(400, 0.8)
_FEEDBACK = Reply(700, 0.5)
_HINT = Reply(300, 0.7)

# Of earlier hints: how many are shown, and in how many tokens each; and of the question.
_HINTS = 3
_A_HINT = 80
_MOST_OF_QUESTION = 300


class ModelInterviewer:
    """An `Interviewer` over models. `offline` is its last resort; without one, a work that no model
    does fails.
    """

    def __init__(
        self,
        models: Models,
        prompts: Mapping[Language, Prompts],
        library: Library,
        offline: Interviewer | None,
    ) -> None:
        self._kit = Kit(models, prompts, library, offline)

    @property
    def models(self) -> tuple[str, ...]:
        return self._kit.models.names

    def converse(self, user_id: str, interview_id: str) -> "ModelConversation":
        offline = self._kit.offline
        resort = None if offline is None else offline.converse(user_id, interview_id)
        return ModelConversation(user_id, self._kit, resort)


class ModelConversation:
    """Its side of one interview. It remembers what the candidate was told of outages, and the
    plan.
    """

    def __init__(self, user_id: str, kit: Kit, offline: Conversation | None) -> None:
        self._user_id = user_id
        self._kit = kit
        self._last_resort = LastResort(offline)
        self._plan = Plan()

    async def perform(self, work: Work, state: State) -> AsyncGenerator[Output, None]:
        """Do a work, as `realtime.ports.Conversation` has it.

        Raises:
            InterviewerError: no model answers, and there is no offline interviewer.
            ValueError: a work that no interviewer of this kind is asked for (a rival's answer, a
            transcript).
        """
        scene = Scene(self._user_id, work, state, self._kit, self._plan)
        within = False
        try:
            async with aclosing(_outputs(scene)) as outputs:
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
        """Let go of the last resort."""
        await self._last_resort.aclose()


def _outputs(scene: Scene) -> AsyncGenerator[Output, None]:
    """What models make of the work."""
    match scene.work.what:
        case "question":
            return _question(scene)
        case "feedback":
            return _streamed(scene, _feedback(scene))
        case "hint":
            return _streamed(scene, _hint(scene))
        case "scores":
            return score(scene)
        case "report":
            return report(scene)
        case _:
            raise ValueError(f"an interviewer over models gives no {scene.work.what} yet")


async def _question(scene: Scene) -> AsyncGenerator[Output, None]:
    work, following = scene.work, next_question(scene)
    if following is None:
        yield NothingToAsk(work)
        return
    opened = QuestionBegan(work, following.kind, following.topic)
    if following.text is not None:
        yield opened
        yield Delta(work, following.text)
        yield Ended(work)
        return
    async with aclosing(_put(scene, following, opened)) as outputs:
        async for output in outputs:
            yield output
    yield Ended(work)


def _put(scene: Scene, following: Next, opened: QuestionBegan) -> AsyncGenerator[Output, None]:
    assert scene.work.turn is not None
    request = scene.request(scene.before(scene.work.turn), following.task, _QUESTION)
    return told(scene, request, lambda _: opened)


async def _streamed(scene: Scene, request: Request) -> AsyncGenerator[Output, None]:
    async with aclosing(told(scene, request, lambda model: Began(scene.work, model))) as outputs:
        async for output in outputs:
            yield output
    yield Ended(scene.work)


def _feedback(scene: Scene) -> Request:
    turns = scene.before(scene.turn.turn + 1)
    return scene.request(turns, scene.prompts.task("feedback"), _FEEDBACK)


def _hint(scene: Scene) -> Request:
    turn, words = scene.turn, scene.words
    hints = [begin(tame(hint.text), _A_HINT) for hint in turn.hints[-_HINTS:] if hint.text.strip()]
    values = {
        "question": clip(tame(turn.question or ""), _MOST_OF_QUESTION, words.clipped),
        "hints": "\n".join(hints) or words.none,
    }
    return scene.request(scene.before(turn.turn), scene.prompts.task("hint", values), _HINT)
