"""Silero's voice detector, streamed: how likely somebody speaks in each window of 512 samples.

The model is the one that faster-whisper bundles (Silero v6, MIT). One session of one thread serves
all streams; a stream is 1.3 KB: the recurrent state and the last 64 samples, which stand before the
next window. The model takes the windows of one stream as a sequence, so that several windows of it
in one run cost less and give the same; windows of different streams can't share a run, for they
would share the recurrent state.

The numbers depend on the samples alone, never on how many windows were run at once.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]

from realtime.speech.clip import Samples
from realtime.speech.segments import Window

WINDOW_SAMPLES = 512

_MODEL = "silero_vad_v6.onnx"
_CONTEXT_SAMPLES = 64
_STATE_SHAPE = (1, 1, 128)
_FULL_SCALE = 32_768.0
_SILENT_POWER = 1e-10

# At most so much in one run, so that a long stretch of one stream lets the others in: 2 s.
_RUN_WINDOWS = 64

_Floats = npt.NDArray[np.float32]


class DetectorUnavailable(Exception):
    """The voice detector's model isn't there, or can't be read."""


@dataclass(frozen=True, slots=True)
class DetectorState:
    """What the detector knows of one stream. It is never changed: a run gives the next one."""

    hidden: _Floats
    cell: _Floats
    context: _Floats

    @property
    def nbytes(self) -> int:
        return self.hidden.nbytes + self.cell.nbytes + self.context.nbytes


def beginning() -> DetectorState:
    """A stream before its first sample."""
    return DetectorState(
        np.zeros(_STATE_SHAPE, np.float32),
        np.zeros(_STATE_SHAPE, np.float32),
        np.zeros(_CONTEXT_SAMPLES, np.float32),
    )


def whole_windows(samples: Samples) -> Samples:
    """The samples, and silence after them up to a whole window: for an answer's last ones."""
    return np.pad(samples, (0, -len(samples) % WINDOW_SAMPLES))


class VoiceDetector:
    """One for all streams. Its work blocks: on an event loop use `DetectorThread`.

    Raises:
        DetectorUnavailable: there is no model, or it can't be loaded.
    """

    def __init__(self, model: Path | None = None) -> None:
        path = _bundled() if model is None else model
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                path, sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own kinds have no common base but this.
            raise DetectorUnavailable(f"the voice detector {path.name} can't be loaded") from error

    def windows(self, state: DetectorState, samples: Samples) -> tuple[list[Window], DetectorState]:
        """Each window as a `Segmenter` takes it, and the stream's next state.

        Raises:
            ValueError: the samples aren't whole windows.
        """
        heard: list[Window] = []
        for run in _runs(samples):
            some, state = self._run(state, run)
            heard.extend(some)
        return heard, state

    def _run(self, state: DetectorState, samples: Samples) -> tuple[list[Window], DetectorState]:
        windows = (samples.astype(np.float32) / np.float32(_FULL_SCALE)).reshape(-1, WINDOW_SAMPLES)
        contexts = np.concatenate([state.context[None], windows[:-1, -_CONTEXT_SAMPLES:]])
        probabilities, hidden, cell = self._session.run(
            None,
            {
                "input": np.concatenate([contexts, windows], axis=1),
                "h": state.hidden,
                "c": state.cell,
            },
        )
        context = windows[-1, -_CONTEXT_SAMPLES:].copy()
        heard = map(Window, probabilities.tolist(), _levels_db(windows))
        return list(heard), DetectorState(hidden, cell, context)


def _bundled() -> Path:
    """Found without importing its package, which would load CTranslate2 into this process."""
    package = find_spec("faster_whisper")
    if package is None or package.origin is None:
        raise DetectorUnavailable(
            "faster-whisper, which brings the voice detector, isn't installed"
        )
    return Path(package.origin).parent / "assets" / _MODEL


def _runs(samples: Samples) -> Iterator[Samples]:
    if len(samples) % WINDOW_SAMPLES:
        raise ValueError(f"{len(samples)} samples are no whole windows of {WINDOW_SAMPLES}")
    step = _RUN_WINDOWS * WINDOW_SAMPLES
    return (samples[at : at + step] for at in range(0, len(samples), step))


def _levels_db(windows: _Floats) -> list[float]:
    """The level of each window in decibels of full scale, -100 (silence) to 0."""
    power = np.mean(np.square(windows), axis=1, dtype=np.float64)
    levels: list[float] = (10 * np.log10(power + _SILENT_POWER)).tolist()
    return levels


class DetectorThread:
    """The detector off the event loop, in one thread of its own: one run at a time for all streams,
    2 s of audio at most in each, in the order in which they ask. `close` it at the end.
    """

    def __init__(self, detector: VoiceDetector) -> None:
        self._detector = detector
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="voice-detector")

    async def windows(
        self, state: DetectorState, samples: Samples
    ) -> tuple[list[Window], DetectorState]:
        """Each window as a `Segmenter` takes it, and the stream's next state.

        Raises:
            ValueError: the samples aren't whole windows.
        """
        loop = asyncio.get_running_loop()
        heard: list[Window] = []
        for run in _runs(samples):
            some, state = await loop.run_in_executor(
                self._thread, self._detector.windows, state, run
            )
            heard.extend(some)
        return heard, state

    def close(self) -> None:
        """Ends the thread after the run that it is in; what waits is given up."""
        self._thread.shutdown(wait=False, cancel_futures=True)
