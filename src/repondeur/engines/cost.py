"""What a model call cost, from the price list that comes with genai-prices. Offline: nothing is fetched."""

from dataclasses import dataclass
from decimal import Decimal

from repondeur.engines.providers import Provider
from repondeur.policy.analysis import Usage

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens each. cached: for those of the prompt that the server still had; None: as much as
    any other."""

    input: Decimal
    output: Decimal
    cached: Decimal | None = None


def cost(
    usage: Usage, *, model: str, provider: Provider, base_url: str = "", prices: Prices | None = None
) -> Decimal | None:
    """US dollars for the tokens of `usage`. prices: what settings say; they count before the list. A local server costs
    nothing. None for a server or model that the list does not know: of servers that are only called compatible the
    address decides, so a model of the same name on a server of one's own has no price."""
    if prices is not None:
        return _by_prices(usage, prices)
    if provider.local:
        return Decimal(0)
    return _by_list(usage, model, provider.prices, base_url)


def in_dollars(amount: Decimal) -> str:
    """For people: to the cent, and of less than a dollar to four places where there is more to tell."""
    places = "0.0001" if amount < 1 else "0.01"
    whole, _, rest = f"{amount.quantize(Decimal(places)):f}".partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"


def _by_prices(usage: Usage, prices: Prices) -> Decimal:
    cached = min(usage.cached_tokens, usage.input_tokens)
    for_cached = prices.input if prices.cached is None else prices.cached
    dollars = (usage.input_tokens - cached) * prices.input + cached * for_cached + usage.output_tokens * prices.output
    return dollars / MILLION


def _by_list(usage: Usage, model: str, provider: str, base_url: str) -> Decimal | None:
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    tokens = Tokens(
        input_tokens=usage.input_tokens,
        cache_read_tokens=min(usage.cached_tokens, usage.input_tokens),
        output_tokens=usage.output_tokens,
    )
    name = model.removeprefix("models/")  # as Gemini lists its own
    try:
        found = (
            calc_price(tokens, name, provider_id=provider)
            if provider
            else calc_price(tokens, name, provider_api_url=base_url)
        )
    except (LookupError, ValueError):  # not in the list; or token counts that no price fits
        return None
    return found.total_price
