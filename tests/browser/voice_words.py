"""What stands on the page about speaking, and what is said; written down once more, as in `words`.

The sentences are some of those that the model for tests can hear (`tests/speech/sentences.py`):
those that it is sure of (0.9 and more) also where they come first, while the browser's gain control
and noise suppression still look for their measure.
"""

from dataclasses import dataclass

from tests.browser.words import Language


@dataclass(frozen=True)
class VoiceWords:
    """One language's labels, and what is said in it: `answers`, one a turn, each of two sentences.
    `correction`: for one of their words.
    """

    answer: str
    panel: str
    recording: str
    away: str
    spoken: str
    heard: str
    stop: str
    safe: str
    go_on: str
    take_back: str
    type_instead: str
    review: str
    again: str
    ends_by_silence: str
    reads_first: str
    check: str
    end_check: str
    say: str
    hear: str
    hear_nothing: str
    level: str
    device: str
    denied: str
    missing: str
    unavailable: str
    how_spoken: str
    answers: tuple[tuple[str, str], ...]
    draft: str
    correction: tuple[str, str]


VOICE_WORDS: dict[Language, VoiceWords] = {
    "en": VoiceWords(
        answer="Answer by voice",
        panel="Answering by voice",
        recording="Recording",
        away="Recording. It is kept here until the connection is back.",
        spoken="Time spoken",
        heard="Heard so far",
        stop="Done speaking",
        safe=r"^Your recording up to \d+:\d\d is safe\.$",
        go_on="Go on speaking",
        take_back="Continue here",
        type_instead="Type instead",
        review="Here is the text of what you said. Correct it where needed, then send it.",
        again="Speak again",
        ends_by_silence="Send when I stop speaking",
        reads_first="Let me check the text first",
        check="Check your microphone",
        end_check="End the check",
        say="Say a few words…",
        hear="We hear you.",
        hear_nothing=("We hear nothing. Is it the right microphone, and is it switched on?"),
        level="Microphone level",
        device="Microphone",
        denied="The microphone isn’t allowed.",
        missing="No microphone was found.",
        unavailable="Spoken answers aren’t available here, so please type.",
        how_spoken="How you spoke",
        answers=(
            ("I led a small team of engineers.", "We built a payment system."),
            ("The project was a success.", "I enjoy solving hard problems."),
            ("I wrote tests for every feature.", "I led a small team of engineers."),
            ("I enjoy solving hard problems.", "We built a payment system."),
        ),
        draft="First of all:",
        correction=("success", "great success"),
    ),
    "ko": VoiceWords(
        answer="음성으로 답하기",
        panel="음성 답변",
        recording="녹음 중",
        away="녹음 중입니다. 다시 연결될 때까지 이 기기에 보관합니다.",
        spoken="말한 시간",
        heard="지금까지 들은 내용",
        stop="답변 마치기",
        safe=r"^\d+:\d\d까지의 녹음은 안전하게 보관되어 있습니다\.$",
        go_on="이어서 말하기",
        take_back="여기서 이어서 하기",
        type_instead="글로 답하기",
        review="말씀하신 내용을 받아 적었습니다. 필요하면 고친 다음 보내 주세요.",
        again="다시 말하기",
        ends_by_silence="말을 멈추면 보내기",
        reads_first="보내기 전에 글 확인하기",
        check="마이크 확인하기",
        end_check="확인 끝내기",
        say="몇 마디 말씀해 보세요…",
        hear="잘 들립니다.",
        hear_nothing=("소리가 들리지 않습니다. 올바른 마이크인지, 켜져 있는지 확인해 주세요."),
        level="마이크 소리 크기",
        device="마이크",
        denied="마이크 사용이 허용되지 않았습니다.",
        missing="마이크를 찾지 못했습니다.",
        unavailable="여기서는 음성으로 답할 수 없습니다. 글로 답해 주세요.",
        how_spoken="말하기",
        answers=(
            ("팀에서 서버를 만들었습니다.", "경력은 오 년입니다."),
            ("팀에서 서버를 만들었습니다.", "잘 모르겠습니다."),
            ("안녕하세요.", "경력은 오 년입니다."),
            ("다음 질문으로 가 주세요.", "감사합니다."),
        ),
        draft="먼저 말씀드리면,",
        correction=("서버", "결제 서버"),
    ),
}
