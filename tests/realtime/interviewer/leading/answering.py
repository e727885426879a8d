"""Models for tests of whoever asks them: they answer each request as they are told to.

`sensible` is what an able and obedient model would say; the rest of this file says it badly.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from typing import Any

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

MODEL = "able-1"
OTHER = "other-2"

Step = Answer | NoAnswer
Script = Callable[[Request], Iterable[Step]]

_ANSWER = re.compile(
    r'<turn number="(\d+)"[^>]*>(?:(?!</turn>).)*?<answer>\n(.*?)\n</answer>', re.S
)
_TURNS = {"en": re.compile(r"for the turns ([\d, ]+)\."), "ko": re.compile(r"([\d, ]+)번 차례에")}


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
                if isinstance(step, NoAnswer):
                    raise step
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


def broken_in_the_middle(request: Request) -> Iterator[Step]:
    """One model breaks off, another answers."""
    text = sensible(request)
    yield Speaking(OTHER)
    yield text[: len(text) // 2]
    yield Broken()
    yield from spoken(text)


def refused(refusal: Refusal) -> Script:
    """No model begins."""
    return lambda request: [NoAnswer(refusal, "none")]


def refused_in_the_middle(request: Request) -> Iterator[Step]:
    """One breaks off, and no other answers."""
    yield Speaking(MODEL)
    yield "Half a "
    yield Broken()
    yield NoAnswer("failing", "none")


# --- what is said ---------------------------------------------------------------------------------


def prompt_of(request: Request) -> str:
    return request.prompt.messages[-1].text


def task_of(request: Request) -> str:
    """The task, at the request's end."""
    return prompt_of(request).rpartition("</turn>")[2]


def answers_in(request: Request) -> dict[int, str]:
    """The answers that are shown whole, by turn."""
    return {int(turn): answer for turn, answer in _ANSWER.findall(prompt_of(request))}


def language_of_prompt(request: Request) -> Language:
    return "ko" if "모의 면접" in request.prompt.messages[0].text else "en"


def sensible(request: Request) -> str:
    language = language_of_prompt(request)
    structure = request.prompt.structure
    if structure is None:
        return _words(request, language)
    if structure.name == "scores":
        *_, answer = answers_in(request).values()
        return json.dumps({"reason": "", "scores": scores_of(request, answer)}, ensure_ascii=False)
    return json.dumps(_parts(request, language), ensure_ascii=False)


def _words(request: Request, language: Language) -> str:
    what, turn = request.work.what, request.work.turn
    given = sum(text in prompt_of(request) for text in ("hint 1:", "힌트 1:"))
    said: dict[str, dict[Language, str]] = {
        "question": {
            "en": f"Thank you. What did you do then, in part {turn}?",
            "ko": f"네, 감사합니다. {turn}번째로 맡으신 일은 무엇이었나요?",
        },
        "feedback": {
            "en": "You named what you did. Say next time what came of it, with a figure.",
            "ko": "직접 하신 일을 말씀해 주셨습니다. 다음에는 결과를 숫자와 함께 말씀해 보세요.",
        },
        "hint": {
            "en": f"Here is hint {given + 1}: think of what came first.",
            "ko": f"힌트 {given + 1}: 가장 먼저 하신 일부터 떠올려 보세요.",
        },
        "report": {
            "en": "You told what happened.\n\nPractise saying what came of it.",
            "ko": "있었던 일을 잘 들려주셨습니다.\n\n결과를 말하는 연습을 해 보시면 좋겠습니다.",
        },
    }
    return said[what][language]


def scores_of(request: Request, answer: str) -> list[dict[str, Any]]:
    """Figures are what this model likes."""
    structure = request.prompt.structure
    assert structure is not None
    properties = structure.schema["properties"]
    items = properties["scores"] if "scores" in properties else _turn_schema(properties)["scores"]
    ids = items["items"]["properties"]["competency"]["enum"]
    score = 4 if re.search(r"\d", answer) else 2
    quote = " ".join(answer.split()[:6])[:200]
    return [{"competency": each, "score": score, "evidence": [quote]} for each in ids]


def _turn_schema(properties: Any) -> Any:
    return properties["turns"]["items"]["properties"]


def _parts(request: Request, language: Language) -> dict[str, Any]:
    found = _TURNS[language].search(task_of(request))
    assert found is not None
    structure = request.prompt.structure
    assert structure is not None
    scored = "scores" in _turn_schema(structure.schema["properties"])
    answers = answers_in(request)
    turns = []
    for turn in map(int, found[1].split(",")):
        said: dict[str, Any] = {
            "turn": turn,
            "summary": {"en": "You told it.", "ko": "하신 일을 말씀하셨습니다."}[language],
            "better_answer": {"en": "I did it. [figure]", "ko": "저는 했습니다. [수치]"}[language],
        }
        if scored:
            said["scores"] = scores_of(request, answers[turn])
        turns.append(said)
    strengths = {"en": ["You told what you did."], "ko": ["하신 일을 말씀하셨습니다."]}
    improvements = {"en": ["Say what came of it."], "ko": ["결과도 말씀해 보세요."]}
    return {
        "strengths": strengths[language],
        "improvements": improvements[language],
        "turns": turns,
    }
