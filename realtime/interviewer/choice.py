"""Which interviewers are used, in which order, and why: decided from the settings alone, so that
the server and `viva doctor` say the same.
"""

from dataclasses import dataclass

from pydantic import SecretStr

from realtime.model_settings import PROVIDERS, Provider, missing
from realtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model that is used. Without a `base_url` it is the provider's own server; bounds of 0 are
    none.
    """

    provider: Provider
    model: str
    key: SecretStr | None
    base_url: str | None
    requests_per_minute: int
    tokens_per_minute: int
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The models in order of preference; `left_out`: the others, and why; `offline`: whether the
    built-in interviewer comes after them, or alone, and why.
    """

    models: tuple[Chosen, ...]
    left_out: tuple[tuple[Provider, str], ...]
    offline: bool
    why_offline: str

    @property
    def order(self) -> tuple[str, ...]:
        """Whoever is used, by name."""
        return (*(each.provider for each in self.models), *(("offline",) if self.offline else ()))


def chosen(settings: Settings) -> Choice:
    """What the settings come to."""
    models: list[Chosen] = []
    left_out: list[tuple[Provider, str]] = []
    for provider in _preferred(settings):
        why_not = _why_not(provider, settings)
        if why_not is None:
            models.append(_model(provider, settings))
        else:
            left_out.append((provider, why_not))
    if settings.interviewer == "offline":
        return Choice((), tuple(left_out), True, "it is chosen by name")
    if not models:
        return Choice((), tuple(left_out), True, "no model can be used")
    if settings.last_resort == "offline":
        return Choice(tuple(models), tuple(left_out), True, "the last resort")
    return Choice(tuple(models), tuple(left_out), False, "VIVA_LAST_RESORT is none")


def _preferred(settings: Settings) -> tuple[Provider, ...]:
    """All providers: those that are named first, in that order."""
    named = [
        provider for name in settings.interviewers for provider in PROVIDERS if provider == name
    ]
    return (*named, *(provider for provider in PROVIDERS if provider not in named))


def _why_not(provider: Provider, settings: Settings) -> str | None:
    """Why a provider isn't used; null: it is."""
    if settings.interviewer not in ("auto", provider):
        return f"{settings.interviewer} is chosen by name"
    if settings.interviewer == "auto" and provider not in settings.interviewers:
        return "VIVA_INTERVIEWERS doesn't name it"
    if not (_key(provider, settings) or _base_url(provider, settings)):
        return missing(provider)
    return None


def _model(provider: Provider, settings: Settings) -> Chosen:
    key, base_url = _key(provider, settings), _base_url(provider, settings)
    openai = provider == "openai"
    if settings.interviewer == provider:
        why = "it is chosen by name"
    else:
        why = "there is a key" if key else "there is a server that needs no key"
    return Chosen(
        provider,
        settings.openai_model if openai else settings.gemini_model,
        key,
        base_url,
        settings.openai_requests_per_minute if openai else settings.gemini_requests_per_minute,
        settings.openai_tokens_per_minute if openai else settings.gemini_tokens_per_minute,
        why,
    )


def _key(provider: Provider, settings: Settings) -> SecretStr | None:
    return settings.openai_api_key if provider == "openai" else settings.gemini_api_key


def _base_url(provider: Provider, settings: Settings) -> str | None:
    return settings.openai_base_url if provider == "openai" else settings.gemini_base_url
