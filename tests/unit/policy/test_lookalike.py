import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.policy.lookalike import resembles, shows

OURS = ("corp.example", "lampes-durand.fr")


@pytest.mark.parametrize(
    ("domain", "ours"),
    [
        ("c0rp.example", "corp.example"),
        ("c\u043erp.example", "corp.example"),
        ("xn--crp-fmc.example", "corp.example"),
        ("córp.example", "corp.example"),
        ("corp-example.com", "corp.example"),
        ("mail.corp-example.com", "corp.example"),
        ("corp.example.evil.test", "corp.example"),
        ("login.corp.example.evil.test", "corp.example"),
        ("corp.com", "corp.example"),
        ("corp.co.uk", "corp.example"),
        ("corps.example", "corp.example"),
        ("crop.example", "corp.example"),
        ("corp-support.test", "corp.example"),
        ("secure-corp.test", "corp.example"),
        ("corpexample.com", "corp.example"),
        ("lampesdurand.fr", "lampes-durand.fr"),
        ("lampes-durand.com", "lampes-durand.fr"),
        ("larnpes-durand.fr", "lampes-durand.fr"),
        ("1ampes-durand.fr", "lampes-durand.fr"),
        ("lampes-duramd.com", "lampes-durand.fr"),
    ],
)
def test_domains_that_look_like_ours(domain, ours):
    assert resembles(domain, OURS) == ours


@pytest.mark.parametrize(
    "domain",
    ["corp.example", "CORP.example", "sub.corp.example", "client.example", "durand.fr", "lampes.fr", "example.org",
     "corporate.example", "mycorp.test", "gmail.com", "xn--a.example", "xn--.example", "", "localhost", "[192.0.2.1]"],
)  # fmt: skip
def test_others(domain):
    assert resembles(domain, OURS) == ""


def test_what_everybody_may_have_is_nobodys():
    assert resembles("gmai1.com", ("gmail.com",)) == ""
    assert resembles("orange.com", ("orange.fr",)) == ""
    assert resembles("example.com", ("example.org",)) == ""
    assert resembles("shop.example", ()) == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("support@corp.example", "corp.example"),
        ("CORP.EXAMPLE Support", "corp.example"),
        ("support at corp dot example", "corp.example"),
        ("support (at) corp [dot] example", "corp.example"),
        ("support arobase corp point example", "corp.example"),
        ("support＠corp．example", "corp.example"),
        ("sup\u200bport@co\u200brp.example", "corp.example"),
        ("Support <support@sav.corp.example>", "corp.example"),
        ("https://c0rp.example/login", "corp.example"),
        ("support @ corp . example", "corp.example"),
        ("Zoé Martin", ""),
        ("corp.example.org", ""),
        ("J. Corp", ""),
        ("", ""),
    ],
)
def test_names_that_show_ours(name, shown):
    assert shows(name, (), OURS) == shown


@given(st.text(max_size=60), st.text(alphabet="xn-corp.eaml0", max_size=30))
def test_never_raises(text, domain):
    for one in (text, domain):
        resembles(one, [*OURS, text, domain])
        shows(one, [text], [*OURS, text])


@pytest.mark.parametrize("piece", ["a", "a.", "-", "xn--", " at ", "@ ", "[ ", "rn", "\u0301"])
def test_endless_ones(piece):
    endless = piece * 100_000
    assert resembles(endless, OURS) == ""
    assert shows(endless, ("a@b.example",), OURS) == ""


def test_an_address_of_ours_is_ours_wherever_it_is():
    ours = ("shop.durand@gmail.com",)
    for name in ("shop.durand@gmail.com", "Shop.Durand at gmail dot com", "Durand (shop.durand@gmail.com)"):
        assert shows(name, ours, ()) == "shop.durand@gmail.com"
    for name in ("durand@gmail.com", "gmail.com", "shop durand"):
        assert shows(name, ours, ()) == ""
