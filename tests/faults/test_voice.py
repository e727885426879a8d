"""Nothing of a spoken answer is lost, or there twice, whatever happens while it is spoken
(`protocol.md` 6): each time it comes to what the same audio comes to undisturbed.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from protocol.close_codes import Close
from tests.faults.breaking import BreakingLine
from tests.faults.by_hand import by_hand
from tests.faults.speaking import ANSWERS, Answer, Stage, speaking
from tests.faults.voice import HAPPENINGS, a_drop, staged
from tests.faults.witness import Violation
from tests.realtime.speech.listening import answer

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

DROPS = 20
AT_ONCE = 4


@pytest.fixture(scope="module")
async def stage(anyio_backend: tuple[str, dict[str, bool]]) -> AsyncIterator[Stage]:
    """In a folder with a name so short that PostgreSQL's socket can lie in it."""
    with tempfile.TemporaryDirectory(prefix="viva-") as name:
        async with staged(Path(name)) as made:
            yield made


@pytest.mark.parametrize("spoken", ANSWERS, ids=str)
async def test_undisturbed_what_was_said_is_heard(stage: Stage, spoken: Answer) -> None:
    _, text = answer(spoken.language, spoken.numbers, 0)
    assert (await stage.undisturbed(spoken)).text == text


async def test_a_drop_at_20_random_points_changes_nothing(stage: Stage) -> None:
    limit = asyncio.Semaphore(AT_ONCE)

    async def drop(seed: int) -> str | None:
        async with limit:
            try:
                await a_drop(stage, Random(seed))
            except Violation as violation:
                return f"seed {seed}: {violation}"
            return None

    assert not [each for each in await asyncio.gather(*map(drop, range(DROPS))) if each]


@pytest.mark.parametrize("name", [name for name in HAPPENINGS if name != "drop"])
@pytest.mark.parametrize("seed", [1])
async def test_whatever_happens_changes_nothing(stage: Stage, name: str, seed: int) -> None:
    await HAPPENINGS[name](stage, Random(seed))


async def test_half_of_an_answer_is_found_out(stage: Stage) -> None:
    async with stage.interview(ANSWERS[0]) as interview, speaking(interview) as speaker:
        await speaker.start()
        speaker.say(0.5)
        await speaker.stop()
        with pytest.raises(Violation, match="instead of"):
            await interview.compare()


async def test_a_line_breaks_after_what_it_carries(stage: Stage) -> None:
    async with stage.interview(ANSWERS[0]) as interview:
        line = BreakingLine(stage.node.port, [2_500])
        async with line.open() as url, by_hand(url, interview.id) as socket:
            await socket.send("audio.start", "start", turn=1, sample_rate=16_000)
            await socket.speak(0, bytes(5_000))
            await socket.ended()
            assert line.broken == 1
        async with by_hand(stage.node.url, interview.id) as socket:
            assert socket.opened["audio"]["received"] < 5_000
            await socket.send("audio.cancel", "cancel", turn=1)


async def test_who_comes_later_takes_over(stage: Stage) -> None:
    """The page is open twice: the newer one has the answer, from where the server has it."""
    spoken = ANSWERS[0]
    async with stage.interview(spoken) as interview, by_hand(stage.node.url, interview.id) as first:
        await first.send("audio.start", "start", turn=1, sample_rate=spoken.rate)
        await first.speak(0, spoken.pcm[:32_000])
        await first.settle("sent")
        async with by_hand(stage.node.url, interview.id) as second:
            assert await first.ended() == Close.TAKEN_OVER
            assert second.opened["audio"]["received"] == 32_000
            for at in range(32_000, len(spoken.pcm), 32_000):
                await second.speak(at, spoken.pcm[at : at + 32_000])
            await second.send("audio.stop", "stop", turn=1, bytes=len(spoken.pcm))
            await interview.compare()
