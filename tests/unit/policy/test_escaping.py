"""A stranger's text in a chat, a ticket, a table: it can be read there, and does nothing."""

import csv
import doctest
import io
import json
import re
import time
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repondeur.policy import escaping
from repondeur.policy.escaping import (
    block,
    for_csv,
    for_html,
    for_json,
    for_markdown,
    for_slack,
    for_teams,
    harmless,
    line,
)

EVERY = (line, block, harmless, for_slack, for_teams, for_markdown, for_html, for_csv, for_json)
CHATS = (for_slack, for_teams, for_markdown, for_html, for_csv, for_json)
MOST = 80
PIECES = (
    "@everyone", "@here", "@channel", "@all", "<!channel>", "<@U012AB>", "<at>Claire</at>", "<https://a.example|Open>",
    "https://evil.example/x?y=1", "HTTP://EVIL.EXAMPLE", "www.evil.example", "evil.example", "evil。example",
    "mailto:a@b.example", "javascript:alert(1)", "slack://open", "![x](http://e.example/p.png)", "[a](b)", "**b**",
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "|x", "\u202e", "\u200b", "\ufeff", "\U000e0041", "\x00", "\x1b[m",
    "\u2028", "\x85", "é", "漢", "🙂", "\ud800", '"', "'", "\\", "&", "<", ">", "<script>", "</td>", "#tag", "~town",
    " ", "\n", "claire@shop.example", "x.@all", "foo-@here", "＠everyone", "10.0.0.1", "`c`", ":bomb:", "a" * 90,
)  # fmt: skip
HOSTILE = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=8).map("".join)

LINKS = re.compile(r"(?i)\b(?:https?|ftp|mailto|javascript|slack|file|data):|\bwww\.\w|\w\.(?:example|com)\b")
CALLS = re.compile(r"(?<![A-Za-z0-9])@")


def test_examples() -> None:
    assert doctest.testmod(escaping).failed == 0


@pytest.mark.parametrize("escape", EVERY)
@given(text=HOSTILE)
@example(text="\u202e<!channel>\x00 @everyone https://evil.example")
def test_nothing_unseen_is_in_it(escape: Callable[[str, int], str], text: str) -> None:
    found = escape(text, MOST)
    allowed = "\n\t" if escape is block else "\t"
    assert not [
        char for char in found if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} and char not in allowed
    ]
    if escape is not block:
        assert "\n" not in found


@pytest.mark.parametrize("escape", CHATS)
@given(text=HOSTILE)
@example(text="x.@all foo-@here @everyone")
@example(text="HtTpS://a.example www.a.example a。example")
@example(text="www.evil.example10.0.0.1")
def test_it_calls_nobody_and_leads_nowhere(escape: Callable[[str, int], str], text: str) -> None:
    found = escape(text, MOST)
    shown = json.loads(found) if escape is for_json else found.replace("\\", "")
    assert not CALLS.search(shown)
    assert not LINKS.search(shown)


@pytest.mark.parametrize("escape", [harmless, for_teams, for_csv, for_json])
@given(text=HOSTILE)
@example(text="  =1+1")
@example(text="'=1")
def test_it_begins_no_formula(escape: Callable[[str, int], str], text: str) -> None:
    found = escape(text, MOST)
    [[field]] = csv.reader([found]) if escape is for_csv else [[json.loads(found) if escape is for_json else found]]
    assert not field.strip(' "').startswith(("=", "+", "-", "@", "\t", "\r"))


@given(text=HOSTILE)
def test_markup_of_each_target(text: str) -> None:
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", for_slack(text, MOST))
    assert not re.search(r"[<>]", for_teams(text, MOST) + harmless(text, MOST))
    assert "<" not in for_json(text, MOST)
    [[_]] = csv.reader(io.StringIO(for_csv(text, MOST)))
    unescaped = re.sub(r"\\[!-/:-@\[-`{-~]|&lt;", "", for_markdown(text, MOST))
    assert not re.search(r"[\\`*_\[\]()#!|~<>]", unescaped)
    tags: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(f'<p title="{for_html(text, MOST)}">{for_html(text, MOST)}</p>')
    assert tags == ["p"]


@pytest.mark.parametrize("escape", [line, block, harmless, for_teams])
@given(text=HOSTILE, most=st.integers(1, 120))
def test_it_is_cut(escape: Callable[[str, int], str], text: str, most: int) -> None:
    assert len(escape(text, most)) <= most


@given(text=st.text(alphabet="abcdefgh éàç,?", max_size=60))
def test_harmless_text_stays_as_it_is(text: str) -> None:
    words = " ".join(text.split())
    assert line(text, 100) == unicodedata.normalize("NFC", words)
    assert for_slack(text, 100) == for_teams(text, 100) == line(text, 100)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "." * 1_000_000,
        "a." * 500_000,
        "@" * 1_000_000,
        "<" * 1_000_000,
        "http:" * 200_000,
        "a-" * 500_000,
    ],
)
def test_any_length_is_quick(text: str) -> None:
    began = time.process_time()
    for escape in EVERY:
        escape(text, MOST)
    assert time.process_time() - began < 1
