"""What happens when no model answers: the offline interviewer does the work, and the candidate is
told once of each cause, as long as the interview is awake. Without one the work fails, and may be
tried again.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from protocol.effects import Failed, Noticed, Output
from realtime.interviewer.leading.prompting import Notice, Trouble
from realtime.interviewer.leading.scene import Scene
from realtime.interviewer.request import Refusal
from realtime.ports import Conversation, InterviewerError

_CODES: Mapping[Refusal, Trouble] = {
    "failing": "model_unavailable",
    "busy": "rate_limited",
    "spent": "cost_limit",
}


class LastResort:
    """The last resort of one interview: `offline`, or none."""

    def __init__(self, offline: Conversation | None) -> None:
        self._offline = offline
        self._noticed: set[Notice] = set()

    async def perform(
        self, scene: Scene, refusal: Refusal, *, within: bool
    ) -> AsyncGenerator[Output, None]:
        """Do the work that no model did. `within`: its stream is open, and its text void.

        Raises:
            InterviewerError: there is no offline interviewer.
        """
        words, code = scene.words, _CODES[refusal]
        if self._offline is None:
            raise InterviewerError(code, words.error[code])
        if within:
            yield Failed(scene.work, code, words.error["interrupted"], retrying=True)
        notice: Notice = "cost_limit" if refusal == "spent" else "interviewer_offline"
        if notice not in self._noticed:
            self._noticed.add(notice)
            yield Noticed(scene.work, notice, words.notice[notice])
        async with aclosing(self._offline.perform(scene.work, scene.state)) as outputs:
            async for output in outputs:
                yield output

    async def aclose(self) -> None:
        """Let go of the offline interviewer."""
        if self._offline is not None:
            await self._offline.aclose()
