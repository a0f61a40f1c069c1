"""Address fields: what is read, and when it is not beyond doubt."""

import pytest

from repondeur.mail.address import parse_addresses
from repondeur.mail.author import read_authors


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("jo@client.example", [("", "jo@client.example")]),
        ("Jo Smith <jo@client.example>", [("Jo Smith", "jo@client.example")]),
        ('"Smith, Jo" <jo@client.example>', [("Smith, Jo", "jo@client.example")]),
        (r'"Jo \"the cook\" Smith" <jo@client.example>', [('Jo "the cook" Smith', "jo@client.example")]),
        ("<jo@client.example>", [("", "jo@client.example")]),
        ("Jo <jo@CLIENT.Example>", [("Jo", "jo@client.example")]),
        ("Jo.Smith+tag@client.example", [("", "Jo.Smith+tag@client.example")]),
        ("jo@client.example (Jo Smith)", [("Jo Smith", "jo@client.example")]),
        ("jo@client.example, Ann <ann@client.example>", [("", "jo@client.example"), ("Ann", "ann@client.example")]),
        ("=?utf-8?Q?=C3=89lodie?= <elodie@client.example>", [("Élodie", "elodie@client.example")]),
        ("=?utf-8?Q?Bob,_Ann_<x@y.example>?= <b@client.example>", [("Bob, Ann <x@y.example>", "b@client.example")]),
        ('"=?utf-8?B?w4lsb2RpZQ==?=" <elodie@client.example>', [("Élodie", "elodie@client.example")]),
        ("josé@exämple.example", [("", "josé@exämple.example")]),
        ("jo@[192.0.2.1]", [("", "jo@[192.0.2.1]")]),
        ('"very odd"@client.example', [("", '"very odd"@client.example')]),
        ('Jo <"jo.smith"@client.example>', [("Jo", "jo.smith@client.example")]),
        (r'Jo <"j\o"@client.example>', [("Jo", "jo@client.example")]),
        ('"jo..smith"@client.example', [("", '"jo..smith"@client.example')]),
        ("Jo <jo@client.example>,", [("Jo", "jo@client.example")]),
        ("O'Brien <o'brien@client.example>", [("O'Brien", "o'brien@client.example")]),
        ("=?utf-8?q?Zo=C3=A9 <zoe@client.example>", [("Zoé", "zoe@client.example")]),
        ("jo@client.example; ann@client.example", [("", "jo@client.example"), ("", "ann@client.example")]),
        ("Jo <jo@client.example> (at home)", [("Jo", "jo@client.example")]),
        ("'Jo' <jo@client.example>", [("Jo", "jo@client.example")]),
        ("Jo <mailto:jo@client.example>", [("Jo", "jo@client.example")]),
        ("Jo<jo@client.example>", [("Jo", "jo@client.example")]),
        ("Dr. Jo [Sales] <jo@client.example>", [("Dr. Jo [Sales]", "jo@client.example")]),
        ("=?utf-8?q?Jo_=22the_cook=22?= <jo@client.example>", [('Jo "the cook"', "jo@client.example")]),
        (r'"Smith\, Jo" <jo@client.example>', [("Smith, Jo", "jo@client.example")]),
        ("Jo <jo@[IPv6:2001:db8::1]>", [("Jo", "jo@[ipv6:2001:db8::1]")]),
    ],
)
def test_addresses_beyond_doubt(value, expected):
    found = parse_addresses(value)
    assert [(address.name, address.address) for address in found.addresses] == expected
    assert not found.doubtful


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"Jean Dupont <jd@client.example>', [("Jean Dupont", "jd@client.example")]),
        ('"Dupont, Jean <jd@client.example>', [("Dupont, Jean", "jd@client.example")]),
        ('Jean "JD Dupont <jd@client.example>', [("Jean JD Dupont", "jd@client.example")]),
        ('"=?utf-8?q?Ren=C3=A9?= <rd@client.example>', [("René", "rd@client.example")]),
        ('jo@client.example, "Ann <ann@client.example>', [("", "jo@client.example"), ("Ann", "ann@client.example")]),
        ('"jd@client.example', [("", "jd@client.example")]),
    ],
)
def test_a_quote_that_is_never_closed_hides_no_address(value, expected):
    found = parse_addresses(value)
    assert [(address.name, address.address) for address in found.addresses] == expected
    assert found.doubtful


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("<support@corp.example>x@evil.example", id="text after the angle brackets"),
        pytest.param("x@evil.example <support@corp.example> <x@evil.example>", id="two pairs of angle brackets"),
        pytest.param("Jo <jo@client.example", id="never closed"),
        pytest.param('"Jo <jo@client.example>', id="an unclosed quote"),
        pytest.param("jo@client.example (never closed", id="an unclosed comment"),
        pytest.param("<jo(@corp.example)@evil.example>", id="a comment inside the address"),
        pytest.param('"support@corp.example"@evil.example', id="a quoted @"),
        pytest.param("support@corp.example@evil.example", id="two @"),
        pytest.param("<@relay.example:jo@client.example>", id="a route"),
        pytest.param("Team: jo@client.example;", id="a group"),
        pytest.param("=?utf-8?q?support=40corp.example?=@evil.example", id="an encoded local part"),
        pytest.param("jo\u200b@client.example", id="an invisible character"),
        pytest.param("Jo Smith jo@client.example", id="no brackets around the address"),
        pytest.param("Jo Smith", id="no address"),
        pytest.param("jo@", id="no domain"),
        pytest.param("jo smith@client.example", id="a space in the address"),
        pytest.param("Smith, Jo <jo@client.example>", id="a comma without quotes"),
    ],
)
def test_doubtful_addresses(value):
    assert parse_addresses(value).doubtful


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Smith, Jo <jo@client.example>", [("Smith, Jo", "jo@client.example")]),
        ("Smith, Jo <jo@x.y>; Doe, Ann <ann@x.y>", [("Smith, Jo", "jo@x.y"), ("Doe, Ann", "ann@x.y")]),
        ("=?utf-8?q?Smith, Jo?= <jo@client.example>", [("Smith, Jo", "jo@client.example")]),
        ("Team: jo@x.y, Ann <ann@x.y>;", [("", "jo@x.y"), ("Ann", "ann@x.y")]),
        ("undisclosed-recipients:;", []),
        ("<@a.example,@b.example:jo@client.example>", [("", "jo@client.example")]),
        ("Jo jo@client.example>", [("Jo", "jo@client.example")]),
        ("Jo <jo@client.example", [("Jo", "jo@client.example")]),
        ("Jo Smith jo@client.example", [("Jo Smith", "jo@client.example")]),
    ],
)
def test_what_is_doubtful_is_read_all_the_same(value, expected):
    found = parse_addresses(value)
    assert [(address.name, address.address) for address in found.addresses] == expected
    assert found.doubtful


def test_reads_no_more_than_the_limit():
    found = parse_addresses(", ".join(f"user{number}@client.example" for number in range(500)), limit=10)
    assert len(found.addresses) == 10
    assert found.doubtful


@pytest.mark.parametrize(
    ("values", "doubt"),
    [
        (["Jo <jo@client.example>"], None),
        ([], "mail.author_missing"),
        ([""], "mail.author_missing"),
        (["Jo Smith"], "mail.author_unclear"),
        (["<support@corp.example>x@evil.example"], "mail.author_unclear"),
        (["jo@client.example", "jo@client.example"], "mail.author_several"),
        (["jo@client.example", ""], "mail.author_several"),
        (["support@corp.example", "x@evil.example"], "mail.author_several"),
        (["jo@client.example, ann@client.example"], "mail.author_several"),
        (['"support@corp.example" <x@evil.example>'], "mail.author_disguised"),
        (["=?utf-8?q?support=40corp=2Eexample?= <x@evil.example>"], "mail.author_disguised"),
        (['"Support support@corp.example" <x@evil.example>'], "mail.author_disguised"),
        (["=?utf-8?q?support=40corp=2Eexample <x@evil.example>"], "mail.author_disguised"),
        (["=?utf-8?q?=3D=3Futf-8=3Fq=3Fsupport=3D40corp.example=3F=3D?= <x@evil.example>"], "mail.author_disguised"),
        (["=?utf-8?q?Jo, x@evil.example, Ann?= <jo@client.example>"], "mail.author_unclear"),
        (['"jo@client.example" <jo@client.example>'], None),
        (['"jo@client.example" <jo@mail.client.example>'], None),
        (['"Jo @ Home" <jo@client.example>'], None),
    ],
)
def test_who_wrote_it(values, doubt):
    assert read_authors(tuple(values), 10)[1] == doubt
