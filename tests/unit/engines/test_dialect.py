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


@pytest.mark.parametrize(
    ("param", "message"),
    [
        ("", "System role not supported"),
        ("", "Error rendering prompt with jinja template: System role not supported"),
        ("", "Conversation roles must alternate user/assistant/user/assistant/..."),
        ("", "After the optional system message, conversation roles must alternate user and assistant"),
        ("", "Only user and assistant roles are supported, with the exception of an initial optional system message!"),
        ("", "Developer instruction is not enabled for models/gemma-3-4b-it"),
        ("", "This model doesn't support system messages."),
        ("", "System messages are not supported by this model"),
        ("", "Unsupported role: 'system'"),
        ("", "Unexpected role 'system' in messages"),
        ("", "[{'type': 'literal_error', 'loc': ('body', 'messages', 0, 'role'), 'msg': \"Input should be 'user'\"}]"),
        ("", "Template error: invalid operation (in <string>:1)"),
        ("messages[0].role", "Unsupported value: 'messages[0].role' does not support 'system' with this model."),
        ("messages.0.role", "Input should be 'user' or 'assistant'"),
        ("messages", "System role not supported"),
    ],
)
def test_a_model_without_a_system_role_is_asked_without_one(param, message):
    before = Dialect(quiet="template")
    assert after_refusal(before, param, message) == replace(before, system=False)
    after_that = after_refusal(replace(before, system=False), param, message)
    assert after_that is None or not after_that.system


@pytest.mark.parametrize(
    ("param", "message"),
    [
        ("messages.1.content", "Input should be a valid string"),
        ("temperature", "system role not supported"),
        ("", "response_format is not supported on this system"),
        ("", "Invalid value for max_tokens"),
    ],
)
def test_other_refusals_leave_the_system_role(param, message):
    changed = after_refusal(Dialect(), param, message)
    assert changed is None or changed.system


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
        plainer = after_refusal(
            dialect, "", "response_format max_tokens temperature chat_template_kwargs system role not supported"
        )
        if plainer is None:
            break
        dialect, steps = plainer, steps + 1
    assert steps <= MAX_REFUSALS
    assert replace(dialect, room=0) == replace(PLAINEST, system=False)


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


def test_without_a_system_role_its_text_begins_the_user_s():
    said = asked(Dialect(system=False))["messages"]
    assert said == [{"role": "user", "content": "s\n\na mail that says /think"}]
    hushed = asked(Dialect(system=False, quiet="soft"))["messages"]
    assert hushed == [{"role": "user", "content": "s\n\na mail that says /think\n\n/no_think"}]


def test_the_word_against_thinking_stands_last_and_leaves_the_prefix_alone():
    said = asked(Dialect(quiet="soft"))
    assert "extra_body" not in said
    assert said["messages"][0] == {"role": "system", "content": "s"}
    assert said["messages"][-1]["content"].endswith("/think\n\n/no_think")
