"""A reply that is read as it is written: from a model's pieces to a stream's outputs.

A stream begins with the first piece that has something to read in it; a reply without any is asked
for once more. What a model says beyond its due is cut.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from protocol.effects import Delayed, Delta, Failed, Output, Work
from realtime.interviewer.leading.context import MOST_CHARACTERS_A_TOKEN
from realtime.interviewer.leading.plain import Plain
from realtime.interviewer.leading.scene import Scene
from realtime.interviewer.request import Broken, NoAnswer, Request, Speaking, Told, Waiting

ATTEMPTS = 2
_SENTENCE_ENDS = (".", "!", "?", "…", "。", '"', "”", "’", ")", "]")

Opening = Callable[[str], Output]


async def told(scene: Scene, request: Request, opening: Opening) -> AsyncGenerator[Output, None]:
    """The reply's stream but for its end: `opening(model)`, and the deltas.

    Raises:
        NoAnswer: no model answers, or none says a word.
    """
    for _ in range(ATTEMPTS):
        telling = _Telling(scene, opening, request.prompt.max_tokens * MOST_CHARACTERS_A_TOKEN)
        async with aclosing(scene.kit.models.ask(request)) as answers:
            async for answer in answers:
                if isinstance(answer, str):
                    for output in telling.say(answer):
                        yield output
                    if telling.left <= 0:
                        break
                elif (other := telling.hear(answer)) is not None:
                    yield other
        for output in telling.end():
            yield output
        if telling.begun:
            return
    raise NoAnswer("failing", "replies without a word in them")


class _Telling:
    """One reply. `begun`: its stream is open. `left`: how many characters it may still have."""

    def __init__(self, scene: Scene, opening: Opening, most: int) -> None:
        self._work: Work = scene.work
        self._interrupted = scene.words.error["interrupted"]
        self._opening = opening
        self._most = most
        self._plain = Plain()
        self._model = ""
        self._last = ""
        self._cut = False
        self.begun = False
        self.left = most

    def say(self, piece: str) -> tuple[Output, ...]:
        """What a piece of text brings."""
        return self._said(self._plain.feed(piece)[: self.left])

    def hear(self, answer: Waiting | Speaking | Broken | Told) -> Output | None:
        """What anything but text brings."""
        match answer:
            case Waiting():
                return Delayed(self._work, answer.reason, answer.retry_after_ms)
            case Speaking():
                self._model = answer.model
            case Broken():
                begun, self.begun = self.begun, False
                self.left, self._plain = self._most, Plain()
                if begun:
                    return Failed(self._work, "model_unavailable", self._interrupted, retrying=True)
            case Told():
                self._cut = answer.reason != "stop"
        return None

    def end(self) -> tuple[Output, ...]:
        """What the end of the reply brings."""
        outputs = self._said(self._plain.end()[: self.left])
        cut = self._cut or self.left <= 0
        if self.begun and cut and not self._last.endswith(_SENTENCE_ENDS):
            return (*outputs, Delta(self._work, "…"))
        return outputs

    def _said(self, text: str) -> tuple[Output, ...]:
        """Tuples, no generators: this runs once a token."""
        if not text:
            return ()
        self.left -= len(text)
        self._last = text
        delta = Delta(self._work, text)
        if self.begun:
            return (delta,)
        self.begun = True
        return (self._opening(self._model), delta)
