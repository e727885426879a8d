"""What is about the person is blotted out, and what looks like it is left."""

import pytest

from realtime.interviewer.profiling.personal import BLOT, blotted


@pytest.mark.parametrize(
    "text",
    [
        "2019.03 - 2021.08",
        "03/2019 - 08/2021",
        "2012.03 ~ 2017.02 부산대학교 정보컴퓨터공학부",
        "세종대학교 회계학과 졸업 (2015.02)",
        "Cut p99 latency from 900 ms to 200 ms for 3,000,000 users",
        "이메일 발송 시스템 개발, 하루 120만 건",
        "프로젝트 이름: 동네책방 지도",
        "Project name: Rate limiter",
        "서울 연구 센터에서 도구 개발",
        "화면 표시 속도로 30% 개선",
        "즉시 배포로 3 단계 축소",
        "Led 5 Product Teams and 2 Google Drive integrations",
        "born out of a hackathon",
        "20 years of experience, 4 seasons",
        "React 18 / Next.js 13 / Node.js",
        "A/B 테스트 12건으로 전환율 2.9% → 3.6%",
        "전화 상담 40건, 사진 편집",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert blotted(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Mina, mina@example.com, Go", "Mina, , Go"),
        ("전화 010-1234-5678 / 개발", "전화  / 개발"),
        ("개발 | 생년월일: 1994.05.17", "개발 "),
        ("주 소  해솔마을 3단지\n개발", "\n개발"),
        ("서울특별시 강남구 테헤란로 123 | 개발", "| 개발"),
        ("성남시 분당구 판교역로 235-1\n개발", "\n개발"),
        ("12 Rosewood Way, Leeds\nNurse", "\nNurse"),
        ("만 29세, 개발자", ", 개발자"),
        ("Born 12 April 1991", ""),
    ],
)
def test_what_is_about_the_person_goes(text: str, left: str) -> None:
    gone = blotted(text)
    assert len(gone) == len(text)
    assert gone.replace(BLOT, "") == left
