"""The offline interviewer: the contract, and what it promises beyond it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest

from protocol.effects import Delta, Work
from protocol.view import Config, FeedbackMode, Interview, Language, Persona
from realtime.interviewer.offline.banks import ROLES
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from realtime.interviewer.offline.library import Library, load_library
from tests.realtime.interviewer.contract import CONTRACT, GOOD, POOR, Check
from tests.realtime.interviewer.play import Play, StillClock, new_interview

pytestmark = pytest.mark.anyio

LANGUAGES: tuple[Language, ...] = get_args(Language)
PERSONAS: tuple[Persona, ...] = get_args(Persona)

ANSWERS: dict[Language, tuple[str, ...]] = {
    "en": (
        GOOD["en"],
        POOR["en"],
        "I don't know.",
        "Yes.",
        "asdf qwer zxcv tyui",
        "First I would look at the graphs. Then I'd ask the team, because they know the system.",
        "We always decided together and our team changed the form.\n\nSales rose by 12%.",
        GOOD["ko"],
        "I think it is important to listen. For example, at my last company a customer told me "
        "that the button was too small, and since then I watch people before I draw.",
        "so {name} and “quotes” {0} 100% %s \\n I wrote a parser in 2 days",
    ),
    "ko": (
        GOOD["ko"],
        POOR["ko"],
        "잘 모르겠습니다.",
        "네",
        "ㅁㄴㅇㄹ ㅋㅋㅋㅋ",
        "먼저 그래프를 보겠습니다. 그다음에 팀에 물어보겠습니다. 시스템을 잘 알기 때문입니다.",
        "저희 팀은 늘 함께 정했고 우리는 화면을 바꿨습니다.\n\n매출이 12% 늘었습니다.",
        GOOD["en"],
        "저는 듣는 것이 중요하다고 생각합니다. 예를 들어 지난 회사에서 버튼이 작다는 "
        "고객의 말을 듣고 크기를 바꿨고, 그 뒤로는 그리기 전에 먼저 관찰합니다.",
        "저는 {name} 함수를 100% 고쳤고 “인용”과 %s, {0}도 처리했습니다",
    ),
}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__)
async def test_keeps_the_contract(check: Check, language: Language, library: Library) -> None:
    await check(OfflineInterviewer(StillClock(), library=library), language)


# --- chance ---------------------------------------------------------------------------------------


async def played(
    interviewer: OfflineInterviewer, config: Config, answers: Sequence[str], *, name: str = "iv-1"
) -> Play:
    """An interview in which these answers are given in turn, from the start again when they end."""
    play = Play(interviewer, new_interview(config, name=name))
    await play.start()
    given = 0
    while play.interview.phase == "answering":
        await play.answer(answers[given % len(answers)])
        given += 1
    return play


async def test_the_same_seed_makes_the_same_interview(library: Library) -> None:
    config = Config(role="design", language="ko", questions=4, follow_ups=2)
    first, second = [
        await played(
            OfflineInterviewer(StillClock(), seed=7, library=library), config, ANSWERS["ko"]
        )
        for _ in range(2)
    ]
    assert first.interview == second.interview


async def test_another_seed_and_another_interview_go_otherwise(library: Library) -> None:
    config = Config(role="design", questions=4)
    interviews: list[Interview] = []
    for seed, name in ((1, "a"), (2, "a"), (1, "b")):
        interviewer = OfflineInterviewer(StillClock(), seed=seed, library=library)
        play = await played(interviewer, config, ANSWERS["en"], name=name)
        interviews.append(play.interview)
    asked = {tuple(turn.question for turn in interview.turns) for interview in interviews}
    assert len(asked) == 3


async def test_a_rebuilt_interview_goes_on_as_it_would_have(library: Library) -> None:
    config = Config(role="sales", questions=3, follow_ups=1)
    interviewer = OfflineInterviewer(StillClock(), seed=3, library=library)
    whole = await played(interviewer, config, ANSWERS["en"])
    play = Play(interviewer, new_interview(config))
    await play.start()
    given = 0
    while play.interview.phase == "answering":
        # After every answer everything but the state is gone.
        play = Play(OfflineInterviewer(StillClock(), seed=3), play.state)
        await play.answer(ANSWERS["en"][given % len(ANSWERS["en"])])
        given += 1
    assert play.interview == whole.interview


# --- pace -----------------------------------------------------------------------------------------


async def first_question(clock: StillClock, pace: float | None, library: Library) -> list[Delta]:
    interviewer = OfflineInterviewer(clock, pace=pace, library=library)
    play = Play(interviewer, new_interview(Config(role="data")))
    await play.start()
    return [output for output in play.outputs if isinstance(output, Delta)]


async def test_words_come_at_the_pace(library: Library) -> None:
    clock = StillClock()
    began = clock.now()
    deltas = await first_question(clock, 20, library)
    assert clock.now() - began == (len(deltas) - 1) * 50


@pytest.mark.parametrize("pace", [None, 0])
async def test_without_a_pace_nothing_waits(pace: float | None, library: Library) -> None:
    clock = StillClock()
    assert len(await first_question(clock, pace, library)) > 20
    assert clock.slept == []


async def test_time_lost_is_made_up(library: Library) -> None:
    clock = StillClock()
    interviewer = OfflineInterviewer(clock, pace=10, library=library)
    play = Play(interviewer, new_interview(Config(role="data")))
    await play.start(works=False)
    outputs = interviewer.converse("u-1", "iv-1").perform(Work("question", 1), play.state)
    async for output in outputs:
        if isinstance(output, Delta):
            break
    clock.ms += 450
    for _ in range(4):
        await anext(outputs)
    assert clock.slept == []
    await anext(outputs)
    assert clock.slept == [0.05]
    await outputs.aclose()


def test_a_negative_pace_is_refused(library: Library) -> None:
    with pytest.raises(ValueError, match="pace"):
        OfflineInterviewer(StillClock(), pace=-1, library=library)


@pytest.mark.parametrize("what", ["rival", "transcript"])
async def test_it_refuses_what_it_is_never_asked_for(what: str, library: Library) -> None:
    interviewer = OfflineInterviewer(StillClock(), library=library)
    state = new_interview(Config(role="data"))
    work = Work("rival" if what == "rival" else "transcript", 1)
    with pytest.raises(ValueError, match=what):
        await anext(interviewer.converse("u-1", "iv-1").perform(work, state))


# --- whole interviews -----------------------------------------------------------------------------

QUOTED = re.compile("“([^“”]+)”")
SENTENCE = re.compile(r"[^.!?]+[.!?]")


def assert_well_spoken(play: Play) -> None:
    """All that was said is whole: no gaps of a template, nothing quoted that wasn't said."""
    interview = play.interview
    said = [turn.question or "" for turn in interview.turns]
    said += [given.text for turn in interview.turns for given in turn.feedback]
    said += [play.report.text, *play.report.strengths, *play.report.improvements]
    answers = " ".join(turn.answer or "" for turn in interview.turns)
    for text in said:
        assert "  " not in text
        assert text == text.strip()
        for quote in QUOTED.findall(text):
            assert quote in answers or quote in "“quotes” “인용”"
    texts = [turn.question for turn in interview.turns]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [*ROLES, "lion tamer"])
async def test_whole_interviews_are_well_spoken(
    role: str, language: Language, library: Library
) -> None:
    modes: tuple[FeedbackMode, ...] = ("each", "end")
    for number, persona in enumerate(PERSONAS):
        config = Config(
            role=role,
            language=language,
            persona=persona,
            questions=5,
            follow_ups=number,
            feedback=modes[number % 2],
        )
        interviewer = OfflineInterviewer(StillClock(), seed=number, library=library)
        first = 3 * number + len(role)
        answers = ANSWERS[language][first % 10 :] + ANSWERS[language][: first % 10]
        play = await played(interviewer, config, answers, name=f"{role}-{number}")
        assert_well_spoken(play)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("persona", PERSONAS)
async def test_twenty_questions_with_all_follow_ups_repeat_nothing(
    persona: Persona, language: Language, library: Library
) -> None:
    config = Config(
        role="any role at all", language=language, persona=persona, questions=20, follow_ups=3
    )
    interviewer = OfflineInterviewer(StillClock(), library=library)
    play = await played(interviewer, config, ANSWERS[language])
    assert_well_spoken(play)
    mains = [turn for turn in play.interview.turns if turn.kind == "main"]
    assert len({turn.topic for turn in mains}) == len(mains) == 20


@pytest.mark.parametrize("language", LANGUAGES)
async def test_feedback_has_three_to_six_sentences(language: Language, library: Library) -> None:
    for persona in PERSONAS:
        config = Config(role="product", language=language, persona=persona, questions=10)
        interviewer = OfflineInterviewer(StillClock(), library=library)
        play = await played(interviewer, config, ANSWERS[language][:9])
        for turn in play.interview.turns:
            text = QUOTED.sub("X", turn.feedback[0].text).replace("…", "")
            assert 3 <= len(SENTENCE.findall(text)) <= 6, text


async def test_a_very_long_answer_is_read_in_bounded_time_and_told_so(library: Library) -> None:
    for answer in (
        *(GOOD["en"] * 24, "word " * 2_000, "x" * 10_000, "I built it, and " * 600),
        *(
            "가" * 10_000,
            "." * 9_999 + "x",
            "하면 " * 3_333,
            "만들어서 " * 2_000,
            "from 1 " * 1_400,
        ),
    ):
        interviewer = OfflineInterviewer(StillClock(), library=library)
        config = Config(role="backend", questions=1, follow_ups=1)
        play = await played(interviewer, config, [answer[:10_000], POOR["en"]])
        assert len(play.interview.turns[0].feedback[0].text) < 1_500
        assert len(play.report.turns[0].better_answer or "") < 4_000


async def test_the_general_interview_for_a_role_without_a_bank(library: Library) -> None:
    interviewer = OfflineInterviewer(StillClock(), library=library)
    play = await played(interviewer, Config(role="lion tamer", questions=1), [GOOD["en"]])
    assert "lion tamer" in (play.interview.turns[0].question or "")
    assert interviewer.roles == ROLES


async def test_cancelled_feedback_leaves_an_answer_unscored(library: Library) -> None:
    interviewer = OfflineInterviewer(StillClock(), library=library)
    play = Play(interviewer, new_interview(Config(role="data", questions=2, follow_ups=0)))
    await play.start()
    await play.answer(GOOD["en"])
    first = play.interview.turns[0]
    unscored = replace(first, feedback=(replace(first.feedback[0], scores=None),))
    interview = replace(play.interview, turns=(unscored, *play.interview.turns[1:]))
    play.state = replace(play.state, view=replace(play.state.view, interview=interview))
    await play.answer(GOOD["en"])
    assert play.report.unscored == (1,)
    assert {quote.turn for each in play.report.competencies for quote in each.evidence} == {2}
