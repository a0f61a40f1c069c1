from dataclasses import replace

import pytest
from tests.unit.policy.given import AUTHOR, OWN, QUESTION

from repondeur.mail.message import Address
from repondeur.policy.addressing import obstacles
from repondeur.policy.recipient import recipient

ELSE = Address("", "else@other.example")


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        pytest.param({}, "zoe@client.example", id="the author"),
        pytest.param({"reply_to": (ELSE,)}, "zoe@client.example", id="Reply-To changes nothing"),
        pytest.param({"sender": ELSE, "cc": (ELSE,)}, "zoe@client.example", id="nor do Sender and Cc"),
        pytest.param({"return_path": "else@other.example"}, "zoe@client.example", id="nor does the envelope"),
        pytest.param({"authors": (Address("", "zoe@exämple.org"),)}, "zoe@xn--exmple-cua.org", id="domain in A-labels"),
        pytest.param({"authors": ()}, None, id="no author"),
        pytest.param({"authors": (AUTHOR, ELSE)}, None, id="two authors"),
        pytest.param({"authors": (AUTHOR, AUTHOR)}, None, id="twice the same"),
        pytest.param({"author_doubt": "mail.ambiguous"}, None, id="in doubt"),
        pytest.param({"authors": (Address("", "zoe@client.example\r\nBcc: b@c.example"),)}, None, id="broken out"),
        pytest.param({"authors": (Address("", "zoe@cl\u0131ent\u3002example"),)}, None, id="two readings"),
    ],
)
def test_to_whom_a_reply_goes(changes, address):
    to = recipient(replace(QUESTION, **changes))
    assert (to.address if to else None) == address


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Zoé Martin", True),
        ("Dupont, Jean (Acme)", True),
        ("Garage 2000", True),
        ("山田太郎", True),
        ("Call 06 12 34 56 78", False),
        ("FR76 3000 6000 0112 3456 7890 189", False),
        ("Refunded 500 EUR", False),
        ("Remboursement accepté", False),
    ],
)
def test_a_name_that_says_more_is_not_repeated(name, kept):
    to = recipient(replace(QUESTION, authors=(Address(name, "zoe@client.example"),)))
    assert to == Address(name if kept else "", "zoe@client.example")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="a mail to us"),
        pytest.param({"to": (ELSE,), "cc": (Address("", "Contact@SHOP.example"),)}, [], id="in Cc counts"),
        pytest.param({"reply_to": (Address("Z", "ZOE@client.example"),)}, [], id="Reply-To that is the author"),
        pytest.param({"return_path": None}, [], id="a return path that nobody noted"),
        pytest.param({"authors": (AUTHOR, ELSE)}, [("hold", "author_uncertain")], id="several authors"),
        pytest.param({"author_doubt": "mail.x"}, [("hold", "author_uncertain")], id="an author in doubt"),
        pytest.param({"reply_to": (ELSE,)}, [("draft", "reply_to_elsewhere")], id="Reply-To elsewhere"),
        pytest.param({"reply_to": (AUTHOR, ELSE)}, [("draft", "reply_to_elsewhere")], id="Reply-To also elsewhere"),
        pytest.param({"reply_to": (Address("", ""),)}, [("draft", "reply_to_elsewhere")], id="Reply-To unreadable"),
        pytest.param(
            {"problems": ("mail.reply_to_unclear",)}, [("draft", "reply_to_elsewhere")], id="Reply-To not certain"
        ),
        pytest.param({"to": (ELSE,)}, [("draft", "not_addressed_to_us")], id="a blind copy"),
        pytest.param({"to": ()}, [("draft", "not_addressed_to_us")], id="no recipient named"),
        pytest.param(
            {"to": (Address("", "sav+lamps@shop.example"),)},
            [("draft", "not_addressed_to_us")],
            id="a plus-address that the settings do not name",
        ),
        pytest.param({"return_path": ""}, [("draft", "null_return_path")], id="a null return path"),
        pytest.param({"return_path": "<>"}, [("draft", "null_return_path")], id="a null return path, written out"),
        pytest.param(
            {"return_path": "", "to": (), "authors": ()},
            [("hold", "author_uncertain"), ("draft", "not_addressed_to_us"), ("draft", "null_return_path")],
            id="all of them, the gravest first",
        ),
    ],
)
def test_what_speaks_against_an_unseen_answer(changes, expected):
    found = obstacles(replace(QUESTION, **changes), OWN)
    assert [(obstacle.verdict, obstacle.reason.code) for obstacle in found] == [
        (verdict, f"decide.{name}") for verdict, name in expected
    ]


def test_a_mailbox_that_knows_no_address_of_its_own_answers_nobody_unseen():
    assert [obstacle.verdict for obstacle in obstacles(QUESTION, frozenset())] == ["draft"]


def test_our_own_addresses_are_known_whatever_their_case():
    assert obstacles(QUESTION, frozenset({"SAV@Shop.example"})) == ()
