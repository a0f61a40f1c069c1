import pytest

from repondeur.mail.message import Address
from repondeur.mail.shown import harmless_name, shown_author, whole_subject, whole_text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoé Petit", "Zoé Petit <x@evil.example>"),
        ("", "x@evil.example"),
        ("support@corp.example", 'x@evil.example ("support@corp.example")'),
        ("support＠corp。example", 'x@evil.example ("support＠corp。example")'),
        ("sup\u200bport@corp.example", 'x@evil.example ("support@corp.example")'),
        ("Corp <support@corp.example>", 'x@evil.example ("Corp <support@corp.example>")'),
        ("corp.example support", 'x@evil.example ("corp.example support")'),
        ("https://corp.example/login", 'x@evil.example ("https://corp.example/login")'),
        ("\u202eelpmaxe.proc@x", 'x@evil.example ("elpmaxe.proc@x")'),
        ("J. R. Martin", "J. R. Martin <x@evil.example>"),
    ],
)
def test_an_author_is_shown_as_what_they_are(name, shown):
    assert shown_author(Address(name, "x@evil.example")) == shown


def test_names_without_an_address():
    assert shown_author(Address("Zoé", "")) == '("Zoé")'
    assert shown_author(Address("", "")) == ""
    assert harmless_name("x@evil.example") == ""


def test_a_message_of_ours_is_shown_as_it_leaves():
    raw = b"Subject: =?utf-8?q?Re=3A_caf=C3=A9?=\r\nContent-Type: text/plain\r\n\r\nYes.\r\n\r\n-- \r\nThe shop\r\n"
    assert whole_subject(raw) == "Re: café"
    assert whole_text(raw).splitlines() == ["Yes.", "", "-- ", "The shop"]
    assert whole_subject(None) == whole_text(None) == ""
