"""Reading what a model said: tolerant about form, strict about content."""

import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.engines.answer import MAX_DROPPED, content, read
from repondeur.engines.repair import repaired
from repondeur.errors import EngineAnswerInvalid
from repondeur.policy.analysis import Entity

GOOD = {
    "intent": "order",
    "summary": "Asks where the lamp is.",
    "entities": [{"type": "order_number", "value": "77120"}],
    "priority": "high",
    "sentiment": "negative",
    "language": "en",
    "needs_reply": True,
    "needs_human": False,
    "confidence": 0.8,
    "reply": "Hello,\n\nIt is on its way.",
    "passages": ["kb:delivery"],
}
PLAIN = json.dumps(GOOD)


def said(**changes):
    return json.dumps({**GOOD, **changes})


def code_of(text):
    with pytest.raises(EngineAnswerInvalid) as caught:
        read(text, "test")
    return caught.value.reason.code


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(f"\ufeff  {PLAIN}\n", id="byte order mark and white space"),
        pytest.param(json.dumps(GOOD, indent=2), id="indented"),
        pytest.param(f"```json\n{PLAIN}\n```", id="code fence"),
        pytest.param(f"```\n{PLAIN}\n```", id="code fence without a language"),
        pytest.param(f"```json\n{PLAIN}", id="code fence that does not close"),
        pytest.param(f"Here it is:\n{PLAIN}\nHope this helps {{smile}}!", id="text around"),
        pytest.param(f'<think>It might be {{"intent": "spam"}}</think>{PLAIN}', id="thinking aloud"),
        pytest.param(f'so {{"intent": "spam"}}\n</think>\n{PLAIN}', id="thinking whose start the template wrote"),
        pytest.param(f"{PLAIN}\n<think>was that right?</think>", id="thinking afterwards"),
        pytest.param(PLAIN[:-1] + ",}", id="trailing comma in the object"),
        pytest.param(PLAIN.replace('"kb:delivery"]', '"kb:delivery", ]'), id="trailing comma in a list"),
        pytest.param(f"{PLAIN}\n{PLAIN}", id="said twice, the same"),
        pytest.param(json.dumps({"analysis": GOOD}), id="in another object"),
        pytest.param(json.dumps({"status": "ok", "result": {"ok": True}, "data": GOOD}), id="beside other things"),
        pytest.param(json.dumps(PLAIN), id="as a string"),
        pytest.param(f"```json\n{json.dumps(PLAIN)}\n```", id="as a string in a code fence"),
        pytest.param(json.dumps({"answer": PLAIN}), id="as a string in another object"),
        pytest.param(json.dumps(json.dumps({"answer": GOOD})), id="in another object in a string"),
        pytest.param(PLAIN.replace("\\n\\n", "\n\n"), id="line feeds unescaped inside a string"),
    ],
)
def test_forms_in_which_models_answer(text):
    found = read(text, "test")
    assert (found.intent, found.summary, found.entities) == (
        "order",
        GOOD["summary"],
        (Entity("order_number", "77120"),),
    )
    assert (found.priority, found.sentiment, found.confidence) == ("high", "negative", 0.8)
    assert (found.needs_reply, found.needs_human) == (True, False)
    assert (found.reply, found.passages, found.dropped) == (GOOD["reply"], ("kb:delivery",), ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I am sorry, I cannot do that.", "engine.answer_not_json"),
        ("[1, 2, 3]", "engine.answer_not_json"),
        ('"a string"', "engine.answer_not_json"),
        ("<think>hm", "engine.answer_not_json"),
        ('{"intent": "order"]', "engine.answer_not_json"),
        ("{" * 100_000, "engine.answer_not_json"),
        ('{"a":' * 100_000, "engine.answer_not_json"),
        ('{"intent": ' + "9" * 6000 + "}", "engine.answer_no_intent"),
        ("{}", "engine.answer_no_intent"),
        ('{"category": "faq", "reply": {"to": ["x@y.example"]}}', "engine.answer_no_intent"),
        ('{"intent": 5, "summary": "S", "language": "fr"}', "engine.answer_no_intent"),
        ('{"a": {"intent": "order"}, "b": {"intent": "spam"}}', "engine.answer_no_intent"),
        ('{"a": {"intent": "order"}, "a": {"intent": "spam"}}', "engine.answer_no_intent"),
        (f'{{"function_call": {PLAIN}}}', "engine.answer_tool_call"),
        ('{"intent": "  "}', "engine.answer_no_intent"),
        (f"{PLAIN} or rather {said(intent='spam')}", "engine.answer_ambiguous"),
        ('{"intent": "order", "tool_calls": [{"name": "send"}]}', "engine.answer_tool_call"),
        ('{"function_call": {}, "intent": "order"}', "engine.answer_tool_call"),
    ],
)
def test_what_is_no_answer(text, code):
    assert code_of(text) == code


def test_an_answer_that_was_cut_keeps_its_whole_fields_only():
    found = read(PLAIN[: PLAIN.index("on its way")], "test")
    assert found.intent == "order"
    assert found.confidence == 0.8
    assert found.reply == "", "half a reply is no reply"


@given(st.integers(0, len(PLAIN) - 1))
def test_wherever_it_is_cut_nothing_is_made_up(length):
    try:
        found = read(PLAIN[:length], "test")
    except EngineAnswerInvalid:
        return
    assert found.reply in {"", GOOD["reply"]}
    assert found.summary in {"", GOOD["summary"]}
    assert found.needs_human or '"needs_human"' in PLAIN[:length]


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"needs_human": "true"}, "needs_human", True),
        ({"needs_human": "No"}, "needs_human", False),
        ({"needs_human": 1}, "needs_human", True),
        ({"confidence": "0.9"}, "confidence", 0.9),
        ({"confidence": "0,9"}, "confidence", 0.9),
        ({"confidence": "90 %"}, "confidence", 0.9),
        ({"confidence": 7}, "confidence", 1.0),
        ({"confidence": -1}, "confidence", 0.0),
        ({"priority": " URGENT "}, "priority", "urgent"),
        ({"intent": " Order"}, "intent", "order"),
        ({"language": "French"}, "language", "fr"),
        ({"language": "en-GB"}, "language", "en"),
        ({"passages": "kb:returns"}, "passages", ("kb:returns",)),
        ({"passages": ["a", "a", "b"]}, "passages", ("a", "b")),
        ({"reply": None}, "reply", ""),
        ({"entities": None}, "entities", ()),
        ({"entities": {"order_number": "77120"}}, "entities", (Entity("order_number", "77120"),)),
        ({"entities": [{"type": "Organization", "value": "ACME"}]}, "entities", (Entity("organisation", "ACME"),)),
        ({"entities": [{"type": "order_number", "value": 77120}]}, "entities", (Entity("order_number", "77120"),)),
        ({"summary": "a\r\nBcc: x@y.example"}, "summary", "a Bcc: x@y.example"),
    ],
)
def test_what_is_plainly_meant_is_taken_so(changes, field, value):
    found = read(said(**changes), "test")
    assert getattr(found, field) == value
    assert found.dropped == ()


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"needs_human": "perhaps"}, "needs_human", True),
        ({"needs_reply": []}, "needs_reply", True),
        ({"confidence": "very"}, "confidence", 0.0),
        ({"confidence": True}, "confidence", 0.0),
        ({"confidence": math.nan}, "confidence", 0.0),
        ({"confidence": math.inf}, "confidence", 0.0),
        ({"priority": "apocalyptic"}, "priority", "normal"),
        ({"sentiment": 3}, "sentiment", "neutral"),
        ({"language": "klingon"}, "language", ""),
        ({"reply": {"to": "x@y.example", "body": "hi"}}, "reply", ""),
        ({"reply": ["hi"]}, "reply", ""),
        ({"passages": [1, {}]}, "passages", ()),
        ({"entities": [{"type": "iban", "value": "FR76"}, 5, None]}, "entities", ()),
    ],
)
def test_what_is_impossible_is_dropped_named_and_replaced_by_the_cautious_value(changes, field, value):
    found = read(said(**changes), "test")
    assert getattr(found, field) == value
    assert found.dropped == tuple(changes)


def test_missing_fields_take_the_cautious_value():
    found = read('{"intent": "order"}', "test")
    assert (found.needs_human, found.needs_reply, found.confidence, found.reply) == (True, True, 0.0, "")
    assert found.dropped == ()


@pytest.mark.parametrize("intent", [None, 5, ["order"], {}, "", " ", True, "absent"])
def test_without_an_intent_the_other_fields_are_kept_and_a_person_is_needed(intent):
    fields = {**GOOD, "intent": intent}
    if intent == "absent":
        del fields["intent"]
    found = read(json.dumps(fields), "test")
    assert (found.intent, found.missing, found.needs_human) == ("", ("intent",), True)
    assert (found.summary, found.priority, found.confidence, found.reply) == (
        GOOD["summary"],
        "high",
        0.8,
        GOOD["reply"],
    )


@pytest.mark.parametrize("field", ["confidence", "entities", "summary", "needs_reply", "unknown"])
def test_a_number_of_thousands_of_digits_loses_its_field_only(field):
    found = read(said(**{field: 0}).replace(f'"{field}": 0', f'"{field}": {"9" * 5000}'), "test")
    assert (found.intent, found.priority, found.dropped) == ("order", "high", (field,))


def test_what_is_missing_or_impossible_is_named():
    assert read(PLAIN, "test").missing == ()
    found = read('{"intent": "order", "summary": " ", "priority": "x", "entities": [], "needs_human": true}', "test")
    assert found.missing == (
        "summary",
        "priority",
        "sentiment",
        "language",
        "needs_reply",
        "confidence",
        "reply",
        "passages",
    )


def test_statements_are_truth_values_by_id():
    found = read(said(statements={"vip": True, "lost": "no", "new": "perhaps", "old": None}), "test")
    assert (found.statements, found.dropped) == ({"vip": True, "lost": False}, ("statements",))
    assert read(said(statements=["vip"]), "test").statements == {}


def test_unknown_fields_are_dropped_and_named():
    found = read(said(to="boss@evil.example", approved=True, actions=[{"type": "send"}]), "test")
    assert found.dropped == ("to", "approved", "actions")


def test_names_of_unknown_fields_cannot_carry_text():
    fields = {f"x{n}": 1 for n in range(100)}
    found = read(json.dumps({"intent": "order", "<script>alert(1)</script>\n": 1, **fields}), "test")
    assert found.dropped[0] == "?"
    assert len(found.dropped) == MAX_DROPPED


def test_a_model_that_contradicts_itself_needs_a_person():
    found = read('{"intent": "order", "needs_human": false, "confidence": 1, "needs_human": true}', "test")
    assert found.needs_human
    found = read('{"intent": "order", "needs_human": false, "intent": "spam"}', "test")
    assert (found.intent, found.needs_human, found.dropped) == ("order", True, ("intent",))


def test_everything_is_capped():
    entities = [{"type": "person", "value": f"P{n}"} for n in range(500)]
    found = read(
        said(reply="x" * 99_999, summary="s" * 9999, entities=entities, passages=[str(n) for n in range(99)]), "test"
    )
    assert len(found.reply) == 8000
    assert len(found.summary) <= 500
    assert len(found.entities) == 50
    assert len(found.passages) == 20


def test_hidden_characters_and_lone_surrogates_go():
    found = read(said(reply="Pay\u202e \u200bnow\x07 \ud800!"), "test")
    assert found.reply == "Pay now !"
    found.reply.encode()


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_any_value_in_any_field_gives_an_analysis_or_a_named_error(value):
    for field in GOOD:
        try:
            found = read(said(**{field: value}), "test")
        except EngineAnswerInvalid:
            continue
        assert 0 <= found.confidence <= 1
        found.reply.encode()


@given(st.text())
def test_any_text_gives_an_analysis_or_a_named_error(text):
    with contextlib.suppress(EngineAnswerInvalid):
        assert read(text, "test").intent


@pytest.mark.parametrize(
    "half_pair", ["<think>", "</think>", "```", "```\n", "```json\n\n", "{", '{"', "[", ",", '{"a":1,']
)
def test_an_answer_full_of_half_pairs_is_read_in_linear_time(half_pair):
    with pytest.raises(EngineAnswerInvalid):
        read(half_pair * (190_000 // len(half_pair)), "test")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"content": None}, "engine.answer_empty"),
        ({"content": "  "}, "engine.answer_empty"),
        ({}, "engine.answer_empty"),
        ({"content": PLAIN, "tool_calls": [{"id": "1"}]}, "engine.answer_tool_call"),
        ({"content": PLAIN, "function_call": {"name": "x"}}, "engine.answer_tool_call"),
        ({"content": None, "refusal": "I won't"}, "engine.content_refused"),
    ],
)
def test_messages_that_hold_no_answer(message, code):
    with pytest.raises(EngineAnswerInvalid) as caught:
        content(message)
    assert caught.value.reason.code == code


def test_content_in_parts_is_joined():
    assert (
        content({"content": [{"type": "text", "text": "{"}, {"type": "text", "text": "}"}], "tool_calls": []}) == "{}"
    )


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ('{"a": 1,}', '{"a": 1}'),
        ('{"a": [1, 2, ], "b": {"c": 1 , }}', '{"a": [1, 2], "b": {"c": 1 }}'),
        ('{"a": ",}", "b": 1', '{"a": ",}"}'),
        ('{"a": "\\"", "b": [1', '{"a": "\\""}'),
        ('{"a": "cut he', ""),
        ('{"a": 1]', ""),
        ("no object", ""),
    ],
)
def test_mending(broken, mended):
    assert repaired(broken) == mended
