"""What two passes agree on stays, whatever the passes after them say."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.view import Word
from realtime.speech.agreement import HOLD_BACK_MS, Agreement
from tests.realtime.speech.saying import WORD_MS, spoken, text_of

SENTENCE = "I led the team that moved the service."


def stable_text(agreement: Agreement) -> str:
    return text_of(agreement.words)[: agreement.stable_chars]


def after(*passes: str, audio_ms: int = 60_000) -> Agreement:
    """Passes over more and more audio, the last of them up to `audio_ms`."""
    agreement = Agreement()
    for at, text in enumerate(passes, start=1 - len(passes)):
        agreement.heard(spoken(text), audio_ms + at)
    return agreement


class TestStable:
    def test_one_pass_settles_nothing(self) -> None:
        agreement = after(SENTENCE)
        assert (agreement.stable_chars, text_of(agreement.words)) == (0, SENTENCE)

    def test_two_passes_settle_what_they_agree_on(self) -> None:
        agreement = after("I led a", "I led the team")
        assert stable_text(agreement) == "I led"
        assert text_of(agreement.words) == "I led the team"

    def test_case_and_marks_are_no_disagreement(self) -> None:
        assert stable_text(after("i led.", "I led, the")) == "I led"

    def test_the_marks_after_the_last_word_may_change(self) -> None:
        agreement = after("I led.", "I led.")
        assert stable_text(agreement) == "I led"
        agreement.heard(spoken("I led, with"), 70_000)
        assert text_of(agreement.words) == "I led, with"
        agreement.heard(spoken("I led; with care"), 80_000)
        assert stable_text(agreement) == "I led; with"
        agreement.heard(spoken("I led! With care."), 90_000)
        assert text_of(agreement.words) == "I led; with care."

    @pytest.mark.parametrize(("late_ms", "settled"), [(0, "I led"), (-1, "I")])
    def test_words_at_the_audios_end_are_held_back(self, late_ms: int, settled: str) -> None:
        end_ms = 2 * WORD_MS + HOLD_BACK_MS + late_ms
        assert stable_text(after("I led", "I led", audio_ms=end_ms)) == settled

    def test_a_pass_over_less_audio_is_passed_over(self) -> None:
        agreement = after("I led")
        agreement.heard(spoken("I led"), 60_000)
        agreement.heard(spoken("I led"), 59_999)
        assert agreement.stable_chars == 0

    def test_a_pass_that_hears_nothing_takes_nothing(self) -> None:
        agreement = after("I led", "I led the", "")
        assert text_of(agreement.words) == stable_text(agreement) == "I led"


class TestDisagreement:
    """A pass that has other words where some are stable goes on after them all the same."""

    @pytest.mark.parametrize(
        "passed",
        [
            "I lead the team that",
            "I have led the team that",
            "led the team that",
            "Eye bled a team that",
        ],
    )
    @pytest.mark.parametrize("drift_ms", [-300, 0, 300])
    def test_what_follows_is_found(self, passed: str, drift_ms: int) -> None:
        """By the words themselves; their times drift from pass to pass."""
        agreement = after("I led the team", "I led the team")
        words = spoken(passed)
        shift_ms = agreement.words[-1].end_ms - words[-2].end_ms + drift_ms
        moved = [
            Word(word.text, word.start_ms + shift_ms, word.end_ms + shift_ms, 0.9) for word in words
        ]
        agreement.heard(moved, 70_000)
        assert text_of(agreement.words) == "I led the team that"

    def test_wherever_the_same_words_are(self) -> None:
        agreement = after("the the the", "the the the")
        agreement.heard(spoken("the the the end", 3_000), 70_000)
        assert text_of(agreement.words) == "the the the end"

    def test_else_time_tells(self) -> None:
        agreement = after("I led the team.", "I led the team.")
        agreement.heard(spoken("You bled a theme which won"), 70_000)
        assert text_of(agreement.words) == "I led the team which won"

    def test_the_same_word_elsewhere_isnt_taken_for_it(self) -> None:
        agreement = after("we wrote the", "we wrote the")
        agreement.heard(spoken("we note a plan and then the end"), 70_000)
        assert text_of(agreement.words) == "we wrote the plan and then the end"


class TestFinal:
    def test_it_is_taken_whole_where_it_begins_with_the_stable_words(self) -> None:
        agreement = after("i led", "i led the")
        assert text_of(agreement.final(spoken("I led, the whole."))) == "i led, the whole."

    def test_it_is_taken_whole_where_nothing_is_stable(self) -> None:
        assert text_of(after("He bled").final(spoken(SENTENCE))) == SENTENCE

    def test_what_is_stable_stays_where_it_hears_nothing(self) -> None:
        assert text_of(after("I led.", "I led. The").final([])) == "I led."


WORDS = st.sampled_from(["the", "The,", "team", "team.", "led", "we", "음", "저는", "했습니다."])


@st.composite
def passes(draw: st.DrawFn) -> Sequence[Word]:
    """Whatever a recogniser might come up with; times may overlap and lie."""
    texts = draw(st.lists(WORDS, max_size=8))
    starts = draw(st.lists(st.integers(0, 4_000), min_size=len(texts), max_size=len(texts)))
    return [
        Word(text, start, start + draw(st.integers(0, 900)), 0.9)
        for text, start in zip(texts, sorted(starts), strict=True)
    ]


@given(st.lists(passes(), max_size=8), passes())
def test_what_is_stable_never_changes_and_begins_the_final(
    heard: list[Sequence[Word]], final: Sequence[Word]
) -> None:
    agreement = Agreement()
    settled = ""
    for at, words in enumerate(heard):
        agreement.heard(words, 600 * at)
        now = stable_text(agreement)
        assert now.startswith(settled)
        settled = now
    assert text_of(agreement.final(final)).startswith(settled)


@given(st.lists(st.sampled_from(["a", "b", "c,", "d."]), min_size=1, max_size=30), st.data())
def test_a_recogniser_that_is_right_is_told_as_it_is(said: list[str], data: st.DataObject) -> None:
    """Passes over growing audio that hear each word as it is: the stable part follows them."""
    whole = spoken(" ".join(said))
    agreement = Agreement()
    audio_ms = 0
    for step_ms in data.draw(st.lists(st.integers(1, 3_000), max_size=12)):
        audio_ms += step_ms
        agreement.heard([word for word in whole if word.end_ms <= audio_ms], audio_ms)
        assert text_of(whole).startswith(stable_text(agreement))
    assert agreement.final(whole) == tuple(whole)
