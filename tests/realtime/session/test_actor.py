"""The actor: committed then said, one thing at a time, and what becomes of its works."""

import asyncio
from collections.abc import Callable

import pytest

from protocol.close_codes import Close
from protocol.commands import (
    AnswerSubmit,
    GenerationCancel,
    GenerationRetry,
    HintRequest,
    InterviewFinish,
    InterviewPause,
    InterviewResume,
    InterviewStart,
)
from protocol.effects import Work
from protocol.errors import ProtocolError
from protocol.view import Config
from tests.realtime.fakes import FakeAlarm, FakeClock, ScriptedInterviewer, Watcher, until
from tests.realtime.session.house import Build

pytestmark = pytest.mark.anyio


async def test_a_whole_interview(build: Build) -> None:
    house = build()
    actor = await house.wake()
    watcher = Watcher()
    actor.attach(watcher, candidate=True)
    await house.send(InterviewStart("c1"))
    for turn in (1, 2):
        await house.until_phase("answering")
        await house.send(AnswerSubmit(f"a{turn}", turn, "words of mine"))
    await house.until_phase("finished")
    assert actor.ended
    assert house.said[-1] == "report.completed"
    final = house.store.states["iv"].view.interview
    assert [turn.answer for turn in final.turns] == ["words of mine"] * 2
    assert all(turn.feedback[0].scores for turn in final.turns)
    assert house.store.epochs["iv"] == (1, actor.log.head)


async def test_nothing_is_said_before_it_is_committed(build: Build) -> None:
    house = build()
    actor = await house.wake()
    house.store.held = asyncio.Event()
    actor.submit(InterviewStart("c1"), house.replies)
    for _ in range(20):
        await asyncio.sleep(0)
    assert (house.replies.outcomes, actor.log.head, house.phase) == ([], 0, "created")
    house.store.held.set()
    await until(lambda: bool(house.replies.outcomes))
    assert house.said[0] == "interview.started"


async def test_a_repeated_command_is_acked_and_does_nothing(build: Build) -> None:
    house = build()
    await house.wake()
    await house.send(InterviewStart("c1"))
    await house.until_phase("answering")
    commits = len(house.store.commits)
    again = await house.replies.next(house.actor.submit, InterviewStart("c1"))
    assert again.repeated
    assert again.seq == house.actor.log.head
    assert len(house.store.commits) == commits


async def test_a_reused_id_is_refused_before_the_phase_is_looked_at(build: Build) -> None:
    house = build()
    await house.wake()
    await house.send(InterviewStart("c1"))
    with pytest.raises(ProtocolError) as caught:
        await house.send(InterviewFinish("c1"))
    assert caught.value.code == "id_reused"


async def test_a_repetition_is_known_after_a_restart(build: Build) -> None:
    house = build()
    await house.wake()
    await house.send(InterviewStart("c1"))
    await house.actor.retire(Close.REBUILT)
    await house.wake()
    again = await house.replies.next(house.actor.submit, InterviewStart("c1"))
    assert (again.repeated, again.epoch) == (True, 2)


async def test_two_commands_at_once_are_taken_one_after_the_other(build: Build) -> None:
    house = build()
    await house.wake()
    house.actor.submit(InterviewStart("c1"), house.replies)
    house.actor.submit(InterviewPause("c2"), house.replies)
    house.actor.submit(InterviewResume("c3"), house.replies)
    await until(lambda: len(house.replies.outcomes) == 3)
    assert [getattr(outcome, "re", None) for outcome in house.replies.outcomes] == [
        "c1",
        "c2",
        "c3",
    ]
    assert house.said[:3] == ["interview.started", "interview.paused", "interview.resumed"]


async def test_a_failed_commit_ends_the_actor_and_says_nothing(build: Build) -> None:
    house = build()
    actor = await house.wake()
    watcher = Watcher()
    actor.attach(watcher, candidate=True)
    house.store.fails = True
    with pytest.raises(ProtocolError) as caught:
        await house.send(InterviewStart("c1"))
    assert caught.value.code == "storage_unavailable"
    assert (watcher.dropped, actor.retired, actor.log.head) == (Close.REBUILT, True, 0)
    assert house.quiet == [actor]


async def test_what_waits_behind_a_failed_commit_is_answered_too(build: Build) -> None:
    house = build()
    actor = await house.wake()
    house.store.fails = True
    actor.submit(InterviewStart("c1"), house.replies)
    actor.submit(InterviewPause("c2"), house.replies)
    await until(lambda: len(house.replies.outcomes) == 2)
    assert [getattr(outcome, "code", None) for outcome in house.replies.outcomes] == [
        "storage_unavailable"
    ] * 2


async def test_a_pause_lets_the_stream_end_and_starts_nothing(build: Build) -> None:
    house = build(stepwise=True)
    await house.wake()
    await house.send(InterviewStart("c1"))
    house.interviewer.go(4)
    await house.until_phase("answering")
    await house.send(AnswerSubmit("a1", 1, "words"))
    house.interviewer.go(1)
    await until(lambda: house.said[-1] == "feedback.started")
    await house.send(InterviewPause("c2"))
    house.interviewer.go(10)
    await until(lambda: house.said[-1] == "feedback.scored")
    assert Work("question", 2) not in house.interviewer.asked
    await house.send(InterviewResume("c3"))
    await until(lambda: Work("question", 2) in house.interviewer.asked)


async def test_finishing_stops_the_works_that_are_under_way(build: Build) -> None:
    house = build(stepwise=True)
    await house.wake()
    await house.send(InterviewStart("c1"))
    house.interviewer.go(2)
    await until(lambda: house.said[-1] == "question.delta")
    await house.send(InterviewFinish("c2"))
    await until(lambda: Work("question", 1) in house.interviewer.closed)
    assert house.said[-3:] == ["question.completed", "answer.skipped", "interview.finished"]


async def test_a_failed_question_holds_until_it_is_tried_again(build: Build) -> None:
    house = build()
    house.interviewer.failing["question"] = 1
    await house.wake()
    await house.send(InterviewStart("c1"))
    await until(lambda: house.said[-1] == "generation.failed")
    assert house.actor.snapshot().interview.failed is not None
    await house.send(GenerationRetry("c2"))
    await house.until_phase("answering")
    assert house.actor.snapshot().interview.failed is None


async def test_an_interviewer_with_a_defect_fails_its_work_alone(build: Build) -> None:
    class Broken(ScriptedInterviewer):
        def _outputs(self, work: Work, state: object) -> list[object]:  # type: ignore[override]
            raise ZeroDivisionError

    house = build()
    house.interviewer = Broken()
    await house.wake()
    await house.send(InterviewStart("c1"))
    await until(lambda: house.said[-1] == "generation.failed")
    assert not house.actor.retired


async def test_an_acknowledged_hint_survives_a_crash(build: Build) -> None:
    house = build(stepwise=True)
    await house.wake()
    await house.send(InterviewStart("c1"))
    house.interviewer.go(4)
    await house.until_phase("answering")
    await house.send(HintRequest("h1", 1))
    await house.actor.retire(Close.REBUILT)
    await house.wake()
    house.interviewer.go(4)
    await until(lambda: "hint.completed" in house.said)


async def test_a_crash_in_mid_question_asks_it_again(build: Build) -> None:
    house = build(stepwise=True)
    await house.wake()
    await house.send(InterviewStart("c1"))
    house.interviewer.go(4)
    await house.until_phase("answering")
    await house.send(AnswerSubmit("a1", 1, "words"))
    house.interviewer.go(4)
    await until(lambda: "feedback.completed" in house.said)
    house.interviewer.go(3)
    await until(lambda: house.said[-1] == "question.delta")
    await house.actor.retire(Close.REBUILT)
    await house.wake()
    assert house.phase == "asking"
    assert len(house.actor.snapshot().interview.turns) == 1
    house.interviewer.go(5)
    await house.until_phase("answering")
    assert house.said[0] == "question.started"


async def test_the_time_limit_ends_the_interview(build: Build) -> None:
    house = build(Config(role="x", time_limit_s=60))
    await house.wake()
    await house.send(InterviewStart("c1"))
    await house.until_phase("answering")
    assert house.actor.remaining_ms == 60_000
    house.clock.advance(59.9)
    assert house.phase == "answering"
    house.clock.advance(0.2)
    await house.until_phase("finished")
    assert house.actor.snapshot().interview.finish_reason == "time_limit"


async def test_the_time_limit_counts_while_nobody_is_awake(build: Build) -> None:
    house = build(Config(role="x", time_limit_s=60))
    await house.wake()
    await house.send(InterviewStart("c1"))
    await house.until_phase("answering")
    await house.actor.retire(Close.REBUILT)
    house.clock.advance(100)
    await house.wake()
    await house.until_phase("finished")


async def test_nothing_is_begun_when_the_time_has_run_out_meanwhile(build: Build) -> None:
    house = build(Config(role="x", time_limit_s=60), stepwise=True)
    await house.wake()
    await house.send(InterviewStart("c1"))
    house.interviewer.go(2)
    await until(lambda: house.said[-1] == "question.delta")
    await house.actor.retire(Close.REBUILT)
    house.clock.advance(100)
    house.interviewer.asked.clear()
    await house.wake()
    house.store.held = asyncio.Event()
    for _ in range(20):
        await asyncio.sleep(0)
    house.store.held.set()
    await until(lambda: bool(house.interviewer.asked))
    assert house.interviewer.asked == [Work("report", None)]


async def test_a_second_candidate_takes_the_place_of_the_first(build: Build) -> None:
    house = build()
    actor = await house.wake()
    first, second, observer = Watcher(), Watcher(), Watcher()
    assert actor.attach(first, candidate=True) is None
    assert actor.attach(observer, candidate=False) is None
    assert actor.attach(second, candidate=True) is first
    actor.detach(first)
    assert actor.attach(Watcher(), candidate=True) is second


async def test_retiring_waits_for_the_commit_under_way(build: Build) -> None:
    house = build()
    actor = await house.wake()
    house.store.held = asyncio.Event()
    actor.submit(InterviewStart("c1"), house.replies)
    retiring = asyncio.create_task(actor.retire(Close.DRAINING))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not retiring.done()
    house.store.held.set()
    await retiring
    assert house.store.states["iv"].view.interview.phase == "asking"
    assert getattr(house.replies.outcomes[0], "re", None) == "c1"


async def test_a_retired_actor_takes_no_command_and_does_no_work(build: Build) -> None:
    house = build(stepwise=True)
    actor = await house.wake()
    await house.send(InterviewStart("c1"))
    await until(lambda: bool(house.interviewer.asked))
    await actor.retire(Close.REBUILT)
    assert house.interviewer.closed == [Work("question", 1)]
    with pytest.raises(ProtocolError):
        await house.send(InterviewPause("c2"))
    assert house.clock.alarms == 0


async def test_what_a_cancelled_work_still_brings_is_not_taken_for_its_successors(
    build: Build,
) -> None:
    house = build(stepwise=True)
    await house.wake()
    await house.send(InterviewStart("c1"))
    house.interviewer.go(4)
    await house.until_phase("answering")
    await house.send(HintRequest("h1", 1))
    house.interviewer.go(3)
    await until(lambda: house.said[-1] == "hint.delta")
    house.store.held = asyncio.Event()
    house.actor.submit(GenerationCancel("g1", 1, "hint"), house.replies)
    house.actor.submit(HintRequest("h2", 1), house.replies)
    house.interviewer.go(1)
    for _ in range(20):
        await asyncio.sleep(0)
    house.store.held.set()
    await until(lambda: len(house.replies.outcomes) == 4)
    house.interviewer.go(4)
    await until(lambda: house.said.count("hint.completed") == 2)
    assert house.interviewer.asked.count(Work("hint", 1)) == 2
    assert [hint.cancelled for hint in house.actor.snapshot().interview.turns[0].hints] == [
        True,
        False,
    ]


async def test_a_command_is_answered_once_even_by_a_defect(build: Build) -> None:
    house = build(Config(role="x", time_limit_s=60))
    clock = house.clock = BrokenClock()
    await house.wake()
    clock.broken = True
    house.actor.submit(InterviewStart("c1"), house.replies)
    await until(lambda: house.actor.retired)
    assert [getattr(each, "code", "ack") for each in house.replies.outcomes] == ["internal"]


class BrokenClock(FakeClock):
    broken = False

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> FakeAlarm:
        if self.broken:
            raise ValueError("no alarm to be had")
        return super().call_later(delay_s, callback)
