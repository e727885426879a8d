"""An answer's text from its segments: what is told of it, and what it is in the end."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.effects import Heard, Work
from protocol.view import Word
from realtime.speech.transcript import MAX_ANSWER_CHARS, Transcription
from tests.realtime.speech.saying import spoken, text_of

WORK = Work("transcript", 1)


class Listener:
    """Whom the changes are told, as a client: it checks that none takes back what was stable."""

    def __init__(self) -> None:
        self.text = ""
        self.stable = 0

    def told(self, change: Heard | None) -> None:
        if change is None:
            return
        assert change.work == WORK
        assert self.stable <= change.from_ <= len(self.text)
        changed = self.text[: change.from_] + change.text
        assert self.stable <= change.stable <= len(changed) <= MAX_ANSWER_CHARS
        # The least: the first code point that is told anew is another one.
        assert self.text[change.from_ : change.from_ + 1] != change.text[:1] or not change.text
        assert (changed, change.stable) != (self.text, self.stable)
        self.text, self.stable = changed, change.stable


def transcription() -> Transcription:
    return Transcription(WORK, "en")


def told(change: Heard | None) -> tuple[int, str, int]:
    assert change is not None
    return change.from_, change.text, change.stable


class TestHeard:
    def test_an_answer_of_one_segment(self) -> None:
        heard = transcription()
        one = heard.begin()
        assert heard.heard() is None
        heard.partial(one, spoken("I bled"), 1_000)
        assert told(heard.heard()) == (0, "I bled", 0)
        heard.partial(one, spoken("I led the"), 2_000)
        assert told(heard.heard()) == (2, "led the", 1)
        heard.partial(one, spoken("I led the team"), 3_000)
        assert told(heard.heard()) == (9, " team", 9)
        assert heard.heard() is None
        heard.finish(one, spoken("I led the team."))
        assert told(heard.heard()) == (14, ".", 15)

    def test_segments_are_joined_by_a_space(self) -> None:
        heard = transcription()
        for text in ("I did.", "", "And then?"):
            heard.finish(heard.begin(), spoken(text))
        assert told(heard.heard()) == (0, "I did. And then?", 16)

    def test_nothing_is_stable_behind_a_segment_that_isnt_finished(self) -> None:
        heard = transcription()
        one, two = heard.begin(), heard.begin()
        heard.partial(one, spoken("a b"), 9_000)
        heard.finish(two, spoken("c d"))
        assert told(heard.heard()) == (0, "a b c d", 0)
        heard.partial(one, spoken("a b"), 9_001)
        assert told(heard.heard()) == (7, "", 3)
        heard.finish(one, spoken("a b, x"))
        assert told(heard.heard()) == (3, ", x c d", 10)

    def test_a_segment_that_says_nothing_leaves_no_space(self) -> None:
        heard = transcription()
        one, two = heard.begin(), heard.begin()
        heard.partial(one, spoken("hm"), 500)
        heard.finish(two, spoken("Yes."))
        heard.heard()
        heard.finish(one, [])
        assert told(heard.heard()) == (0, "Yes.", 4)

    def test_what_comes_too_late_is_passed_over(self) -> None:
        heard = transcription()
        one = heard.begin()
        heard.finish(one, spoken("Yes."))
        heard.heard()
        heard.partial(one, spoken("No."), 9_000)
        assert heard.heard() is None

    def test_no_segment_is_finished_twice(self) -> None:
        heard = transcription()
        one = heard.begin()
        heard.finish(one, [])
        with pytest.raises(ValueError, match="segment 0 is finished"):
            heard.finish(one, [])
        with pytest.raises(ValueError, match="segment 0 is finished"):
            heard.give_up(one)

    def test_the_tail_is_the_last_of_the_text(self) -> None:
        heard = transcription()
        for text in ("one two three", "four five", "six"):
            heard.finish(heard.begin(), spoken(text))
        heard.heard()
        assert heard.text == "one two three four five six"
        assert heard.tail(3) == "six"
        assert heard.tail(5) == "four five six"
        assert heard.tail() == heard.text


class TestTranscript:
    def test_it_is_all_segments_in_order(self) -> None:
        heard = transcription()
        one, two = heard.begin(), heard.begin()
        heard.finish(two, spoken("Then that.", 2_000, sure=0.5))
        heard.finish(one, spoken("First this.", sure=1.0))
        transcript = heard.transcript(4_000, 0.6)
        assert transcript.text == "First this. Then that."
        assert transcript.confidence == pytest.approx((9 * 1.0 + 8 * 0.5) / 17)
        assert (transcript.language, transcript.duration_ms) == ("en", 4_000)
        assert not transcript.needs_review

    @pytest.mark.parametrize(("below", "reviewed"), [(0.69, False), (0.71, True)])
    def test_little_confidence_needs_a_review(self, below: float, reviewed: bool) -> None:
        heard = transcription()
        heard.finish(heard.begin(), spoken("So it is.", sure=0.7))
        assert heard.transcript(4_000, below).needs_review is reviewed

    def test_no_words_need_a_review(self) -> None:
        transcript = transcription().transcript(4_000, 0.0)
        assert (transcript.text, transcript.confidence) == ("", 0.0)
        assert transcript.needs_review

    def test_a_segment_that_was_given_up_needs_a_review(self) -> None:
        heard = transcription()
        one = heard.begin()
        heard.partial(one, spoken("I led the"), 1_000)
        heard.give_up(one)
        transcript = heard.transcript(4_000, 0.0)
        assert transcript.text == "I led the"
        assert transcript.needs_review

    def test_there_is_none_before_the_last_segment_is_finished(self) -> None:
        heard = transcription()
        heard.begin()
        with pytest.raises(ValueError, match="segment 0 isn't finished"):
            heard.transcript(4_000, 0.6)

    def test_words_lie_in_order_within_the_answer(self) -> None:
        heard = transcription()
        heard.finish(heard.begin(), [Word("a", 0, 700, 0.9), Word("b", 600, 500, 0.9)])
        heard.finish(heard.begin(), [Word("c", 400, 2_000, 0.9), Word("d", 2_500, 2_600, 0.9)])
        places = [(word.text, word.start_ms, word.end_ms) for word in heard.words(1_500)]
        assert places == [("a", 0, 700), ("b", 700, 700), ("c", 700, 1_500), ("d", 1_500, 1_500)]


class TestTheLimit:
    """No text is longer than `limits.max_answer_chars`."""

    def test_it_is_cut_at_a_word_and_needs_a_review(self) -> None:
        heard = transcription()
        heard.finish(heard.begin(), spoken("word " * (MAX_ANSWER_CHARS // 5)))
        heard.finish(heard.begin(), spoken("too much"))
        transcript = heard.transcript(600_000, 0.0)
        assert transcript.text == ("word " * (MAX_ANSWER_CHARS // 5)).strip()
        assert transcript.needs_review
        assert text_of(heard.words(600_000)) == transcript.text

    def test_what_just_fits_is_whole(self) -> None:
        heard = transcription()
        heard.finish(heard.begin(), spoken("x" * (MAX_ANSWER_CHARS - 2) + " y"))
        assert not heard.transcript(600_000, 0.0).needs_review

    def test_nothing_stable_is_lost_at_it(self) -> None:
        heard = transcription()
        listener = Listener()
        heard.finish(heard.begin(), spoken("x" * (MAX_ANSWER_CHARS - 4)))
        two = heard.begin()
        for at, text in enumerate(["abc", "abc", "abc, and", "abc, and", "abc,"], start=1):
            heard.partial(two, spoken(text), 9_000 * at)
            listener.told(heard.heard())
            assert listener.text.endswith("x abc")
        heard.finish(two, spoken("abc!"))
        listener.told(heard.heard())
        assert heard.transcript(9_000, 0.0).text == listener.text

    def test_a_short_word_after_a_long_one_isnt_let_in(self) -> None:
        heard = transcription()
        heard.finish(heard.begin(), spoken("x" * (MAX_ANSWER_CHARS - 4)))
        heard.finish(heard.begin(), spoken("longer"))
        heard.finish(heard.begin(), spoken("a"))
        listener = Listener()
        listener.told(heard.heard())
        assert listener.text == heard.transcript(9_000, 0.0).text == "x" * (MAX_ANSWER_CHARS - 4)


WORDS = st.lists(
    st.sampled_from(["the", "The,", "team", "team.", "led", "음", "저는", "y" * 2_700]), max_size=6
)


@settings(max_examples=300)
@given(st.data())
def test_whatever_comes_in_whatever_order(data: st.DataObject) -> None:
    """A listener's text is that of the transcript, and nothing stable was ever taken back."""
    heard = transcription()
    listener = Listener()
    open_: dict[int, int] = {}
    finals: dict[int, list[Word]] = {}
    for _ in range(data.draw(st.integers(0, 25))):
        step = data.draw(st.sampled_from(["begin", "partial", "finish", "heard"]))
        if step == "heard":
            listener.told(heard.heard())
        elif step == "begin" or not open_:
            open_[heard.begin()] = 0
        else:
            segment = data.draw(st.sampled_from(sorted(open_)))
            words = spoken(" ".join(data.draw(WORDS)), segment * 10_000)
            if step == "partial":
                open_[segment] += 700
                heard.partial(segment, words, segment * 10_000 + open_[segment])
            else:
                del open_[segment]
                finals[segment] = words
                heard.finish(segment, words)
    for segment in open_:
        heard.give_up(segment)
    listener.told(heard.heard())
    transcript = heard.transcript(900_000, 0.0)
    assert listener.text == heard.text == transcript.text == text_of(heard.words(900_000))
    assert listener.stable == len(transcript.text)
    for before, after in pairwise(heard.words(900_000)):
        assert before.end_ms <= after.start_ms


class _Counted(Word):
    """A word that counts how often its text is looked at."""

    looks = 0

    def __getattribute__(self, name: str) -> object:
        if name == "text":
            _Counted.looks += 1
        return super().__getattribute__(name)


def test_a_pass_costs_the_same_however_long_the_answer_is() -> None:
    heard = transcription()
    costs = []
    for number in range(300):
        before = _Counted.looks
        segment = heard.begin()
        words = [
            _Counted(word.text, word.start_ms, word.end_ms, word.probability)
            for word in spoken("I led it.", number * 2_000)
        ]
        for audio_ms in (1_000, 2_000, 3_000):
            heard.partial(segment, words, number * 2_000 + audio_ms)
            heard.heard()
        heard.finish(segment, words)
        heard.heard()
        costs.append(_Counted.looks - before)
    assert min(costs) > 0
    assert costs[1:] == [costs[1]] * (len(costs) - 1)
