from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses, parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repondeur.errors import SubmissionRefused
from repondeur.mail.compose import (
    AUTOMATIC_FIELDS,
    HEADER_NAMES,
    QUOTE_LINES,
    REFERENCES_LIMIT,
    SUBJECT_LIMIT,
    compose_reply,
    deterministic_message_id,
    footer_lines,
    quote,
    references_for_reply,
    reply_subject,
    text_language,
    verify_header_safety,
)
from repondeur.mail.message import Address, Message

LAMP = Message(
    message_id="lamp-1@mail.example",
    authors=(Address("Zoé Martin", "zoe@client.example"),),
    subject="Lampe cassée",
    text="Bonjour,\nma lampe est cassée.\nZoé",
    content_hash="0",
    size=900,
    references=("lamp-0@shop.example",),
    to=(Address("", "sav@shop.example"),),
    date=datetime(2026, 11, 20, 9, 5, tzinfo=timezone(timedelta(hours=1))),
)
US = Address("Service après-vente", "sav@shop.example")


def composed(message=LAMP, **changes):
    return compose_reply(
        message,
        **{
            "sender": US,
            "recipient": message.author,
            "text": "Bonjour,\n\nrenvoyez-la sous 30 jours.",
            "message_id": "reply-1@shop.example",
            "date": datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
            "signature": "Le SAV",
            "language": "fr",
            "automatic": True,
            **changes,
        },
    )


def read(reply):
    return message_from_bytes(reply.raw, policy=policy.default)


def content(reply):
    return read(reply).get_content().replace("\r\n", "\n")


def test_an_automatic_reply_as_it_leaves():
    reply = composed()
    assert {name: str(value) for name, value in read(reply).items()} == {
        "From": "Service après-vente <sav@shop.example>",
        "To": "Zoé Martin <zoe@client.example>",
        "Subject": "Re: Lampe cassée",
        "Date": "Sat, 21 Nov 2026 08:00:00 +0000",
        "Message-ID": "<reply-1@shop.example>",
        "In-Reply-To": "<lamp-1@mail.example>",
        "References": "<lamp-0@shop.example> <lamp-1@mail.example>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": "fr",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
    }
    assert content(reply) == "Bonjour,\n\nrenvoyez-la sous 30 jours.\n\n-- \nLe SAV\n"
    assert (reply.text, reply.subject) == ("Bonjour,\n\nrenvoyez-la sous 30 jours.", "Re: Lampe cassée")
    assert dict(reply.headers)["To"] == "Zoé Martin <zoe@client.example>"


def test_our_own_lines_stand_between_text_and_signature():
    reply = composed(footer=footer_lines("fr-CA", disclosure=True, person=True))
    assert content(reply) == (
        "Bonjour,\n\nrenvoyez-la sous 30 jours.\n\nCette réponse a été rédigée automatiquement.\n"
        "Pour qu’une personne vous réponde, répondez simplement «\u202fune personne\u202f».\n\n-- \nLe SAV\n"
    )
    assert reply.text == "Bonjour,\n\nrenvoyez-la sous 30 jours."


def test_each_of_our_lines_can_be_left_out():
    assert footer_lines("de", disclosure=True, person=False) == "This answer was written automatically."
    assert footer_lines("en", disclosure=False, person=True) == "For an answer by a person, just reply “person”."
    assert footer_lines("en", disclosure=False, person=False) == ""


def test_what_a_person_sends_is_not_marked_automatic_and_quotes_the_mail():
    reply = composed(automatic=False)
    assert not {name for name, _ in AUTOMATIC_FIELDS} & set(read(reply).keys())
    assert content(reply) == (
        "Bonjour,\n\nrenvoyez-la sous 30 jours.\n\n-- \nLe SAV\n\n"
        "Le 20 novembre 2026 à 09:05, Zoé Martin a écrit\u00a0:\n> Bonjour,\n> ma lampe est cassée.\n> Zoé\n"
    )


def test_an_automatic_reply_repeats_nothing_of_the_text_it_answers():
    mail = replace(
        LAMP, text="Go to https://evil.example/login", authors=(Address("evil.example", "z@client.example"),)
    )
    assert b"evil.example" not in composed(mail).raw


@pytest.mark.parametrize(
    ("original", "subject"),
    [
        ("Lamp", "Re: Lamp"),
        ("", "Re:"),
        ("Re: Lamp", "Re: Lamp"),
        ("RE: re : Re: Lamp", "Re: Lamp"),
        ("Re[2]: Lamp", "Re: Lamp"),
        ("Re (3): Lamp", "Re: Lamp"),
        ("Réf : Lampe", "Re: Lampe"),
        ("AW: Lampe", "Re: Lampe"),
        ("Antw.: Lamp", "Re: Lamp"),
        ("SV: Lampa", "Re: Lampa"),
        ("R: Lampada", "Re: Lampada"),
        ("回复：灯", "Re: 灯"),
        ("Re: TR : Lampe", "Re: TR : Lampe"),
        ("Fwd: Re: Lamp", "Re: Fwd: Re: Lamp"),
        ("Restoration: 3 lamps", "Re: Restoration: 3 lamps"),
        ("Reply: yes", "Re: Reply: yes"),
        ("  Lamp \t broken ", "Re: Lamp broken"),
        ("x\r\nBcc: y@z.example", "Re: x Bcc: y@z.example"),
        ("x\x85Bcc: y\u2028Cc: z\u2029", "Re: x Bcc: y Cc: z"),
        ("=?utf-8?q?x=0D=0ABcc:_y@z.example?=", "Re:"),
        ("a =?utf-8?q?x=0D=0ABcc:?= b", "Re: a b"),
        ("Re\u200b: \u202eLamp", "Re: Lamp"),
        ("L" * 5000, "Re: " + "L" * SUBJECT_LIMIT + "…"),
    ],
)
def test_the_subject_of_a_reply(original, subject):
    assert reply_subject(original) == subject
    assert reply_subject(subject) == subject


IDS = tuple(f"{number}@mail.example" for number in range(50))


@pytest.mark.parametrize(
    ("message_id", "in_reply_to", "references", "expected"),
    [
        pytest.param(
            "c@x", ("b@x",), ("a@x", "b@x"), ("a@x", "b@x", "c@x"), id="the parent's references, and the parent"
        ),
        pytest.param("c@x", ("b@x",), (), ("b@x", "c@x"), id="else what it replied to"),
        pytest.param("c@x", ("a@x", "b@x"), (), ("c@x",), id="unless it replied to several"),
        pytest.param("c@x", (), (), ("c@x",), id="a new thread"),
        pytest.param(None, (), (), (), id="a mail that names nothing"),
        pytest.param(None, (), ("a@x",), ("a@x",), id="no Message-ID, but a thread"),
        pytest.param("c@x", (), ("a@x", "c@x", "a@x"), ("a@x", "c@x"), id="each once, the parent last"),
        pytest.param("c@x", (), ("a\r\nBcc: e@x", "b>@x", "b@x"), ("b@x", "c@x"), id="unsafe ones are left out"),
        pytest.param("c x", (), ("a@x",), ("a@x",), id="an unsafe parent too"),
        pytest.param("c@x", (), IDS, (IDS[0], *IDS[32:], "c@x"), id="many: the first and the last ones"),
    ],
)
def test_the_thread_of_a_reply(message_id, in_reply_to, references, expected):
    parent = replace(LAMP, message_id=message_id, in_reply_to=in_reply_to, references=references)
    assert references_for_reply(parent) == expected
    assert len(expected) <= REFERENCES_LIMIT
    assert (read(composed(parent))["References"] or "").split() == [f"<{name}>" for name in expected]


def test_a_mail_without_usable_id_is_answered_without_naming_it():
    assert read(composed(replace(LAMP, message_id="a b"))).get("In-Reply-To") is None
    assert read(composed(replace(LAMP, message_id=None))).get("In-Reply-To") is None


@pytest.mark.parametrize(
    ("changes", "language", "quoted"),
    [
        ({"text": "a\n\nb"}, "en", "On 20 November 2026 at 09:05, Zoé Martin wrote:\n> a\n>\n> b"),
        ({"text": "a", "date": None}, "fr", "Zoé Martin a écrit\u00a0:\n> a"),
        ({"text": "a", "date": None}, "de-AT", "Zoé Martin wrote:\n> a"),
        (
            {"text": "a", "date": None, "authors": (Address("www.evil.example", "z@c.example"),)},
            "en",
            "z@c.example wrote:\n> a",
        ),
        ({"text": " \n\u200b"}, "en", ""),
        ({"text": "a\u202e\u200bb", "date": None}, "en", "Zoé Martin wrote:\n> ab"),
        ({"text": "é" * 5000, "date": None}, "en", ""),
        ({"text": "a\n" + "é" * 5000, "date": None}, "en", "Zoé Martin wrote:\n> a\n> […]"),
    ],
)
def test_what_is_quoted(changes, language, quoted):
    assert quote(replace(LAMP, **changes), language) == quoted


def test_a_long_quote_is_cut_and_says_so():
    lines = quote(replace(LAMP, text="\n".join(map(str, range(1000)))), "en").splitlines()
    assert len(lines) == 1 + QUOTE_LINES + 1
    assert lines[-2:] == ["> 99", "> […]"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param("Plain and short.", "7bit", id="ASCII"),
        pytest.param("Déjà vu", "quoted-printable", id="French"),
        pytest.param("x" * 5000, "quoted-printable", id="a long line"),
        pytest.param("From here on", "quoted-printable", id="what a mailbox file would take for a new mail"),
        pytest.param("请在三十天内退回" * 30, "base64", id="no Latin letters"),
    ],
)
def test_how_the_text_travels(text, encoding):
    reply = composed(text=text, signature="")
    assert read(reply)["Content-Transfer-Encoding"] == encoding
    assert content(reply) == f"{text}\n"
    assert b"\r\nFrom " not in reply.raw


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoé Martin", "Zoé Martin"),
        ("Martin, Zoe", "Martin, Zoe"),
        ('Zoe "Z" \\ Martin', 'Zoe "Z" \\ Martin'),
        ("Zoe (home)", "Zoe (home)"),
        ("", ""),
        ("Zoe\r\nBcc: y@z.example", ""),
        ("Zoe\r\nX-A: b", "Zoe X-A: b"),
        ("=?utf-8?q?Zoe=0D=0ABcc:?= Martin", "Martin"),
        ("see https://evil.example", ""),
        ("ceo@corp.example", ""),
        ("N" * 500, "N" * 120),
        ("é" * 500, "é" * 120),
    ],
)
def test_the_name_beside_the_recipient(name, shown):
    # Read with the older interface: Python 3.11's newer one puts a space between two encoded words of a name.
    reply = composed(recipient=Address(name, "zoe@client.example"))
    to = message_from_bytes(reply.raw, policy=policy.compat32)["To"]
    encoded, address = parseaddr(to.replace("\r\n", ""))
    assert (str(make_header(decode_header(encoded))), address) == (shown, "zoe@client.example")


@pytest.mark.parametrize("address", ["", "zoe", "zoe@client.example\r\nBcc: y@z.example", "a@b.example, c@d.example"])
@pytest.mark.parametrize("whose", ["sender", "recipient"])
def test_an_address_that_is_none_is_refused(whose, address):
    with pytest.raises(SubmissionRefused, match="not an address"):
        composed(**{whose: Address("", address)})


@pytest.mark.parametrize(
    ("address", "written", "smtputf8"),
    [
        ("zoe@client.example", "zoe@client.example", False),
        ("zoe@exämple.example", "zoe@xn--exmple-cua.example", False),
        ("zoé@client.example", "zoé@client.example", True),
    ],
)
def test_addresses_beyond_ascii(address, written, smtputf8):
    reply = composed(recipient=Address("Zoé", address))
    assert reply.recipient.address == written
    assert reply.raw.partition(b"\r\n\r\n")[0].isascii() is not smtputf8  # then it needs RFC 6531
    assert f"<{written}>".encode() in reply.raw


@pytest.mark.parametrize("language", ["", "fr\r\nBcc: x@y.example", "français", "x" * 90])
def test_a_language_that_is_no_tag_is_not_written(language):
    assert read(composed(language=language)).get("Content-Language") is None


@pytest.mark.parametrize(("tag", "known"), [("fr", "fr"), ("FR-ca", "fr"), ("en_GB", "en"), ("de", "en"), ("", "en")])
def test_our_own_sentences_have_two_languages(tag, known):
    assert text_language(tag) == known


def test_the_same_action_on_the_same_mail_has_the_same_id():
    one = deterministic_message_id("sav", "mail-1", "reply", "shop.example")
    assert one == deterministic_message_id("sav", "mail-1", "reply", "shop.example")
    others = [
        deterministic_message_id("sav2", "mail-1", "reply", "shop.example"),
        deterministic_message_id("sav", "mail-2", "reply", "shop.example"),
        deterministic_message_id("sav", "mail-1", "draft", "shop.example"),
        deterministic_message_id("savmail", "-1", "reply", "shop.example"),
    ]
    assert len({one, *others}) == 5
    assert one.endswith("@shop.example")
    assert deterministic_message_id("sav", "x\ud800", "reply", "bad domain").endswith("@repondeur.invalid")


def test_this_python_lets_no_subject_add_a_field():
    verify_header_safety()


HOSTILE = st.sampled_from(
    [
        "\r\n",
        "\n",
        "\r",
        "\x85",
        "\u2028",
        "Bcc: y@z.example",
        "=?utf-8?q?x=0D=0ABcc:?=",
        "=?",
        "?=",
        ":",
        "<",
        '"',
        "\\",
    ]
)
ANY_TEXT = st.lists(st.one_of(st.text(st.characters(), max_size=40), HOSTILE), max_size=12).map("".join)


@settings(deadline=None)
@given(subject=ANY_TEXT, name=ANY_TEXT, our_name=ANY_TEXT, text=ANY_TEXT, ids=st.lists(ANY_TEXT, max_size=4))
def test_whatever_is_answered_the_header_keeps_its_shape(subject, name, our_name, text, ids):
    author = Address(name, "zoe@client.example")
    mail = replace(LAMP, subject=subject, authors=(author,), text=text, message_id="".join(ids), references=tuple(ids))
    reply = composed(mail, sender=Address(our_name, US.address), text=text, signature=name, automatic=bool(text))
    header, _, body = reply.raw.partition(b"\r\n\r\n")
    lines = header.split(b"\r\n")
    names = [line.partition(b":")[0].decode() for line in lines if not line.startswith(b" ")]
    assert header.isascii()
    assert len(set(names)) == len(names)
    assert set(names) <= set(HEADER_NAMES)
    assert all(line.strip() for line in lines), "a folded line of white space alone (RFC 5322 3.2.2)"
    assert max(map(len, lines)) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 78
    assert b"\n" not in reply.raw.replace(b"\r\n", b"")
    assert b"\r" not in reply.raw.replace(b"\r\n", b"")
    for reading in (policy.default, policy.compat32):
        parsed = message_from_bytes(reply.raw, policy=reading)
        assert parsed.keys() == names
        assert [address for _, address in getaddresses([str(parsed["To"])])] == ["zoe@client.example"]
        assert parseaddr(str(parsed["From"]))[1] == US.address
        assert message_from_bytes(parsed.as_bytes(), policy=reading).keys() == names
    assert str(read(reply)["Subject"]).strip() == reply.subject
