"""Words of sounds that are no speech don't count, and short words that are spoken do."""

from dataclasses import replace

import pytest

from protocol.view import Language, Span
from realtime.clock import SystemClock
from realtime.speech.clip import SAMPLES_A_MS, Clip, Recognized, Recognizer, Samples
from realtime.speech.ear import Ears, Organs
from realtime.speech.evidence import LITTLE_MS, Evidence, credible
from realtime.speech.pool import Pool, PoolLimits, worker_command
from realtime.speech.segments import Segmenter, Window
from realtime.speech.vad import DetectorThread, VoiceDetector, beginning, whole_windows
from realtime.speech.wire import WhisperOptions
from tests.load.unspoken import unspoken
from tests.realtime.speech.listening import MINA, hear, pcm_of, voice
from tests.realtime.speech.saying import segment
from tests.speech.voice import MODEL, UNSEEN_VOICES, join, say

SPEECH, NOTE, SILENCE = Window(0.9, -20), Window(0.6, -20), Window(0.1, -60)

# Music in which the detector hears somebody speak.
MUSIC = [("a tune", seed) for seed in (9, 20, 27, 30, 33)]


def span(start: int, end: int) -> Span:
    """From one window to another."""
    return Span(start * 32, end * 32)


def evidence(*windows: Window) -> Evidence:
    made = Evidence()
    made.feed(windows)
    return made


def test_it_is_counted_in_certain_speech() -> None:
    made = evidence(*[SILENCE] * 4, *[SPEECH] * 10, *[NOTE] * 5, *[SILENCE] * 4)
    assert made.within_ms([span(4, 14)]) == pytest.approx(10 * 0.4 * 32)
    assert made.within_ms([span(4, 14), span(14, 19)]) == pytest.approx((10 * 0.4 + 5 * 0.1) * 32)
    assert made.within_ms([span(19, 21)]) == pytest.approx(2 * -0.4 * 32)
    assert made.within_ms([]) == made.within_ms([span(30, 40)]) == 0


def test_a_long_answer_keeps_the_places_of_its_newest_windows() -> None:
    made = evidence(*[SPEECH] * 20_000, *[SILENCE] * 100, *[SPEECH] * 10)
    assert made.within_ms([span(20_000, 20_100)]) == pytest.approx(100 * -0.4 * 32)
    assert made.within_ms([span(20_100, 20_110)]) == pytest.approx(10 * 0.4 * 32)
    assert made.within_ms([span(19_500, 20_000)]) == pytest.approx(500 * 0.4 * 32)


@pytest.mark.parametrize(
    ("evidence_ms", "log_probability", "counts"),
    [
        (LITTLE_MS - 1, -0.5, False),
        (LITTLE_MS - 1, -0.2, True),
        (LITTLE_MS, -1.5, True),
        (0, -0.2, True),
    ],
)
def test_where_there_is_little_the_recognizer_must_be_sure(
    evidence_ms: float, log_probability: float, counts: bool
) -> None:
    recognized = Recognized((replace(segment("No."), mean_log_probability=log_probability),))
    kept = credible(recognized, evidence_ms)
    assert kept == (recognized if counts else Recognized(()))


@pytest.mark.parametrize(("word", "language"), [("네.", "ko"), ("Yes.", "en"), ("No.", "en")])
def test_the_shortest_words_have_some(word: str, language: Language) -> None:
    detector = VoiceDetector()
    found = [_all_of(detector, join([say(word, each)], 0, 400)) for each in UNSEEN_VOICES[language]]
    assert sorted(found)[len(found) // 2] > LITTLE_MS


def _all_of(detector: VoiceDetector, samples: Samples) -> float:
    windows, _ = detector.windows(beginning(), whole_windows(samples))
    segmenter = Segmenter()
    segmenter.feed(windows)
    segmenter.flush(len(samples) // SAMPLES_A_MS)
    speech = [Span(each.start_ms, each.end_ms) for each in segmenter.stretches]
    return evidence(*windows).within_ms(speech)


class Noting:
    """A recognizer that notes what it recognised."""

    def __init__(self, inner: Recognizer) -> None:
        self.words: list[str] = []
        self._inner = inner

    async def recognize(self, clip: Clip) -> Recognized:
        recognized = await self._inner.recognize(clip)
        self.words += [word.text for word in recognized.words]
        return recognized


@pytest.mark.anyio
@pytest.mark.parametrize("language", ["en", "ko"])
async def test_no_words_are_heard_in_music(language: Language) -> None:
    options = WhisperOptions(str(MODEL), device="cpu", compute_type="int8")
    detector = DetectorThread(VoiceDetector())
    async with Pool(worker_command(options), SystemClock(), PoolLimits()) as pool:
        await pool.loaded()
        noting = Noting(pool)
        ears = Ears(Organs(noting, detector, SystemClock()))
        for kind, seed in MUSIC:
            made = await hear(ears.listen(MINA, language, voice()), pcm_of(unspoken(kind, seed)))
            assert (made.text, made.texts) == ("", [])
            assert made.end.transcript.needs_review
    detector.close()
    assert noting.words, "the model hears words in it"
