"""The pattern that local models are held to, and how an answer that was cut goes on."""

import json
import re

import pytest

from repondeur.engines import answer, prompt
from repondeur.engines.runtimes import grammar
from repondeur.policy.intents import DEFAULT_INTENTS

SCHEMA = prompt.schema([one.id for one in DEFAULT_INTENTS], ["asks.refund"])
WHOLE = {
    "intent": "question",
    "summary": 'Demande « où » est son "colis" \\ lampe.',
    "entities": [{"type": "date", "value": "12 mai"}, {"type": "person", "value": 'Ann ]}"'}],
    "priority": "normal",
    "sentiment": "neutral",
    "language": "fr",
    "needs_reply": True,
    "needs_human": False,
    "confidence": 0.95,
    "reply": "Bonjour,\n\nIl part demain.\n\nÀ bientôt",
    "passages": ["p1", "p3"],
    "statements": {"asks.refund": True},
}
TEXT = json.dumps(WHOLE, ensure_ascii=False)
PATTERN = grammar.pattern(SCHEMA)


def test_an_honest_answer_matches():
    assert re.fullmatch(PATTERN, TEXT)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace('": ', '":  ', 1),
        TEXT.replace("12 mai", "12\tmai"),
        TEXT.replace("12 mai", "12\x00mai"),
        TEXT.replace("\\n", "\n", 1),
        TEXT.replace('"question"', '"anything"'),
        TEXT.replace("0.95", "7"),
        TEXT.replace('"p1"', '"kb:returns"'),
        TEXT + " ",
        TEXT.replace('"summary": "Demande « où » est son \\"colis\\" \\\\ lampe."', '"summary": ""'),
    ],
)
def test_nothing_else_does(other):
    assert other != TEXT
    assert not re.fullmatch(PATTERN, other)


@pytest.mark.parametrize("length", range(len(TEXT)))
def test_wherever_it_is_cut_it_can_be_ended(length):
    rest = grammar.rest(TEXT[:length], SCHEMA)
    assert re.fullmatch(rest.pattern, rest.most)
    ended = rest.kept + rest.most
    assert list(json.loads(ended)) == list(WHOLE)
    assert TEXT.startswith(rest.kept.rstrip('"]}… '))
    assert answer.read(ended, "local").missing == (() if length > TEXT.index("Demande") else ("summary",))
    assert len(rest.most) <= len(grammar.longest_rest(SCHEMA))


def test_what_was_written_before_the_cut_stays():
    rest = grammar.rest(TEXT[: TEXT.index(" demain")], SCHEMA)
    assert json.loads(rest.kept + rest.most)["reply"] == "Bonjour,\n\nIl part"
    rest = grammar.rest(TEXT[: TEXT.index("Ann")], SCHEMA)
    assert json.loads(rest.kept + rest.most)["entities"] == WHOLE["entities"][:1]


@pytest.mark.parametrize("broken", ["\\", '\\"', "\\\\", "\\\\\\", "\ufffd", "x\ufffd\ufffd"])
def test_half_a_character_is_left_out(broken):
    start = TEXT[: TEXT.index("Bonjour")] + broken
    rest = grammar.rest(start, SCHEMA)
    assert json.loads(rest.kept + rest.most)["reply"] == {
        '\\"': '"',
        "\\\\": "\\",
        "\\\\\\": "\\",
        "x\ufffd\ufffd": "x",
    }.get(broken, "")


def test_of_another_text_nothing_is_kept():
    for other in ("", "Hello", "{", "[1]", '{"summary": "x"'):
        assert grammar.rest(other, SCHEMA).kept == "{"


def test_names_of_the_settings_are_no_part_of_the_pattern():
    schema = prompt.schema(["a.b|c", "d(e"])
    assert re.match(r'\{"intent": "a', TEXT) is None
    assert re.match(grammar.pattern(schema).split(", ", 1)[0], '{"intent": "a.b|c"')
    assert not re.match(grammar.pattern(schema).split(", ", 1)[0], '{"intent": "axb|c"')


def test_a_long_text_is_read_quickly():
    start = TEXT[: TEXT.index("Bonjour")] + '\\"a' * 300_000
    assert grammar.rest(start, SCHEMA).kept.endswith('a"')
