"""Any octets give a Message, or one of five refusals."""

import email.parser
import email.policy

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.mail.test_fixtures import MAILS

from repondeur.errors import MessageUnreadable
from repondeur.mail.authentication import dmarc_of
from repondeur.mail.codec import message_from_json, message_to_json
from repondeur.mail.html import CUT
from repondeur.mail.limits import Limits
from repondeur.mail.parse import parse, parse_header_only
from repondeur.mail.structure import read_structure
from repondeur.texts import catalogue

HEADER = b"From: jo@client.example\nSubject: s\nDate: Tue, 3 Nov 2026 10:12:00 +0100\nMessage-ID: <a@b>\n"


def nested(depth):
    levels = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))
    return HEADER + levels + b"\nx"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(HEADER + b"\n" + b"x" * (25 * 1024 * 1024), "over_size", id="25 MB"),
        pytest.param(nested(60), "too_deep", id="multipart in multipart"),
        pytest.param(nested(1000), "too_deep", id="a thousand deep"),
        pytest.param(HEADER + b"Content-Type: message/rfc822\n\n" * 60, "too_deep", id="message in message"),
        pytest.param(
            HEADER + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 600,
            "too_many_parts",
            id="600 parts",
        ),
        pytest.param(HEADER + b"To: " + b"x@y.example, " * 2000 + b"\n\n", "field_too_large", id="a field of 26 KB"),
        pytest.param(b"X-A: 1234567890\n" * 6000 + b"\n", "header_too_large", id="a header of 96 KB"),
    ],
)
def test_over_a_limit_is_refused_with_its_reason(raw, code):
    with pytest.raises(MessageUnreadable) as refused:
        parse(raw)
    assert refused.value.reason.code == f"mail.{code}"
    assert str(refused.value)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(nested(45), id="deep, but not too deep"),
        pytest.param(HEADER + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 400, id="400 parts"),
        pytest.param(HEADER + b"\n" + b"x" * (24 * 1024 * 1024), id="24 MB"),
    ],
)
def test_below_the_limits_is_read(raw):
    assert parse(raw).subject == "s"


HOSTILE = [
    b"", b"\n", b"\r", b"\x00", b"From:", b":",
    b"From: " + b"(" * 5000, b"From: " + b'"' * 5000, b"From: " + b"<" * 5000,
    b"Subject: " + b"=?utf-8?q?" * 1000,
    b"Content-Type: " + b";" * 5000,
    b"Content-Type: multipart/mixed; boundary=\n\n--\n--\n",
    b'Content-Type: multipart/mixed; boundary=""\n\n--\n\nx',
    b"Content-Type: text/plain; charset=" + b"\xff" * 50 + b"\n\nx",
    b"Content-Type: text/plain; charset=utf-7\n\n+2AA-",
    b"Content-Type: text/plain; format=flowed; delsp=yes\n\n> a \n>b \n-- \n",
    b"Content-Type: message/rfc822\n\n", b"Content-Type: text/html\n\n<",
    b"Content-Transfer-Encoding: base64\n\n=", b"Content-Transfer-Encoding: x-uuencode\n\nM",
    b"Date: " + b"9" * 400 + b"\n\n", b"Message-ID: <" + b" " * 500 + b">\n\n",
]  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_odd_octets_give_a_message(raw):
    message = parse(raw)
    assert message_from_json(message_to_json(message)) == message


PIECES = st.sampled_from(
    [
        b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Content-Type: ", b"Content-Transfer-Encoding: base64\n",
        b"multipart/mixed; boundary=a", b"message/rfc822", b"text/html", b"text/plain", b"charset=utf-16",
        b"\n", b"\r\n", b"\r", b"\n\n", b" ", b"\t", b"--a\n", b"--a--\n", b"=?utf-8?q?", b"?=", b"\xff", b"\x00",
        b"<", b">", b"(", b'"', b"@", b",", b";", b"2026", b"x@y.example",
        b"> ", b"-- \n", b"De : ", b"Objet : ", b"a \xc3\xa9crit :\n",
        b"<div style='display:none'>", b"<blockquote>",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=60).map(b"".join))
@example(b"From: =?utf-8?q?x")
def test_only_refusals_come_out(raw):
    message = parsed_or_refused(raw)
    if isinstance(message, str):
        assert message in catalogue("mail")
        return
    assert message_from_json(message_to_json(message)) == message
    assert CUT not in message.body + message.text + message.quoted
    assert "\x00" not in message.body
    assert all(problem.partition(".")[2] in catalogue("mail") for problem in message.problems)


def parsed_or_refused(raw):
    """The Message, or the name of the reason why there is none."""
    try:
        return parse(raw, Limits(depth=5, parts=20, header=2000, field=500))
    except MessageUnreadable as refused:
        return refused.reason.code.partition(".")[2]


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_the_structure_is_the_standard_librarys(mail):
    """Where the mail is well formed, two independent parsers see the same parts."""
    raw = mail.read_bytes()
    reference = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(raw)
    if any(part.defects for part in reference.walk()):
        pytest.skip("the standard library finds it defective")
    if b"\n" not in raw or b"message/delivery-status" in raw or b"message/disposition-notification" in raw:
        pytest.skip("bare CR, and the fields of a report, are read differently on purpose")

    def types(part):
        return [part.media_type, *(name for child in part.children for name in types(child))]

    assert types(read_structure(raw, Limits())) == [part.get_content_type() for part in reference.walk()]


def test_a_second_delivery_has_the_same_hash():
    body = b"\nHello,\nthere.\n"
    first = parse(b"Return-Path: <jo@client.example>\nReceived: from a\n" + HEADER + body)
    again = parse(
        (b"Received: from b\nAuthentication-Results: x\nDelivered-To: y\n" + HEADER + body + b"\n\n").replace(
            b"\n", b"\r\n"
        )
    )
    assert first.content_hash == again.content_hash


SENT_8BIT = """\
From: "Zoé Martin" <zoe@client.example>
Subject: Où est ma commande n° 12, passée chez vous au début de ce mois-ci ?
Date: Tue, 3 Nov 2026 10:12:00 +0100
Message-ID: <a@b>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="first"

--first
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Bonjour,
où en est-elle = livrée, pour 12 € ?

--first
Content-Type: text/csv; name="commande.csv"

1;été
2;hiver
--first--
""".encode()
RELAYED = """\
Received: from relay.example
Message-ID:
 <a@b>
Date: Tue, 03 Nov 2026 09:12:00 +0000 (UTC)
Subject: =?utf-8?q?O=C3=B9_est_ma_commande_n=C2=B0_12=2C_pass=C3=A9e_chez_vous_au_d?=
 =?utf-8?b?w6lidXQgZGUgY2UgbW9pcy1jaSA/?=
From: =?utf-8?q?Zo=C3=A9_Martin?=
 <zoe@client.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="second"

--second
Content-Type: text/plain; charset=iso-8859-15
Content-Transfer-Encoding: quoted-printable

Bonjour,
o=F9 en est-elle =3D=
 livr=E9e, pour 12 =A4 ?  =

--second
Content-Type: TEXT/CSV; name=commande.csv
Content-Transfer-Encoding: base64

MTvDqXTDqQ0KMjtoaXZlcg0K
--second--

That was all.
""".replace("\n", "\r\n").encode("ascii")


def test_what_a_relay_recodes_has_the_same_hash():
    """8bit to quoted-printable and base64, another boundary and charset, re-folded and encoded fields."""
    assert parse(SENT_8BIT).content_hash == parse(RELAYED).content_hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Message-ID: <a@b>", b"Message-ID: <c@d>"),
        (b"zoe@", b"ann@"),
        (b"10:12:00", b"10:12:01"),
        ("Où est".encode(), "Où reste".encode()),
        ("livrée".encode(), "payée".encode()),
        (b"hiver", b"automne"),
        (b"text/csv", b"text/calendar"),
        (b"--first--", b"--first\n\nP.S. : merci\n--first--"),
    ],
)
def test_what_its_author_wrote_otherwise_has_another_hash(old, new):
    assert old in SENT_8BIT
    assert parse(SENT_8BIT).content_hash != parse(SENT_8BIT.replace(old, new)).content_hash


def test_nobody_can_be_named_and_still_two_mails_are_two():
    one, other = (b"From: %s <\nSubject: s\n\nx" % name for name in (b"Jo", b"Ann"))
    assert parse(one).content_hash != parse(other).content_hash


def test_an_identifier_longer_than_any_program_writes_is_none():
    """It would break a database's index."""
    at_most = "語" * 160 + "@" + "x" * 19  # 500 octets
    names = ("Message-ID", "In-Reply-To")
    for long in ("語" * 990, at_most + "x"):
        raw = "".join(f"{name}: <{long}>\n" for name in names) + f"References: <{at_most}> <{long}> <c@d>\n\nx"
        message = parse(raw.encode())
        assert (message.message_id, message.in_reply_to, message.references) == (None, (), (at_most, "c@d"))


@pytest.mark.parametrize(
    "other",
    [
        HEADER + b"\nHello.\n",
        HEADER.replace(b"Subject: s", b"Subject: t") + b"\nHello,\nthere.\n",
        HEADER.replace(b"<a@b>", b"<c@d>") + b"\nHello,\nthere.\n",
        HEADER.replace(b"jo@", b"ann@") + b"\nHello,\nthere.\n",
    ],
)
def test_another_mail_has_another_hash(other):
    assert parse(HEADER + b"\nHello,\nthere.\n").content_hash != parse(other).content_hash


@pytest.mark.parametrize(
    ("local_part", "doubt"),
    [("zoé".encode(), None), ("zoé".encode("latin-1"), "mail.author_unclear"), (b"zo\x80", "mail.author_unclear")],
)
def test_octets_of_an_address_that_are_no_utf8_make_it_doubtful(local_part, doubt):
    named = parse(b"From: Zo\xe9 <zoe@client.example>\n\nx")
    assert (named.author.name, named.author_doubt) == ("Zoé", None)
    assert parse(b"From: <" + local_part + b"@client.example>\n\nx").author_doubt == doubt


@pytest.mark.parametrize(
    ("value", "clear"),
    [
        (b"", True),
        (b"Jo <jo@client.example>", True),
        (b'"jo"@client.example', True),
        (b"=?utf-8?q?x=40evil.example?=", False),
        (b"<jo@client.example>x@evil.example", False),
        (b"garbage", False),
    ],
)
def test_a_reply_to_that_is_not_certain_is_named(value, clear):
    message = parse(b"From: jo@client.example\nReply-To: " + value + b"\n\nx")
    assert ("mail.reply_to_unclear" not in message.problems) is clear


def test_header_only_of_a_mail_too_large_to_fetch():
    message = parse_header_only(HEADER + b'Content-Type: multipart/mixed; boundary="b"\n\n', 90_000_000)
    assert (message.subject, message.size, message.text, message.message_id) == ("s", 90_000_000, "", "a@b")
    assert message.media_type == "multipart/mixed"
    assert message.problems == ("mail.too_large",)


def test_a_long_text_is_cut_and_says_so():
    message = parse(HEADER + b"\n" + b"word " * 1000, Limits(text=100))
    assert len(message.body) == 100
    assert message.problems == ("mail.text_cut",)


def test_only_the_fields_that_are_looked_at_are_kept():
    message = parse(HEADER + b"X-Loop: one\n two\nX-Other: y\nX-LOOP: " + b"z" * 900 + b"\n\n")
    assert [name for name, _ in message.fields] == ["x-loop", "x-loop"]
    assert message.values("x-loop")[0] == "one two"
    assert len(message.values("x-loop")[1]) == 500


@pytest.mark.parametrize(
    "smuggled",
    [
        b"X-Note: a\rAuthentication-Results: mx.shop.example; dmarc=pass header.from=shop.example",
        b"X-Note: a\r\rAuthentication-Results: mx.shop.example; dmarc=pass",
        b"Authentication\x00-Results: mx.shop.example; dmarc=pass",
        b"X-Note: a\n Authentication-Results: mx.shop.example; dmarc=pass",
        b"\nAuthentication-Results: mx.shop.example; dmarc=pass",
    ],
)
def test_results_that_a_server_does_not_see_are_not_believed(smuggled):
    raw = b"From: jo@shop.example\n" + smuggled + b"\n\nx"
    assert parse(raw).authentication_results == ()
    assert parse(raw.replace(b"\n", b"\r\n")).authentication_results == ()
    top = b"Authentication-Results: mx.shop.example;\n\tdmarc=fail\n"
    assert parse(top + raw).authentication_results == ("mx.shop.example; dmarc=fail",)


def test_an_octet_that_is_no_text_makes_another_id_and_hides_no_result():
    raw = b"Authentication-Results: mx.shop.example\x00; dmarc=pass header.from=shop.example\nFrom: jo@shop.example\n\n"
    assert dmarc_of(parse(raw).authentication_results, "mx.shop.example", "shop.example") == "none"
    said = b"Authentication-Results: mx.shop.example; spf=none smtp.mailfrom=a%cb; dmarc=%s header.from=shop.example\n"
    for odd in (b"\x00", b"\r", b"\x07", b"\xe9"):
        for result, believed in ((b"fail", "fail"), (b"pass", "none")):
            results = parse(said % (odd, result) + raw).authentication_results
            assert dmarc_of(results, "mx.shop.example", "shop.example") == believed


def test_authentication_results_come_topmost_first():
    raw = (
        b"Authentication-Results: mx.example;\n dmarc=pass\nAuthentication-Results: other; dmarc=fail\n"
        + HEADER
        + b"\n"
    )
    assert parse(raw).authentication_results == ("mx.example; dmarc=pass", "other; dmarc=fail")
