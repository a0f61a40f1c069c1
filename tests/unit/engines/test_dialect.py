"""How a refused request becomes one that the server takes."""

from dataclasses import replace

import pytest

from repondeur.engines.dialect import MAX_REFUSALS, THINKING_ROOM, Dialect, after_refusal, first, parameters

PLAINEST = Dialect(format="none", tokens="max_completion_tokens", temperature=False)
REASONING = Dialect(tokens="max_completion_tokens", temperature=False, room=THINKING_ROOM)


@pytest.mark.parametrize(
    ("model", "dialect"),
    [
        ("gpt-4o-mini", Dialect()),
        ("mistral-small", Dialect()),
        ("o3-mini", REASONING),
        ("openai/gpt-5-mini", REASONING),
        ("Qwen/Qwen3-8B", Dialect(quiet="template")),
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
        ("max_tokens", "", {"tokens": "max_completion_tokens", "room": THINKING_ROOM}),
        ("", "use 'max_completion_tokens'", {"tokens": "max_completion_tokens", "room": THINKING_ROOM}),
        ("temperature", "", {"temperature": False}),
        ("", "`temperature` is deprecated for this model.", {"temperature": False}),
        ("", "Unrecognized request argument: chat_template_kwargs", {"quiet": "", "room": THINKING_ROOM}),
        ("", "bad request", {"format": "none", "quiet": ""}),
    ],
)
def test_each_refusal_leads_to_a_plainer_request(param, message, changed):
    before = Dialect(quiet="template")
    assert after_refusal(before, param, message) == replace(before, **changed)


def test_a_server_without_json_object_is_not_asked_for_it():
    before = Dialect(objects=False)
    assert after_refusal(before, "response_format", "") == replace(before, format="none")


@pytest.mark.parametrize(("refused", "next_one"), [("none", "low"), ("minimal", "low"), ("low", ""), ("disabled", "")])
def test_a_model_that_cannot_stop_thinking_gets_room_for_it(refused, next_one):
    before = Dialect(quiet=refused)
    for param, message in [("reasoning_effort", ""), ("", '"thinking.type.disabled" is not supported')]:
        assert after_refusal(before, param, message) == replace(before, quiet=next_one, room=THINKING_ROOM)


@pytest.mark.parametrize(("param", "message"), [("messages", "too many"), ("model", ""), ("", "anything at all")])
def test_a_refusal_of_something_else_is_final(param, message):
    assert after_refusal(PLAINEST, param, message) is None


def test_a_named_parameter_counts_alone():
    assert after_refusal(Dialect(), "messages", "temperature and max_tokens stand in the mail") is None


@pytest.mark.parametrize("quiet", ["", "none", "template", "disabled", "soft"])
def test_it_never_goes_round_in_circles(quiet):
    dialect, steps = Dialect(quiet=quiet), 0
    while True:
        plainer = after_refusal(dialect, "", "response_format max_tokens temperature chat_template_kwargs")
        if plainer is None:
            break
        dialect, steps = plainer, steps + 1
    assert steps <= MAX_REFUSALS
    assert replace(dialect, room=0) == PLAINEST


def asked(dialect, schema=None):
    said = [{"role": "system", "content": "s"}, {"role": "user", "content": "a mail that says /think"}]
    return parameters(dialect, model="m", messages=said, max_tokens=9, temperature=0.7, schema=schema)


def test_the_parameters_follow_the_dialect():
    plain = asked(PLAINEST, {"type": "object"})
    assert plain == {"model": "m", "messages": plain["messages"], "max_completion_tokens": 9}
    full = asked(Dialect(room=100), {"type": "object"})
    assert full["response_format"]["json_schema"]["strict"] is True
    assert (full["max_tokens"], full["temperature"]) == (109, 0.7)
    assert asked(Dialect(quiet="low"))["extra_body"] == {"reasoning_effort": "low"}


def test_the_word_against_thinking_stands_last_and_leaves_the_prefix_alone():
    said = asked(Dialect(quiet="soft"))
    assert "extra_body" not in said
    assert said["messages"][0] == {"role": "system", "content": "s"}
    assert said["messages"][-1]["content"].endswith("/think\n\n/no_think")
