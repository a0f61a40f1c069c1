"""Content-Transfer-Encoding undone, also where it is not the one that is stated."""

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.mail.transfer import changes, undo, undo_text

TEXT = "Bonjour,\noù en est ma commande n° 12 ? Elle a été passée il y a dix jours.\n".encode()
LONG = "Bonjour,\nje n’ai toujours pas reçu ma commande et je voudrais savoir où elle en est.\n".encode() * 3


@pytest.mark.parametrize(
    ("encoded", "encoding", "octets"),
    [
        (b"aGVsbG8=", "base64", b"hello"),
        (b"aGVsbG8", "BASE64", b"hello"),
        (b"aGVs\r\nbG8=\r\n", "base64", b"hello"),
        (b"aGVs!*bG8=", "base64", b"hello"),
        (b"aGVsbG8=aGVsbG8=", "base64", b"hellohello"),
        (b"aGVsbG8=\n-- \nlist footer", "base64", b"hello"),
        (b"a", "base64", b""),
        (b"caf=C3=A9=\n!", "quoted-printable", "café!".encode()),
        (b"caf=c3=a9=\r\n!", "quoted-printable", "café!".encode()),
        (b"caf=C3=A9= \t\r\n!", "quoted-printable", "café!".encode()),
        (b"100 =% sure", "Quoted-Printable", b"100 =% sure"),
        (b"a=3", "quoted-printable", b"a=3"),
        (b"a=", "quoted-printable", b"a"),
        (b"a=\rb", "quoted-printable", b"a=\rb"),
        (b"a=E", "quoted-printable", b"a=E"),
        (b"=C3=A9", "quoted/printable", "é".encode()),
        (b"=C3=A9", "Quoted_Printable;", "é".encode()),
        (b"begin 644 a.txt\n%:&5L;&\\\n \nend\n", "x-uuencode", b"hello"),
        (b"as it is =C3", "8bit", b"as it is =C3"),
        (b"as it is =C3", "8bits", b"as it is =C3"),
        (b"as it is", "x-unheard-of", b"as it is"),
        (b"aGVsbG8=", '"base64"; x', b"hello"),
        (b"aGVsbG8=", "base-64", b"hello"),
        (b"aGVsbG8=", "base64 (encoded)", b"hello"),
    ],
)
def test_transfer_encodings(encoded, encoding, octets):
    assert undo(encoded, encoding) == octets
    assert undo_text(encoded, encoding) == octets


@pytest.mark.parametrize(
    ("content", "encoding", "octets"),
    [
        pytest.param(TEXT, "base64", TEXT, id="plain text called base64"),
        pytest.param(b"Hello there, all is well.", "base64", b"Hello there, all is well.", id="words called base64"),
        pytest.param(b"?garbage", "base64", b"?garbage", id="a word called base64"),
        pytest.param(quopri.encodestring(LONG), "base64", LONG, id="quoted-printable called base64"),
        pytest.param(base64.encodebytes(LONG), "quoted-printable", LONG, id="base64 called quoted-printable"),
        pytest.param(base64.encodebytes(LONG), "7bit", LONG, id="base64 called 7bit"),
        pytest.param(base64.encodebytes(LONG), "", LONG, id="base64 called nothing"),
        pytest.param(base64.encodebytes(LONG).replace(b"\n", b"\r\n"), "x", LONG, id="base64 under no name"),
        pytest.param(quopri.encodestring(LONG), "", LONG, id="quoted-printable called nothing"),
        pytest.param(quopri.encodestring(LONG), "7bit", LONG, id="quoted-printable called 7bit"),
        pytest.param(LONG, "7bit", LONG, id="8bit called 7bit"),
        pytest.param(base64.encodebytes(LONG), "base64", LONG, id="base64 as stated"),
        pytest.param(
            base64.encodebytes("déjà".encode("cp1252") * 9), "base64", "déjà".encode("cp1252") * 9, id="cp1252"
        ),
        pytest.param(
            base64.encodebytes(TEXT + b"!").rstrip(b"=\n") + b"\n--\nlist footer here\n",
            "base64",
            TEXT + b"!",
            id="a footer",
        ),
        pytest.param(b"x=20&y=3Dz", "7bit", b"x=20&y=3Dz", id="an address is no quoted-printable"),
        pytest.param(b"https://x.example/?a=C3=A9", "", b"https://x.example/?a=C3=A9", id="nor this"),
        pytest.param(b"A" * 80, "", b"A" * 80, id="a line of capitals is no base64"),
        pytest.param(
            b"/path/to/some/deep/folder/of/a/disk\n" * 3, "", b"/path/to/some/deep/folder/of/a/disk\n" * 3, id="paths"
        ),
    ],
)
def test_wrong_encodings_of_text_are_told(content, encoding, octets):
    assert undo_text(content, encoding).strip() == octets.strip()


def test_utf_16_in_base64_is_text():
    octets = "déjà\n".encode("utf-16")
    assert undo_text(base64.encodebytes(octets), "base64", "utf-16") == octets


def test_what_changes_octets():
    assert [changes(name) for name in ("base64", "Quoted/Printable", "x-uue", "8bit", "")] == [True] * 3 + [False] * 2


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "uuencode", "", "8bit"]))
def test_any_octets_can_be_undone(octets, encoding):
    assert isinstance(undo(octets, encoding), bytes)
    assert isinstance(undo_text(octets, encoding), bytes)


@given(st.binary(max_size=300))
def test_what_is_honestly_encoded_comes_back(octets):
    assert undo(base64.encodebytes(octets), "base64") == octets
    assert undo(quopri.encodestring(octets.replace(b"\r", b"")), "quoted-printable") == octets.replace(b"\r", b"")
