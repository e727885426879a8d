"""Puts the next question: from the reply to the answer before it, or asked for by itself."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace

import structlog

from protocol.effects import Delta, Ended, Failed, NothingToAsk, Output, QuestionBegan
from protocol.view import QuestionKind, Turn
from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.questions import Next, asking, possible, question_mark
from realtime.interviewer.leading.reply import Reply, Unusable
from realtime.interviewer.leading.reviewing import A_QUESTION, MOST_OF_QUESTION, Review, ignored
from realtime.interviewer.leading.scene import KIND, Order, Scene, Size
from realtime.interviewer.leading.sections import Opened
from realtime.interviewer.leading.telling import Telling
from realtime.interviewer.leading.topics import Topics
from realtime.interviewer.request import NoAnswer

logger = structlog.get_logger(__name__)

FORM = Form(
    {"question": (KIND,), "end": ()},
    needed=frozenset({"question"}),
    streamed=frozenset({"question"}),
    most_chars={"question": MOST_OF_QUESTION},
)


async def question(
    scene: Scene, topics: Topics, made: Review | None
) -> AsyncGenerator[Output, None]:
    """The next question: from the review of the answer before it, or else asked for by itself.

    Raises:
        NoAnswer: no model answers.
    """
    if made is not None and made.at is not None and not made.asked:
        asker = _Asker(scene, made.following)
        async with aclosing(_held(scene, asker, made.reply, made.at)) as outputs:
            async for output in outputs:
                yield output
        if asker.ended:
            return
    assert scene.work.turn is not None
    put = scene.before(scene.work.turn)
    if scene.config.feedback == "end" and put:
        for noticed in ignored(scene, put[-1]):
            yield noticed
    following = possible(scene, topics, put)
    asker = _Asker(scene, following)
    none = following.main is None and following.follow_up is None
    asked = asker.put(following.by_rule) if none or following.given else _new(scene, asker, put)
    async with aclosing(asked) as outputs:
        async for output in outputs:
            yield output


async def _held(
    scene: Scene, asker: "_Asker", reply: Reply, at: int
) -> AsyncGenerator[Output, None]:
    """The question that a reply holds behind the place `at`, as far as it comes."""
    try:
        async with aclosing(asker.ask(reply, at)) as outputs:
            async for output in outputs:
                yield output
    except NoAnswer as error:
        if error.refusal != "failing":
            raise  # It would be waited for as long again.
        logger.info("question_missing", interview=scene.interview.id, why=str(error))
        if asker.within:
            yield asker.interrupted()


async def _new(
    scene: Scene, asker: "_Asker", put: tuple[Turn, ...]
) -> AsyncGenerator[Output, None]:
    """The question, asked for by itself."""
    reply = scene.ask(put, _alone(scene, asker.following))
    try:
        async with aclosing(asker.ask(reply, 0)) as outputs:
            async for output in outputs:
                yield output
    finally:
        await reply.aclose()
    if not asker.ended:
        raise Unusable("failing", "a reply without a question")


def _alone(scene: Scene, following: Next) -> Order:
    words, main = scene.words, following.main
    form = replace(FORM, bare=main is None or main.text is not None)

    def values(key: str) -> Mapping[str, object]:
        return {
            "asking": asking(following, words),
            "question_mark": question_mark(following, words, key),
        }

    return Order("question", values, form, Size(A_QUESTION, 0.8))


class _Asker:
    """Puts a question. `within`: its stream is open. `ended`: it was put, or none is to be."""

    def __init__(self, scene: Scene, following: Next) -> None:
        self._scene = scene
        self.following = following
        self.within = False
        self.ended = False

    async def ask(self, reply: Reply, at: int) -> AsyncGenerator[Output, None]:
        """Put the one that stands in a reply behind the place `at`, as far as there is one."""
        telling = Telling(self._scene, reply, "question", self._opening, at=at)
        async with aclosing(telling.outputs()) as outputs:
            async for output in outputs:
                if isinstance(output, Failed):
                    self.within = False
                yield output
        if telling.begun:
            self.ended, self.within = True, False
            yield Ended(self._scene.work)
        elif telling.mark is not None:
            kind = self.following.kind(telling.mark)
            if kind is None or self._is_given(kind):
                async with aclosing(self.put(kind)) as outputs:
                    async for output in outputs:
                        yield output

    async def put(self, kind: QuestionKind | None) -> AsyncGenerator[Output, None]:
        """Put the question that is given, or none."""
        work, main = self._scene.work, self.following.main
        self.ended = True
        if kind is None or main is None or main.text is None:
            yield NothingToAsk(work)
            return
        yield QuestionBegan(work, "main", main.topic.name)
        yield Delta(work, main.text)
        yield Ended(work)

    def interrupted(self) -> Failed:
        """That its stream begins again."""
        self.within = False
        interrupted = self._scene.words.error["interrupted"]
        return Failed(self._scene.work, "model_unavailable", interrupted, retrying=True)

    def _opening(self, mark: Opened, model: str) -> QuestionBegan | None:
        kind = self.following.kind(mark)
        if kind is None or self._is_given(kind):
            return None
        self.within = True
        return QuestionBegan(self._scene.work, kind, self.following.topic(kind, self._scene.words))

    def _is_given(self, kind: QuestionKind) -> bool:
        main = self.following.main
        return kind == "main" and main is not None and main.text is not None
