"""The core against a server, over a network that is cut, delayed and blocked at random, with a
server that crashes and a database that fails (`protocol.md` 1): no command is lost or takes effect
twice, no event is missing or comes twice, and in the end the client holds what the server holds.
"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from protocol.client.data import Open, Stopped
from protocol.client.in_flight import MOST_IN_FLIGHT
from protocol.close_codes import Close
from protocol.commands import (
    AnswerSubmit,
    Command,
    GenerationRetry,
    HintRequest,
    InterviewFinish,
    InterviewPause,
    InterviewResume,
    InterviewStart,
    QuestionSkip,
)
from tests.protocol.client.network import CUT, World

# Far more than the longest interview needs to come to its end.
PATIENCE = 20_000
CODES = (CUT, 1001, 1011, 1012, 1013, Close.DRAINING, Close.SLOW_CONSUMER, Close.REBUILT, 4106)


def wish(world: World) -> Command | None:
    """What a candidate does next who sees what the client sees."""
    view = world.core.view
    command_id = f"c{len(world.given)}"
    if view is None:
        return InterviewStart(command_id)
    interview = view.interview
    if interview.paused:
        return InterviewResume(command_id)
    if interview.failed is not None:
        return GenerationRetry(command_id)
    if interview.phase == "created":
        return InterviewStart(command_id)
    if interview.phase == "answering":
        return AnswerSubmit(command_id, len(interview.turns), "Because.")
    return None


def whim(world: World, number: int) -> Command:
    """Something that may or may not be legal."""
    command_id = f"c{len(world.given)}"
    view = world.core.view
    turn = 1 if view is None else max(1, len(view.interview.turns))
    commands: list[Command] = [
        InterviewPause(command_id),
        InterviewResume(command_id),
        HintRequest(command_id, turn),
        QuestionSkip(command_id, turn),
        AnswerSubmit(command_id, turn, "That."),
        InterviewFinish(command_id),
    ]
    return commands[number % len(commands)]


def go_on(world: World) -> None:
    """The server works."""
    if world.server.running:
        world.server.go_on(world.chance.choice(world.server.running))


def act(world: World, action: str, number: int) -> None:
    """One thing happens."""
    match action:
        case "wish":
            command = wish(world)
            if command is not None and len(world.core.in_flight) < MOST_IN_FLIGHT:
                world.give(command)
        case "whim" if len(world.core.in_flight) < MOST_IN_FLIGHT:
            world.give(whim(world, number))
        case "go_on":
            go_on(world)
        case "close":
            world.close(CODES[number % len(CODES)])
        case "crash":
            world.server.crash()
        case "block":
            world.blocked = not world.blocked
        case "answer_post":
            world.answer_post(lost=number % 3 == 0)
        case "drain" | "revoke" | "lose_post" | "renew" | "up" | "down" | "read" | "wake":
            getattr(world, action)()


ACTIONS = (
    *("wish", "whim", "go_on", "close", "crash", "block", "answer_post"),
    *("drain", "revoke", "lose_post", "renew", "up", "down", "read", "wake"),
    # What has to happen often for anything to happen at all.
    *("go_on", "up", "up", "down", "down", "read", "renew"),
)
EVENTS = st.tuples(st.sampled_from(ACTIONS), st.integers(0, 20))


def end(world: World) -> bool:
    """The log comes to its end, where that is so far, while something is asked."""
    finished = world.server.view.interview.phase == "finished"
    if finished and isinstance(world.core.link, Open) and not world.core.in_flight:
        world.give(whim(world, world.chance.randrange(20)))
    return world.end_of_log()


def calm(world: World) -> None:
    """Nothing goes wrong any more, and the candidate does what is next: the interview ends, and
    what is asked of it last is unanswered then.
    """
    world.blocked = False
    world.server.faults = 0.0
    world.mood.delay = world.mood.failover = world.mood.failure = 0.0
    for _ in range(PATIENCE):
        if isinstance(world.core.link, Stopped):
            return
        if end(world):
            continue
        moved = [world.renew(), world.up(), world.read(), world.down(), world.answer_post()]
        if any(moved):
            continue
        go_on(world)
        if isinstance(world.core.link, Open) and not world.core.in_flight:
            command = wish(world)
            if command is not None:
                world.give(command)
        if not world.read() and not world.server.running:
            world.wake()
    raise AssertionError("the interview doesn't come to its end")


@given(st.integers(0, 2**32), st.lists(EVENTS, max_size=150))
def test_nothing_is_lost_and_nothing_is_there_twice(
    seed: int, events: list[tuple[str, int]]
) -> None:
    world = World(seed)
    for action, number in events:
        act(world, action, number)
    calm(world)
    assert isinstance(world.core.link, Stopped)
    assert world.core.link.action == "done"
    world.assert_kept()
    ours, theirs = world.core.view, world.server.view
    assert ours is not None
    assert replace(ours, interview=replace(ours.interview, remaining_ms=None)) == theirs
