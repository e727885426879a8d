"""The settings that are about language models: which are used, in what order, and for how much."""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, ValidationInfo

from realtime.setting_values import api_address, api_key, existing_file, model_name, separated

Provider = Literal["openai", "gemini"]
PROVIDERS: tuple[Provider, ...] = get_args(Provider)

# The variables that the providers' own programs read, the first one that is set; ours win.
USUAL = {
    "openai_api_key": ("OPENAI_API_KEY",),
    "openai_base_url": ("OPENAI_BASE_URL",),
    "gemini_api_key": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
}


def missing(provider: Provider) -> str:
    """What would have to be set for a provider to be used, as the end of a sentence."""
    ours = f"VIVA_{provider.upper()}"
    usual = " or ".join(USUAL[f"{provider}_api_key"])
    return (
        f"there is no key: set {ours}_API_KEY or {usual}, or {ours}_BASE_URL "
        "for a server that needs none"
    )


def _each_a_provider(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in PROVIDERS:
            raise ValueError(f'"{name}" is none of {" and ".join(PROVIDERS)}')
    if len(set(names)) < len(names):
        raise ValueError("one of them is there twice")
    if not names:
        raise ValueError(f"at least one of {' and '.join(PROVIDERS)} is expected")
    return names


def _can_be_asked(interviewer: str, others: ValidationInfo) -> str:
    """A provider that was chosen by name has to be usable; `auto` takes what there is."""
    if interviewer not in PROVIDERS:
        return interviewer
    names = (f"{interviewer}_api_key", f"{interviewer}_base_url")
    # One that won't do is complained of by itself.
    if all(name in others.data and others.data[name] is None for name in names):
        raise ValueError(missing(interviewer))
    return interviewer


class ModelSettings(BaseModel):
    """What an operator sets about models. Durations end in their unit; money is US dollars."""

    # Whether a provider can be chosen is decided by its key and its address, so these come first.
    openai_api_key: Annotated[SecretStr, AfterValidator(api_key)] | None = Field(
        default=None,
        description="The key for OpenAI, or for the server at `VIVA_OPENAI_BASE_URL`. "
        "`OPENAI_API_KEY` is read too, unless `VIVA_OPENAI_BASE_URL` names another server.",
    )
    openai_base_url: Annotated[str, AfterValidator(api_address)] | None = Field(
        default=None,
        description="Another server that speaks OpenAI's Chat Completions (Ollama, vLLM, "
        "llama.cpp, OpenRouter …), such as `http://127.0.0.1:11434/v1`. `OPENAI_BASE_URL` is read "
        "too.",
    )
    openai_model: Annotated[str, AfterValidator(model_name)] = Field(
        default="gpt-5.6-luna", description="The model that is asked there."
    )
    gemini_api_key: Annotated[SecretStr, AfterValidator(api_key)] | None = Field(
        default=None,
        description="The key for Gemini. `GEMINI_API_KEY` and `GOOGLE_API_KEY` are read too, "
        "unless `VIVA_GEMINI_BASE_URL` names another server.",
    )
    gemini_base_url: Annotated[str, AfterValidator(api_address)] | None = Field(
        default=None, description="Another server that speaks Gemini's API."
    )
    gemini_model: Annotated[str, AfterValidator(model_name)] = Field(
        default="gemini-3.1-flash-lite", description="The model that is asked there."
    )
    interviewer: Annotated[
        Literal["auto", "offline", "openai", "gemini"], AfterValidator(_can_be_asked)
    ] = Field(
        default="auto",
        description="Who asks, listens and judges. `auto`: the models for which there is a key, or "
        "a server that needs none; without any, `offline`, which is built in and needs no network.",
    )
    interviewers: Annotated[
        tuple[str, ...], BeforeValidator(separated), AfterValidator(_each_a_provider)
    ] = Field(
        default=PROVIDERS,
        description="The order in which `auto` prefers models, separated by commas or spaces "
        "(`gemini openai`). When one fails, the next one takes over. Who isn't named isn't asked.",
    )
    last_resort: Literal["offline", "none"] = Field(
        default="offline",
        description="Who takes over when no model answers, or enough was spent: the built-in "
        "interviewer, or nobody; then the question or report fails, and can be tried again.",
    )
    openai_requests_per_minute: int = Field(
        default=0,
        ge=0,
        description="How many requests a minute OpenAI may get from this node; 0 is no bound but "
        "the provider's own.",
    )
    openai_tokens_per_minute: int = Field(
        default=0,
        ge=0,
        description="How many tokens a minute, sent and received, on this node; 0 is no bound but "
        "the provider's own.",
    )
    gemini_requests_per_minute: int = Field(
        default=0,
        ge=0,
        description="The same for Gemini, whose free tier bears 15 or fewer.",
    )
    gemini_tokens_per_minute: int = Field(
        default=0, ge=0, description="The same for Gemini's tokens."
    )
    first_token_within_s: float = Field(
        default=15.0,
        gt=0,
        le=300,
        description="How long a model may take to begin its reply; then the next one is asked.",
    )
    next_token_within_s: float = Field(
        default=10.0,
        gt=0,
        le=300,
        description="How long a model may pause within its reply; then the next one is asked.",
    )
    cost_per_interview_usd: float = Field(
        default=1.0,
        ge=0,
        le=1_000_000,
        allow_inf_nan=False,
        description="How much an interview's models may cost, in US dollars; from then on the last "
        "resort leads it. 0 is no bound. Models without a known price count as free.",
    )
    cost_per_user_usd: float = Field(
        default=10.0,
        ge=0,
        le=1_000_000,
        allow_inf_nan=False,
        description="The same for all of a user's interviews within 24 hours, deleted ones too. "
        "Where nobody signs in, all are one user.",
    )
    prices: Annotated[Path, AfterValidator(existing_file)] | None = Field(
        default=None,
        description="A TOML file with prices of your own, such as "
        "`realtime/interviewer/data/prices.toml`, which has the list prices.",
    )
