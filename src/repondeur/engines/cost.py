"""What a model call cost, from the price list that comes with genai-prices. Offline: nothing is fetched."""

from decimal import Decimal

from repondeur.policy.analysis import Usage


def cost(model: str, base_url: str, usage: Usage) -> Decimal | None:
    """US dollars for the tokens of `usage`; None for a server or model that the list does not know.

    base_url decides the provider, so a model of the same name on a server of one's own has no price.
    """
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    tokens = Tokens(
        input_tokens=usage.input_tokens,
        cache_read_tokens=min(usage.cached_tokens, usage.input_tokens),
        output_tokens=usage.output_tokens,
    )
    try:
        return calc_price(tokens, model, provider_api_url=base_url).total_price
    except (LookupError, ValueError):  # not in the list; or token counts that no price fits
        return None
