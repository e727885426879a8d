"""The composition root's part for whoever leads the interviews: chosen by the settings, and put
together.

A provider's module is loaded where its model is used, and only there: an SDK takes more than a
second and 40 MiB to import, which every start of a server without a key would pay.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pkgutil import resolve_name
from random import Random
from typing import Protocol

import structlog

from protocol.documents import DocumentKind, Profile
from realtime.interviewer.choice import Choice, Chosen, chosen
from realtime.interviewer.instructions import Detector
from realtime.interviewer.leading.conversation import ModelInterviewer
from realtime.interviewer.leading.profiling import ModelProfiler
from realtime.interviewer.leading.prompting import load_prompts
from realtime.interviewer.leading.reply import Means
from realtime.interviewer.leading.scene import Kit
from realtime.interviewer.model import LanguageModel
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from realtime.interviewer.offline.library import load_library
from realtime.interviewer.profile_rules import profile_by_rules
from realtime.interviewer.routing.breaker import Breaker
from realtime.interviewer.routing.budget import Budget
from realtime.interviewer.routing.course import WITH_LAST_RESORT, WITHOUT_LAST_RESORT, Upstream
from realtime.interviewer.routing.prices import prices
from realtime.interviewer.routing.router import Router
from realtime.interviewer.routing.spending import Caps, Spending
from realtime.interviewer.routing.window import Limits
from realtime.interviewer.upstream.client import Checkup, Endpoint, Timeouts, system_proxy
from realtime.model_settings import Provider
from realtime.ports import Clock, Interviewer, Ledger, Profiler, Shelf
from realtime.settings import Settings

logger = structlog.get_logger(__name__)

# Where each provider's address and model are.
_MODELS: dict[Provider, tuple[str, str]] = {
    "openai": ("realtime.interviewer.openai:BASE_URL", "realtime.interviewer.openai:OpenAIModel"),
    "gemini": ("realtime.interviewer.gemini:BASE_URL", "realtime.interviewer.gemini:GeminiModel"),
}
_MICRO = 1_000_000
# Without what is easily mistaken for another: a model has to copy it.
_KEY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_KEY_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Staff:
    """Whoever leads interviews, and whoever reads documents for them."""

    interviewer: Interviewer
    profiler: Profiler


class ByRules:
    """A `Profiler` that needs no model."""

    async def profile(self, user_id: str, kind: DocumentKind, text: str) -> Profile:
        """What stands in a document. In another thread: a long one takes tenths of a second."""
        return await asyncio.to_thread(profile_by_rules, kind, text)


@asynccontextmanager
async def staff(
    settings: Settings, ledger: Ledger, shelf: Shelf, clock: Clock
) -> AsyncIterator[Staff]:
    """Whoever leads the interviews until the block ends. `shelf`: where their documents are.

    Raises:
        DataFileError: a data file, or that of one's own prices, can't be used.
    """
    choice = chosen(settings)
    logger.info("interviewers", order=choice.order)
    library = load_library()
    offline = OfflineInterviewer(
        clock, seed=settings.seed, pace=settings.pace, library=library, shelf=shelf
    )
    by_rules = ByRules()
    if not choice.models:
        yield Staff(offline, by_rules)
        return
    models = router(settings, choice, ledger, clock)
    try:
        resort = offline if choice.offline else None
        means = Means(models, new_key, clock)
        kit = Kit(means, load_prompts(), library, Detector(), resort, shelf)
        yield Staff(ModelInterviewer(kit), ModelProfiler(kit, by_rules))
    finally:
        await models.aclose()


def router(settings: Settings, choice: Choice, ledger: Ledger, clock: Clock) -> Router:
    """The models of a choice. Whoever makes it closes it.

    Raises:
        DataFileError: the file of one's own prices can't be used.
    """
    chance = Random()

    def upstream(each: Chosen) -> Upstream:
        limits = Limits(each.requests_per_minute or None, each.tokens_per_minute or None)
        budget = Budget(clock, chance, limits)
        return Upstream(_model(each, settings, clock), budget, Breaker(clock, chance))

    caps = Caps(_micro(settings.cost_per_interview_usd), _micro(settings.cost_per_user_usd))
    patience = WITH_LAST_RESORT if choice.offline else WITHOUT_LAST_RESORT
    spending = Spending(ledger, clock, caps)
    upstreams = [upstream(each) for each in choice.models]
    return Router(upstreams, spending, prices(settings.prices).cost, patience, clock, chance)


def new_key() -> str:
    """What opens the sections of a reply: a word of six letters and digits, not to be guessed."""
    return "".join(secrets.choice(_KEY_LETTERS) for _ in range(_KEY_LENGTH))


def _micro(dollars: float) -> int | None:
    """Null: no bound, which none but 0 is."""
    return max(1, round(dollars * _MICRO)) if dollars else None


class _Model(LanguageModel, Protocol):
    """A provider's model, which can also be asked whether it will do."""

    async def check(self) -> Checkup: ...


async def ask(each: Chosen, settings: Settings, clock: Clock) -> Checkup:
    """Ask the provider whether the key and the model will do. It costs nothing."""
    made = _model(each, settings, clock)
    try:
        return await made.check()
    finally:
        await made.aclose()


def _model(each: Chosen, settings: Settings, clock: Clock) -> _Model:
    """A model as it was chosen."""
    own_address, kind = map(resolve_name, _MODELS[each.provider])
    base_url: str = each.base_url or own_address
    endpoint = Endpoint(
        base_url,
        each.model,
        key=each.key.get_secret_value() if each.key else None,
        proxy=system_proxy(base_url),
    )
    timeouts = Timeouts(
        first_token_s=settings.first_token_within_s, next_token_s=settings.next_token_within_s
    )
    made: _Model = kind(endpoint, timeouts, clock)
    return made
