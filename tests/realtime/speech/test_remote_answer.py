"""What servers answer, each in its own way, as recognised."""

import math
from typing import Any

import msgspec
import pytest

from realtime.speech.clip import ClipWord, Recognized
from realtime.speech.remote_answer import MOST_CHARS, UNTOLD_PROBABILITY, NoTranscript, read_answer


def read(said: dict[str, Any], duration_ms: int = 4_000) -> Recognized:
    return read_answer(msgspec.json.encode(said), duration_ms)


def placed(said: Recognized) -> list[tuple[str, int, int]]:
    return [(each.text, each.start_ms, each.end_ms) for each in said.words]


def word(text: str, start: float, end: float, **more: float) -> dict[str, Any]:
    return {"word": text, "start": start, "end": end, **more}


# As OpenAI's whisper-1 answers: words without punctuation or spaces, certainty by segment.
OPENAI = {
    "task": "transcribe",
    "language": "english",
    "duration": 4.0,
    "text": "I'd say 40%. That's all.",
    "segments": [
        {
            **{"id": 0, "seek": 0, "start": 0.2, "end": 2.0, "text": " I'd say 40%."},
            **{"tokens": [1], "temperature": 0.0, "avg_logprob": math.log(0.9)},
            **{"compression_ratio": 0.8, "no_speech_prob": 0.01},
        },
        {
            **{"id": 1, "seek": 0, "start": 2.0, "end": 4.0, "text": " That's all."},
            **{"tokens": [1], "temperature": 0.0, "avg_logprob": math.log(0.6)},
            **{"compression_ratio": 0.9, "no_speech_prob": 0.2},
        },
    ],
    "words": [
        *(word("I'd", 0.2, 0.5), word("say", 0.5, 1.0), word("40", 1.0, 1.8)),
        *(word("That's", 2.5, 3.0), word("all", 3.0, 3.4)),
    ],
}


def test_times_and_certainty_come_from_where_they_are_told() -> None:
    said = read(OPENAI)
    assert placed(said) == [
        *((" I'd", 200, 500), (" say", 500, 1_000), (" 40%.", 1_000, 1_800)),
        *((" That's", 2_500, 3_000), (" all.", 3_000, 3_400)),
    ]
    assert [each.probability for each in said.words] == pytest.approx([0.9, 0.9, 0.9, 0.6, 0.6])
    first, second = said.segments
    assert (first.no_speech, second.no_speech) == (0.01, 0.2)
    assert first.mean_log_probability == pytest.approx(math.log(0.9))
    assert (first.compression_ratio, second.compression_ratio) == (0.8, 0.9)
    assert said.text == " I'd say 40%. That's all."


def test_a_words_own_probability_counts_for_it() -> None:
    """As speaches and other servers with faster-whisper tell it."""
    words = [word(" 결제", 0.0, 0.5, probability=0.9), word(" 서버를", 0.5, 1.0, probability=0.4)]
    said = read({"text": "결제 서버를", "words": words})
    assert [each.probability for each in said.words] == pytest.approx([0.9, 0.4])
    assert said.segments[0].mean_log_probability == pytest.approx(math.log(UNTOLD_PROBABILITY))


def test_words_split_otherwise_are_laid_beside_the_text() -> None:
    """Korean by syllables, say; a token has the time from its first piece to its last."""
    words = [
        *(word("결", 0.0, 0.2, probability=1.0), word("제", 0.2, 0.4, probability=0.5)),
        word("서버를", 0.6, 1.0, probability=0.8),
    ]
    said = read({"text": "결제 서버를.", "words": words})
    assert placed(said) == [(" 결제", 0, 400), (" 서버를.", 600, 1_000)]
    assert [each.probability for each in said.words] == pytest.approx([0.75, 0.8])


def test_of_a_text_alone_the_words_have_their_share_of_the_time() -> None:
    said = read({"text": "one three"}, 1_000)
    # 4 of 10 letters and spaces, and 6.
    assert said.words == (
        ClipWord(" one", 0, 400, UNTOLD_PROBABILITY),
        ClipWord(" three", 400, 1_000, UNTOLD_PROBABILITY),
    )
    (segment,) = said.segments
    assert segment.no_speech == 0.0


def test_words_that_say_something_else_are_not_believed() -> None:
    segments = [{"text": "one three", "start": 1.0, "end": 2.0}]
    said = read({"text": "one three", "segments": segments, "words": [word("two", 0.0, 0.1)]})
    assert placed(said) == [(" one", 1_000, 1_400), (" three", 1_400, 2_000)]


def test_times_stay_in_the_clip_and_in_order() -> None:
    words = [word("a", 3.0, 9e9), word("b", -1.0, 0.5), word("c", 2.0, 1.0)]
    said = read({"text": "a b c", "words": words})
    times = [at for each in said.words for at in (each.start_ms, each.end_ms)]
    assert times == sorted(times)
    assert all(0 <= at <= 4_000 for at in times)


def test_certainty_stays_between_none_and_all() -> None:
    segments = [
        {"text": "a", "avg_logprob": 3.0, "no_speech_prob": 9.0},
        {"text": "b", "avg_logprob": -1e9, "no_speech_prob": -9.0},
    ]
    first, second = read({"text": "a b", "segments": segments}).segments
    assert (first.words[0].probability, first.mean_log_probability, first.no_speech) == (1, 0, 1)
    assert (second.words[0].probability, second.no_speech) == (0, 0)
    assert second.mean_log_probability < -20


def test_a_loop_can_be_told_by_its_compression() -> None:
    (segment,) = read({"text": "thank you " * 40}).segments
    assert segment.compression_ratio > 2.4


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_said_is_nothing_recognised(text: str) -> None:
    assert read({"text": text, "segments": [], "words": []}) == Recognized(())
    assert read({"text": text, "segments": [{"text": text}]}) == Recognized(())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"text": null}',
        b'{"text": 7}',
        b'{"text": "cut off',
        b"\xff\xfe",
        b'{"text": "a", "segments": {}}',
        b'{"text": "a", "words": [{"word": "a"}]}',
        b'{"text": "a", "words": [{"word": "a", "start": "0", "end": 1}]}',
        b"<html>502 Bad Gateway</html>",
    ],
)
def test_what_is_no_transcript_is_told_apart(body: bytes) -> None:
    with pytest.raises(NoTranscript):
        read_answer(body, 1_000)


@pytest.mark.parametrize(
    "said",
    [
        {"text": "a" * (MOST_CHARS + 1)},
        {"text": "", "segments": [{"text": "a" * MOST_CHARS}] * 2},
        {"text": "", "segments": [{"text": "a"}] * 501},
        {"text": "a", "words": [word("a", 0.0, 1.0)] * 5_001},
    ],
)
def test_more_than_can_be_said_is_none_either(said: dict[str, Any]) -> None:
    with pytest.raises(NoTranscript, match="more than can be said"):
        read(said)
