import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repondeur.mail.clean import clean, clean_line


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("Bonjour,\n\nà bientôt", "Bonjour,\n\nà bientôt", id="plain text stays"),
        pytest.param("a\r\nb\rc\u2028d\u2029e\x85f\x0bg", "a\nb\nc\nd\ne\nf\ng", id="every line end is a line feed"),
        pytest.param("pay\u200b\u2060pal\ufeff", "paypal", id="zero-width"),
        pytest.param("\u202eabc\u202c \u2066x\u2069", "abc x", id="bidi controls"),
        pytest.param("a" + "".join(chr(0xE0000 + ord(c)) for c in "hidden") + "b", "ab", id="tag characters"),
        pytest.param("a\U000e0101\ufe0f\u034f\u3164\u2800\u00adb", "ab", id="selectors, fillers, soft hyphen"),
        pytest.param("a\x00\x07\x1b[31mb", "a[31mb", id="control characters"),
        pytest.param("a\ud800\ue000\ufdd0\uffffb", "ab", id="surrogates, private use, noncharacters"),
        pytest.param("one\n" + "\n" * 60 + "two", "one\n\n\ntwo", id="sixty empty lines are two"),
        pytest.param("one\n" + "\u3000\u200b \n" * 60 + "two", "one\n\n\ntwo", id="and so when they only look empty"),
        pytest.param("one" + " " * 300 + "two", "one two", id="nothing is pushed out of sight"),
        pytest.param("a\tb   c", "a\tb   c", id="tabs and small gaps stay"),
        pytest.param("e\u0301te\u0301", "été", id="composed"),
        pytest.param("Prix\u00a0: 5\u202f€", "Prix\u00a0: 5\u202f€", id="French spaces stay"),
        pytest.param("  \n\n a \n\n", "a", id="no white space around"),
    ],
)
def test_what_cleaning_leaves(text, cleaned):
    assert clean(text) == cleaned


@settings(deadline=None)
@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)


@settings(deadline=None)
@given(st.text())
def test_a_cleaned_line_is_one_line(text):
    assert len(clean_line(text).splitlines()) <= 1
    assert clean_line(clean_line(text)) == clean_line(text)
