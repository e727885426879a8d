"""Every fault, as the providers' own SDKs see it."""

import pytest

from tests.emulators.emulator import emulate
from tests.emulators.faults import FAULTS, TABLE, Api
from tests.emulators.hearing import GOOGLES_OWN, HEAR, LONG_S, MIDDLE_S, SHORT_S, Heard
from tests.emulators.plan import parse, plan
from tests.emulators.script import Reply, Script, UnplayableError

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings(GOOGLES_OWN)]

PIECES = ("Tell ", "me ", "about ", "한국어 ", "😀 ", "and ", "naïve ", "things.")
TEXT = "".join(PIECES)
FIVE = "".join(PIECES[:5])
THREE = "".join(PIECES[:3])
REST = "".join(PIECES[3:])
HALVES = TEXT.replace("😀", "\ud83d\ude00")

# No SDK bounds a line, nor tells a comment from a token; these are seen in test_wire.py.
UNSEEN = {"flood", "stall-comments", "slow-comments"}

# What changes nothing: the whole text is heard, and its end.
HARMLESS = {
    *("no-content", "no-choices", "thought", "parts", "escapes", "no-done"),
    *("split-utf8", "bytewise", "crlf", "lf", "cr", "comments", "tight", "two-lines"),
}
WHOLE: dict[Api, Heard] = {
    "openai": Heard(TEXT, "stop", len(PIECES)),
    "gemini": Heard(TEXT, "STOP", len(PIECES)),
}

SILENT = {"slow", "slow-head", "stall", "endless"}  # The last, where it isn't streamed.
LIMITED = ("429", "429-bare", "429-header", "429-date", "quota")


def failed(text: str, error: str, status: int | None = None, tokens: int | None = None) -> Heard:
    return Heard(text, None, tokens, (error, status))


STREAMED: dict[Api, dict[str, Heard]] = {
    "openai": {
        **dict.fromkeys(LIMITED, failed("", "RateLimitError", 429)),
        "401": failed("", "AuthenticationError", 401),
        "403": failed("", "PermissionDeniedError", 403),
        "404": failed("", "NotFoundError", 404),
        "500": failed("", "InternalServerError", 500),
        "502": failed("", "InternalServerError", 502),
        "503": failed("", "InternalServerError", 503),
        **dict.fromkeys(("slow", "slow-head"), failed("", "APITimeoutError")),
        "stall": failed(FIVE, "APITimeoutError"),
        **dict.fromkeys(("cut", "reset"), failed(FIVE, "APIConnectionError")),
        "unfinished": Heard(FIVE),
        "malformed": failed(FIVE, "JSONDecodeError"),
        "error": failed(FIVE, "APIError"),
        "empty": Heard("", "stop", 0),
        "length": Heard(TEXT, "length", 8),
        "filter": Heard(TEXT, "content_filter", 8),
        "refusal": Heard("", "stop", 0),
        "no-usage": Heard(TEXT, "stop", None),
        "nul": Heard(f"{THREE}\0{REST}", "stop", 8),
        "lone-surrogate": Heard(f"{THREE}\ud83d{REST}", "stop", 8),
        "split-surrogates": Heard(HALVES, "stop", 8),
    },
    "gemini": {
        **dict.fromkeys(LIMITED, failed("", "ClientError", 429)),
        "401": failed("", "ClientError", 401),
        "403": failed("", "ClientError", 403),
        "404": failed("", "ClientError", 404),
        "500": failed("", "ServerError", 500),
        "502": failed("", "ServerError", 502),
        "503": failed("", "ServerError", 503),
        **dict.fromkeys(("slow", "slow-head"), failed("", "TimeoutError")),
        "stall": failed(FIVE, "TimeoutError", None, 5),
        **dict.fromkeys(("cut", "reset"), failed(FIVE, "ClientPayloadError", None, 5)),
        "unfinished": Heard(FIVE, None, 5),
        "malformed": failed(FIVE, "UnknownApiResponseError", None, 5),
        **dict.fromkeys(("error", "error-bare"), failed(FIVE, "ServerError", 503, 5)),
        "empty": Heard("", "STOP", 0),
        "length": Heard(TEXT, "MAX_TOKENS", 8),
        "filter": Heard(TEXT, "SAFETY", 8),
        "blocked": Heard("", "PROHIBITED_CONTENT", 0),
        "no-usage": Heard(TEXT, "STOP", None),
        "nul": Heard(f"{THREE}\0{REST}", "STOP", 8),
        "lone-surrogate": Heard(f"{THREE}\ud83d{REST}", "STOP", 8),
        "split-surrogates": Heard(HALVES, "STOP", 8),
        # The SDK reads neither of these, though an event stream may have them.
        **dict.fromkeys(("cr", "comments", "tight"), failed("", "UnknownApiResponseError")),
    },
}  # fmt: skip

# A reply that isn't streamed is whole or isn't there; how its events are framed doesn't matter.
AT_ONCE: dict[Api, dict[str, Heard]] = {
    "openai": {
        **STREAMED["openai"],
        **dict.fromkeys(("stall", "endless"), failed("", "APITimeoutError")),
        **dict.fromkeys(("cut", "reset"), failed("", "APIConnectionError")),
        **dict.fromkeys(("unfinished", "malformed"), failed("", "JSONDecodeError")),
        "error": failed("", "InternalServerError", 500),
        "split-surrogates": WHOLE["openai"],
    },
    "gemini": {
        **STREAMED["gemini"],
        **dict.fromkeys(("stall", "endless"), failed("", "TimeoutError")),
        **dict.fromkeys(("cut", "reset"), failed("", "ClientPayloadError")),
        "unfinished": Heard(),
        "malformed": failed("", "JSONDecodeError"),
        **dict.fromkeys(("error", "error-bare"), failed("", "ServerError", 500)),
        "filter": Heard("", "SAFETY", 8),
        **dict.fromkeys(("cr", "comments", "tight", "split-surrogates"), WHOLE["gemini"]),
    },
}
CASES = [(api, fault.name) for fault in TABLE for api in fault.apis if fault.name not in UNSEEN]


def patience_s(name: str) -> float:
    return SHORT_S if name in SILENT else LONG_S


@pytest.fixture
def script() -> Script:
    return Script(lambda _: Reply(pieces=PIECES))


@pytest.mark.parametrize(("api", "name"), [case for case in CASES if case[1] != "endless"])
async def test_a_stream_with(api: Api, name: str, script: Script) -> None:
    async with emulate(api, script) as emulator:
        within_s = MIDDLE_S if name == "stall" else patience_s(name)
        heard = await HEAR[api](emulator, f"play;fault={name}", True, within_s)
    assert heard == STREAMED[api].get(name, WHOLE[api])
    assert (heard == WHOLE[api]) == (name in HARMLESS - STREAMED[api].keys())


@pytest.mark.parametrize(("api", "name"), CASES)
async def test_a_reply_at_once_with(api: Api, name: str, script: Script) -> None:
    async with emulate(api, script) as emulator:
        heard = await HEAR[api](emulator, f"play;fault={name}", False, patience_s(name))
    assert heard == AT_ONCE[api].get(name, WHOLE[api])


@pytest.mark.parametrize("api", ["openai", "gemini"])
async def test_an_endless_stream_ends_with_the_client(api: Api, script: Script) -> None:
    async with emulate(api, script) as emulator:
        heard = await HEAR[api](emulator, "play;fault=endless", True)
        seen = await emulator.request(1)
        await seen.over.wait()
    assert heard.text.startswith(TEXT * 6)
    assert seen.how == "closed by client"


def test_each_fault_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len(FAULTS) == len(TABLE)
    assert all(fault.sentence.endswith(".") for fault in TABLE)


def test_the_number_after_the_at_is_read() -> None:
    assert parse("cut@12") == (FAULTS["cut"], 12)
    assert parse("cut") == (FAULTS["cut"], 5)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("cat", "There is no fault 'cat'"),
        ("crlf@3", "takes no number"),
        ("cut@", "a number from 0"),
        ("cut@-1", "a number from 0"),
        ("cut@nan", "a number from 0"),
        ("blocked", "isn't one of openai's API"),
    ],
)
def test_a_name_that_is_none_is_refused(name: str, says: str) -> None:
    with pytest.raises(UnplayableError, match=says):
        plan((name,), "openai")


def test_faults_add_up() -> None:
    whole = plan(("crlf+split-utf8", "thought", "no-content@2", "cut@3", "length"), "openai")
    assert (whole.frame.newline, whole.frame.cut) == (b"\r\n", "characters")
    assert [at for _, at in whole.inserts] == [0, 2]
    assert whole.stop is not None
    assert whole.stop[1] == 3
    assert whole.close.finish == "length"
