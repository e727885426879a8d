"""Reports to write down, and what each of their documents has to say, in order."""

from protocol.view import (
    CompetencyResult,
    Config,
    Delivery,
    Feedback,
    Interview,
    Language,
    Mark,
    Quote,
    Report,
    Score,
    Span,
    Turn,
    TurnReport,
)

SCORES = (
    Score("Ownership", 4, 5, ("I cut the load by 40%.",)),
    Score("Structure", 2, 5, (), supported=False),
)
TURNS = (
    Turn(
        1,
        1,
        "main",
        "scaling",
        None,
        "How did you scale it?",
        answer="I cut the load by 40%.\nThen I *measured*.",
        source="text",
        feedback=(Feedback(0, "offline", "A clear figure.", SCORES, False),),
    ),
    Turn(
        2,
        1,
        "follow_up",
        "scaling",
        1,
        "What was your part?",
        answer="All.",
        source="voice",
        delivery=Delivery(
            61_200,
            48_300,
            163.9,
            "words_per_minute",
            (Mark("um", 100), Mark("Um", 900), Mark("like", 2_000)),
            (Span(0, 1_000), Span(2_000, 4_500)),
            (Mark("I think", 5_000),),
            (),
        ),
    ),
    Turn(3, 2, "main", "teams", None, "And in a team?", skipped=True),
    Turn(4, 3, "main", "", None, None, skipped=True),
)
REPORT = Report(
    "You were clear.\n\nBe bolder.",
    3.5,
    5,
    (
        CompetencyResult("Ownership", 4.0, 5, (Quote(2, "All."),)),
        CompetencyResult("Structure", None, 5, ()),
    ),
    ("Figures",),
    ("Say what you did yourself",),
    (TurnReport(1, "Solid.", "I cut the load by 40% in a month."), TurnReport(3, "Skipped.", None)),
    (2,),
    None,
    (),
)

KOREAN_TURNS = (
    Turn(
        1,
        1,
        "main",
        "확장",
        None,
        "트래픽이 열 배로 늘면 무엇부터 보시겠습니까?",
        answer="캐시를 도입해 응답 시간을 40% 줄였습니다.\n뷁, 훕, 쀍도 적습니다.",
        source="text",
        feedback=(
            Feedback(
                0,
                "offline",
                "수치가 분명합니다.",
                (
                    Score("문제 해결", 4, 5, ("응답 시간을 40% 줄였습니다",)),
                    Score("협업", 1, 5, (), supported=False),
                ),
                False,
            ),
        ),
    ),
    Turn(
        2,
        1,
        "follow_up",
        "확장",
        1,
        "본인의 몫은요?",
        answer="전부입니다.",
        source="voice",
        delivery=Delivery(
            3_000,
            2_000,
            300.4,
            "syllables_per_minute",
            (Mark("음", 0),),
            (),
            (),
            (Mark("제가", 1),),
        ),
    ),
)
KOREAN_REPORT = Report(
    "분명하게 답했습니다.",
    3.25,
    5,
    (CompetencyResult("문제 해결", 4.0, 5, (Quote(1, "응답 시간을 40% 줄였습니다"),)),),
    ("수치를 들었습니다",),
    ("자신의 역할을 밝히세요",),
    (TurnReport(1, "탄탄합니다.", "한 달 만에 응답 시간을 40% 줄였습니다."),),
    (2,),
    None,
    (),
)


def interview(
    language: Language = "en",
    report: Report | None = REPORT,
    turns: tuple[Turn, ...] = TURNS,
    role: str = "Backend <dev>",
) -> Interview:
    return Interview(
        "iv",
        "finished",
        False,
        0,
        0,
        1_795_300_000_000,
        "completed",
        None,
        Config(role, level="senior", language=language),
        turns,
        report=report,
    )


ENGLISH = interview()
KOREAN = interview("ko", KOREAN_REPORT, KOREAN_TURNS, "백엔드")

FACTS: dict[Language, tuple[str, ...]] = {
    "en": (
        *("Interview report: Backend <dev>", "2026-11-21", "Senior", "Interview in English"),
        *("3.5 of 5", "You were clear.", "Be bolder.", "Competencies"),
        *("Ownership", "4 of 5", "“All.”", "(question 1.1)", "Structure", "not scored"),
        *("Not scored: question 1.1", "Strengths", "Figures", "What to practise"),
        *("Say what you did yourself", "Question by question"),
        *("Question 1: scaling", "How did you scale it?", "Your answer", "I cut the load by 40%."),
        *("Then I *measured*.", "Feedback", "A clear figure.", "Scores", "Ownership: 4 of 5"),
        *("“I cut the load by 40%.”", "Structure: 2 of 5", "not supported by your words"),
        *("In short", "Solid.", "A better answer", "I cut the load by 40% in a month."),
        *("Question 1.1: scaling", "What was your part?", "Your answer", "All."),
        *("How you spoke", "You spoke for 0:48 of 1:01.", "Pace: 164 words a minute."),
        *("Pauses of a second or more: 2, the longest of 2.5 s.", "Fillers: 3 (um ×2, like)."),
        *(
            "Words that hedge: 1 (I think).",
            "Scores",
            "not scored",
            "Question 2: teams",
            "And in a team?",
        ),
        *("You skipped this question.", "In short", "Skipped."),
    ),
    "ko": (
        *("면접 리포트: 백엔드", "2026-11-21", "시니어", "한국어 면접", "5점 만점에 3.25점"),
        *("분명하게 답했습니다.", "역량", "문제 해결", "5점 만점에 4점"),
        *("“응답 시간을 40% 줄였습니다”", "(질문 1)", "점수를 매기지 않은 질문: 질문 1.1"),
        *("잘한 점", "수치를 들었습니다", "연습할 점", "자신의 역할을 밝히세요"),
        *("질문별로 보기", "질문 1: 확장", "트래픽이 열 배로 늘면 무엇부터 보시겠습니까?"),
        *("내 답변", "캐시를 도입해 응답 시간을 40% 줄였습니다.", "뷁, 훕, 쀍도 적습니다."),
        *("피드백", "수치가 분명합니다.", "점수", "문제 해결: 5점 만점에 4점"),
        *("“응답 시간을 40% 줄였습니다”", "협업: 5점 만점에 1점"),
        *("답변에서 근거를 찾지 못해 결과에 반영하지 않습니다", "요약", "탄탄합니다."),
        *("더 좋은 답변", "한 달 만에 응답 시간을 40% 줄였습니다."),
        *("질문 1.1: 확장", "본인의 몫은요?", "내 답변", "전부입니다.", "말하기"),
        *("0:03 중 0:02 동안 말했습니다.", "말 속도: 분당 300음절", "군말: 1번 (음)"),
        *("되풀이한 말: 1번 (제가)", "점수", "점수 없음"),
    ),
}


def visible(text: str) -> str:
    """The characters that can be seen."""
    return "".join(char for char in text if char.isprintable() and not char.isspace())


def tells(text: str, facts: tuple[str, ...]) -> bool:
    """Whether `text` has all of them, one behind the other."""
    seen, at = visible(text), 0
    for fact in facts:
        found = seen.find(visible(fact), at)
        assert found >= 0, f"{fact} isn't told behind {seen[max(0, at - 40) : at]}"
        at = found + len(visible(fact))
    return True


# What somebody might write to be more than words.
TRAPS = [
    "# heading",
    "- item\n+ item\n* item\n1. item\n2) item",
    "> quote",
    "---\n***\n___\n===",
    "```\ncode\n```\n~~~",
    "    indented",
    "<script>alert(1)</script> <!-- --> <b onclick=x>&lt;&amp;",
    "</title></style><img src=x onerror=alert(1)><svg onload=alert(1)>",
    "\"><a href='javascript:alert(1)' style=position:fixed>x</a>",
    "]]> <?php ?> <!doctype html> &#60;script&#62; </textarea></p></main>",
    "[link](https://x.example) ![image](x) [ref]: y <https://x.example>",
    "a | b\n--- | ---\nc | d",
    "*em* **strong** _em_ __strong__ ~~gone~~ `code` $x$",
    '#panic("x") #import "@preview/x:0.1.0" #read("/etc/passwd") $ x $ = y <label> @label // z',
    "ends with a backslash\\",
    "two  \nspaces",
    "hidden\x1b[2J\x00\x85\u2028# after",
    "\x00# after nothing",
    "\\# escaped",
    "turned \u202eback\u202c \u2066and\u2069 forth",
    "half \ud800 of a pair",
    "한국어 *강조* # 제목",
]
