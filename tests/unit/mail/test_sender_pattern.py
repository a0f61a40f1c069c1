import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.mail.message import Address
from repondeur.mail.sender_pattern import domains_of, is_sender_pattern, sender_list


@pytest.mark.parametrize(
    ("pattern", "those", "others"),
    [
        (
            "zoe@client.example",
            ["zoe@client.example", "ZOE@Client.Example"],
            ["xzoe@client.example", "zoe@a.client.example"],
        ),
        (
            "client.example",
            ["a@client.example", "B@CLIENT.example"],
            ["a@sub.client.example", "a@xclient.example", "client.example@evil.example"],
        ),
        ("@client.example", ["a@client.example"], ["a@client.example.evil.example"]),
        ("*@client.example", ["a@client.example"], ["a@b.example"]),
        ("*.client.example", ["a@x.client.example", "a@x.y.client.example"], ["a@client.example", "a@xclient.example"]),
        ("*@*.client.example", ["a@x.client.example"], ["a@client.example"]),
        ("news*@client.example", ["news@client.example", "newsletter@client.example"], ["anews@client.example"]),
        ("*-bot@cl*t.example", ["x-bot@client.example"], ["bot@client.example", "x-bot@client.exampl"]),
        ("exämple.org", ["a@xn--exmple-cua.org", "a@EXÄMPLE.org"], ["a@example.org"]),
        ("a@xn--exmple-cua.org", ["a@exämple.org"], ["b@exämple.org"]),
        (" client.example ", ["a@client.example"], []),
    ],
)
def test_whom_a_pattern_means(pattern, those, others):
    assert is_sender_pattern(pattern)
    found = sender_list((pattern,))
    assert [one for one in those if not found.has(Address("", one))] == []
    assert [one for one in others if found.has(Address("", one))] == []


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "*",
        "*@*",
        "*.*",
        "*@*.*",
        "example.*",
        "a@example.*",
        "*.com*",
        "zoe",
        "@",
        "zoe@",
        "a b@c.example",
        "a@b@c.example",
        "zoe@localhost",
        "a@-.example",
        "a@b..example",
        "<a@b.example>",
        "a@b.example, c@d.example",
        "a" * 400 + "@b.example",
        "http://b.example",
        "*@*.e",
    ],
)
def test_nonsense_names_nobody(nonsense):
    assert not is_sender_pattern(nonsense)
    assert not sender_list((nonsense,)).has(Address("", "a@b.example"))


def test_nobody_is_in_no_list():
    everything = sender_list(("client.example", "*.example"))
    assert not everything.has(Address("zoe@client.example", ""))
    assert not everything.has(Address("", "client.example"))
    assert not sender_list(())
    assert everything


def test_domains_that_are_named():
    lists = [sender_list(("a.example", "zoe@b.example")), sender_list(("*.c.example",))]
    assert domains_of(lists) == {"a.example", "b.example"}


@given(st.text(max_size=40), st.text(alphabet="a*@.b", max_size=40))
def test_never_raises(address, pattern):
    sender_list((pattern,)).has(Address("", address))
    sender_list((address,)).has(Address("", pattern))


def test_many_stars_are_no_work():
    pattern = "a*" * 70 + "b@" + "c*" * 30 + ".example"
    assert is_sender_pattern(pattern)
    assert not sender_list((pattern,)).has(Address("", "a" * 65536 + "@" + "c" * 65536 + ".example"))
