"""The résumé in an interview: questions about it, follow-ups, hints, the report."""

from dataclasses import replace
from itertools import islice
from typing import get_args

import pytest

from protocol.documents import Profile
from protocol.draft import State
from protocol.view import Config, Hint, Language, Persona, Turn, View
from realtime.interviewer.offline.asking import Asked, next_question
from realtime.interviewer.offline.better import better_answer
from realtime.interviewer.offline.desk import Desk
from realtime.interviewer.offline.hints import hint
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.plan import MOST, plan
from realtime.interviewer.offline.report import report
from realtime.ports import Paper
from tests.realtime.interviewer.contract import GOOD
from tests.realtime.interviewer.offline.desks import desk, follow_up, main, paper

GATEWAY = "Rewrote the payment gateway in Go, cutting p99 latency from 900 ms to 200 ms"
TEAM = "Led a team of 4; introduced Kafka for order events"


RESUME: dict[Language, Paper] = {"en": paper("en_backend"), "ko": paper("ko_table")}
JOB: dict[Language, Paper] = {"en": paper("job_en"), "ko": paper("job_ko")}


def config_in(language: Language, persona: Persona = "neutral", questions: int = 5) -> Config:
    return Config("backend", language=language, persona=persona, questions=questions, follow_ups=1)


def about(library: Library, language: Language = "en") -> Desk:
    """A desk with a résumé on it, and no question put yet."""
    return desk(library, config=config_in(language), papers=(RESUME[language],))


def answered(table: Desk, answer: str | None, *others: Turn) -> Desk:
    """The same desk, the first question about the résumé answered."""
    question = f"Next. {table.about_resume[0].question.text}"
    first = replace(main(answer, question=question), topic=table.about_resume[0].question.topic)
    turns = (first, *others)
    return Desk(table.library, table.chance, replace(table.interview, turns=turns), table.papers)


def asked_next(table: Desk) -> Asked:
    interview = replace(table.interview, phase="evaluating")
    asked = next_question(table, State(View(interview, 1)), len(interview.turns) + 1)
    assert asked is not None
    return asked


# --- the plan -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("persona", get_args(Persona))
def test_questions_quote_the_resume(persona: Persona, language: Language, library: Library) -> None:
    table = desk(library, config=config_in(language, persona), papers=(RESUME[language],))
    asked = table.about_resume
    assert len(asked) == 2
    assert asked[0].story != asked[1].story
    for each in asked:
        assert f"“{each.story.quote}”" in each.question.text
        assert all(part in RESUME[language].text for part in each.story.quote.split())
    assert asked[0].question.text != asked[1].question.text


def test_korean_quotations_have_their_particle(library: Library) -> None:
    quote = "주문 API 응답 시간을 900ms에서 200ms로 단축"
    texts = set()
    for persona in get_args(Persona):
        for seed in range(4):
            config = config_in("ko", persona)
            table = desk(library, config=config, seed=seed, papers=(RESUME["ko"],))
            asked = {each.question.text for each in table.about_resume}
            texts |= {text for text in asked if quote in text}
    assert len(texts) >= 4
    for text in texts:
        assert any(f"“{quote}”{after}" in text for after in ("이라고", "이라는"))


@pytest.mark.parametrize(
    ("count", "places"), [(1, [0]), (2, [1]), (4, [1]), (5, [1, 4]), (20, [1, 4])]
)
def test_one_or_two_main_questions_are_about_it(
    count: int, places: list[int], library: Library
) -> None:
    table = desk(library, config=config_in("en", questions=count), papers=(RESUME["en"],))
    questions = [*islice(plan(table), count)]
    of_resume = {each.question.text for each in table.about_resume}
    assert [at for at, each in enumerate(questions) if each.text in of_resume] == places
    whole = [*plan(table)]
    assert len({each.topic for each in whole}) == len(whole) == MOST


def test_its_words_draw_questions(library: Library) -> None:
    text = "Projects\nBackfill of a split column: a table of many rows, no long locks, in batches"
    drawing = Paper("resume", text, None)
    topics: list[set[str]] = []
    for papers in ((), (drawing,)):
        table = desk(library, config=config_in("en", questions=5), papers=papers)
        topics.append({each.topic for each in islice(plan(table), 5)})
    assert "A schema change under load" in topics[1] - topics[0]


def test_a_resume_that_tells_of_nothing_changes_nothing(library: Library) -> None:
    empty = Paper("resume", "Somebody", Profile())
    plans = [
        [each.text for each in plan(desk(library, papers=papers))] for papers in ((), (empty,))
    ]
    assert plans[0] == plans[1]


def test_the_same_seed_asks_the_same(library: Library) -> None:
    for seed in range(3):
        one, other = (
            desk(library, seed=seed, papers=(RESUME["en"], JOB["en"])).about_resume
            for _ in range(2)
        )
        assert [each.question for each in one] == [each.question for each in other]


# --- follow-ups and hints -------------------------------------------------------------------------


def test_a_question_about_it_is_known_again(library: Library) -> None:
    table = answered(about(library), GOOD["en"])
    turn = table.interview.turns[0]
    asked = table.asked_about_resume(turn)
    assert asked is not None
    assert asked.story.quote == GATEWAY
    assert table.question_of(turn) == asked.question
    assert table.story_of(turn) == asked.story
    # Without the document it is a question of somebody else's making.
    bare = Desk(table.library, table.chance, table.interview)
    assert bare.question_of(turn).topic == library.phrases["en"].labels.listed


def test_a_follow_up_takes_up_what_the_answer_leaves_out(library: Library) -> None:
    answer = (
        "Last year the payment gateway was slow. I was asked to repair it before the sale. I "
        "rewrote it in Go, because the old one kept a thread a request. It fell to 200 ms."
    )
    asked = asked_next(answered(about(library), answer))
    assert asked.topic == "From your résumé"
    assert f"“{TEAM}”" in asked.text
    told = f"{answer} I led a team of 4 and introduced Kafka for the order events."
    assert asked_next(answered(about(library), told)).topic != "From your résumé"


def test_it_is_taken_up_once(library: Library) -> None:
    second = follow_up("I asked around, and we chose it together.", "From your résumé")
    table = answered(about(library), "I rewrote the payment gateway, and it got faster.", second)
    config = replace(table.config, follow_ups=3)
    table = Desk(library, table.chance, replace(table.interview, config=config), table.papers)
    assert asked_next(table).topic != "From your résumé"


def test_who_hides_behind_the_team_is_asked_for_that_first(library: Library) -> None:
    answer = (
        "Last year our payment gateway was slow, so we measured it. We wrote a new one because the "
        "old one was full, and our team tested it. As a result it fell from 900 ms to 200 ms."
    )
    assert asked_next(answered(about(library), answer)).topic == "Your own part"


def test_who_knows_nothing_to_say_is_reminded_of_it(library: Library) -> None:
    config = config_in("en")
    question = "Describe a payment gateway. How would you cut its latency?"
    table = desk(
        library, main("I don't know.", question=question), config=config, papers=(RESUME["en"],)
    )
    asked = asked_next(table)
    assert asked.topic == "A smaller step"
    assert f"“{GATEWAY}”" in asked.text
    # Who was asked about that very line is reminded of another.
    assert f"“{TEAM}”" in asked_next(answered(about(library), "I don't know.")).text


def test_hints_point_to_it(library: Library) -> None:
    table = about(library)
    question = table.about_resume[0].question.text
    turn = replace(main(None, question=question), skipped=False)
    given: list[str] = []
    for _ in range(8):
        turn = replace(turn, hints=tuple(Hint(text, cancelled=False) for text in given))
        interview = replace(table.interview, turns=(turn,))
        given.append(hint(Desk(library, table.chance, interview, table.papers), turn))
    assert len(set(given)) == 8
    assert sum(f"“{TEAM}”" in text for text in given) == 1
    assert not any(GATEWAY in text for text in given)


# --- the report -----------------------------------------------------------------------------------


def reported(library: Library, answer: str, *papers: Paper, config: Config | None = None) -> str:
    config = config or Config("backend", feedback="end")
    return report(desk(library, main(answer), config=config, papers=papers)).text


def test_the_report_tells_what_of_the_job_was_named(library: Library) -> None:
    answer = f"{GOOD['en']} I did that in python, with Postgres and Spark."
    text = reported(library, answer, JOB["en"], RESUME["en"])
    assert "your answers named Python and Spark; they did not name SQL, Airflow, Kafka, dbt" in text
    assert "Your résumé has SQL and Kafka" in text
    posted = Config("backend", feedback="end", job_description=JOB["en"].text)
    assert "named Python and Spark" in reported(library, answer, config=posted)
    assert "Your résumé" not in reported(library, answer, config=posted)
    every = "I use Python, SQL, Airflow, Spark, Kafka, dbt and Terraform at work, and I like them."
    assert "All that the job asks for by name came up" in reported(library, every, JOB["en"])
    assert "your answers named none of it" in reported(library, GOOD["en"], JOB["en"])
    assert "the job asks for" not in reported(library, GOOD["en"], RESUME["en"]).lower()


def test_in_korean_too_by_any_name(library: Library) -> None:
    config = Config("backend", language="ko", feedback="end")
    answer = f"{GOOD['ko']} 카프카와 k8s를 사용했고 자바로 만들었습니다."
    text = reported(library, answer, JOB["ko"], RESUME["ko"], config=config)
    assert "Java, Kafka, 쿠버네티스에 대해서는 말씀하셨지만" in text
    assert "이력서에는 Kotlin, Spring Boot, MySQL, Redis도 적혀 있으니" in text


def test_a_better_answer_takes_the_missing_figure_from_it(library: Library) -> None:
    answer = "Last year I rewrote the payment gateway in Go because the old one was slow."
    table = answered(about(library), answer)
    better = better_answer(table, table.interview.turns[0]) or ""
    assert f"[from your résumé: {GATEWAY}]" in better
    assert better.startswith(answer)
    # An answer about something else gets nothing of it.
    other = desk(library, main("I cut the roses in spring."), papers=(RESUME["en"],))
    assert "résumé" not in (better_answer(other, other.interview.turns[0]) or "")


def test_what_was_told_is_not_filled_in_again(library: Library) -> None:
    answer = (
        "Last year the gateway was slow. I rewrote the payment gateway in Go because the old one "
        "kept a thread a request, and cut its p99 latency from 900 ms to 200 ms."
    )
    table = answered(about(library), answer)
    assert GATEWAY not in (better_answer(table, table.interview.turns[0]) or "")
