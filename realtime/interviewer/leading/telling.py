"""A section of a reply as a stream: from what a model says to outputs.

A stream begins with the first of its text. What is void is told so, and begins again.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from protocol.effects import Delayed, Delta, Failed, Output
from realtime.interviewer.leading.reply import Reply, Said, Section, gather
from realtime.interviewer.leading.scene import Scene
from realtime.interviewer.leading.sections import Opened
from realtime.interviewer.request import Broken, Speaking, Waiting

# What opens the stream, by the section's mark and the model whose text it is; null: that text isn't
# wanted.
Opening = Callable[[Opened, str], Output | None]


class Telling:
    """The section `name` of a reply, which is read from `at` on.

    `at`: how far it has been read, in the end to where the section ended. `mark`: with which it
    began; null: it never did. `begun`: the stream is open. `others`: with `to_end` the reply is
    read to its end, and these are its other sections.
    """

    def __init__(
        self,
        scene: Scene,
        reply: Reply,
        name: str,
        opening: Opening,
        *,
        at: int = 0,
        to_end: bool = False,
    ) -> None:
        self._scene = scene
        self._reply = reply
        self._name = name
        self._opening = opening
        self._to_end = to_end
        self._model = ""
        self._within = False
        self.at = at
        self.mark: Opened | None = None
        self.begun = False
        self.others: list[Section] = []

    async def outputs(self) -> AsyncGenerator[Output, None]:
        """The stream but for its end; nothing if the section has no text, or doesn't come.

        Raises:
            NoAnswer: no model answers.
        """
        async with aclosing(self._reply.read(self.at)) as said:
            async for each in said:
                if isinstance(each, Opened) and self._within and not self._to_end:
                    return
                self.at += 1
                if isinstance(each, str) and self._within:
                    if not self.begun and (opened := self._open()) is not None:
                        yield opened
                    if not self.begun:
                        return
                    yield Delta(self._scene.work, each)
                elif (output := self._hear(each)) is not None:
                    yield output

    def _open(self) -> Output | None:
        assert self.mark is not None
        opened = self._opening(self.mark, self._model)
        self.begun = opened is not None
        return opened

    def _hear(self, said: Said) -> Output | None:
        """What anything but the section's text brings."""
        work = self._scene.work
        match said:
            case Waiting():
                return Delayed(work, said.reason, said.retry_after_ms)
            case Speaking():
                self._model = said.model
            case Opened() if said.name == self._name and self.mark is None:
                self.mark, self._within = said, True
            case Opened() | str():
                self._within = False
                gather(self.others, said)
            case Broken():
                begun, self.begun, self.mark, self._within = self.begun, False, None, False
                gather(self.others, said)
                if begun:
                    interrupted = self._scene.words.error["interrupted"]
                    return Failed(work, "model_unavailable", interrupted, retrying=True)
        return None
