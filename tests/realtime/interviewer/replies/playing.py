"""A model that leads the interviews of `scenes/`: to each prompt it says one of the good replies.

Their writers had prompts before them in which the scene's questions were asked and its answers
given. So the scene's questions are put here too, in the places of the writers' own, each of the
scene's kind: a candidate who gives the scene's answers then has an interview whose feedback, scores
and report speak of what was asked and said. All else is as it was written, but for the key.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from protocol.view import Language
from tests.emulators.forms import ANSWER, MARK
from tests.emulators.interviewing import HANGUL
from tests.emulators.script import Asked, Reply, UnplayableError
from tests.realtime.interviewer.replies.prompts import KEY, SceneTurn, Told, told
from tests.realtime.interviewer.replies.replies import RawReply, replies

# A task, by the first name in the form that its prompt ends with.
TASKS: Mapping[str, str] = {
    "feedback": "answered",
    "score": "scores",
    "question": "question",
    "hint": "hint",
    "topic": "plan",
    "report": "report",
    "turn": "report_turns",
    "skill": "profile",
}

# Which place a prompt is at, by how many turns it shows. A hint is about the turn behind them.
ASKED_AFTER: Mapping[int, int] = {0: 1, 2: 2, 3: 3}
HINTED_AFTER: Mapping[int, int] = {0: 1, 2: 2}

_QUESTION = re.compile(rf"(?<=^@@{KEY} question )(\w+)\n.*?(?=\n@@{KEY} )", re.M | re.S)


def playing(asked: Asked) -> Reply:
    """The reply, at once.

    Raises:
        UnplayableError: the prompt is of no place of a scene, or doesn't let it go on.
    """
    last = next((said.text for said in reversed(asked.messages) if said.role == "user"), "")
    marks = MARK.findall(last)
    if not marks:
        raise UnplayableError("This prompt has no form to fill in.")
    key = marks[-1][0]
    form = [(name, rest.strip()) for each, name, rest in marks if each == key]
    language: Language = "ko" if HANGUL.search(last) else "en"
    return Reply(_said(last, form, language).replace(KEY, key))


def _said(prompt: str, form: Sequence[tuple[str, str]], language: Language) -> str:
    task = TASKS.get(form[0][0])
    if task is None:
        raise UnplayableError(f"No task has a form that begins with {form[0][0]!r}.")
    scene = told(language)
    number = _number(task, prompt, form, scene)
    good = _good(task, language, number)
    if task == "plan":
        return _coming_to(scene, good).text
    if task not in ("answered", "question"):
        return good[0].text
    put = len(ANSWER.findall(prompt))
    following = scene.turns[put] if put < len(scene.turns) else None
    return _leading_to(following, [each.text for each in good], form)


def _number(task: str, prompt: str, form: Sequence[tuple[str, str]], scene: Told) -> int:
    """The place's number among those of its task.

    Raises:
        UnplayableError: it is none of them.
    """
    answers = [answer for _, answer in ANSWER.findall(prompt)]
    answered = [turn.answer.strip() for turn in scene.turns]
    if answers != answered[: len(answers)]:
        raise UnplayableError("The candidate says something else than in the scene.")
    match task:
        case "answered" | "scores":
            return len(answers)
        case "question" | "hint":
            places = ASKED_AFTER if task == "question" else HINTED_AFTER
            if len(answers) not in places:
                raise UnplayableError(f"There is no {task} after {len(answers)} turns.")
            return places[len(answers)]
        case "report_turns":
            return 2 if any(name == "score" for name, _ in form) else 1
        case "profile":
            return 1 if '<document kind="resume">' in prompt else 2
        case _:
            return 1


@cache
def _good(task: str, language: Language, number: int) -> tuple[RawReply, ...]:
    wanted = f"{task}-{language}-{number}"
    good = tuple(each for each in replies() if each.place.name == wanted and each.nature == "good")
    if not good:
        raise UnplayableError(f"Nobody has written a good reply to {wanted}.")
    return good


def _coming_to(scene: Told, good: Sequence[RawReply]) -> RawReply:
    """The first plan that has a topic to which the scene comes, or else the first one."""
    topics = [turn.topic for turn in scene.turns[1:] if turn.kind == "main"]
    return next((each for each in good if any(topic in each.text for topic in topics)), good[0])


def _leading_to(
    turn: SceneTurn | None, good: Sequence[str], form: Sequence[tuple[str, str]]
) -> str:
    """The first reply that asks what kind of question the scene goes on with, asking that one.

    Raises:
        UnplayableError: it can't be asked here.
    """
    choices = [rest for name, rest in form if name == "question"]
    if turn is None:
        if choices:
            raise UnplayableError(f"The scene is over, and a question is wanted: {choices}.")
        return next(each for each in good if _QUESTION.search(each) is None)
    kind = turn.kind
    if kind not in choices:
        raise UnplayableError(f"The scene goes on with {kind}, where only {choices} may be asked.")
    for each in good:
        found = _QUESTION.search(each)
        if found is not None and found[1] == kind:
            return f"{each[: found.start()]}{kind}\n{turn.question.strip()}{each[found.end() :]}"
    raise UnplayableError(f"No good reply has a question of the kind {kind}.")
