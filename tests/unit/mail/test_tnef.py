"""winmail.dat: text and attachments as Outlook wraps them."""

import base64
import struct

import pytest
import tnefparse
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.tnef_file import (
    BINARY,
    BODY,
    CODEPAGE,
    CONTENT_ID,
    DATA,
    FILENAME,
    HTML,
    LONG,
    LONG_FILENAME,
    MIME_TAG,
    OBJECT,
    RTF,
    STRING,
    UNICODE,
    attachment,
    attribute,
    message,
    packed_rtf,
    plain_rtf,
    properties,
    tnef,
)

from repondeur.mail import rtf
from repondeur.mail.parse import parse
from repondeur.mail.tnef import read_tnef

LETTER = attachment(
    b"RAPPOR~1.PDF", b"%PDF-1.7 x", (LONG_FILENAME, UNICODE, "Rapport été.pdf\0".encode("utf-16-le")),
    (MIME_TAG, STRING, b"application/pdf\0"),
)  # fmt: skip
PICTURE = attachment(
    b"image001.png", b"\x89PNG", (CONTENT_ID, STRING, b"image001@x\0"), (MIME_TAG, STRING, b"image/png\0")
)


def seen(octets):
    found = read_tnef(octets)
    assert found is not None
    return found.text, found.html, [(each.name, each.size, each.media_type) for each in found.attachments]


def test_text_and_attachments():
    raw = tnef(message((BODY, UNICODE, "Ci-joint, le rapport d’été.\0".encode("utf-16-le"))), LETTER, PICTURE)
    assert seen(raw) == (
        "Ci-joint, le rapport d’été.",
        "",
        [("Rapport été.pdf", 10, "application/pdf"), ("image001.png", 4, "image/png")],
    )


@pytest.mark.parametrize(
    "values",
    [
        [(BODY, STRING, "où ?\0".encode("cp1252"))],
        [(BODY, STRING, "où ?\0".encode()), (CODEPAGE, LONG, 65001)],
        [(RTF, BINARY, plain_rtf(rb"{\rtf1\ansi\ansicpg1252 o\'f9 ?\par}"))],
        [(RTF, BINARY, packed_rtf(rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\uc1 o\u249?{\*\generator x} ?\par}"))],
    ],
)
def test_text_in_its_forms(values):
    assert seen(tnef(message(*values))) == ("où ?", "", [])


@pytest.mark.parametrize(
    "values",
    [
        [(HTML, BINARY, "<p>où ?</p>".encode()), (CODEPAGE, LONG, 65001)],
        [(HTML, BINARY, "<p>où ?</p>".encode("cp1252")), (CODEPAGE, LONG, 1252)],
        [(HTML, UNICODE, "<p>où ?</p>".encode("utf-16-le"))],
        [(RTF, BINARY, packed_rtf(
            rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\b\htmlrtf0 o\'f9 ?\htmlrtf }\htmlrtf0"
            rb"{\*\htmltag72 </p>}}"
        ))],
    ],
)  # fmt: skip
def test_pages_in_their_forms(values):
    assert seen(tnef(message(*values)))[1] == "<p>où ?</p>"


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        (
            "2D0000002B0000004C5A4675F1C5C7A703000A007263706731323542320AF32068656C090020627705B06C647D0A800FA0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        ("1A0000001C0000004C5A4675E2D44B51410004205758595A0D6E7D010EB0", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
    ],
)
def test_the_examples_of_the_specification(packed, text):
    """MS-OXRTFCP, 4.1 and 4.2."""
    assert rtf.decompress(bytes.fromhex(packed), 1000) == text


def test_names_are_the_longest_that_are_given():
    raw = tnef(
        attachment(b"A~1.TXT", b"1", (FILENAME, STRING, b"a.txt\0")),
        attachment(b"only title.txt", b"22"),
        attachment(b"", b"", (DATA, BINARY, b"333"), (LONG_FILENAME, STRING, b"in the properties.txt\0")),
        attachment(b"Untitled", b"picture", (DATA, OBJECT, b"i" * 16 + b"4444"), (LONG_FILENAME, STRING, b"Mail\0")),
    )
    assert [(name, size) for name, size, _ in seen(raw)[2]] == [
        ("a.txt", 1),
        ("only title.txt", 2),
        ("in the properties.txt", 3),
        ("Mail", 4),
    ]


def test_another_reader_sees_the_same():
    raw = tnef(message((BODY, UNICODE, "Bonjour\0".encode("utf-16-le"))), LETTER, PICTURE)
    other = tnefparse.TNEF(raw)
    text, _, attachments = seen(raw)
    assert (other.body, [(each.long_filename(), len(each.data)) for each in other.attachments]) == (
        text,
        [(name, size) for name, size, _ in attachments],
    )


ENDLESS = 2**32 - 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x78\x9f\x3e\x22",
        tnef(),
        tnef()[:-3],
        b"x" + tnef(LETTER),
        tnef(attribute(1, 0x9003, struct.pack("<I", ENDLESS))),
        tnef(attribute(1, 0x9003, struct.pack("<IHHI", 1, 0x1002, 0x1234, ENDLESS))),
        tnef(attribute(1, 0x9003, struct.pack("<IHHI", ENDLESS, 0x1E, 0x1000, ENDLESS))),
        tnef(attribute(1, 0x9003, struct.pack("<IHHII", 1, 0x1E, 0x1000, 1, ENDLESS))),
        tnef(attribute(1, 0x9003, properties((0x1234, 0x77, 1)))),
    ],
    ids=range(10),
)
def test_what_is_none_or_never_ends(raw):
    assert read_tnef(raw) is None


def test_only_so_much_is_read():
    raw = tnef(*[attachment(b"a", b"")] * 3000)
    assert len(seen(raw)[2]) == 200
    bomb = struct.pack("<IIII", 50_000, 2**31, 0x75465A4C, 0) + b"\xff\x00\x0f" * 16_000
    assert len(rtf.decompress(bomb, 10_000)) <= 10_000
    assert rtf.read(b"{\\rtf1" + b"{" * 100_000).text == ""


@settings(max_examples=150)
@given(st.integers(0, 400), st.binary(max_size=12))
def test_broken_files_end(position, octets):
    raw = tnef(message((RTF, BINARY, packed_rtf(rb"{\rtf1\ansi o\'f9 \u8217? ?\par}"))), LETTER, PICTURE)
    broken = raw[:position] + octets + raw[position + len(octets) :]
    found = read_tnef(broken)
    assert found is None or len(found.attachments) <= 200


@given(st.binary(max_size=200))
def test_any_rich_text_gives_a_text(octets):
    text = rtf.read(b"{\\rtf1 " + octets).text
    assert isinstance(text.encode(), bytes)
    assert isinstance(rtf.decompress(octets, 100), bytes)


def mail(content, name="winmail.dat", kind="application/ms-tnef", text=""):
    part = f'Content-Type: {kind}; name="{name}"\nContent-Transfer-Encoding: base64\n\n'
    return (
        "From: jo@client.example\nSubject: s\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{text}\n--b\n{part}".encode()
        + base64.encodebytes(content)
        + b"--b--\n"
    )


WRAPPED = tnef(message((BODY, STRING, b"Wrapped text\0")), LETTER)


def test_a_mail_shows_what_was_wrapped_instead_of_the_wrapping():
    message = parse(mail(WRAPPED))
    assert [(each.name, each.size) for each in message.attachments] == [("Rapport été.pdf", 10)]
    assert message.text == "Wrapped text"


def test_the_text_beside_it_counts_more():
    assert parse(mail(WRAPPED, text="Text beside")).text == "Text beside"


def test_it_is_known_by_its_name_too():
    assert parse(mail(WRAPPED, kind="application/octet-stream")).attachments[0].name == "Rapport été.pdf"


def test_what_cannot_be_read_stays_an_attachment():
    message = parse(mail(b"no TNEF at all"))
    assert [each.name for each in message.attachments] == ["winmail.dat"]
    assert "mail.winmail_unreadable" in message.problems
