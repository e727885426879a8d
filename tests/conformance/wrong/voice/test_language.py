"""What the server with voice hears: the words that were said, and nothing in silence."""

import pytest

from protocol.effects import Heard, Speech, Stopped, Work
from tests.conformance.sound import tone
from tests.conformance.wrong.voice.language import PAUSE_MS, Listener, spoken, understood

SAID = "um perhaps we split the the service, in two and it held"


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_what_is_said_is_heard(rate: int) -> None:
    heard = understood(spoken(SAID, rate), rate, "en")
    assert heard.transcript.text == SAID.replace(",", "")
    assert not heard.transcript.needs_review
    assert " ".join(word.text for word in heard.words) == heard.transcript.text
    delivery = heard.delivery
    told = (delivery.fillers, delivery.hedges, delivery.repeated)
    assert [[mark.text for mark in marks] for marks in told] == [["um"], ["perhaps"], ["the"]]
    (pause,) = delivery.pauses
    assert pause.end_ms - pause.start_ms >= PAUSE_MS


def test_silence_has_no_words_and_a_strange_tone_is_not_understood() -> None:
    silent = understood(bytes(64_000), 16_000, "en").transcript
    strange = understood(tone(1_000), 16_000, "en").transcript
    assert (silent.text, silent.confidence, silent.needs_review) == ("", 0.0, True)
    assert (strange.text != "", strange.needs_review) == (True, True)


@pytest.mark.parametrize("size", [2, 320, 642, 1 << 20])
def test_partials_join_to_the_transcript_however_the_audio_comes(size: int) -> None:
    audio = spoken(SAID, 16_000) + bytes(32_000)
    listener = Listener(Work("transcript", 1), 16_000)
    chunks = (audio[begin : begin + size] for begin in range(0, len(audio), size))
    outputs = [output for chunk in chunks for output in listener.hear(chunk)]
    text = ""
    for output in outputs:
        if isinstance(output, Heard):
            text = text[: output.from_] + output.text
            assert output.from_ <= output.stable <= len(text)
    assert text == SAID.replace(",", "")
    speaking = [output.speaking for output in outputs if isinstance(output, Speech)]
    assert speaking == [True, False] * 2


def test_silence_behind_words_ends_an_answer_and_silence_before_them_does_not() -> None:
    said = spoken("we held", 16_000)
    listener = Listener(Work("transcript", 1), 16_000, silence_ms=1_000)
    assert listener.hear(bytes(64_000)) == []
    stopped = listener.hear(said + bytes(64_000))[-1]
    assert isinstance(stopped, Stopped)
    behind_ms = (stopped.bytes - 64_000 - len(said)) // 32
    assert (stopped.reason, 900 <= behind_ms <= 1_000) == ("silence", True)
