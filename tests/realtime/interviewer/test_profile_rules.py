"""Profiles by rule: what is in documents as people write them, in the documents' own words."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.documents import (
    MOST_ENTRIES,
    MOST_OF_DETAIL,
    MOST_OF_LINE,
    MOST_SKILLS,
    DocumentKind,
    Profile,
)
from realtime.interviewer.profile_rules import profile_by_rules

FOLDER = Path(__file__).parent / "profiles"


class Expected(msgspec.Struct):
    """Of an entry: title, place, period, and how its detail begins."""

    kind: DocumentKind
    skills: tuple[str, ...]
    experience: tuple[tuple[str, str, str, str], ...]
    projects: tuple[tuple[str, str, str, str], ...]
    education: tuple[tuple[str, str, str, str], ...]


EXPECTED = msgspec.toml.decode((FOLDER / "expected.toml").read_bytes(), type=dict[str, Expected])
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.txt"))}
RESUMES = [name for name, each in EXPECTED.items() if each.kind == "resume"]

# What is about the person in the documents, each of which has some.
PERSONAL = re.compile(
    r"@|https?:|www\.|linkedin|github\.com|555|(?<!\d)01[05]\d?[-. ]"
    r"|07700|031-|02-|7946|940517|1994|1992|1990|1991|1988|29 years|만 26|Main Street|Rosewood"
    r"|Garden Lane|테헤란로|센텀로|판교역로|Photo"
)


def texts_of(profile: Profile) -> list[str]:
    """All that a profile says."""
    entries = (*profile.experience, *profile.projects, *profile.education)
    told = [text for each in entries for text in (each.title, each.place, each.period, each.detail)]
    return [text for text in (*profile.skills, *told) if text]


def assert_keeps_to_bounds(profile: Profile, text: str) -> None:
    assert len(profile.skills) <= MOST_SKILLS
    for entries in (profile.experience, profile.projects, profile.education):
        assert len(entries) <= MOST_ENTRIES
        for each in entries:
            assert each.title.strip()
            assert max(map(len, (each.title, each.place, each.period))) <= MOST_OF_LINE
            assert len(each.detail) <= MOST_OF_DETAIL
    assert all(len(skill) <= MOST_OF_LINE for skill in profile.skills)
    for said in texts_of(profile):
        assert said in text
        assert said == said.strip()
        assert "\0" not in said


def test_there_is_an_expectation_of_each_document() -> None:
    assert set(EXPECTED) == set(TEXTS)
    assert len(RESUMES) >= 12


@pytest.mark.parametrize("name", TEXTS)
def test_documents_are_read(name: str) -> None:
    expected = EXPECTED[name]
    profile = profile_by_rules(expected.kind, TEXTS[name])
    assert profile.skills == expected.skills
    for entries, wanted in (
        (profile.experience, expected.experience),
        (profile.projects, expected.projects),
        (profile.education, expected.education),
    ):
        assert [(each.title, each.place, each.period) for each in entries] == [
            each[:3] for each in wanted
        ]
        for entry, (*_, detail) in zip(entries, wanted, strict=True):
            assert entry.detail.startswith(detail)
            assert bool(entry.detail) == bool(detail)


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_about_the_person_is_told(name: str) -> None:
    profile = profile_by_rules(EXPECTED[name].kind, TEXTS[name])
    for said in texts_of(profile):
        assert not PERSONAL.search(said), said
    assert_keeps_to_bounds(profile, TEXTS[name])


SECRETS = (
    "minsu.kim@example.co.kr",
    "mina (at) example.com",
    "010-1234-5678",
    "01012345678",
    "010 1234 5678",
    "+82 10-1234-5678",
    "+1 (415) 555-0134",
    "02-555-0100",
    "(617) 555-0182",
    "940517-1234567",
    "940517-1******",
    "https://example.com/in/minapark",
    "www.minapark.example.com",
    "github.com/minapark",
    "서울특별시 강남구 테헤란로 123",
    "경기도 성남시 분당구 판교역로 235, 3층",
    "123 Main Street, Springfield",
    "1994년 5월 17일생",
    "1994.05.17 생",
    "94년생",
    "만 29세",
    "Date of birth: 03/09/1988",
    "생년월일: 1994.05.17",
    "성별: 남",
    "주소: 해솔마을 3단지 1203호",
    "Phone: 555 0134",
    "![me](photo.jpg)",
    "(사진)",
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", ["en_backend", "ko_table", "ko_portfolio", "en_no_headings"])
def test_personal_data_lands_nowhere_wherever_it_stands(name: str, secret: str) -> None:
    rows = TEXTS[name].split("\n")
    bare = re.sub(r"\W", "", secret)
    for at in range(len(rows) + 1):
        text = "\n".join((*rows[:at], secret, *rows[at:]))
        profile = profile_by_rules("resume", text)
        assert_keeps_to_bounds(profile, text)
        for said in texts_of(profile):
            assert secret not in said
            assert bare not in re.sub(r"\W", "", said)


@pytest.mark.parametrize("secret", [each for each in SECRETS if each != "(사진)"])
def test_personal_data_beside_something_else_is_cut_off(secret: str) -> None:
    text = f"경력\n2021.04 ~ 현재 | 배송나라 | 백엔드 개발자 | {secret}\n- API 개발 | {secret}"
    (entry,) = profile_by_rules("resume", text).experience
    assert (entry.title, entry.place, entry.detail) == ("백엔드 개발자", "배송나라", "API 개발")


def test_reading_again_says_the_same() -> None:
    for name, text in TEXTS.items():
        kind = EXPECTED[name].kind
        assert profile_by_rules(kind, text) == profile_by_rules(kind, text)


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("2019.03 – 2021.08", "2019.03 – 2021.08"),
        ("2019.3~2021.8", "2019.3~2021.8"),
        ("2019-03 - 2021-08", "2019-03 - 2021-08"),
        ("2019.03.02 ~ 2021.08.31", "2019.03.02 ~ 2021.08.31"),
        ("Mar 2019 – Present", "Mar 2019 – Present"),
        ("March 2019 to August 2021", "March 2019 to August 2021"),
        ("03/2019 - 08/2021", "03/2019 - 08/2021"),
        ("2019 — 2021", "2019 — 2021"),
        ("2019년 3월 ~ 현재", "2019년 3월 ~ 현재"),
        ("2019년 03월 - 2021년 08월", "2019년 03월 - 2021년 08월"),
        ("2019.03 ~", "2019.03 ~"),
        ("'19.03 ~ '21.08", "'19.03 ~ '21.08"),
        ("(2019.03 - 재직 중)", "2019.03 - 재직 중"),
        ("Summer 2020", "Summer 2020"),
        ("2020", "2020"),
    ],
)
def test_periods_in_many_ways(written: str, period: str) -> None:
    for line in (f"Acme Corp | Developer | {written}", f"{written} | Acme Corp | Developer"):
        (entry,) = profile_by_rules("resume", f"Experience\n{line}\n- Built things").experience
        assert (entry.title, entry.place, entry.period) == ("Developer", "Acme Corp", period)


@pytest.mark.parametrize(
    "heading",
    [
        "Experience",
        "WORK EXPERIENCE",
        "W O R K  E X P E R I E N C E",
        "## Work Experience",
        "2. Employment History",
        "II. Professional Experience:",
        "=== Experience ===",
        "Experience (6 years)",
        "경력",
        "경 력 사 항",
        "■ 경력사항",
        "[경력사항]",
        "▶ 경력 (총 5년 3개월)",
        "경력 | Experience",
        "1) 경력기술서",
        "**경력**",
    ],
)
def test_headings_in_many_ways(heading: str) -> None:
    text = f"Somebody\n\n{heading}\nAcme Corp | Developer | 2019 - 2021\n- Built things\n"
    (entry,) = profile_by_rules("resume", text).experience
    assert (entry.title, entry.place, entry.detail) == ("Developer", "Acme Corp", "Built things")


def test_common_words_are_no_skills() -> None:
    text = "Go there in spring. We go on to express a spark of unity in a notion. Series C. 3 R's."
    assert profile_by_rules("resume", text).skills == ()
    listed = profile_by_rules("resume", "Skills\nGo, C, R, Spring").skills
    assert listed == ("Go", "C", "R", "Spring")


def test_the_same_skill_by_another_name_comes_once() -> None:
    text = "기술 스택\n쿠버네티스, Kubernetes, k8s, React, 리액트, react.js"
    assert profile_by_rules("resume", text).skills == ("쿠버네티스", "React")


def test_a_job_description_tells_what_is_asked_for_and_not_what_is_given() -> None:
    profile = profile_by_rules("job_description", TEXTS["job_en"])
    assert "Slack" not in profile.skills
    assert "Kubernetes" not in profile.skills
    assert profile_by_rules("job_description", "We need someone for Kafka.").skills == ("Kafka",)


PIECES = st.sampled_from(
    [
        *(
            "경력",
            "Skills:",
            "EDUCATION",
            "■ 프로젝트",
            "# Projects",
            "자격요건",
            "- ",
            "• ",
            "\t",
            "  ",
        ),
        *(
            "2019.03 ~ 현재",
            "Mar 2019 – Present",
            "(2020)",
            "Acme Inc.",
            "(주)가나",
            "개발자",
            "KAIST",
        ),
        *(
            "Python, Go",
            "010-1234-5678",
            "a@b.kr",
            " | ",
            ": ",
            "주소",
            "했습니다.",
            "\x0c",
            "́",
            "🙂",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(PIECES, st.just("\n"), st.text(max_size=12)), max_size=60).map("".join),
    st.sampled_from(["resume", "job_description"]),
)
def test_whatever_the_document_the_words_are_its_own(text: str, kind: DocumentKind) -> None:
    text = text.replace("\0", "")
    assert_keeps_to_bounds(profile_by_rules(kind, text), text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 60_000,
        "- a\n" * 15_000,
        "2019 - \n" * 8_000,
        "경력\n" + "010-" * 12_000,
        "(" * 60_000,
    ],
)
def test_odd_documents_are_read_to_their_end(text: str) -> None:
    for kind in ("resume", "job_description"):
        assert_keeps_to_bounds(profile_by_rules(kind, text), text)
