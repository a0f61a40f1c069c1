"""Header syntax: encoded words, parameters, identifiers, dates."""

import pytest

from repondeur.errors import MessageUnreadable
from repondeur.mail.fields import message_ids, return_path
from repondeur.mail.headers import decode_words, parse_parameters, read_header
from repondeur.mail.limits import Limits
from repondeur.mail.parameters import percent_decoded


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?caf=C3=A9?=", "café"),
        ("=?UTF-8?B?Y2Fmw6k=?=", "café"),
        ("=?iso-8859-1?Q?caf=E9_noir?=", "café noir"),
        ("=?utf-8*fr?q?caf=C3=A9?=", "café"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "café"),
        ("=?utf-8?B?Y2Fmw6k?=", "café"),
        ("=?utf-8?q?with spaces?=", "with spaces"),
        ("x=?utf-8?q?=C3=A9?=y", "xéy"),
        ("=?no-such-charset?q?caf=C3=A9?=", "café"),
        ("=?utf-8?q?never closed", "never closed"),
        ("=?utf-8?x?what?=", "=?utf-8?x?what?="),
        ("=?utf-8?q?caf=C3=A9", "café"),
        ("=?utf-8?q?caf=C3=A9?", "café"),
        ("=?utf-8?B?Y2Fmw6k", "café"),
        ("=?utf-8?q?caf =?utf-8?q?=C3=A9?=", "café"),
        ("=?utf-8?q?Pourquoi?=20=C3=A7a?=", "Pourquoi? ça"),
        ("=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
        ("=?utf-8?Q?caf?= =?UTF-8?q?=c3=a9?=", "café"),
        ("=?utf-8?B?w?= =?utf-8?B?6k=?=", "é"),
        ("=?utf-8?B?Y2Fmw6k==?=", "café"),
        ("=?utf-8?B?Y2Fm w6k=?=", "café"),
        ("=?utf-8?B?caf=C3=A9_noir?=", "café noir"),
        ("=?utf-8?q?a?= =?iso-8859-1?q?=E9?=", "aé"),
        ("=?utf-8?q?a?=\t=?utf-8*en?q?b?=", "ab"),
        ("=??q?caf=C3=A9?=", "café"),
        ('=?"utf-8"?q?caf=C3=A9?=', "café"),
        ("=? utf-8 ?q?caf=C3=A9?=", "café"),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fcaf=3DC3=3DA9=3F=3D?=", "café"),
        ("(=?utf-8?q?caf=C3=A9?=)", "(café)"),
        ('"=?utf-8?q?caf=C3=A9?=" et "=?utf-8?q?th=C3=A9?="', '"café" et "thé"'),
        ("=?iso-2022-jp?B?GyRCJDMkcxsoQg==?= =?iso-2022-jp?B?GyRCJEskQRsoQg==?=", "こんにち"),
        ("=?iso-2022-jp?B?GyRCJDMkcw==?= =?iso-2022-jp?B?GyRCJEskQQ==?=", "こんにち"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?windows-1252?q?=93d=E9j=E0=94?=", "“déjà”"),
        ("=?iso-8859-1?q?=80_12?=", "€ 12"),
        ("=?utf-7?Q?d+AOk-j+AOA-?=", "déjà"),
        ("=?unknown-8bit?q?d=E9j=E0?=", "déjà"),
        ("=?utf-8?q?100%25_s=C3=BBr?=", "100%25 sûr"),
        ("=?utf-8?q?caf=C3=A9=?=", "café="),
        ("=?utf-8?q?1_=_un?=", "1 = un"),
        ("=?utf-8?q??=", ""),
        ("100 % =? sure", "100 % =? sure"),
        ("=?utf-8?q?a=0D=0ABcc:_b?=", "a Bcc: b"),
        ("=?utf-8?q?a=E2=80=A8b?=", "a b"),
    ],
)
def test_encoded_words(value, expected):
    assert decode_words(value) == expected


@pytest.mark.parametrize(
    ("value", "main", "parameters"),
    [
        ("text/plain", "text/plain", {}),
        ('TEXT/Plain; Charset="UTF-8"', "text/plain", {"charset": "UTF-8"}),
        ("a/b; name=This is a file.txt", "a/b", {"name": "This is a file.txt"}),
        ("a/b; name=one.txt charset=x", "a/b", {"name": "one.txt", "charset": "x"}),
        ('a/b; name="semi;colon.txt"; x=y', "a/b", {"name": "semi;colon.txt", "x": "y"}),
        (r'a/b; name="q\"q.txt"', "a/b", {"name": 'q"q.txt'}),
        ('a/b; name="never closed', "a/b", {"name": "never closed"}),
        ("a/b; name*=utf-8''caf%C3%A9.txt", "a/b", {"name": "café.txt"}),
        ("a/b; name*=iso-8859-1'fr'caf%E9.txt", "a/b", {"name": "café.txt"}),
        ("a/b; name*0=one; name*1=two; name*2=three", "a/b", {"name": "onetwothree"}),
        ("a/b; name*1*=%C3%A9; name*0*=utf-8''a", "a/b", {"name": "aé"}),
        ("a/b; name*0*=utf-8''a%20; name*1=b%20", "a/b", {"name": "a b%20"}),
        ("a/b; name*=plain.txt", "a/b", {"name": "plain.txt"}),
        ("a/b; name=fallback.txt; name*=utf-8''good.txt", "a/b", {"name": "good.txt"}),
        ('a/b; name="=?utf-8?Q?caf=C3=A9?="', "a/b", {"name": "café"}),
        ("a/b; boundary=----=_Part_0_1.2", "a/b", {"boundary": "----=_Part_0_1.2"}),
        ("a/b; name*2=c; name*0*=utf-8''%C3%A9; name*1*=%C3%A0", "a/b", {"name": "éàc"}),
        ("a/b; name*0*=''%C3%A9; name*1=b", "a/b", {"name": "éb"}),
        ("a/b; name*=utf-8''=?utf-8?q?caf=C3=A9?=", "a/b", {"name": "café"}),
        ('a/b; name*0="=?utf-8?B?Y2Fm"; name*1="w6k=?="', "a/b", {"name": "café"}),
        ("a/b; name*=utf-8''good.txt; name=fallback.txt", "a/b", {"name": "good.txt"}),
        ("a/b; name*=\"utf-8''caf%C3%A9.txt\"", "a/b", {"name": "café.txt"}),
        ("a/b; name=one.txt; name=two.txt", "a/b", {"name": "one.txt"}),
        ('a/b; name="the "good" one.txt"; x=y', "a/b", {"name": 'the "good" one.txt', "x": "y"}),
        ('a/b; name="one.txt" x=y', "a/b", {"name": "one.txt", "x": "y"}),
        ("a/b ; name = one.txt ; x = y", "a/b", {"name": "one.txt", "x": "y"}),
        ("a/b;;name=one.txt;", "a/b", {"name": "one.txt"}),
        ("a/b, name=one.txt", "a/b", {"name": "one.txt"}),
        ("charset=utf-8", "", {"charset": "utf-8"}),
        ("", "", {}),
    ],
)
def test_parameters(value, main, parameters):
    assert parse_parameters(value) == (main, parameters)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("caf%C3%A9.pdf", "café.pdf"),
        ("rapport%20final.pdf", "rapport final.pdf"),
        ("utf-8''caf%C3%A9.pdf", "café.pdf"),
        ("iso-8859-1'fr'caf%E9.pdf", "café.pdf"),
        ("100%.pdf", "100%.pdf"),
        ("50%de remise.pdf", "50%de remise.pdf"),
        ("caf%E9.pdf", "caf%E9.pdf"),
        ("plain.pdf", "plain.pdf"),
        ("l'an d'or.pdf", "l'an d'or.pdf"),
    ],
)
def test_names_as_in_addresses_of_the_web(name, meant):
    assert percent_decoded(name) == meant


def header_of(raw, **options):
    return read_header(raw, 0, len(raw), Limits(), **options)


FROM_JO = (("from", "jo@client.example"), ("subject", "s"))


@pytest.mark.parametrize(
    "above",
    [
        b"From jo@client.example Tue Nov  3 10:12:00 2026\n",
        b">From jo@client.example Tue Nov  3 10:12:00 2026\r\n\r\n",
        b"HTTP/1.1 200 OK\n",
        b"220 mx.example ready\n250 sender ok\n354 go on\n",
        b"\tby mx.example (Postfix) with ESMTP id 1;\n\tTue, 3 Nov 2026\n",
        b"/var/mail/jo 1\n",
    ],
)
def test_lines_above_the_header_are_passed_over(above):
    assert header_of(above + b"From: jo@client.example\nSubject: s\n\nx", top=True)[0].fields == FROM_JO


@pytest.mark.parametrize("words", [b"Hello,\nplease see below.\n", b"Hello,\n-----Original Message-----\n"])
def test_a_header_below_words_is_quoted(words):
    assert header_of(words + b"From: jo@client.example\nSubject: s\n\nx", top=True)[0].fields == ()


@pytest.mark.parametrize(
    ("raw", "fields", "body"),
    [
        pytest.param(b"Subject: s\n \nHello there", (("subject", "s"),), b"Hello there", id="white space for empty"),
        pytest.param(b"A: 1\n \nB: 2\n\nx", (("a", "1"), ("b", "2")), b"x", id="white space inside"),
        pytest.param(b"A: 1\r\n\r\nx", (("a", "1"),), b"x", id="crlf"),
        pytest.param(b"A\x00B: 1\n\nx", (("ab", "1"),), b"x", id="nul in a name"),
        pytest.param(b"A: 1\n--b\nSubject: x\n", (("a", "1"),), b"--b\nSubject: x\n", id="a delimiter ends it"),
        pytest.param(b"A: 1\nHello\nthere", (("a", "1"),), b"Hello\nthere", id="no empty line"),
        pytest.param(b"A: 1", (("a", "1"),), b"", id="no end"),
        pytest.param(b"From our side all is well.\n\nJo", (), b"From our side all is well.\n\nJo", id="a sentence"),
        pytest.param(
            b'Content-Type: multipart/mixed;\nboundary="b"\nSubject: s\n\nx',
            (("content-type", 'multipart/mixed; boundary="b"'), ("subject", "s")),
            b"x",
            id="white space of the folding lost",
        ),
    ],
)
def test_where_the_header_ends(raw, fields, body):
    header, position = header_of(raw)
    assert header.fields == fields
    assert raw[position:] == body


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("Où ça ?".encode(), "Où ça ?"),
        ("Où ça ?".encode("cp1252"), "Où ça ?"),
        ("订单查询".encode("gbk"), "订单查询"),
        ("ご注文の確認".encode("cp932"), "ご注文の確認"),
        ("Где мой заказ".encode("koi8-r"), "Где мой заказ"),
    ],
)
def test_raw_octets_in_a_header(octets, expected):
    assert header_of(b"Subject: " + octets + b"\n\n")[0].first("subject") == expected


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Type: text/plain; charset=iso-8859-7\n\n",
        b'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset="ISO-8859-7"\n\n',
    ],
)
def test_raw_octets_in_a_header_are_in_the_charset_of_the_text(rest):
    header, _ = header_of("Subject: Καλημέρα\n".encode("iso8859-7") + rest)
    assert header.first("subject") == "Καλημέρα"


def test_of_fields_that_stand_twice_the_first_that_says_something_counts():
    assert header_of(b"Subject:\nSubject: one\nSubject: two\n\n")[0].first("subject") == "one"


def test_folded_values_are_unfolded():
    assert header_of(b"Subject: one\r\n\ttwo\r\n  three\r\n\r\nbody")[0].first("subject") == "one two three"


def test_space_before_the_colon_is_tolerated():
    assert header_of(b"From : jo@client.example\n\n")[0].values("from") == ("jo@client.example",)


def test_the_body_begins_after_the_empty_line():
    raw = b"A: 1\n\nB: 2\n"
    header, body = header_of(raw)
    assert header.fields == (("a", "1"),)
    assert raw[body:] == b"B: 2\n"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"Subject: " + b"x" * 17_000 + b"\n\n", "mail.field_too_large"),
        (b"Subject: a\n" + b" x" * 40 * 400 + b"\n\n", "mail.field_too_large"),
        (b"X-A: " + b"x" * 100_000 + b"\n\n", "mail.header_too_large"),
        (b"X-A: 12345678901234567890\n" * 4_000, "mail.header_too_large"),
    ],
)
def test_too_large_headers_are_refused(raw, code):
    with pytest.raises(MessageUnreadable) as refused:
        header_of(raw)
    assert refused.value.reason.code == code
    assert str(refused.value)
    assert refused.value.hint("fr")


def test_a_long_first_line_that_is_no_field_is_text():
    assert header_of(b"x" * 100_000)[0].fields == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["<a@b>"], ("a@b",)),
        (["<a@b> <c@d>", "<a@b>"], ("a@b", "c@d")),
        (["< a @ b >"], ("a@b",)),
        (["a@b"], ("a@b",)),
        (["Your message of today <a@b>"], ("a@b",)),
        (["Your message of today"], ()),
        (["<no-at-sign>"], ("no-at-sign",)),
        ([""], ()),
        (["<>"], ()),
    ],
)
def test_message_ids(values, expected):
    assert message_ids(tuple(values)) == expected


def test_of_too_many_references_the_root_and_the_latest_stay():
    found = message_ids((" ".join(f"<{number}@x>" for number in range(50)),), limit=3)
    assert found == ("0@x", "48@x", "49@x")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        (["<>"], ""),
        (["< >"], ""),
        (["<jo@client.example>"], "jo@client.example"),
        (["<a@b.example>", "<>"], "a@b.example"),
        (["<MAILER-DAEMON>"], ""),
        (["<MAILER-DAEMON@mx.example>"], ""),
        (["<mailer@client.example>"], "mailer@client.example"),
    ],
)
def test_return_path(values, expected):
    assert return_path(tuple(values)) == expected
