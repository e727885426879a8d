"""A candidate who speaks: Chromium's fake microphone hears them say what the model for tests knows,
and the page and the server are the real ones.

How long an answer is, is told by the page's own count of its audio, so that a slow machine waits
longer and loses nothing.
"""

import json
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from realtime.speech.clip import SAMPLE_RATE
from tests.browser.cable import Cable
from tests.browser.candidate import LOCALES, PATIENCE_MS, VIEWPORTS, Candidate, Size
from tests.browser.conftest import CHROMIUM
from tests.browser.voice_words import VOICE_WORDS
from tests.browser.wire import Wire
from tests.browser.words import Language
from tests.realtime.viva import Serving, serving
from tests.speech.voice import MODEL, UNSEEN_VOICES, join, say, silence, wav, with_peak

# Where the offset of a frame of audio ends (`protocol.md` 6).
HEADER_BYTES = 8
BYTES_A_SECOND = 2 * SAMPLE_RATE

# --- what is said --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Speech:
    """`lasts_s`: after so much audio nothing more is said."""

    text: str
    lasts_s: int


class Mouth:
    """What the microphone hears: a file that Chromium reads from its beginning whenever the
    microphone is opened, and after whose end there is silence.
    """

    def __init__(self, file: Path, language: Language) -> None:
        self.file = file
        self._voice = UNSEEN_VOICES[language][0]
        self.will_be_silent()

    def will_say(self, *sentences: str, pause_ms: int = 1_200) -> Speech:
        """From the next time on. `pause_ms`: between two sentences; after 992 ms each is a segment
        of its own, which the model for tests hears best.
        """
        spoken = [with_peak(say(sentence, self._voice), 0.5) for sentence in sentences]
        samples = join(spoken, pause_ms, around_ms=500)
        self.file.write_bytes(wav(samples))
        return Speech(" ".join(sentences), math.ceil(len(samples) / SAMPLE_RATE) + 1)

    def will_be_silent(self) -> None:
        self.file.write_bytes(wav(silence(1_000)))


# --- who says it ---------------------------------------------------------------------------------


class AudioWire(Wire):
    """The messages, and how far the audio between them went: `audio_bytes` of an answer.
    `found`: what the server had of it, in bytes, whenever a session was opened in the middle of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.audio_bytes = 0
        self.found: list[int] = []

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, str):
            super()._take(frame)
            message = json.loads(frame)
            if message["type"] == "session.opened" and "audio" in message:
                self.found.append(message["audio"]["received"])
        else:
            offset = int.from_bytes(frame[:HEADER_BYTES], "big")
            self.audio_bytes = offset + len(frame) - HEADER_BYTES


class Speaker(Candidate):
    """`said`: the labels of all that has to do with speaking."""

    def __init__(self, page: Page, language: Language, size: Size, mouth: Mouth) -> None:
        super().__init__(page, language, size)
        self.said = VOICE_WORDS[language]
        self.mouth = mouth
        self.wire: AudioWire = AudioWire()

    @property
    def status(self) -> Locator:
        """Whether it is recording."""
        panel = self.page.get_by_role("group", name=self.said.panel, exact=True)
        return panel.get_by_role("status").first

    @property
    def heard(self) -> Locator:
        return self.page.get_by_role("group", name=self.said.heard, exact=True)

    @property
    def sure(self) -> Locator:
        """What was heard and won't change."""
        return self.heard.locator("[data-sure]")

    def answered(self, turn: int) -> Locator:
        return self.part(turn, self.words.your_answer).get_by_role("paragraph")

    async def choose(self, *options: str) -> None:
        """Tick these among what most people leave as it is."""
        more = self.page.get_by_text(self.words.more_options)
        await more.click()
        for option in options:
            await self.page.locator("label", has_text=option).click()
            await expect(self.page.get_by_role("checkbox", name=option)).to_be_checked()
        await more.click()

    async def forbid(self) -> None:
        """The page isn't allowed to use the microphone any more."""
        await self.page.context.clear_permissions()

    async def come_online(self) -> None:
        """The device says that it is online again, so that the page waits no longer to try."""
        await self.page.evaluate("() => dispatchEvent(new Event('online'))")

    async def begin_to_speak(self) -> None:
        await expect(self.button(self.said.answer)).to_be_enabled()
        await self.button(self.said.answer).click()
        await expect(self.status).to_have_text(self.said.recording)

    async def speak(self, speech: Speech, *, after_s: int = 0) -> None:
        """Until all of it is recorded. `after_s`: so much was recorded before."""
        until_s = after_s + speech.lasts_s
        await expect(self.page.get_by_role("timer", name=self.said.spoken)).to_have_text(
            re.compile("|".join(_clock(s) for s in range(until_s, until_s + 120)))
        )

    async def stop(self) -> None:
        await self.button(self.said.stop).click()

    async def kept_s(self) -> int:
        """How much of an answer that waits is safe, in whole seconds."""
        await expect(self.status).to_have_text(re.compile(self.said.safe))
        found = re.search(r"(\d+):(\d\d)", await self.status.inner_text())
        assert found is not None
        return int(found[1]) * 60 + int(found[2])


def _clock(seconds: int) -> str:
    return f"^{seconds // 60}:{seconds % 60:02}$"


# --- where it is said ----------------------------------------------------------------------------


@asynccontextmanager
async def hearing(data_dir: Path, port: str = "0") -> AsyncIterator[Serving]:
    """`viva serve` with an ear. It is killed when the block ends."""
    place = ("--port", port, "--data-dir", str(data_dir), "--pace", "200", "--log-level", "error")
    async with serving(*place, settings={"VIVA_WHISPER_MODEL": str(MODEL)}) as server:
        yield server


@asynccontextmanager
async def cable(server: Serving) -> AsyncIterator[Cable]:
    """A cable to that server."""
    between = Cable(int(server.port))
    async with between.laid():
        yield between


@asynccontextmanager
async def speaker(
    chromium: Browser,
    url: str,
    folder: Path,
    language: Language = "en",
    size: Size = "desktop",
    *,
    bypass_csp: bool = False,
) -> AsyncIterator[Speaker]:
    """Open the page at `url`, in a browser of its own whose microphone is a file in `folder`, and
    which lets the page have it.

    `chromium`: what kind of browser. `bypass_csp`: whether a test may bring a script of its own
    into the page.
    """
    mouth = Mouth(folder / "spoken.wav", language)
    browser = await chromium.browser_type.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={mouth.file}%noloop",
        ],
    )
    try:
        context = await browser.new_context(
            locale=LOCALES[language],
            viewport=VIEWPORTS[size],
            is_mobile=size == "phone",
            has_touch=size == "phone",
            bypass_csp=bypass_csp,
            permissions=["microphone"],
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        visitor = Speaker(page, language, size, mouth)
        await visitor.wire.listen(page)
        await page.goto(url)
        yield visitor
    finally:
        await browser.close()
