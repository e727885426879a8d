"""OpenAI's Chat Completions, as they are on the wire: paths, chunks, errors.

Every path is served with `/v1` before it and without. Fields and their order are those of the
API's own chunks, so that these have its size.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import orjson

from tests.emulators.faults import Api, Finish, Odd, Refuse, Refused
from tests.emulators.pages import JSON, PROXY_ERROR, REFUSAL, THOUGHT, retry_after
from tests.emulators.script import Asked, Reply, Said
from tests.emulators.voice import HttpRequest, Page, Voice

CREATED = 1_763_769_600  # 22 November 2025
FINGERPRINT = "fp_560af6e559"
OBFUSCATION = b"Q7dX0vKp"
MODELS = ("gpt-5-mini", "gpt-5-nano", "gpt-4.1-mini")
FINISHES: Mapping[Finish, str] = {"stop": "stop", "length": "length", "filter": "content_filter"}


class Part(msgspec.Struct):
    type: str
    text: str = ""


class Message(msgspec.Struct):
    role: str
    content: str | list[Part] | None = None

    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class JsonSchema(msgspec.Struct):
    name: str
    schema: dict[str, Any] = {}


class ResponseFormat(msgspec.Struct):
    type: str = "text"
    json_schema: JsonSchema | None = None


class StreamOptions(msgspec.Struct):
    include_usage: bool = False
    include_obfuscation: bool = True


class ChatRequest(msgspec.Struct):
    model: str
    messages: list[Message]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    response_format: ResponseFormat | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None


ROLES = {"developer": "system", "system": "system", "user": "user", "assistant": "assistant"}


REFUSALS: Mapping[Refused, tuple[int, str, str, str | None]] = {
    "rate": (
        429,
        "Rate limit reached for {model} in organization org-emulated on requests per min (RPM): "
        "Limit 500, Used 500, Requested 1. Please try again in {seconds}s.",
        "requests",
        "rate_limit_exceeded",
    ),
    "quota": (
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    "key": (
        401,
        "Incorrect API key provided: emulated. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
        "invalid_request_error",
        "invalid_api_key",
    ),
    "permission": (
        403,
        "You are not allowed to sample from this model",
        "invalid_request_error",
        None,
    ),
    "absent": (
        404,
        "The model `{model}` does not exist or you do not have access to it.",
        "invalid_request_error",
        "model_not_found",
    ),
    "server": (
        500,
        "The server had an error while processing your request. Sorry about that!",
        "server_error",
        None,
    ),
    "busy": (
        503,
        "The engine is currently overloaded, please try again later",
        "server_error",
        None,
    ),
}
NO_KEY = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header "
    "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
)


def error(
    status: int, message: str, kind: str, code: str | None = None, param: str | None = None
) -> Page:
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return Page(status, orjson.dumps(body, option=orjson.OPT_INDENT_2))


def invalid(message: str, code: str | None = None, param: str | None = None) -> Page:
    return error(400, message, "invalid_request_error", code, param)


class OpenAI:
    """The API (`voice.Server`)."""

    name: Api = "openai"

    def unauthorized(self, request: HttpRequest, key: str) -> Page | None:
        given = request.headers.get("authorization", "")
        if not given:
            return error(401, NO_KEY, "invalid_request_error")
        return None if given == f"Bearer {key}" else self.refusal(Refuse("key"), 0, "")

    def read(self, request: HttpRequest, number: int) -> Asked | Page:
        path = request.path.removeprefix("/v1").rstrip("/")
        match request.method, path.split("/")[1:]:
            case "GET", ["models"]:
                listed = [self._model(name) for name in MODELS]
                return Page(200, orjson.dumps({"object": "list", "data": listed}))
            case "GET", ["models", *name]:
                return Page(200, orjson.dumps(self._model("/".join(name))))
            case "POST", ["chat", "completions"]:
                return self._asked(request, number)
        message = f"Invalid URL ({request.method} {request.path})"
        return error(404, message, "invalid_request_error")

    def voice(self, asked: Asked, reply: Reply, usage: bool) -> Voice:
        return ChatVoice(asked, reply, usage)

    def refusal(self, refuse: Refuse, seconds: float, model: str) -> Page:
        if refuse.why == "proxy":
            return PROXY_ERROR
        status, message, kind, code = REFUSALS[refuse.why]
        page = error(status, message.format(model=model, seconds=f"{seconds:g}"), kind, code)
        headers: list[tuple[str, str]] = []
        if refuse.hint == "usual":
            headers.append(("retry-after-ms", str(round(seconds * 1000))))
        return replace(page, headers=(*headers, *retry_after(refuse.hint, seconds)))

    def unsupported(self, parameter: str) -> Page:
        message = f"Unsupported parameter: '{parameter}' is not supported with this model."
        return invalid(message, "unsupported_parameter", parameter)

    def unplayable(self, sentence: str) -> Page:
        return invalid(sentence, "unplayable", "model")

    def _model(self, name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": CREATED, "owned_by": "system"}

    def _asked(self, request: HttpRequest, number: int) -> Asked | Page:
        try:
            body = orjson.loads(request.body)
            asked = msgspec.convert(body, ChatRequest)
        except orjson.JSONDecodeError:
            return invalid("We could not parse the JSON body of your request.")
        except msgspec.ValidationError as wrong:
            return invalid(str(wrong))
        unknown = next((each.role for each in asked.messages if each.role not in ROLES), None)
        if unknown is not None or not asked.messages:
            return invalid(f"Invalid value: '{unknown}'.", "invalid_value", "messages[0].role")
        asks = asked.response_format and asked.response_format.json_schema
        return Asked(
            provider=self.name,
            model=asked.model,
            messages=tuple(Said(ROLES[each.role], each.text()) for each in asked.messages),
            structure_name=asks.name if asks else None,
            schema=asks.schema if asks else None,
            stream=bool(asked.stream),
            max_tokens=asked.max_completion_tokens or asked.max_tokens,
            headers=request.headers,
            number=number,
            body=body,
        )


class ChatVoice:
    """Says one reply in `chat.completion.chunk`s (`voice.Voice`)."""

    newline = b"\n"
    between = b""
    done = b"[DONE]"

    def __init__(self, asked: Asked, reply: Reply, usage: bool) -> None:
        options = asked.body.get("stream_options") or {}
        self._reply = reply
        self._usage = usage
        self._usage_asked = bool(options.get("include_usage"))
        self.headers = (
            ("content-type", "text/event-stream; charset=utf-8" if asked.stream else JSON),
            ("openai-processing-ms", "120"),
            ("openai-version", "2020-10-01"),
            ("x-request-id", f"req_{asked.number:032x}"),
            ("cache-control", "no-cache"),
        )
        self._id = f"chatcmpl-{asked.number:029d}"
        self._model = asked.model
        self._before = self._start("chat.completion.chunk") + b',"choices":['
        self._text = self._before + b'{"index":0,"delta":{"content":"'
        padding = b',"obfuscation":"%b"' % OBFUSCATION
        self._after = b"]" + (b',"usage":null' if self._usage_asked else b"")
        self._after += (padding if options.get("include_obfuscation", True) else b"") + b"}"
        self._text_after = b'"},"logprobs":null,"finish_reason":null}' + self._after

    def _start(self, kind: str) -> bytes:
        return orjson.dumps(
            {
                "id": self._id,
                "object": kind,
                "created": CREATED,
                "model": self._model,
                "service_tier": "default",
                "system_fingerprint": FINGERPRINT,
            }
        )[:-1]

    def _chunk(self, delta: bytes, finish: bytes = b"null") -> bytes:
        choice = b'{"index":0,"delta":%b,"logprobs":null,"finish_reason":%b}' % (delta, finish)
        return self._before + choice + self._after

    def opening(self) -> tuple[bytes, ...]:
        return (self._chunk(b'{"role":"assistant","content":"","refusal":null}'),)

    def text(self, escaped: bytes) -> bytes:
        return self._text + escaped + self._text_after

    def odd(self, event: Odd) -> bytes:
        match event:
            case "error":
                return orjson.dumps(orjson.loads(error(*REFUSALS["server"]).body))
            case "no_content":
                return self._chunk(b"{}")
            case "no_choices":
                return self._before + self._after
            case "thought":
                return self._chunk(b'{"reasoning_content":"%b"}' % THOUGHT)
            case "refusal":
                return self._chunk(b'{"refusal":"%b"}' % REFUSAL)
        raise ValueError(f"OpenAI's API has no event {event!r}")

    def closing(self, finish: Finish, count: int) -> tuple[bytes, ...]:
        last = self._chunk(b"{}", b'"%b"' % FINISHES[finish].encode())
        if not (self._usage and self._usage_asked):
            return (last,)
        after = self._after.replace(b'"usage":null', b'"usage":' + self._told(count))
        return (last, self._before + after)

    def whole(self, escaped: bytes, finish: Finish, count: int, odd: Odd | None) -> bytes:
        refusal = b'"%b"' % REFUSAL if odd == "refusal" else b"null"
        content = b"null" if odd == "refusal" else b'"%b"' % escaped
        message = b'{"role":"assistant","content":%b,"refusal":%b,"annotations":[]}'
        choice = b'{"index":0,"message":%b,"logprobs":null,"finish_reason":"%b"}' % (
            message % (content, refusal),
            FINISHES[finish].encode(),
        )
        usage = self._told(count) if self._usage else b"null"
        start = self._start("chat.completion")
        return b'%b,"choices":[%b],"usage":%b}' % (start, choice, usage)

    def _told(self, spoken: int) -> bytes:
        """The usage."""
        reply = self._reply
        prompt = reply.input_tokens or 0
        completion = reply.output_tokens
        if completion is None:
            completion = spoken + reply.thought_tokens
        return orjson.dumps(
            {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
                "prompt_tokens_details": {
                    "cached_tokens": reply.cached_tokens or 0,
                    "audio_tokens": 0,
                },
                "completion_tokens_details": {
                    "reasoning_tokens": reply.thought_tokens,
                    "audio_tokens": 0,
                    "accepted_prediction_tokens": 0,
                    "rejected_prediction_tokens": 0,
                },
            }
        )
