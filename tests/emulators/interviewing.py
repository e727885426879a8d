"""A model that can lead an interview: by the prompt's last words it asks, hints or gives feedback,
in Korean where the candidate's messages are; to a request for JSON it gives what fits the schema,
and a form of marks (`forms.py`) it fills in.

It knows no prompt of anybody's. What a schema calls `evidence` or `quote`, and what stands behind a
mark for a score, it takes word for word from the last answer: what the last message has between
tags that are called so, else its longest line.
"""

import re
from itertools import islice
from pathlib import Path

import msgspec
import orjson

from tests.emulators.filling import Filling
from tests.emulators.forms import Blank, filled, is_form
from tests.emulators.script import Asked, Reply

HANGUL = re.compile("[\uac00-\ud7a3]")
ANSWER = re.compile(r"<(\w*answer\w*)[^>]*>(.*?)</\1>", re.DOTALL)
QUOTED = ("evidence", "quote", "quotes")
QUOTE_WORDS = 8

# What a prompt may be after, by the words it asks with; without one, a question.
KINDS = {
    "hint": ("hint", "힌트"),
    "feedback": ("feedback", "피드백"),
    "report": ("report", "summary", "보고서", "총평", "리포트"),
    "question": ("question", "질문"),
}

PROSE: dict[str, dict[str, list[str]]] = msgspec.toml.decode(
    Path(__file__).with_name("prose.toml").read_bytes()
)


def interviewing(asked: Asked) -> Reply:
    """What an interviewer would say, at once.

    Raises:
        UnplayableError: the schema in the request can't be filled in.
    """
    last = next((said.text for said in reversed(asked.messages) if said.role == "user"), "")
    language = "ko" if HANGUL.search(last) else "en"
    if is_form(last):
        return Reply(filled(last, lambda blank: behind(blank, last, language, asked.number)))
    if asked.schema is None:
        return Reply(chosen(kind_of(last), language, asked.number))

    def words(name: str) -> str:
        if name in QUOTED:
            return quote(last)
        return chosen("feedback", language, asked.number)

    made = Filling(asked.schema, words, asked.number).fill()
    return Reply(orjson.dumps(made).decode())


def behind(blank: Blank, message: str, language: str, number: int) -> str:
    """What stands behind a mark of a form."""
    if blank.name == "score":
        words = quote(f"<answer>{blank.answer}</answer>" if blank.answer else message)
        return f'{blank.rest.split()[0]} {number % 5 + 1}\n"{words}"'
    kind = blank.name if blank.name in KINDS else "feedback"
    choices = blank.rest.split() if blank.name == "question" else [""]
    choice = choices[number % len(choices)]
    return f"{choice}\n{chosen(kind, language, number)}"


def chosen(kind: str, language: str, number: int) -> str:
    prose = PROSE[kind][language]
    return prose[number % len(prose)]


def kind_of(message: str) -> str:
    """What the last paragraph names first."""
    task = message.strip().rpartition("\n\n")[2].lower()
    places = {
        kind: min((task.find(word) for word in words if word in task), default=len(task))
        for kind, words in KINDS.items()
    }
    kind = min(places, key=lambda each: places[each])
    return kind if places[kind] < len(task) else "question"


def quote(message: str) -> str:
    """Some words of the candidate's answer, verbatim."""
    answers = ANSWER.findall(message)
    answer = answers[-1][1] if answers else max(message.split("\n"), key=len)
    words = list(islice(re.finditer(r"\S+", answer), QUOTE_WORDS))
    return answer[words[0].start() : words[-1].end()] if words else ""
