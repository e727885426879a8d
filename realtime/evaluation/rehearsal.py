"""What a measurement will take: it is gone through with a model that fills in every form with next
to nothing, and is asked as a real one would be.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from realtime.evaluation.cases import Case
from realtime.evaluation.listening import form_of
from realtime.evaluation.runs import Setting, run
from realtime.interviewer.estimate import prompt_tokens
from realtime.interviewer.leading.reply import Means
from realtime.interviewer.model import Usage
from realtime.interviewer.request import Answer, Request, Speaking, Told
from realtime.interviewer.routing.course import REPLY_PART

_MARK = re.compile(r"^@@.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many requests there will be if none has to be repeated, and what they take, about: each
    reply is as long as the part of its bound with which budgets count too.
    """

    requests: int
    usage: Usage


class _Understudy:
    """Plays `Models` without any."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    @property
    def names(self) -> tuple[str, ...]:
        return ("",)

    async def ask(self, request: Request) -> AsyncGenerator[Answer, None]:
        self.requests.append(request)
        marks = _MARK.findall(request.prompt.messages[-1].text)
        yield Speaking("")
        yield "\n".join(f"{_filled(mark)}\nx" for mark in marks)
        yield Told("stop")


async def forecast(setting: Setting, cases: Sequence[Case], repeat: int) -> Forecast:
    """What these cases take, done so often."""
    understudy = _Understudy()
    means = setting.kit.means
    kit = replace(setting.kit, means=Means(understudy, means.new_key, means.clock))
    await asyncio.gather(*(run(replace(setting, kit=kit), case, 0) for case in cases))
    # What it leaves open is asked for again, but not of a better one.
    requests = {
        (request.user_id, form_of(request)[0]): request.prompt
        for request in reversed(understudy.requests)
    }
    sent = sum(map(prompt_tokens, requests.values()))
    received = sum(prompt.max_tokens for prompt in requests.values())
    usage = Usage(repeat * sent, 0, round(repeat * received * REPLY_PART))
    return Forecast(repeat * len(requests), usage)


def _filled(mark: str) -> str:
    """A mark of a form without what only stands for something."""
    return re.sub(r" (N|\(.*\))$", " 1", mark)
