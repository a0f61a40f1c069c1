"""How a refused request becomes one that the server takes."""

import pytest

from repondeur.engines.dialect import Dialect, after_refusal, first, parameters

PLAINEST = Dialect(format="none", tokens="max_completion_tokens", temperature=False, thinking=False)


@pytest.mark.parametrize(
    ("model", "dialect"),
    [
        ("gpt-4o-mini", Dialect()),
        ("mistral-small", Dialect()),
        ("o3-mini", Dialect(tokens="max_completion_tokens", temperature=False)),
        ("openai/gpt-5-mini", Dialect(tokens="max_completion_tokens", temperature=False)),
        ("Qwen/Qwen3-8B", Dialect(thinking=True)),
    ],
)
def test_what_is_tried_first(model, dialect):
    assert first(model) == dialect


@pytest.mark.parametrize(
    ("param", "message", "changed"),
    [
        ("response_format", "", {"format": "json_object"}),
        ("response_format.type", "", {"format": "json_object"}),
        ("", "json_schema is not supported by this backend", {"format": "json_object"}),
        ("", "guided decoding is not available", {"format": "json_object"}),
        ("max_tokens", "", {"tokens": "max_completion_tokens"}),
        ("", "use 'max_completion_tokens' instead of 'max_tokens'", {"tokens": "max_completion_tokens"}),
        ("temperature", "", {"temperature": False}),
        ("", "Unrecognized request argument supplied: chat_template_kwargs", {"thinking": False}),
        ("", "bad request", {"format": "none", "thinking": False}),
    ],
)
def test_each_refusal_leads_to_a_plainer_request(param, message, changed):
    before = Dialect(thinking=True)
    expected = {name: getattr(before, name) for name in ("format", "tokens", "temperature", "thinking")} | changed
    assert after_refusal(before, param, message) == Dialect(**expected)


@pytest.mark.parametrize(("param", "message"), [("messages", "too many"), ("model", ""), ("", "anything at all")])
def test_a_refusal_of_something_else_is_final(param, message):
    assert after_refusal(PLAINEST, param, message) is None


def test_a_named_parameter_counts_alone():
    assert after_refusal(Dialect(), "messages", "temperature and max_tokens stand in the mail") is None


def test_it_never_goes_round_in_circles():
    dialect, steps = Dialect(thinking=True), 0
    while True:
        plainer = after_refusal(dialect, "", "response_format max_tokens temperature chat_template_kwargs")
        if plainer is None:
            break
        dialect, steps = plainer, steps + 1
    assert steps <= 5
    assert dialect == PLAINEST


def test_the_parameters_follow_the_dialect():
    asked = parameters(PLAINEST, model="m", messages=[], max_tokens=9, temperature=0.7, schema={"type": "object"})
    assert asked == {"model": "m", "messages": [], "max_completion_tokens": 9}
    asked = parameters(Dialect(), model="m", messages=[], max_tokens=9, temperature=0.7, schema={"type": "object"})
    assert asked["response_format"]["json_schema"]["strict"] is True
    assert (asked["max_tokens"], asked["temperature"]) == (9, 0.7)
