import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repondeur.mail.header_encoding import safe_id, wire_address, without_encoded_words


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("zoe@example.org", "zoe@example.org"),
        ("Zoe.Dupont+shop@Example.ORG", "Zoe.Dupont+shop@example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ('"a b"@example.org', '"a b"@example.org'),
        ('"a@b"@example.org', '"a@b"@example.org'),
        ("a..b@docomo.example", "a..b@docomo.example"),
        ("a@host", "a@host"),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("a@[IPv6:2001:db8::1]", "a@[ipv6:2001:db8::1]"),
        ("zoé@example.org", "zoé@example.org"),
        ("a@exämple.org", "a@xn--exmple-cua.org"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
    ],
)
def test_an_address_on_the_wire(address, written):
    assert wire_address(address) == written


@pytest.mark.parametrize(
    "address",
    [
        "",
        "zoe",
        "@example.org",
        "zoe@",
        "a b@example.org",
        "a@b@example.org",
        "a@example..org",
        "a@-example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a\nb@example.org",
        '"a\r\nBcc: x"@example.org',
        "a@example.org, b@example.org",
        "<a@example.org>",
        "a@example.org>",
        "a;b@example.org",
        "a\u200bb@example.org",
        "a\u202eb@example.org",
        "\uff41@example.org",
        "a@\uff45xample.org",
        "a@exam\u200bple.org",
        "a@example\u3002org",
        "a@ex ample.org",
        "a" * 65 + "@example.org",
        "a@" + "b" * 64 + ".org",
        "a@" + "b." * 130 + "org",
        "a@\ud800.org",
    ],
)
def test_an_address_that_cannot_be_written_for_sure(address):
    assert wire_address(address) is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("=?utf-8?q?x=0D=0ABcc:?=", ""),
        ("a =?utf-8?B?eA==?= b", "a  b"),
        ("=?u=?utf-8?q?x?=tf-8?q?y?=", ""),
        ("=?utf-8?q?never closed", "= ?utf-8?q?never closed"),
        ("what?=!", "what? =!"),
        ("=?=", "= ? ="),
        ("x = y?", "x = y?"),
    ],
)
def test_encoded_words_do_not_survive(text, left):
    assert without_encoded_words(text) == left


@settings(deadline=None)
@given(st.text(alphabet="=?qbQ-8 uté"))
def test_nothing_is_left_to_decode(text):
    left = without_encoded_words(text)
    assert "=?" not in left
    assert "?=" not in left
    assert without_encoded_words(left) == left


@pytest.mark.parametrize(
    ("message_id", "safe"),
    [
        ("a@example.org", True),
        ("20261120.ABC", True),
        ("a!b$c%d+e@[192.0.2.1]", True),
        ("", False),
        ("a b@example.org", False),
        ("a@example.org>\r\nBcc: <b", False),
        ("a@example.org><b@example.org", False),
        ("é@example.org", False),
        ("=?utf-8?q?x?=@example.org", False),
        ("a" * 2000, False),
    ],
)
def test_which_identifiers_are_repeated(message_id, safe):
    assert safe_id(message_id) is safe
