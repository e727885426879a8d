"""The contract of `realtime.ports.Interviewer`, as checks that run on any implementation.

A test module of an implementation parametrises a test over `CONTRACT` and the languages, and calls
each check with an interviewer of its own. A check's name says what every interviewer keeps to.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from protocol.agenda import wanted
from protocol.effects import (
    Began,
    Delayed,
    Delta,
    Ended,
    Failed,
    NothingToAsk,
    Noticed,
    Output,
    QuestionBegan,
    Reported,
    Scored,
    Work,
)
from protocol.progress import receive
from protocol.view import Competency, Config, Language, Report, Score
from realtime.interviewer.offline.text import language_of
from realtime.ports import Interviewer
from tests.realtime.interviewer.play import Play, new_interview

Check = Callable[[Interviewer, Language], Awaitable[None]]

GOOD: dict[Language, str] = {
    "en": (
        "Last year our order service timed out every evening. I was asked to find out why before "
        "the Christmas sale. I added tracing and found a query that scanned the whole table, so I "
        "wrote an index, because a cache would have shown old prices. As a result p95 fell from "
        "4 s to 300 ms."
    ),
    "ko": (
        "작년에 저희 주문 서비스가 저녁마다 느려졌습니다. "
        "세일 전까지 원인을 찾는 것이 제 과제였습니다. "
        "저는 추적 로그를 모아 분석했고, 캐시를 쓰면 예전 가격이 보일 수 있기 때문에 "
        "인덱스를 추가했습니다. 그 결과 p95 응답 시간이 4초에서 0.3초로 줄었습니다."
    ),
}
POOR: dict[Language, str] = {
    "en": "We did our best and it went well.",
    "ko": "저희는 최선을 다했고 잘 마무리됐습니다.",
}


def config_in(language: Language) -> Config:
    return Config(role="backend", language=language, questions=2, follow_ups=1)


async def begun(interviewer: Interviewer, config: Config) -> Play:
    """An interview whose first question has been asked."""
    play = Play(interviewer, new_interview(config))
    await play.start()
    return play


def of(outputs: Sequence[Output], work: Work) -> list[Output]:
    """A work's outputs, without what a failure made void, and without what only tells of waiting,
    or of something beside the work.
    """
    found: list[Output] = []
    for output in outputs:
        if output.work != work or isinstance(output, Delayed | Noticed):
            continue
        if isinstance(output, Failed) and output.retrying:
            while found and isinstance(found[-1], Began | QuestionBegan | Delta):
                found.pop()
        else:
            found.append(output)
    return found


def assert_streamed(outputs: Sequence[Output], first: type[Output], last: type[Output]) -> str:
    """One `first`, at least one delta, none of them empty, one `last`; gives the text."""
    assert isinstance(outputs[0], first)
    assert isinstance(outputs[-1], last)
    deltas = [output.text for output in outputs[1:-1] if isinstance(output, Delta)]
    assert len(deltas) == len(outputs) - 2 >= 1
    assert all(deltas)
    return "".join(deltas)


def assert_backed(scores: tuple[Score, ...] | None, answer: str) -> None:
    """Each score within its range, and above 0 only with words of the answer behind it."""
    assert scores
    for score in scores:
        assert 0 <= score.score <= score.max
        assert score.evidence or score.score == 0
        assert all(quote.strip() and quote in answer for quote in score.evidence)


# --- questions ------------------------------------------------------------------------------------


async def it_names_its_models(interviewer: Interviewer, language: Language) -> None:
    assert interviewer.models
    assert all(interviewer.models)


async def a_question_begins_streams_and_ends(interviewer: Interviewer, language: Language) -> None:
    play = await begun(interviewer, config_in(language))
    outputs = of(play.outputs, Work("question", 1))
    text = assert_streamed(outputs, QuestionBegan, Ended)
    assert text == play.current.question


async def the_first_question_is_a_main_one(interviewer: Interviewer, language: Language) -> None:
    play = await begun(interviewer, config_in(language))
    assert play.current.kind == "main"
    assert play.current.topic.strip()


async def questions_are_in_the_language(interviewer: Interviewer, language: Language) -> None:
    play = await begun(interviewer, config_in(language))
    await play.answer(POOR[language])
    texts = [turn.question or "" for turn in play.interview.turns]
    assert [language_of(text) for text in texts] == [language] * len(texts)


async def without_follow_ups_only_main_questions_come(
    interviewer: Interviewer, language: Language
) -> None:
    play = await begun(interviewer, replace(config_in(language), questions=3, follow_ups=0))
    while play.interview.phase == "answering":
        await play.answer(POOR[language])
    assert [turn.kind for turn in play.interview.turns] == ["main"] * 3


async def follow_ups_stay_within_their_number(interviewer: Interviewer, language: Language) -> None:
    config = replace(config_in(language), follow_ups=2)
    play = await begun(interviewer, config)
    while play.interview.phase == "answering":
        await play.answer(POOR[language])
    # Of a question that failed and began again, the last beginning counts.
    began = {each.work.turn: each.kind for each in play.outputs if isinstance(each, QuestionBegan)}
    # The kind that the interviewer names is one that is allowed: the state machine changes none.
    assert began == {turn.turn: turn.kind for turn in play.interview.turns}
    assert sum(turn.kind == "main" for turn in play.interview.turns) == config.questions
    for main in (turn for turn in play.interview.turns if turn.kind == "main"):
        assert sum(turn.parent_turn == main.turn for turn in play.interview.turns) <= 2


async def skipped_questions_are_not_followed_up(
    interviewer: Interviewer, language: Language
) -> None:
    play = await begun(interviewer, replace(config_in(language), questions=3))
    while play.interview.phase == "answering":
        await play.skip()
    assert [turn.kind for turn in play.interview.turns] == ["main"] * 3
    assert not any(isinstance(output, NothingToAsk) for output in play.outputs)


async def nothing_is_asked_twice(interviewer: Interviewer, language: Language) -> None:
    play = await begun(interviewer, replace(config_in(language), questions=4, follow_ups=2))
    while play.interview.phase == "answering":
        await play.answer(POOR[language])
    texts = [turn.question for turn in play.interview.turns]
    assert len(set(texts)) == len(texts)


async def listed_questions_are_put_as_written(interviewer: Interviewer, language: Language) -> None:
    listed = ("  Why here?\n", "왜 이곳인가요?")
    config = replace(config_in(language), question_list=listed, follow_ups=0)
    play = await begun(interviewer, config)
    while play.interview.phase == "answering":
        await play.skip()
    assert tuple(turn.question for turn in play.interview.turns) == listed


# --- feedback and scores --------------------------------------------------------------------------


async def feedback_streams_and_is_in_the_language(
    interviewer: Interviewer, language: Language
) -> None:
    play = await begun(interviewer, config_in(language))
    for answer in (GOOD[language], POOR[language]):
        turn = play.current.turn
        await play.answer(answer)
        outputs = of(play.outputs, Work("feedback", turn))
        text = assert_streamed(outputs, Began, Ended)
        assert isinstance(outputs[0], Began)
        assert outputs[0].model in interviewer.models
        assert language_of(text) == language


async def scores_are_backed_by_words_of_the_answer(
    interviewer: Interviewer, language: Language
) -> None:
    play = await begun(interviewer, config_in(language))
    await play.answer(GOOD[language])
    (output,) = of(play.outputs, Work("scores", 1))
    assert isinstance(output, Scored)
    assert_backed(output.scores, GOOD[language])


async def a_good_answer_scores_above_a_poor_one(
    interviewer: Interviewer, language: Language
) -> None:
    totals = []
    for answer in (POOR[language], GOOD[language]):
        play = await begun(interviewer, config_in(language))
        await play.answer(answer)
        scores = play.interview.turns[0].feedback[0].scores
        assert scores is not None
        totals.append(sum(score.score for score in scores))
    assert totals[0] < totals[1]


async def what_cannot_be_judged_has_a_reason_instead(
    interviewer: Interviewer, language: Language
) -> None:
    play = await begun(interviewer, config_in(language))
    await play.answer("…")
    (output,) = of(play.outputs, Work("scores", 1))
    assert isinstance(output, Scored)
    assert output.scores is None
    assert output.reason


async def named_competencies_take_the_rubrics_place(
    interviewer: Interviewer, language: Language
) -> None:
    named = (
        Competency("Problem solving", "Finds causes step by step"),
        Competency("소통", "분명하게 설명한다"),
    )
    play = await begun(interviewer, replace(config_in(language), competencies=named))
    await play.answer(GOOD[language])
    scores = play.interview.turns[0].feedback[0].scores
    assert_backed(scores, GOOD[language])
    assert [score.competency for score in scores or ()] == [each.name for each in named]


# --- hints ----------------------------------------------------------------------------------------


async def hints_stream_and_differ(interviewer: Interviewer, language: Language) -> None:
    play = await begun(interviewer, config_in(language))
    first = await play.hint()
    assert assert_streamed(of(play.outputs, Work("hint", 1)), Began, Ended) == first
    second = await play.hint()
    assert first != second
    assert language_of(first) == language_of(second) == language


# --- the report -----------------------------------------------------------------------------------


def assert_report(report: Report, play: Play, text: str) -> None:
    turns = play.interview.turns
    answers = {turn.turn: turn.answer or "" for turn in turns}
    assert report.text == text
    assert [each.turn for each in report.turns] == [turn.turn for turn in turns]
    for each, turn in zip(report.turns, turns, strict=True):
        assert each.summary
        assert (each.better_answer is None) == (turn.answer is None)
    for competency in report.competencies:
        assert competency.score is None or 0 <= competency.score <= competency.max
        assert all(quote.quote in answers[quote.turn] for quote in competency.evidence)
    assert report.score is None or 0 <= report.score <= report.max


async def the_report_tells_of_the_whole_interview(
    interviewer: Interviewer, language: Language
) -> None:
    play = await begun(interviewer, replace(config_in(language), questions=3, follow_ups=0))
    await play.answer(GOOD[language])
    await play.answer(POOR[language])
    await play.skip()
    text = assert_streamed(of(play.outputs, Work("report", None)), Began, Reported)
    assert_report(play.report, play, text)
    assert language_of(text) == language
    assert play.report.score is not None
    assert [lane.lane for lane in play.report.lanes] == [0]


async def with_feedback_at_the_end_the_report_scores(
    interviewer: Interviewer, language: Language
) -> None:
    config = replace(config_in(language), questions=1, follow_ups=0, feedback="end")
    play = await begun(interviewer, config)
    await play.answer(GOOD[language])
    assert of(play.outputs, Work("feedback", 1)) == []
    assert play.report.score is not None
    assert any(competency.evidence for competency in play.report.competencies)


async def an_interview_without_answers_has_a_report(
    interviewer: Interviewer, language: Language
) -> None:
    play = await begun(interviewer, config_in(language))
    await play.finish()
    text = assert_streamed(of(play.outputs, Work("report", None)), Began, Reported)
    assert_report(play.report, play, text)
    assert play.report.score is None


# --- works ----------------------------------------------------------------------------------------


async def closing_early_stops_a_work(interviewer: Interviewer, language: Language) -> None:
    play = Play(interviewer, new_interview(config_in(language)))
    await play.start(works=False)
    (work,) = wanted(play.state)
    conversation = interviewer.converse("u-1", play.interview.id)
    outputs = conversation.perform(work, play.state)
    async for output in outputs:
        if isinstance(output, Delta):
            break
    await outputs.aclose()
    assert [output async for output in outputs] == []
    # What was stopped can be begun again.
    again = [output async for output in conversation.perform(work, play.state)]
    assert_streamed(of(again, work), QuestionBegan, Ended)
    await conversation.aclose()


async def works_run_side_by_side(interviewer: Interviewer, language: Language) -> None:
    play = await begun(interviewer, config_in(language))
    await play.answer(GOOD[language], works=False)
    conversation = interviewer.converse("u-1", play.interview.id)
    async for output in conversation.perform(Work("feedback", 1), play.state):
        play.state = receive(play.state, output, 0).state
    scores, question = wanted(play.state)
    assert (scores, question) == (Work("scores", 1), Work("question", 2))
    asking = conversation.perform(question, play.state)
    while not isinstance(output := await anext(asking), Delta):
        continue
    scored = [output async for output in conversation.perform(scores, play.state)]
    assert isinstance(scored[-1], Scored)
    rest = [output async for output in asking]
    assert isinstance(rest[-1], Ended)
    await conversation.aclose()


CONTRACT: tuple[Check, ...] = (
    it_names_its_models,
    a_question_begins_streams_and_ends,
    the_first_question_is_a_main_one,
    questions_are_in_the_language,
    without_follow_ups_only_main_questions_come,
    follow_ups_stay_within_their_number,
    skipped_questions_are_not_followed_up,
    nothing_is_asked_twice,
    listed_questions_are_put_as_written,
    feedback_streams_and_is_in_the_language,
    scores_are_backed_by_words_of_the_answer,
    a_good_answer_scores_above_a_poor_one,
    what_cannot_be_judged_has_a_reason_instead,
    named_competencies_take_the_rubrics_place,
    hints_stream_and_differ,
    the_report_tells_of_the_whole_interview,
    with_feedback_at_the_end_the_report_scores,
    an_interview_without_answers_has_a_report,
    closing_early_stops_a_work,
    works_run_side_by_side,
)
