"""What the documents themselves say, in the interview's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.view import Language


@dataclass(frozen=True, slots=True)
class Words:
    """`{}` stands for what is filled in. `roles` and `levels` name those that are told by an id;
    any other is told as it is written.
    """

    roles: Mapping[str, str]
    levels: Mapping[str, str]
    title: str
    held_in: str
    overall: str
    score: str
    unscored: str
    competencies: str
    competency: str
    points: str
    evidence: str
    strengths: str
    improvements: str
    turns: str
    question: str
    answer: str
    speaking: str
    spoke: str
    pace_words: str
    pace_syllables: str
    pauses: str
    fillers: str
    hedges: str
    repeated: str
    feedback: str
    scores: str
    unsupported: str
    summary: str
    better_answer: str
    skipped: str
    not_scored: str
    page: str


WORDS: dict[Language, Words] = {
    "en": Words(
        roles={
            "backend": "Backend engineer",
            "frontend": "Frontend engineer",
            "data": "Data analyst",
            "machine_learning": "Machine-learning engineer",
            "devops": "DevOps engineer",
            "product": "Product manager",
            "design": "Product designer",
            "marketing": "Marketing",
            "sales": "Sales",
            "new_graduate": "New graduate",
        },
        levels={"junior": "Junior", "mid": "Mid-level", "senior": "Senior"},
        title="Interview report: {}",
        held_in="Interview in English",
        overall="Overall score",
        score="{} of {}",
        unscored="not scored",
        competencies="Competencies",
        competency="Competency",
        points="Score",
        evidence="In your words",
        strengths="Strengths",
        improvements="What to practise",
        turns="Question by question",
        question="question {}",
        answer="Your answer",
        speaking="How you spoke",
        spoke="You spoke for {} of {}.",
        pace_words="Pace: {} words a minute.",
        pace_syllables="Pace: {} syllables a minute.",
        pauses="Pauses of a second or more: {}, the longest of {} s.",
        fillers="Fillers: {} ({}).",
        hedges="Words that hedge: {} ({}).",
        repeated="Words said twice: {} ({}).",
        feedback="Feedback",
        scores="Scores",
        unsupported="not supported by your words, so it doesn’t count",
        summary="In short",
        better_answer="A better answer",
        skipped="You skipped this question.",
        not_scored="Not scored: {}",
        page="Page {0} of {1}",
    ),
    "ko": Words(
        roles={
            "backend": "백엔드 개발자",
            "frontend": "프런트엔드 개발자",
            "data": "데이터 분석가",
            "machine_learning": "머신러닝 엔지니어",
            "devops": "데브옵스 엔지니어",
            "product": "프로덕트 매니저",
            "design": "프로덕트 디자이너",
            "marketing": "마케팅",
            "sales": "영업",
            "new_graduate": "신입 공통",
        },
        levels={"junior": "주니어", "mid": "미들", "senior": "시니어"},
        title="면접 리포트: {}",
        held_in="한국어 면접",
        overall="종합 점수",
        score="{1}점 만점에 {0}점",
        unscored="점수 없음",
        competencies="역량",
        competency="역량",
        points="점수",
        evidence="답변 속 근거",
        strengths="잘한 점",
        improvements="연습할 점",
        turns="질문별로 보기",
        question="질문 {}",
        answer="내 답변",
        speaking="말하기",
        spoke="{1} 중 {0} 동안 말했습니다.",
        pace_words="말 속도: 분당 {}단어",
        pace_syllables="말 속도: 분당 {}음절",
        pauses="1초 이상의 침묵: {}번, 가장 긴 침묵 {}초",
        fillers="군말: {}번 ({})",
        hedges="단정을 피하는 표현: {}번 ({})",
        repeated="되풀이한 말: {}번 ({})",
        feedback="피드백",
        scores="점수",
        unsupported="답변에서 근거를 찾지 못해 결과에 반영하지 않습니다",
        summary="요약",
        better_answer="더 좋은 답변",
        skipped="건너뛴 질문입니다.",
        not_scored="점수를 매기지 않은 질문: {}",
        page="{1}쪽 중 {0}쪽",
    ),
}
