"""Octets to text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.mail.charset import decode
from repondeur.mail.transfer import undo


@pytest.mark.parametrize(
    ("octets", "label", "text", "problem"),
    [
        ("é".encode(), "utf-8", "é", ""),
        ("é".encode(), "", "é", ""),
        (b"\xe9", "", "é", "mail.charset_missing"),
        (b"\xe9", "us-ascii", "é", "mail.charset_missing"),
        (b"\xe9", "utf-8", "é", "mail.charset_wrong"),
        (b"\xe9", "iso-8859-1", "é", ""),
        (b"\x80\x92", "iso-8859-1", "€’", ""),
        (b"\xa4", "iso-8859-15", "€", ""),
        ("é".encode(), "iso-8859-1", "é", "mail.charset_wrong"),
        (b"\xe9", "x-martian", "é", "mail.charset_unknown"),
        (b"\xe9", "'ISO-8859-1'", "é", ""),
        ("привет".encode("koi8-r"), "KOI8-R", "привет", ""),
        ("こんにちは".encode("iso2022_jp"), "iso-2022-jp", "こんにちは", ""),
        ("①".encode("cp932"), "shift_jis", "①", ""),
        ("한국".encode("cp949"), "ks_c_5601-1987", "한국", ""),
        ("镕".encode("gb18030"), "gb2312", "镕", ""),
        (b"\xef\xbb\xbfx", "utf-8", "x", ""),
        ("aé".encode("utf-16"), "", "aé", "mail.charset_wrong"),
        (b"n\xc3\xa9 \xc3\xa0 \xc3\xa9\xff", "utf-8", "né à é\ufffd", "mail.charset_wrong"),
        (b"x", "rot13", "x", "mail.charset_unknown"),
        (b"x", "zlib", "x", "mail.charset_unknown"),
        (b"x", "punycode", "x", "mail.charset_unknown"),
        (b"x", "unicode_escape", "x", "mail.charset_unknown"),
        (b"x", "a\x00b", "x", "mail.charset_unknown"),
    ],
)
def test_charsets(octets, label, text, problem):
    decoded = decode(octets, label)
    assert (decoded.text, decoded.problem) == (text, problem)


@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_octets_under_any_label_give_a_text(octets, label):
    assert isinstance(decode(octets, label).text, str)


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
        (b"100 =% sure", "Quoted-Printable", b"100 =% sure"),
        (b"begin 644 a.txt\n%:&5L;&\\\n \nend\n", "x-uuencode", b"hello"),
        (b"as it is", "8bit", b"as it is"),
        (b"as it is", "x-unheard-of", b"as it is"),
        (b"aGVsbG8=", '"base64"; x', b"hello"),
    ],
)
def test_transfer_encodings(encoded, encoding, octets):
    assert undo(encoded, encoding) == octets


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "uuencode"]))
def test_any_octets_can_be_undone(octets, encoding):
    assert isinstance(undo(octets, encoding), bytes)
