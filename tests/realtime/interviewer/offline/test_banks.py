"""The question banks: enough questions, of one piece, in both languages."""

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from protocol.view import Language
from realtime.interviewer.files import DATA
from realtime.interviewer.offline.banks import MIN_QUESTIONS, ROLES, Bank, RoleId, load_banks
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.text import language_of

LANGUAGES: tuple[Language, ...] = get_args(Language)


def each_bank(library: Library) -> list[tuple[Language, str, Bank]]:
    return [
        (language, role, bank)
        for language in LANGUAGES
        for role, bank in library.banks.by_language[language].items()
    ]


def test_there_are_ten_roles_in_both_languages(library: Library) -> None:
    assert len(ROLES) == 10
    for language in LANGUAGES:
        assert set(library.banks.by_language[language]) == {*ROLES, "general"}


def test_every_file_is_a_bank() -> None:
    for language in LANGUAGES:
        names = {path.name for path in Path(str(DATA / "banks" / language)).iterdir()}
        assert names == {f"{role}.toml" for role in (*ROLES, "general")}


def test_every_bank_has_enough_questions(library: Library) -> None:
    for language, role, bank in each_bank(library):
        assert len(bank.questions) >= MIN_QUESTIONS, (language, role)
        general = library.banks.get(None, language)
        assert len({asked.text for asked in (*bank.questions, *general.questions)}) >= 20
    for language in LANGUAGES:
        # By itself it carries an interview for any other role.
        assert len(library.banks.get(None, language).questions) >= 20


def test_topics_name_one_question_each(library: Library) -> None:
    for language in LANGUAGES:
        general = [asked.topic for asked in library.banks.get(None, language).questions]
        for role in ROLES:
            topics = [asked.topic for asked in library.banks.get(role, language).questions]
            counts = Counter(topics + general)
            assert max(counts.values()) == 1, (language, role, counts.most_common(1))


def test_covered_topics_are_general_ones(library: Library) -> None:
    for language, role, bank in each_bank(library):
        general = {asked.topic for asked in library.banks.get(None, language).questions}
        for asked in bank.questions:
            assert set(asked.covers) <= general, (language, role, asked.topic)


def test_every_competency_is_asked_for(library: Library) -> None:
    for language, role, bank in each_bank(library):
        asked_for = {name for asked in bank.questions for name in asked.competencies}
        assert asked_for == {each.name for each in bank.competencies}, (language, role)


def test_all_words_are_in_the_language(library: Library) -> None:
    for language, role, bank in each_bank(library):
        for asked in bank.questions:
            for text in (asked.text, *asked.hints):
                assert language_of(text) == language, (role, text)
            assert language == "ko" or not any("가" <= char <= "힣" for char in asked.words)
            assert asked.text[-1] in ".?"
            assert all(not point.endswith(".") for point in asked.key_points)


def test_questions_are_of_the_form_they_say(library: Library) -> None:
    """As it must be for a team's own questions, the form is seen from the words alone, mostly."""
    for language in LANGUAGES:
        for form in ("experience", "case"):
            seen = [
                library.lexicons[language].form(asked.text) == form
                for of_language, _, bank in each_bank(library)
                for asked in bank.questions
                if of_language == language and asked.form == form
            ]
            assert sum(seen) >= 0.85 * len(seen), (language, form, sum(seen), len(seen))


@pytest.mark.parametrize(
    ("words", "role"),
    [
        *((role, role) for role in ROLES),
        ("Senior Backend Engineer", "backend"),
        ("프론트엔드개발자", "frontend"),
        ("데이터 분석가", "data"),
        ("ML Engineer", "machine_learning"),
        ("SRE", "devops"),
        ("PM", "product"),
        ("Product Designer", "design"),
        ("퍼포먼스 마케터", "marketing"),
        ("B2B sales", "sales"),
        ("신입사원 공채", "new_graduate"),
        ("신입 백엔드 개발자", "backend"),
        ("Marketing data analyst", "data"),
        ("astronaut", None),
        ("spam", None),
    ],
)
def test_a_role_in_free_words(words: str, role: RoleId | None, library: Library) -> None:
    assert library.banks.role(words) == role


def test_a_question_is_found_behind_what_led_to_it(library: Library) -> None:
    asked = library.banks.get("backend", "en").questions[3]
    assert library.banks.find(f"Thank you. Next: {asked.text}", "en") == asked
    assert library.banks.find("Why here?", "en") is None
    assert library.banks.find(asked.text, "ko") is None


def test_banks_are_read_anew_each_time() -> None:
    assert load_banks().by_language == load_banks().by_language
