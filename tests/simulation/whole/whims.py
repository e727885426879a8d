"""What a person at a terminal might send: the next thing, something possible, or anything."""

from collections.abc import Callable
from random import Random

from protocol.commands import (
    COMMANDS,
    AnswerSubmit,
    AudioCancel,
    AudioStart,
    AudioStop,
    Command,
    GenerationCancel,
    GenerationRetry,
    HintRequest,
    InterviewFinish,
    InterviewPause,
    InterviewResume,
    InterviewStart,
    QuestionSkip,
)
from protocol.states import LEGAL, LEGAL_WHILE_PAUSED
from protocol.view import Interview, View

ANSWERS = ("Because.", "했다.", "🙂 it was fun", "I " * 200)


def arbitrary(
    chance: Random, command_id: str, view: View | None, kinds: list[type[Command]]
) -> Command:
    """A command of one of these kinds, for the newest turn or near it; few end it all."""
    newest = 1 if view is None else max(1, len(view.interview.turns))
    turn = newest if chance.random() < 0.8 else newest + chance.choice((-1, 1, 1))
    kind = chance.choice(kinds)
    while kind is InterviewFinish and chance.random() < 0.9:
        kind = chance.choice(kinds)
    if kind in _PLAIN:
        return _PLAIN[kind](command_id)
    return _OF_A_TURN[kind](chance, command_id, max(1, turn))


def possible(view: View) -> list[type[Command]]:
    """The kinds that the phase allows."""
    legal = LEGAL_WHILE_PAUSED if view.interview.paused else LEGAL[view.interview.phase]
    return sorted(legal | {GenerationCancel}, key=lambda kind: kind.TYPE)


def anything() -> list[type[Command]]:
    """Every kind."""
    return list(COMMANDS.values())


def following(chance: Random, command_id: str, interview: Interview) -> Command | None:
    """What a candidate does next, as far as it is their move."""
    turn = len(interview.turns)
    if interview.paused:
        return InterviewResume(command_id)
    if interview.failed is not None:
        return GenerationRetry(command_id)
    if interview.phase == "created":
        return InterviewStart(command_id)
    if interview.phase == "reviewing":
        return AnswerSubmit(command_id, turn, "I did, really.")
    if interview.phase != "answering":
        return None
    dice = chance.random()
    if dice < 0.15:
        return HintRequest(command_id, turn)
    if dice < 0.25:
        return QuestionSkip(command_id, turn)
    if dice < 0.55:
        return AudioStart(command_id, turn, 16_000, review=dice < 0.3)
    return AnswerSubmit(command_id, turn, chance.choice(ANSWERS))


_PLAIN: dict[type[Command], Callable[[str], Command]] = {
    InterviewStart: InterviewStart,
    GenerationRetry: GenerationRetry,
    InterviewPause: InterviewPause,
    InterviewResume: InterviewResume,
    InterviewFinish: InterviewFinish,
}
_OF_A_TURN: dict[type[Command], Callable[[Random, str, int], Command]] = {
    AnswerSubmit: lambda chance, name, turn: AnswerSubmit(name, turn, chance.choice(ANSWERS)),
    AudioStart: lambda chance, name, turn: AudioStart(name, turn, 16_000),
    AudioStop: lambda chance, name, turn: AudioStop(name, turn, 640),
    AudioCancel: lambda chance, name, turn: AudioCancel(name, turn),
    QuestionSkip: lambda chance, name, turn: QuestionSkip(name, turn),
    HintRequest: lambda chance, name, turn: HintRequest(name, turn),
    GenerationCancel: lambda chance, name, turn: GenerationCancel(
        name, turn, "hint" if chance.random() < 0.5 else "feedback"
    ),
}
