"""Models that repeat an attack wherever they can, and interviews in which it stands everywhere."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from protocol.draft import State
from protocol.effects import Work
from protocol.view import Competency, Hint, Language
from realtime.interviewer.leading.scene import Kit
from realtime.interviewer.request import Request
from realtime.ports import Paper
from tests.realtime.interviewer.leading.answering import Script, ScriptedModels, Step, sensible
from tests.realtime.interviewer.replies.outcomes import (
    Outcome,
    kit_of,
    performed,
    piece_by_piece,
    profiled,
)
from tests.realtime.interviewer.replies.prompts import state, told

# What opens the sections of replies here. No attack has it, as no candidate can.
LIVE = "h4w8zt"
# A reply has room for so much beside what is wanted, and one section for so much before its own
# text, in characters.
_ROOM = 3_000
_BEFORE = 300


def echoing(text: str, attack: str) -> str:
    """The reply, with the attack before, in and behind each section, as often as there is room."""
    attack = attack[: _ROOM - 1]
    room = _ROOM
    lines: list[str] = []

    def repeat(*said: str) -> None:
        nonlocal room
        if room > sum(map(len, said)):
            room -= sum(map(len, said))
            lines.extend(said)

    if len(attack) <= _BEFORE:
        repeat(attack)
    for line in text.splitlines():
        lines.append(line)
        if len(attack) <= _BEFORE or not line.startswith("@@"):
            repeat(attack)
        if not line.startswith("@@"):
            repeat(f'"{attack}"')
    return "\n".join(lines)


def echo(attack: str) -> Script:
    """An obedient model that repeats the attack in every place."""

    def script(request: Request) -> Iterator[Step]:
        return piece_by_piece(echoing(sensible(request), attack))

    return script


def only(attack: str) -> Script:
    """A model that says nothing but the attack."""
    return lambda _: piece_by_piece(attack)


def honest(request: Request) -> Iterator[Step]:
    return piece_by_piece(sensible(request))


@dataclass(frozen=True, slots=True)
class Texts:
    """What others put into an interview. A null is what the scene has."""

    answer: str | None = None
    resume: str | None = None
    job_description: str | None = None
    role: str | None = None
    level: str | None = None
    question: str | None = None
    competency: str | None = None
    hint: str | None = None


FIELDS = tuple(Texts.__dataclass_fields__)


def with_texts(now: State, texts: Texts) -> State:
    """The interview, with these texts in it."""
    interview = now.view.interview
    config = interview.config
    if texts.competency is not None:
        own = Competency(texts.competency, texts.competency)
        config = replace(config, competencies=(own, Competency("Care", "Takes care.")))
    if texts.question is not None:
        config = replace(config, question_list=(texts.question,) * config.main_questions)
    config = replace(
        config,
        role=texts.role or config.role,
        level=texts.level or config.level,
        document_ids=("d1", "d2"),
    )
    turns = list(interview.turns)
    for number, turn in enumerate(turns):
        if texts.answer is not None and turn.answer is not None:
            turns[number] = replace(turn, answer=texts.answer)
        if texts.question is not None:
            turns[number] = replace(turns[number], question=texts.question)
        if texts.hint is not None and turn.answer is None:
            turns[number] = replace(turns[number], hints=(Hint(texts.hint, False),))
    interview = replace(interview, config=config, turns=tuple(turns))
    return replace(now, view=replace(now.view, interview=interview))


def papers_with(texts: Texts, language: Language) -> tuple[Paper, ...]:
    resume, job = told(language).papers()
    return (
        replace(resume, text=texts.resume or resume.text),
        replace(job, text=texts.job_description or job.text),
    )


def live_kit(models: ScriptedModels, papers: tuple[Paper, ...], key: str = LIVE) -> Kit:
    kit = kit_of(models, papers)
    return replace(kit, means=replace(kit.means, new_key=lambda: key))


def works(texts: Texts, language: Language) -> Sequence[tuple[Work, State]]:
    """An answer with all that follows on it, a hint, a plan, and two kinds of report."""
    answered = with_texts(state(language, 1), texts)
    asked = with_texts(state(language, 2, asked=True), texts)
    first = with_texts(state(language, 0), texts)
    later = with_texts(state(language, 2, feedback="end"), texts)
    ended = with_texts(state(language, 4, phase="reporting"), texts)
    at_end = with_texts(state(language, 4, phase="reporting", feedback="end"), texts)
    return (
        (Work("question", 1), first),
        (Work("feedback", 1), answered),
        (Work("question", 2), answered),
        (Work("scores", 1), answered),
        (Work("question", 3), later),
        (Work("scores", 2), asked),
        (Work("hint", 3), asked),
        (Work("report", None), ended),
        (Work("report", None), at_end),
    )


def interviewed(
    script: Script, texts: Texts, language: Language = "en", *, key: str = LIVE
) -> Outcome:
    """What comes of an interview that has these texts in it."""
    models = ScriptedModels(script)
    kit = live_kit(models, papers_with(texts, language), key)
    return asyncio.run(performed(kit, models, works(texts, language)))


def answered(script: Script, answer: str, language: Language) -> Outcome:
    """What comes of one answer: feedback, question and scores."""
    models = ScriptedModels(script)
    now = with_texts(state(language, 1), Texts(answer=answer))
    kinds = (Work("feedback", 1), Work("question", 2), Work("scores", 1))
    kit = live_kit(models, told(language).papers())
    return asyncio.run(performed(kit, models, [(work, now) for work in kinds]))


def read_document(script: Script, text: str) -> Outcome:
    """What comes of a document with this text."""
    models = ScriptedModels(script)
    paper = Paper("resume", text, None)
    return asyncio.run(profiled(live_kit(models, (paper,)), models, paper))
