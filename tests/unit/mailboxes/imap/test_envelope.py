"""What goes into MAIL and RCPT."""

import pytest

from repondeur.errors import SubmissionRefused
from repondeur.mailboxes.imap.envelope import Envelope, address_on_the_wire, blames_the_return_path, envelope, outcome

RAW = b"From: bot@example.test\r\nSubject: Re: x\r\n\r\nBonjour\r\n"
FULL = {"size": "1000", "8bitmime": "", "smtputf8": ""}


@pytest.mark.parametrize(
    ("address", "on_the_wire"),
    [
        ("alice@outside.test", "alice@outside.test"),
        ("o'brien+x=y@outside.test", "o'brien+x=y@outside.test"),
        ('"a b"@outside.test', '"a b"@outside.test'),
        ("alice@[192.0.2.1]", "alice@[192.0.2.1]"),
        ("alice@münchen.example", "alice@xn--mnchen-3ya.example"),
        pytest.param("alice@straße.example", "alice@xn--strae-oqa.example", id="not strasse.example, which is another"),
        ("jérôme@outside.test", "jérôme@outside.test"),
    ],
)
def test_addresses_as_they_go_on_the_wire(address, on_the_wire):
    assert address_on_the_wire(address) == on_the_wire


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alice",
        "@outside.test",
        "alice@",
        "a b@outside.test",
        "a@b>@c.test",
        "a@x.test> RCPT TO:<b@y.test",
        "a\r\nRCPT TO:<b@y.test",
        "a@x.test\x00",
        "a,b@x.test",
        '"a"b"@x.test',
        "a@-\u2024..",
        pytest.param("a@ｘ.test", id="a domain in letters of full width"),
    ],
)
def test_what_is_no_address_never_gets_there(address):
    with pytest.raises(SubmissionRefused) as raised:
        address_on_the_wire(address)
    assert raised.value.reason.code == "smtp.address_invalid"


@pytest.mark.parametrize(
    ("recipient", "self_copy", "raw", "extensions", "expected"),
    [
        pytest.param(
            "a@x.test", "bot@y.test", RAW, {}, Envelope("", "a@x.test", "bot@y.test", ()), id="a server of 1982"
        ),
        pytest.param(
            "a@x.test", None, RAW, FULL, Envelope("", "a@x.test", None, (f"SIZE={len(RAW)}",)), id="size is told"
        ),
        pytest.param(
            "a@x.test", "A@x.test", RAW, {}, Envelope("", "a@x.test", None, ()), id="no copy to the recipient itself"
        ),
        pytest.param(
            "a@x.test", None, RAW + "é".encode(), {"8bitmime": ""},
            Envelope("", "a@x.test", None, ("BODY=8BITMIME",)), id="eight bits",
        ),
        pytest.param(
            "é@x.test", None, RAW, {"smtputf8": ""}, Envelope("", "é@x.test", None, ("SMTPUTF8",)), id="SMTPUTF8"
        ),
        pytest.param(
            "a@é.test", None, RAW, {}, Envelope("", "a@xn--9ca.test", None, ()), id="a domain needs no SMTPUTF8"
        ),
        pytest.param(
            "a@x.test", "é@y.test", RAW, {}, Envelope("", "a@x.test", None, ()), id="a copy that cannot be is left out"
        ),
        pytest.param(
            "a@x.test", None, "Subject: é\r\n\r\n".encode(), {"smtputf8": "", "8bitmime": ""},
            Envelope("", "a@x.test", None, ("BODY=8BITMIME", "SMTPUTF8")), id="letters in the header",
        ),
    ],
)  # fmt: skip
def test_the_envelope(recipient, self_copy, raw, extensions, expected):
    assert envelope(raw, "", recipient, self_copy, extensions) == expected


@pytest.mark.parametrize(
    ("recipient", "extensions", "code"),
    [
        pytest.param("é@x.test", {}, "smtp.smtputf8_missing", id="the server cannot"),
        pytest.param("a@x.test", {"size": "10"}, "smtp.too_large", id="too large"),
    ],
)
def test_what_is_refused_before_a_word_is_said(recipient, extensions, code):
    with pytest.raises(SubmissionRefused) as raised:
        envelope(RAW, "", recipient, None, extensions)
    assert raised.value.reason.code == code


def test_no_size_limit_is_written_as_zero_or_nothing():
    for size in ("0", "", "unlimited"):
        envelope(RAW, "", "a@x.test", None, {"size": size})


@pytest.mark.parametrize(
    ("code", "said"),
    [(250, "taken"), (252, "taken"), (421, "later"), (550, "refused"), (354, "unclear"), (-1, "unclear")],
)  # fmt: skip
def test_reply_codes(code, said):
    assert outcome(code) == said


def test_which_refusals_speak_of_the_return_path():
    assert blames_the_return_path("5.7.60 SMTP; Client does not have permissions to send as this sender")
    assert not blames_the_return_path("5.7.1 message looks like spam")
