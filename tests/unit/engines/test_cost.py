"""Prices come from the list in the package; nothing is fetched and nothing is made up."""

from decimal import Decimal

import pytest

from repondeur.engines.cost import cost
from repondeur.policy.analysis import Usage

OPENAI = "https://api.openai.com/v1"
USED = Usage(calls=1, input_tokens=1000, output_tokens=100)


def test_a_known_model_has_a_price_and_cached_tokens_are_cheaper():
    full = cost("gpt-4o-mini", OPENAI, USED)
    cached = cost("gpt-4o-mini", OPENAI, Usage(calls=1, input_tokens=1000, output_tokens=100, cached_tokens=900))
    assert full is not None
    assert cached is not None
    assert Decimal(0) < cached < full < Decimal("0.01")


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("gpt-4o-mini", "http://127.0.0.1:8080/v1"),
        ("no-such-model-anywhere", OPENAI),
        ("", OPENAI),
    ],
)
def test_what_the_list_does_not_know_has_none(model, url):
    assert cost(model, url, USED) is None
