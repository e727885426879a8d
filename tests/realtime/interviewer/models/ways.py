"""The ways to stream a reply: ours, which the server uses, and the SDKs', to compare.

`misses`: the checks of the contract that a way doesn't keep, and why: what is the SDK's business
can't be mended outside of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from realtime.interviewer.gemini import GeminiModel
from realtime.interviewer.model import LanguageModel
from realtime.interviewer.openai import OpenAIModel
from realtime.interviewer.upstream.client import Endpoint, Timeouts
from realtime.ports import Clock
from tests.emulators.faults import Api
from tests.realtime.interviewer.models import gemini_sdk, openai_sdk
from tests.realtime.interviewer.models.sdk import Sdk, SdkModel

Make = Callable[[Endpoint, Timeouts, Clock], LanguageModel]


@dataclass(frozen=True)
class Way:
    api: Api
    name: str
    make: Make
    misses: dict[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        return self.name == OURS


OURS = "our reader on aiohttp"

UNBOUNDED = {"what_goes_wrong_has_its_name[flood@3]": "it keeps a line without an end, whole"}
LEFT_OPEN = "its stream leaves the connection open until it is garbage-collected"
LINES = "it takes `data: ` with a space alone for data, and other lines for JSON"
GENAI = {
    **UNBOUNDED,
    "the_text_is_what_was_said[comments]": LINES,
    "the_text_is_what_was_said[tight]": LINES,
    "silence_ends_in_time[slow-comments@90]": LINES,
    "why_it_stopped_is_told[endless]": LEFT_OPEN,
    "whoever_stops_reading_closes_the_connection": LEFT_OPEN,
    "nobody_there_is_unavailable": "it doesn't tell a connection refused from one that broke off",
}
GENAI_AIOHTTP = {**GENAI, "the_text_is_what_was_said[cr]": "its line ends are LF alone"}


def through(sdk: Callable[[Endpoint], Sdk]) -> Make:
    def make(endpoint: Endpoint, timeouts: Timeouts, clock: Clock) -> LanguageModel:
        return SdkModel(sdk(endpoint), endpoint, timeouts, clock)

    return make


WAYS = (
    Way("openai", OURS, OpenAIModel),
    Way("openai", "SDK, httpx", through(openai_sdk.Plain), UNBOUNDED),
    Way("openai", "SDK, aiohttp", through(lambda at: openai_sdk.Plain(at, "aiohttp")), UNBOUNDED),
    Way("openai", "SDK's .stream(), httpx", through(openai_sdk.Helper), UNBOUNDED),
    Way("openai", "SDK's raw bytes, httpx", through(openai_sdk.Raw)),
    Way("openai", "SDK's raw bytes, aiohttp", through(lambda at: openai_sdk.Raw(at, "aiohttp"))),
    Way("gemini", OURS, GeminiModel),
    Way("gemini", "SDK, aiohttp", through(gemini_sdk.Plain), GENAI_AIOHTTP),
    Way("gemini", "SDK, httpx", through(lambda at: gemini_sdk.Plain(at, "httpx")), GENAI),
    Way("gemini", "SDK's raw bytes, aiohttp", through(gemini_sdk.Raw)),
)
