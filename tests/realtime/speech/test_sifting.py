"""What is dropped of what a recogniser wrote, and what stays."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.view import Word
from realtime.speech.clip import ClipSegment, ClipWord
from realtime.speech.sifting import confidence, sift
from tests.realtime.speech.saying import heard, over, segment, spoken, text_of

LONG = over((0, 30_000))

ANSWER = "I led the migration of our billing service to a new database."
ANSWER_KO = "저는 결제 서비스를 새로운 데이터베이스로 옮기는 일을 맡았습니다."


def kept(*segments: ClipSegment) -> str:
    """What is left of a clip of thirty seconds in which somebody speaks all the time."""
    return text_of(sift(heard(*segments), 0, LONG))


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        ANSWER_KO,
        "Thank you.",
        "감사합니다.",
        "Yes.",
        "네.",
        f"{ANSWER} Thank you.",
        f"{ANSWER_KO} 들어주셔서 감사합니다.",
        "Our users said thanks for watching the status page for them.",
        "We had to subscribe to the channel and like each message.",
        "유튜브 구독과 좋아요 기능을 만들었습니다.",
        "MBC 뉴스 사이트를 개발했습니다.",
        "No, no, no, that is what I told them.",
        "It grew by 40% and cost $3 a day, I used C++ and C#.",
        "We chose b-trees (ordered ones) here.",
    ],
)
def test_what_somebody_says_stays(text: str) -> None:
    assert kept(segment(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching!",
        "Thank you for watching.",
        "Thank you for watching. Please subscribe to my channel.",
        "Thanks for watching and don't forget to like and subscribe!",
        "If you find the video useful, please like, share the video, and subscribe.",
        "Subtitles by the Amara.org community",
        "시청해주셔서 감사합니다.",
        "시청해 주셔서 감사합니다",
        "구독과 좋아요 부탁드립니다!",
        "구독과 좋아요, 알림 설정까지 부탁드립니다.",
        "MBC 뉴스 이덕영입니다.",
        "워싱턴에서 MBC 뉴스 이덕영입니다.",
        "한글자막 by 한효정",
        "다음 영상에서 만나요.",
        "시청해주셔서 감사합니다. 다음 영상에서 만나요.",
        "ご視聴ありがとうございました",
        "字幕由Amara.org社区提供",
        "Субтитры сделал DimaTorzok",
    ],
)
def test_what_only_videos_say_goes(text: str) -> None:
    """However sure the model is, and however much speech there is."""
    assert kept(segment(text)) == ""
    assert kept(segment(ANSWER), segment(text, 10_000)) == ANSWER
    assert kept(segment(f"{ANSWER} {text}")) == ANSWER


def test_a_silence_ends_a_sentence_too() -> None:
    """Korean comes without marks as often as not."""
    said = segment("그 일을 맡았습니다")
    phantom = segment("시청해주셔서 감사합니다", said.words[-1].end_ms + 500)
    one = replace(said, words=said.words + phantom.words)
    assert kept(one) == "그 일을 맡았습니다"


@pytest.mark.parametrize("text", ["Thank you.", "you", "Bye.", "감사합니다.", "네.", "Okay. Bye."])
class TestWhatPeopleSayToo:
    """Phrases that are known from silence, and from people."""

    def test_stays_over_speech(self, text: str) -> None:
        assert kept(segment(text)) == text

    def test_goes_without_speech_under_it(self, text: str) -> None:
        phantom = segment(text, 10_000)
        assert sift(heard(phantom), 0, over((0, 5_000))) == ()
        assert text_of(sift(heard(segment(ANSWER), phantom), 0, over((0, 5_000)))) == ANSWER

    def test_goes_where_the_model_doubts(self, text: str) -> None:
        sure = segment(text)
        assert kept(replace(sure, no_speech=0.7)) == ""
        unsure = segment(text, sure=0.7)
        assert kept(replace(unsure, mean_log_probability=-1.1)) == ""
        assert kept(replace(sure, mean_log_probability=-1.1)) == text
        assert kept(segment(text, sure=0.3)) == ""

    def test_stays_in_front(self, text: str) -> None:
        doubted = replace(segment(text), no_speech=0.7)
        assert kept(doubted, segment(ANSWER, 5_000)) == f"{text} {ANSWER}"


def test_a_word_that_is_placed_roughly_is_no_phantom() -> None:
    """As Whisper places the only one of a clip: it begins at 0, though speech does at 200 ms."""
    said = segment("감사합니다.", 0, word_ms=460)
    assert text_of(sift(heard(said), 0, over((200, 1_300)))) == "감사합니다."


def test_a_phrase_right_after_the_speech_is_a_phantom() -> None:
    """Its place touches the speech, but that is the sentence before."""
    said, phantom = segment("I did it."), segment("감사합니다.", 1_200)
    assert text_of(sift(heard(said, phantom), 0, over((0, 1_250)))) == "I did it."


@pytest.mark.parametrize("text", ["", ".", "...", "…", " . . .", "?!", "♪", "♪♪", "- -", '"'])
def test_marks_alone_are_nothing(text: str) -> None:
    assert kept(ClipSegment((ClipWord(text, 0, 500, 0.9),), 0.02, -0.2, 1.0)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "[Music]",
        "[BLANK_AUDIO]",
        "(applause)",
        "(박수)",
        "*sighs*",
        "♪ la la la ♪",
        "(Upbeat music)",
    ],
)
def test_what_subtitles_say_of_sounds_goes(text: str) -> None:
    assert kept(segment(text)) == ""
    assert kept(segment(f"We {text} won.")) == "We won."


def test_an_open_bracket_takes_nothing_with_it() -> None:
    assert kept(segment("We used [two of them.")) == "We used [two of them."


def test_whispers_gate_on_silence() -> None:
    """Both figures together, as OpenAI's: either alone proves nothing."""
    said = segment(ANSWER)
    assert kept(replace(said, no_speech=0.61, mean_log_probability=-1.01)) == ""
    assert kept(replace(said, no_speech=0.99)) == ANSWER
    assert kept(replace(said, mean_log_probability=-1.9)) == ANSWER
    assert kept(replace(said, mean_log_probability=-2.1)) == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"{ANSWER} {'and so on ' * 20}", f"{ANSWER} and so on"),
        ("데이터 " * 30, "데이터"),
        (f"{ANSWER} {'하' * 60}", ANSWER),
        ("하" * 60, ""),
        ("one two three four five six seven eight nine ten and then again " * 8, ""),
    ],
)
def test_a_loop_is_cut_to_what_isnt_repeated(text: str, left: str) -> None:
    looped = replace(segment(text, word_ms=200), compression_ratio=2.5)
    assert kept(looped) == left


def test_a_segment_over_and_over_is_kept_once() -> None:
    echoes = [segment("I see that.", 2_000 * at) for at in range(5)]
    assert kept(*echoes) == "I see that."
    assert kept(*echoes[:2]) == "I see that. I see that."


def test_nobody_speaks_so_fast() -> None:
    fast = segment(ANSWER, word_ms=30)
    assert kept(fast) == ""
    assert kept(segment(ANSWER, word_ms=150)) == ANSWER


def test_what_goes_on_after_the_speech_was_made_up() -> None:
    invented = segment("And then the whole committee of the university came by.", 8_000)
    words = sift(heard(segment("I did it.", 0), invented), 0, over((0, 1_000)))
    assert text_of(words) == "I did it."


def test_without_speech_there_are_no_words() -> None:
    assert sift(heard(segment(ANSWER)), 0, ()) == ()


def test_words_are_put_in_the_answers_time_and_made_whole() -> None:
    said = ClipSegment(
        (
            ClipWord(" …and", 100, 300, 0.5),
            ClipWord(" e", 300, 400, 0.4),
            ClipWord("-mail", 400, 800, 0.9),
            ClipWord(",", 800, 820, 0.1),
            ClipWord(" -", 820, 830, 0.1),
            ClipWord(" a\u0000\ufffdb..", 830, 900, 2.0),
            ClipWord(" -5%!!", 900, 1_000, 0.5),
            ClipWord(" \u1112\u1161\u11ab ?!", 1_000, 1_200, 0.5),
        ),
        0.02,
        -0.2,
        1.0,
    )
    words = sift(heard(said), 10_000, over((10_000, 12_000)))
    assert [word.text for word in words] == ["and", "e-mail,", "ab…", "-5%!!", "한"]
    assert (words[1].start_ms, words[1].end_ms) == (10_300, 10_800)
    assert words[1].probability == pytest.approx((0.4 + 5 * 0.9) / 6)
    assert words[2].probability == 1.0


SIGNS = st.text(
    st.one_of(st.sampled_from(" .…?-[(♪)]%'가a1\n\u0000\ufffd\ud800\u1112\u1161"), st.characters()),
    max_size=12,
)


@given(st.lists(st.tuples(SIGNS, st.integers(-500, 5_000), st.integers(-500, 5_000)), max_size=8))
def test_whatever_is_written_words_are_words(written: list[tuple[str, int, int]]) -> None:
    said = tuple(ClipWord(text, start, end, 0.9) for text, start, end in written)
    for word in sift(heard(ClipSegment(said, 0.02, -0.2, 3.0)), 1_000, over((1_000, 9_000))):
        assert word.text.split() == [word.text]
        assert word.text.encode()
        assert "\u0000" not in word.text
        assert 1_000 <= word.start_ms <= word.end_ms


class TestConfidence:
    def test_it_is_the_share_of_letters_that_are_expected_to_be_right(self) -> None:
        words = [Word("I,", 0, 100, 0.0), Word("did.", 100, 200, 1.0)]
        assert confidence(words) == pytest.approx(3 / 4)

    def test_without_words_there_is_none(self) -> None:
        assert confidence(()) == 0.0

    def test_it_is_what_all_words_have_in_common(self) -> None:
        assert confidence(spoken(ANSWER, sure=0.7)) == pytest.approx(0.7)
