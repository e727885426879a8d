"""What there is to say of the interviewers: who is used and why, at what price, within what bounds.

Rule of this file: a key is never shown, nor is anybody asked unless `ask` is given.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from realtime.check import Check
from realtime.clock import SystemClock
from realtime.interviewer.choice import Choice, Chosen, chosen
from realtime.interviewer.files import DataFileError
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from realtime.interviewer.routing.prices import Prices, prices
from realtime.interviewer.upstream.client import Checkup
from realtime.settings import Settings
from realtime.trust import is_loopback

# Asks a provider whether the key and the model will do.
Ask = Callable[[Chosen], Awaitable[Checkup]]


async def interviewer_checks(settings: Settings, ask: Ask | None = None) -> list[Check]:
    """All of them. They fail by what they say, and raise nothing."""
    choice = chosen(settings)
    try:
        listed = prices(settings.prices)
        OfflineInterviewer(SystemClock())
    except DataFileError as error:
        return [Check("interviewer", False, str(error))]
    checks = [_order(choice)]
    for each in choice.models:
        checks.append(_model(each, listed))
        if ask is not None:
            checks.append(await _asked(each, ask))
    checks += [Check(provider, None, f"not used: {why}") for provider, why in choice.left_out]
    if choice.models:
        checks.append(_cost(settings, choice, listed))
    return checks


def _order(choice: Choice) -> Check:
    said = [f"{each.provider} ({each.why})" for each in choice.models]
    if choice.offline:
        said.append(f"offline ({choice.why_offline})")
        return Check("interviewer", True, ", then ".join(said))
    return Check("interviewer", True, f"{', then '.join(said)}, then nobody ({choice.why_offline})")


def _model(each: Chosen, listed: Prices) -> Check:
    server = each.base_url or "the provider's server"
    said = [f"{each.model} at {server}", "with a key" if each.key else "without a key"]
    if _key_is_overheard(each):
        said.append("over plain HTTP: whoever is between here and there can read the key")
        return Check(each.provider, False, ", ".join(said))
    found = listed.of(each.model)
    if found is None:
        said.append("no price is known")
    else:
        price, of = found
        said.append(
            f"${price.input:g} a million tokens sent (${price.cached_input:g} cached), "
            f"${price.output:g} received, as of {of.as_of}"
        )
    said.append(_bounds(each))
    return Check(each.provider, True, ", ".join(said))


def _key_is_overheard(each: Chosen) -> bool:
    address = urlsplit(each.base_url or "")
    return bool(each.key) and address.scheme == "http" and not is_loopback(address.hostname or "")


def _bounds(each: Chosen) -> str:
    bounds = [
        f"{count} {what} a minute"
        for count, what in (
            (each.requests_per_minute, "requests"),
            (each.tokens_per_minute, "tokens"),
        )
        if count
    ]
    return f"at most {' and '.join(bounds)}" if bounds else "no bound but the provider's"


async def _asked(each: Chosen, ask: Ask) -> Check:
    told = await ask(each)
    return Check(f"{each.provider}_asked", told.ok, told.found)


def _cost(settings: Settings, choice: Choice, listed: Prices) -> Check:
    bounds = [
        f"${dollars:g} {what}"
        for dollars, what in (
            (settings.cost_per_interview_usd, "an interview"),
            (settings.cost_per_user_usd, "a user in 24 hours"),
        )
        if dollars
    ]
    if not bounds:
        return Check("cost", None, "no bound: VIVA_COST_PER_INTERVIEW_USD and _PER_USER_USD are 0")
    said = f"at most {', '.join(bounds)}"
    free = [each.model for each in choice.models if listed.of(each.model) is None]
    if free:
        said += f"; {' and '.join(free)} count as free: VIVA_PRICES could tell their prices"
    return Check("cost", None if free else True, said)
