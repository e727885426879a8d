"""What stands on the page, as far as the tests go by it, and what the candidate says.

The labels are written down here once more instead of being read from the page's catalogues, so
that a wrong one is noticed.
"""

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ko"]


@dataclass(frozen=True)
class Words:
    """One language's labels, and two answers in it: one to score, and a thin one."""

    choices: tuple[str, ...]
    questions: str
    more_options: str
    start: str
    begin: str
    your_answer: str
    submit: str
    hint: str
    hint_label: str
    skip: str
    skipped: str
    feedback: str
    scores: str
    pause: str
    resume: str
    finish: str
    report: str
    download: str
    strengths: str
    improvements: str
    see_progress: str
    progress: str
    by_interview: str
    nothing_yet: str
    good_answer: str
    thin_answer: str
    sign_in: str
    token: str
    check_token: str
    bad_token: str
    old_token: str
    sign_in_again: str
    later: str
    sign_out: str


WORDS: dict[Language, Words] = {
    "en": Words(
        choices=("Data analyst", "Senior", "English", "Friendly"),
        questions="Questions",
        more_options="Follow-ups, feedback and time",
        start="Start the interview",
        begin="Ask me the first question",
        your_answer="Your answer",
        submit="Send answer",
        hint="Give me a hint",
        hint_label="Hint",
        skip="Skip this question",
        skipped="Skipped",
        feedback="Feedback",
        scores="Scores",
        pause="Pause",
        resume="Go on",
        finish="Finish",
        report="Your report",
        download="Download (Markdown)",
        strengths="What worked",
        improvements="What to work on",
        see_progress="See your progress",
        progress="Your progress",
        by_interview="By interview",
        nothing_yet="Nothing to show yet.",
        good_answer=(
            "Last spring our weekly sales report was late on four Mondays out of five, and the "
            "sales team planned without it. My task was to have it ready by eight. I measured "
            "every step first and found one query that read the whole order history. I rewrote "
            "it to read only the changed days, added an index, and agreed with the data team on "
            "a check that stops the report when a source is missing.\n\n"
            "The run went from 95 minutes to 6, and the report has been on time for 30 weeks. "
            "I learned to measure before I change anything."
        ),
        thin_answer="We talked about it in the team and then it was fine.",
        sign_in="Sign in",
        token="Access token",
        check_token="Sign in",
        bad_token="The server doesn’t accept this token.",
        old_token="This token has run out.",
        sign_in_again="Your sign-in has run out",
        later="Not now",
        sign_out="Sign out",
    ),
    "ko": Words(
        choices=("데이터 분석가", "시니어", "한국어", "다정한 면접관"),
        questions="질문 수",
        more_options="꼬리 질문, 피드백, 시간 설정",
        start="면접 시작하기",
        begin="첫 질문 받기",
        your_answer="나의 답변",
        submit="답변 보내기",
        hint="힌트 보기",
        hint_label="힌트",
        skip="이 질문 건너뛰기",
        skipped="건너뜀",
        feedback="피드백",
        scores="점수",
        pause="일시정지",
        resume="이어서 하기",
        finish="끝내기",
        report="면접 리포트",
        download="마크다운으로 받기",
        strengths="잘한 점",
        improvements="보완할 점",
        see_progress="역량 변화 보기",
        progress="나의 역량 변화",
        by_interview="면접별 점수",
        nothing_yet="아직 보여 드릴 기록이 없습니다.",
        good_answer=(
            "작년 봄에 주간 매출 보고서가 다섯 번 중 네 번이나 늦어서 영업팀이 보고서 없이 계획을 "
            "세우고 있었습니다. 제 과제는 매주 월요일 8시까지 보고서를 준비하는 것이었습니다. "
            "저는 먼저 단계별 시간을 측정했고, 주문 이력 전체를 읽는 쿼리 하나가 원인임을 "
            "찾았습니다. 그래서 바뀐 날짜만 읽도록 제가 직접 쿼리를 다시 쓰고 인덱스를 "
            "추가했으며, 원본 데이터가 빠지면 보고서를 멈추는 점검을 데이터팀과 합의했습니다.\n\n"
            "그 결과 실행 시간이 95분에서 6분으로 줄었고, 30주 동안 한 번도 늦지 않았습니다. "
            "이 일을 통해 바꾸기 전에 먼저 측정해야 한다는 점을 배웠습니다."
        ),
        thin_answer="팀에서 이야기를 나누었고 잘 해결되었습니다.",
        sign_in="로그인",
        token="액세스 토큰",
        check_token="로그인하기",
        bad_token="서버가 받아들이지 않는 토큰입니다.",
        old_token="만료된 토큰입니다.",
        sign_in_again="로그인이 만료되었습니다",
        later="나중에",
        sign_out="로그아웃",
    ),
}
