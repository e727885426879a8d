"""How answers are spoken: labelled examples in both languages, and the figures."""

import pytest

from protocol.view import Delivery, Language, Mark, Span
from realtime.speech.delivery import PAUSE_MS, delivery
from realtime.speech.phrases import APART_MS
from tests.realtime.speech.saying import WORD_MS, over, spoken


def of(text: str, language: Language = "en") -> Delivery:
    """An answer without any silence."""
    words = spoken(text)
    return delivery(words, (), len(words) * WORD_MS, language)


def texts(marks: tuple[Mark, ...]) -> list[str]:
    return [mark.text for mark in marks]


@pytest.mark.parametrize(
    ("text", "fillers"),
    [
        ("Um, I led the team.", ["Um"]),
        ("I led, uh, the team, erm... yes.", ["uh", "erm"]),
        ("Hmm. Well, er, it depends.", ["Hmm", "er"]),
        ("It was, you know, a large system.", ["you know"]),
        ("It was slow, I mean, really slow.", ["I mean"]),
        ("It was, like, ten times faster.", ["like"]),
        ("Um like, we had no tests.", ["Um", "like"]),
        ("You know um the usual.", ["You know", "um"]),
        # The same words as words.
        ("I like Python and tools like it.", []),
        ("Tools like, say, Docker.", []),
        ("Do you know, by chance, who wrote it?", []),
        ("As you know, we use Kafka.", []),
        ("You know how a cache works.", []),
        ("That is what I mean, exactly.", []),
        ("I mean the second one.", []),
        ("Uh huh, that is right.", []),
        ("To err is human.", []),
    ],
)
def test_fillers_in_english(text: str, fillers: list[str]) -> None:
    assert texts(of(text).fillers) == fillers


@pytest.mark.parametrize(
    ("text", "fillers"),
    [
        ("음, 저는 팀을 이끌었습니다.", ["음"]),
        ("어 그러니까 음 배포를 맡았습니다.", ["어", "음"]),
        ("그, 제가 맡은 일은요.", ["그"]),
        ("그... 뭐, 여러 가지가 있습니다.", ["그", "뭐"]),
        ("저기, 다시 말씀해 주시겠어요?", ["저기"]),
        ("이제, 배포를 자동화했습니다.", ["이제"]),
        ("그 어 서버를 옮겼습니다.", ["그", "어"]),
        ("이게 뭐랄까 조금 복잡합니다.", ["뭐랄까"]),
        ("그 뭐 있잖아요 레디스요.", ["그 뭐"]),
        ("그게 뭐라고 해야 되지 캐시요.", ["뭐라고 해야 되지"]),
        # The same words as words.
        ("그 프로젝트는 제가 맡았습니다.", []),
        ("저기 있는 서버입니다.", []),
        ("뭐 때문에 느렸는지 찾았습니다.", []),
        ("이제 배포를 자동화합니다.", []),
        ("저 서버는 제가 관리합니다.", []),
        ("어떤 음악을 좋아하세요?", []),
        ("막 시작한 회사였습니다.", []),
    ],
)
def test_fillers_in_korean(text: str, fillers: list[str]) -> None:
    assert texts(of(text, "ko").fillers) == fillers


@pytest.mark.parametrize(("silence_ms", "fillers"), [(APART_MS, ["그"]), (APART_MS - 1, [])])
def test_a_silence_sets_a_word_apart(silence_ms: int, fillers: list[str]) -> None:
    words = spoken("그") + spoken("프로젝트는 컸습니다", WORD_MS + silence_ms)
    assert texts(delivery(words, (), 9_000, "ko").fillers) == fillers


@pytest.mark.parametrize(
    ("text", "hedges"),
    [
        ("Maybe we could have tested more.", ["Maybe"]),
        ("I think it was probably the cache.", ["I think", "probably"]),
        ("It's kind of hard, sort of.", ["kind of", "sort of"]),
        ("I guess, more or less, yes.", ["I guess", "more or less"]),
        ("We used Redis or something like that.", ["or something like that"]),
        ("I'm not sure, as far as I know.", ["I'm not sure", "as far as I know"]),
        # The same words as words.
        ("I think about what kind of load it is.", []),
        ("I believe in this kind of test.", []),
        ("They sort of course by date.", ["sort of"]),
        ("That sort of thing is certain.", []),
    ],
)
def test_hedges_in_english(text: str, hedges: list[str]) -> None:
    assert texts(of(text).hedges) == hedges


@pytest.mark.parametrize(
    ("text", "hedges"),
    [
        ("아마 캐시 문제였던 것 같아요.", ["아마", "것 같아요"]),
        ("그게 맞는 거 같습니다.", ["거 같습니다"]),
        ("될것같은데요 어쩌면요.", ["될것같은데요"]),
        (
            "글쎄요, 어쩌면 할 수 있을지도 모르겠습니다.",
            ["글쎄요", "어쩌면", "있을지도 모르겠습니다"],
        ),
        ("그 방법이 낫지 않을까 싶습니다.", ["않을까 싶습니다"]),
        ("약간 느린 듯합니다.", ["약간", "듯합니다"]),
        ("어느 정도 이해했습니다.", ["어느 정도"]),
        # The same words as words.
        ("저희는 같은 것 같이 쓰는 팀입니다.", []),
        ("이것과 같습니다.", []),
        ("제가 맡았습니다.", []),
    ],
)
def test_hedges_in_korean(text: str, hedges: list[str]) -> None:
    assert texts(of(text, "ko").hedges) == hedges


@pytest.mark.parametrize(
    ("text", "language", "repeated"),
    [
        ("I I led the the the team.", "en", ["I", "the"]),
        ("We had, we had a plan.", "en", ["We had"]),
        ("The, um, the database was slow.", "en", ["The"]),
        ("It… it was so so slow.", "en", ["It"]),
        ("In the end in the end it worked.", "en", ["In the end"]),
        ("It was very very slow, really, really slow.", "en", []),
        ("No, no, I know that that is wrong.", "en", []),
        ("We wrote tests. Tests that ran.", "en", []),
        ("Version 2 2 4.", "en", []),
        ("Um um, yes.", "en", []),
        ("제가 제가 팀을 맡았습니다.", "ko", ["제가"]),
        ("그 그 프로젝트는요.", "ko", ["그"]),
        ("저는 음 저는 개발자입니다.", "ko", ["저는"]),
        ("서버를 옮기는 서버를 옮기는 일입니다.", "ko", ["서버를 옮기는"]),
        ("빨리빨리 했습니다.", "ko", []),
        ("빨리 빨리 하나 하나 고쳤습니다.", "ko", []),
        ("네, 네, 정말 정말 컸습니다.", "ko", []),
    ],
)
def test_repeated_words(text: str, language: Language, repeated: list[str]) -> None:
    assert texts(of(text, language).repeated) == repeated


def test_marks_tell_where_each_was_said() -> None:
    found = of("Well, um, I I think so.")
    assert found.fillers == (Mark("um", 1 * WORD_MS),)
    assert found.repeated == (Mark("I", 2 * WORD_MS),)
    assert found.hedges == (Mark("I think", 3 * WORD_MS),)


class TestPace:
    def test_english_counts_words_over_the_time_of_speech(self) -> None:
        """Ten words in 4 s of speech, whatever the silence between."""
        words = spoken("one of these days we will all be there again")
        found = delivery(words, over((0, 3_000), (20_000, 21_000)), 30_000, "en")
        assert (found.pace, found.pace_unit) == (150.0, "words_per_minute")
        assert (found.duration_ms, found.speech_ms) == (30_000, 4_000)

    def test_korean_counts_syllables_as_they_are_read(self) -> None:
        """Thirteen syllables in 3 s: 이천이십사 년에 시작했습니다."""
        found = delivery(spoken("2024년에 시작했습니다"), over((0, 3_000)), 5_000, "ko")
        assert (found.pace, found.pace_unit) == (260.0, "syllables_per_minute")

    @pytest.mark.parametrize("language", ["en", "ko"])
    def test_silence_has_none(self, language: Language) -> None:
        found = delivery((), (), 5_000, language)
        assert (found.pace, found.speech_ms, found.pauses) == (0.0, 0, ())


class TestPauses:
    @pytest.mark.parametrize(
        ("silence_ms", "pauses"),
        [(PAUSE_MS, (Span(1_000, 1_000 + PAUSE_MS),)), (PAUSE_MS - 1, ())],
    )
    def test_they_are_long_silences(self, silence_ms: int, pauses: tuple[Span, ...]) -> None:
        speech = over((0, 1_000), (1_000 + silence_ms, 9_000))
        assert delivery((), speech, 9_000, "en").pauses == pauses

    def test_before_and_after_the_speech_there_are_none(self) -> None:
        assert delivery((), over((5_000, 6_000)), 60_000, "en").pauses == ()

    def test_regions_that_overlap_or_leave_the_answer_are_put_right(self) -> None:
        speech = over((3_000, 4_500), (-500, 1_000), (500, 1_200), (4_000, 9_000))
        found = delivery((), speech, 5_000, "en")
        assert found.speech_ms == 1_200 + 2_000
        assert found.pauses == (Span(1_200, 3_000),)

    def test_a_region_within_another_ends_nothing(self) -> None:
        speech = over((0, 3_000), (500, 1_000), (3_500, 4_000))
        assert delivery((), speech, 5_000, "en").speech_ms == 3_500

    def test_without_regions_the_words_tell(self) -> None:
        words = [*spoken("one two"), *spoken("three", 5_000)]
        found = delivery(words, (), 9_000, "en")
        assert found.pauses == (Span(2 * WORD_MS, 5_000),)
        assert found.speech_ms == 3 * WORD_MS
