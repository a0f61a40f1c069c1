"""Prices come from the settings or the list in the package; nothing is fetched and nothing is made up."""

from decimal import Decimal

import pytest

from repondeur.engines.cost import Prices, cost, in_dollars
from repondeur.engines.providers import PROVIDERS
from repondeur.policy.analysis import Usage

USED = Usage(calls=1, input_tokens=1000, output_tokens=100)
CACHED = Usage(calls=1, input_tokens=1000, output_tokens=100, cached_tokens=900)


def price(provider, model, usage=USED, **more):
    return cost(usage, model=model, provider=PROVIDERS[provider], **more)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-mini"),
        ("azure", "gpt-4o-mini"),
        ("mistral", "mistral-small-latest"),
        ("anthropic", "claude-haiku-4-5"),
        ("gemini", "gemini-2.5-flash"),
        ("gemini", "models/gemini-2.5-flash"),
    ],
)
def test_a_known_model_has_a_price_and_cached_tokens_are_no_dearer(provider, model):
    full, cached = price(provider, model), price(provider, model, CACHED)
    assert full is not None
    assert cached is not None
    assert Decimal(0) < cached <= full < Decimal("0.01")


def test_a_compatible_server_has_the_prices_of_its_address():
    assert price("compatible", "gpt-4o-mini", base_url="https://api.openai.com/v1") == price("openai", "gpt-4o-mini")
    assert price("compatible", "gpt-4o-mini", base_url="http://127.0.0.1:8080/v1") is None


@pytest.mark.parametrize(
    ("provider", "model"), [("openai", "no-such-model-anywhere"), ("openai", ""), ("azure", "our-desk")]
)
def test_what_the_list_does_not_know_has_none(provider, model):
    assert price(provider, model) is None


@pytest.mark.parametrize("provider", ["ollama", "vllm", "llamacpp", "lmstudio"])
def test_a_model_of_one_s_own_costs_nothing(provider):
    assert price(provider, "gpt-4o-mini") == 0


def test_prices_of_the_settings_count_before_the_list():
    ours = Prices(input=Decimal(2), cached=Decimal("0.5"), output=Decimal(10))
    assert price("openai", "gpt-4o-mini", prices=ours) == Decimal("0.003")
    assert price("vllm", "any", CACHED, prices=ours) == Decimal("0.00165")
    assert price("vllm", "any", CACHED, prices=Prices(Decimal(2), Decimal(10))) == Decimal("0.003")
    strange = Usage(calls=1, input_tokens=10, cached_tokens=500)
    assert price("openai", "x", strange, prices=ours) == Decimal("0.000005")


@pytest.mark.parametrize(
    ("amount", "told"),
    [("0", "0.00"), ("2", "2.00"), ("0.024", "0.024"), ("0.5", "0.50"), ("0.00004", "0.00"), ("12.345678", "12.35")],
)
def test_money_for_people(amount, told):
    assert in_dollars(Decimal(amount)) == told
