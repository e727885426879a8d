"""Gemini's `generateContent`, as it is on the wire: paths, chunks, errors.

Every path is served with `/v1beta` or `/v1` before it and without. A stream comes as server-sent
events alone (`alt=sse`). Fields, their order and spaces are those of the API's own chunks, so that
these have its size.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import orjson

from tests.emulators.faults import Api, Finish, Odd, Refuse, Refused
from tests.emulators.pages import JSON, PROXY_ERROR, THOUGHT, retry_after
from tests.emulators.script import Asked, Reply, Said
from tests.emulators.voice import HttpRequest, Page, Voice
from tests.emulators.words import count_tokens

MODELS = ("gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-pro")
FINISHES: Mapping[Finish, str] = {"stop": "STOP", "length": "MAX_TOKENS", "filter": "SAFETY"}
HARMS = ("HATE_SPEECH", "DANGEROUS_CONTENT", "HARASSMENT", "SEXUALLY_EXPLICIT")
ROLES = {"user": "user", "model": "assistant", "": "user"}
TEXT = b'{"candidates": [{"content": {"parts": [{"text": "%b"}],"role": "model"},"index": 0}],%b'
TYPES = "type.googleapis.com/google.rpc."

REFUSALS: Mapping[Refused, tuple[int, str, str]] = {
    "rate": (
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details. For more "
        "information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.",
    ),
    "quota": (
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "key": (
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential.",
    ),
    "permission": (403, "PERMISSION_DENIED", "The caller does not have permission"),
    "absent": (
        404,
        "NOT_FOUND",
        "models/{model} is not found for API version v1beta, or is not supported for "
        "generateContent. Call ListModels to see the list of available models and their supported "
        "methods.",
    ),
    "server": (
        500,
        "INTERNAL",
        "An internal error has occurred. Please retry or report in "
        "https://developers.generativeai.google/guide/troubleshooting",
    ),
    "busy": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
}
NO_KEY = (
    "Method doesn't allow unregistered callers (callers without established identity). Please use "
    "API Key or other form of API consumer identity to call this API."
)
WRONG_KEY = "API key not valid. Please pass a valid API key."


class Part(msgspec.Struct):
    text: str = ""


class Content(msgspec.Struct):
    parts: list[Part] = []
    role: str = ""

    def text(self) -> str:
        return "".join(part.text for part in self.parts)


class GenerationConfig(msgspec.Struct, rename="camel"):
    response_schema: dict[str, Any] | None = None
    response_json_schema: dict[str, Any] | None = None
    max_output_tokens: int | None = None


class GenerateRequest(msgspec.Struct, rename="camel"):
    contents: list[Content]
    system_instruction: Content | None = None
    generation_config: GenerationConfig = msgspec.field(default_factory=GenerationConfig)


def error(status: int, code: str, message: str, *details: Mapping[str, Any]) -> Page:
    body: dict[str, Any] = {"code": status, "message": message, "status": code}
    if details:
        body["details"] = details
    return Page(
        status,
        orjson.dumps({"error": body}, option=orjson.OPT_INDENT_2) + b"\n",
        media_type="application/json; charset=UTF-8",
    )


def key_error() -> Page:
    """What this API says of a key that isn't one: a 400."""
    info = {"@type": f"{TYPES}ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
    return error(400, "INVALID_ARGUMENT", WRONG_KEY, info)


class Gemini:
    """The API (`voice.Server`)."""

    name: Api = "gemini"

    def unauthorized(self, request: HttpRequest, key: str) -> Page | None:
        given = request.headers.get("x-goog-api-key") or request.query.get("key", "")
        if not given:
            return error(403, "PERMISSION_DENIED", NO_KEY)
        return None if given == key else key_error()

    def read(self, request: HttpRequest, number: int) -> Asked | Page:
        path = request.path.removeprefix("/v1beta").removeprefix("/v1").rstrip("/")
        name, _, method = path.removeprefix("/models/").partition(":")
        if request.method == "GET" and path == "/models":
            return Page(200, orjson.dumps({"models": [self._model(each) for each in MODELS]}))
        if path.startswith("/models/"):
            match request.method, method:
                case "GET", "":
                    return Page(200, orjson.dumps(self._model(name)))
                case "POST", "countTokens":
                    return self._counted(request)
                case "POST", "generateContent":
                    return self._asked(request, name, number)
                case "POST", "streamGenerateContent":
                    if request.query.get("alt") != "sse":
                        return error(
                            501, "UNIMPLEMENTED", "This emulator streams with alt=sse alone."
                        )
                    return self._asked(request, name, number)
        return error(404, "NOT_FOUND", f"{request.method} {request.path} was not found.")

    def voice(self, asked: Asked, reply: Reply, usage: bool) -> Voice:
        return ContentVoice(asked, reply, usage)

    def refusal(self, refuse: Refuse, seconds: float, model: str) -> Page:
        if refuse.why == "proxy":
            return PROXY_ERROR
        status, code, message = REFUSALS[refuse.why]
        details = [_quota(model)] if refuse.why in ("rate", "quota") else []
        if refuse.hint == "usual":
            details.append({"@type": f"{TYPES}RetryInfo", "retryDelay": f"{seconds:g}s"})
            return error(status, code, f"{message}\nPlease retry in {seconds:g}s.", *details)
        page = error(status, code, message.format(model=model), *details)
        return replace(page, headers=retry_after(refuse.hint, seconds))

    def unsupported(self, parameter: str) -> Page:
        message = (
            f'Invalid JSON payload received. Unknown name "{parameter}" at '
            "'generation_config': Cannot find field."
        )
        violation = {"field": "generation_config", "description": message}
        details = {"@type": f"{TYPES}BadRequest", "fieldViolations": [violation]}
        return error(400, "INVALID_ARGUMENT", message, details)

    def unplayable(self, sentence: str) -> Page:
        return error(400, "INVALID_ARGUMENT", sentence)

    def _model(self, name: str) -> dict[str, Any]:
        return {
            "name": f"models/{name}",
            "version": "001",
            "displayName": name,
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
            "temperature": 1,
            "topP": 0.95,
            "topK": 64,
            "maxTemperature": 2,
            "thinking": True,
        }

    def _counted(self, request: HttpRequest) -> Page:
        asked = self._asked(request, "", 0)
        if isinstance(asked, Page):
            return asked
        count = sum(count_tokens(said.text) for said in asked.messages)
        details = [{"modality": "TEXT", "tokenCount": count}]
        return Page(200, orjson.dumps({"totalTokens": count, "promptTokensDetails": details}))

    def _asked(self, request: HttpRequest, model: str, number: int) -> Asked | Page:
        try:
            body = orjson.loads(request.body)
            asked = msgspec.convert(body, GenerateRequest)
        except (orjson.JSONDecodeError, msgspec.ValidationError) as wrong:
            return error(400, "INVALID_ARGUMENT", f"Invalid JSON payload received. {wrong}")
        if not asked.contents or any(each.role not in ROLES for each in asked.contents):
            return error(400, "INVALID_ARGUMENT", "Please use a valid role: user, model.")
        system = (
            (Said("system", asked.system_instruction.text()),) if asked.system_instruction else ()
        )
        config = asked.generation_config
        schema = config.response_json_schema or config.response_schema
        return Asked(
            provider=self.name,
            model=model,
            messages=(*system, *(Said(ROLES[each.role], each.text()) for each in asked.contents)),
            structure_name=None if schema is None else str(schema.get("title", "")),
            schema=schema,
            stream=request.path.endswith(":streamGenerateContent"),
            max_tokens=config.max_output_tokens,
            headers=request.headers,
            number=number,
            body=body,
        )


def _quota(model: str) -> dict[str, Any]:
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    violation = {
        "quotaMetric": metric,
        "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
        "quotaDimensions": {"location": "global", "model": model},
        "quotaValue": "15",
    }
    return {"@type": f"{TYPES}QuotaFailure", "violations": [violation]}


class ContentVoice:
    """Says one reply in `GenerateContentResponse`s (`voice.Voice`)."""

    newline = b"\r\n"
    between = b'"},{"text": "'
    done = b""

    def __init__(self, asked: Asked, reply: Reply, usage: bool) -> None:
        media_type = "text/event-stream" if asked.stream else f"{JSON}; charset=UTF-8"
        self.headers = (
            ("content-type", media_type),
            ("vary", "Origin"),
            ("server-timing", "gfet4t7; dur=480"),
        )
        self._reply = reply
        self._spoken = 0
        prompt = reply.input_tokens or 0
        self._input = prompt + reply.thought_tokens
        told = b'"promptTokenCount": %d,"candidatesTokenCount": ' % prompt
        cached = (
            b',"cachedContentTokenCount": %d' % reply.cached_tokens if reply.cached_tokens else b""
        )
        thoughts = (
            b',"thoughtsTokenCount": %d' % reply.thought_tokens if reply.thought_tokens else b""
        )
        details = b',"promptTokensDetails": [{"modality": "TEXT","tokenCount": %d}]' % prompt
        name = b'"modelVersion": %b,"responseId": "%b"}' % (
            orjson.dumps(asked.model),
            b"%022x" % asked.number,
        )
        self._usage = usage
        self._before_count = b'"usageMetadata": {' + told
        self._after_count = cached + details + thoughts + b"}," + name
        self._name = name

    def opening(self) -> tuple[bytes, ...]:
        return ()

    def text(self, escaped: bytes) -> bytes:
        self._spoken += 1
        return TEXT % (escaped, self._rest())

    def odd(self, event: Odd) -> bytes:
        match event:
            case "error":
                return orjson.dumps(orjson.loads(error(*REFUSALS["busy"]).body))
            case "bare_error":
                return error(*REFUSALS["busy"]).body
            case "no_content":
                return b'{"candidates": [{"content": {"role": "model"},"index": 0}],' + self._rest()
            case "no_choices":
                return b"{" + self._rest()
            case "thought":
                part = b'{"text": "%b","thought": true}' % THOUGHT
                return self._candidate(b'"content": {"parts": [%b],"role": "model"}' % part)
            case "withheld":
                return b'{"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},' + self._rest()
        raise ValueError(f"Gemini's API has no event {event!r}")

    def closing(self, finish: Finish, count: int) -> tuple[bytes, ...]:
        self._spoken = count
        return (self._last(b"", finish),)

    def whole(self, escaped: bytes, finish: Finish, count: int, odd: Odd | None) -> bytes:
        if odd == "withheld":
            return self.odd(odd)
        self._spoken = count
        thought = b'{"text": "%b","thought": true},' % THOUGHT if odd == "thought" else b""
        return self._last(escaped, finish, thought)

    def _last(self, escaped: bytes, finish: Finish, thought: bytes = b"") -> bytes:
        reason = b'"finishReason": "%b"' % FINISHES[finish].encode()
        if finish == "filter":
            return self._candidate(reason + b',"safetyRatings": %b' % _ratings())
        part = b'%b{"text": "%b"}' % (thought, escaped)
        return self._candidate(b'"content": {"parts": [%b],"role": "model"},%b' % (part, reason))

    def _candidate(self, fields: bytes) -> bytes:
        return b'{"candidates": [{%b,"index": 0}],%b' % (fields, self._rest())

    def _rest(self) -> bytes:
        """The end of every event: usage so far, and which model."""
        if not self._usage:
            return self._name
        output = self._reply.output_tokens
        said = self._spoken if output is None else output
        total = b',"totalTokenCount": %d' % (self._input + said)
        return b"%b%d%b%b" % (self._before_count, said, total, self._after_count)


def _ratings() -> bytes:
    return orjson.dumps(
        [
            {"category": f"HARM_CATEGORY_{harm}", "probability": "HIGH", "blocked": True}
            if harm == "DANGEROUS_CONTENT"
            else {"category": f"HARM_CATEGORY_{harm}", "probability": "NEGLIGIBLE"}
            for harm in HARMS
        ]
    )
