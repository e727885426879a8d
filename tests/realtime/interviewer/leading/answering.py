"""Models for tests of whoever asks them: they answer each request as they are told to.

`sensible` is what an able and obedient model would say; the rest of this file says it badly.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

from protocol.view import Language
from realtime.interviewer.request import (
    Answer,
    Broken,
    NoAnswer,
    Refusal,
    Request,
    Speaking,
    Told,
)
from tests.emulators.forms import MARK, Blank, filled

MODEL = "able-1"
OTHER = "other-2"

# An event is waited for; an error is raised.
Step = Answer | asyncio.Event | Exception
Script = Callable[[Request], Iterable[Step]]


class ScriptedModels:
    """Plays `Models`. `requests`: all that was asked; `open`: how many answers are under way."""

    names = (MODEL, OTHER)

    def __init__(self, script: Script | None = None) -> None:
        self._script = script or smoothly
        self.requests: list[Request] = []
        self.open = 0

    async def ask(self, request: Request) -> AsyncGenerator[Answer, None]:
        self.requests.append(request)
        self.open += 1
        try:
            for step in self._script(request):
                await asyncio.sleep(0)
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            self.open -= 1


# --- how it comes ---------------------------------------------------------------------------------


def smoothly(request: Request) -> Iterator[Step]:
    yield from spoken(sensible(request))


def spoken(text: str, model: str = MODEL) -> Iterator[Step]:
    """The text, word by word."""
    yield Speaking(model)
    yield from re.findall(r"\s*\S+|\s+$", text)
    yield Told("stop")


def saying(name: str, text: str, *rest: Step) -> Script:
    """One section, and what comes behind it."""
    return lambda request: [Speaking(MODEL), f"{mark(request, name)}\n{text}", *rest]


def without(*names: str) -> Script:
    """A model that leaves these sections out."""
    return changing(lambda blank, said: None if blank.name in names else said)


def changing(change: Callable[[Blank, str], str | None]) -> Script:
    """A sensible reply; what stands behind each mark as `change` makes it, null: no such mark."""

    def script(request: Request) -> Iterator[Step]:
        prompt = prompt_of(request)

        def say(blank: Blank) -> str | None:
            said = _behind(blank, prompt)
            return None if said is None else change(blank, said)

        yield from spoken(filled(prompt, say))

    return script


def until(name: str, *rest: Step, words: int = 0) -> Script:
    """A sensible reply up to the first mark of that name and so many `words` behind it, and what
    comes then. Without such a mark it is whole.
    """

    def script(request: Request) -> Iterator[Step]:
        text = sensible(request)
        found = re.search(rf"@@\w+ {name}\b(?:\s+\S+){{{words}}}", text)
        if found is None:
            yield from spoken(text)
            return
        yield Speaking(OTHER)
        yield from re.findall(r"\s*\S+", text[: found.end()])
        yield from rest

    return script


def after_an_answer(script: Script) -> Script:
    """All comes smoothly, but for the reply to an answer."""
    return lambda request: (script if request.what == "feedback" else smoothly)(request)


def broken_in_the_middle(request: Request) -> Iterator[Step]:
    """One model breaks off, another answers."""
    return broken_at(0.5)(request)


def broken_at(part: float) -> Callable[[Request], Iterator[Step]]:
    """One model breaks off after that part of its reply, another answers."""

    def script(request: Request) -> Iterator[Step]:
        text = sensible(request)
        yield Speaking(OTHER)
        yield text[: int(len(text) * part)]
        yield Broken()
        yield from spoken(text)

    return script


def refused(refusal: Refusal) -> Script:
    """No model begins."""
    return lambda request: [NoAnswer(refusal, "none")]


def refused_in_the_middle(request: Request) -> Iterator[Step]:
    """One breaks off, and no other answers."""
    yield Speaking(MODEL)
    yield f"{mark(request, first_name(request))}\nHalf a "
    yield Broken()
    yield NoAnswer("failing", "none")


# --- what is said ---------------------------------------------------------------------------------


def prompt_of(request: Request) -> str:
    return request.prompt.messages[-1].text


def key_of(request: Request) -> str:
    """What opens sections of the reply."""
    key: str = MARK.findall(prompt_of(request))[-1][0]
    return key


def first_name(request: Request) -> str:
    """The first section that is wanted."""
    key = key_of(request)
    names: list[str] = [n for each, n, _ in MARK.findall(prompt_of(request)) if each == key]
    return names[0]


def mark(request: Request, name: str) -> str:
    """What opens that section."""
    return f"@@{key_of(request)} {name}"


def task_of(request: Request) -> str:
    """The task, at the request's end."""
    return prompt_of(request).rpartition("</turn>")[2]


def sensible(request: Request) -> str:
    """What an obedient model says: the form that the prompt ends with, filled in."""
    return reply_to(prompt_of(request))


def reply_to(prompt: str) -> str:
    """`sensible`, where only the request's last message is known."""
    return filled(prompt, lambda blank: _behind(blank, prompt))


def _behind(blank: Blank, prompt: str) -> str | None:
    language: Language = "ko" if "할 일:" in prompt else "en"
    match blank.name:
        case "score":
            return f"{blank.rest.split()[0]} {figure(blank.answer)}\n{_quote(blank.answer)}"
        case "unscored":
            return None
        case "question":
            number = prompt.count("<turn ") + 1
            said = _SAID["question"][language].format(number=number)
            return f"{blank.rest.split()[0]}\n{said}"
        case "hint":
            given = sum(text in prompt for text in ("hint 1:", "힌트 1:"))
            return "\n" + _SAID["hint"][language].format(number=given + 1)
        case _:
            return "\n" + _SAID[blank.name][language]


_SAID: dict[str, dict[Language, str]] = {
    "question": {
        "en": "Thank you. What did you do then, in part {number}?",
        "ko": "네, 감사합니다. {number}번째로 맡으신 일은 무엇이었나요?",
    },
    "feedback": {
        "en": "You named what you did. Say next time what came of it, with a figure.",
        "ko": "직접 하신 일을 말씀해 주셨습니다. 다음에는 결과를 숫자와 함께 말씀해 보세요.",
    },
    "hint": {
        "en": "Here is hint {number}: think of what came first.",
        "ko": "힌트 {number}: 가장 먼저 하신 일부터 떠올려 보세요.",
    },
    "report": {
        "en": "You told what happened.\n\nPractise saying what came of it.",
        "ko": "있었던 일을 잘 들려주셨습니다.\n\n결과를 말하는 연습을 해 보시면 좋겠습니다.",
    },
    "strength": {"en": "You told what you did.", "ko": "하신 일을 말씀하셨습니다."},
    "improvement": {"en": "Say what came of it.", "ko": "결과도 말씀해 보세요."},
    "summary": {"en": "You told it.", "ko": "하신 일을 말씀하셨습니다."},
    "better": {"en": "I did it. [figure]", "ko": "저는 했습니다. [수치]"},
    "skill": {"en": "Python", "ko": "Python"},
    "experience": {"en": "Engineer | | |", "ko": "분석가 | | |"},
    "project": {"en": "A ledger | | |", "ko": "예측 모델 | | |"},
    "education": {"en": "BSc | | |", "ko": "학사 | | |"},
    "topic": {"en": "A day's work | what it was like", "ko": "하루의 일 | 어떠했는지"},
}


def figure(answer: str) -> int:
    """Figures are what this model likes."""
    return 4 if re.search(r"\d", answer) else 2


def _quote(answer: str) -> str:
    return " ".join(answer.split()[:6])[:200]
