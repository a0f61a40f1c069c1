"""Octets to text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.mail.charset import decode


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
        (b"n\xc3\xa9 \xc3\xa0 \xc3\xa9\xff", "utf-8", "né à éÿ", "mail.charset_wrong"),
        ("Картинка чт".encode() + b"\xd1.jpg", "utf-8", "Картинка чт\ufffd.jpg", "mail.charset_wrong"),
        (b"n\xc3\xa9 \xc3\xa0 \xc3\xa9\xc3", "utf-8", "né à é\ufffd", "mail.charset_wrong"),
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


@pytest.mark.parametrize(
    ("written", "codec"),
    [
        ("utf-8; x", "utf-8"),
        ("=?utf-8?", "utf-8"),
        ('"iso-8859-1"', "cp1252"),
        ("charset=charset=utf-8", "utf-8"),
        ("utf8mb4", "utf-8"),
        ("UTF_8", "utf-8"),
        ("utf-8-mac", "utf-8"),
        ("x-user-defined", "cp1252"),
        ("cp-850", "cp850"),
        ("IBM850", "cp850"),
        ("win-1252", "cp1252"),
        ("windows-1252http-equiv", "cp1252"),
        ("iso8859_15", "iso8859-15"),
        ("8859-1", "cp1252"),
        ("ISO_8859-1:1987", "cp1252"),
        ("x-cp1251", "cp1251"),
    ],
)
def test_labels_as_they_are_written(written, codec):
    assert decode("déjà été".encode(codec) if codec != "cp1251" else "Привет".encode(codec), written).text in (
        "déjà été",
        "Привет",
    )


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("朱镕基 您好", "gbk", "gb2312"),
        ("您好，我的订单什么时候能到？", "gbk", ""),
        ("您好，我的订单什么时候能到？", "gbk", "utf-8"),
        ("您好，我的訂單什麼時候會到？", "big5", ""),
        ("嘅喺冇", "big5hkscs", "big5"),
        ("嘅喺冇", "big5hkscs", "big5-hkscs"),
        ("こんにちは。注文について", "cp932", "iso-2022-jp"),
        ("こんにちは。注文について", "euc_jp", "iso-2022-jp"),
        ("こんにちは。注文について", "cp932", ""),
        ("こんにちは。注文について", "cp932", "us-ascii"),
        ("こんにちは。注文について", "euc_jp", "shift_jis"),
        ("こんにちは。注文について", "utf-8", "shift_jis"),
        ("こんにちは。注文について", "iso2022_jp", ""),
        ("こんにちは。注文について", "iso2022_jp", "us-ascii"),
        ("こんにちは。注文について", "iso2022_jp", "utf-8"),
        ("안녕하세요 주문 번호를 알고 싶습니다", "cp949", ""),
        ("안녕하세요 주문 번호를 알고 싶습니다", "cp949", "iso-2022-kr"),
        ("똠방각하", "cp949", "euc-kr"),
        ("Добрый день, где мой заказ?", "koi8-r", ""),
        ("Добрый день, где мой заказ?", "cp1251", "iso-8859-5"),
        ("Здравствуйте, подскажите, когда привезут мой заказ?", "cp1251", "koi8-r"),
        ("Здравствуйте, подскажите, когда привезут мой заказ?", "koi8-r", "windows-1251"),
        ("Добрый день, где мой заказ?", "iso8859-5", "iso-8859-5"),
        ("Де моє замовлення, їжак?", "koi8-u", "koi8-u"),
        ("Мы ждём", "cp1251", "windows-1251"),
        ("ДОБРЫЙ ДЕНЬ, ГДЕ МОЙ ЗАКАЗ?", "cp1251", "windows-1251"),
        ("ДОБРЫЙ ДЕНЬ, ГДЕ МОЙ ЗАКАЗ?", "koi8-r", "koi8-r"),
        ("Prix : 12 € – d’accord", "cp1252", "iso-8859-15"),
        ("Prix : 12 € – d’accord", "cp1252", "iso-8859-1"),
        ("“dzień dobry”", "cp1250", "windows-1250"),
        ("déjà été\n", "utf-16", "utf-16"),
        ("déjà été\n", "utf-16-le", "utf-16"),
        ("déjà été\n", "utf-16-be", "utf-16"),
        ("plain words, in fact", "utf-16-le", ""),
        ("plain words, in fact", "utf-16-be", "utf-8"),
        ("plain words, in fact", "ascii", "utf-16"),
        ("déjà", "utf-7", "utf-7"),
        ("1 + 1 = deux, déjà", "utf-8", "utf-7"),
        ("déjà été", "utf-8", "utf-16"),
        ("déjà été", "utf-8", "koi8-r"),
        ("déjà été", "utf-8-sig", "iso-8859-1"),
    ],
)
def test_octets_say_more_than_the_label(text, codec, label):
    assert decode(text.encode(codec), label).text.removeprefix("\ufeff") == text


@pytest.mark.parametrize(
    "text",
    [
        "Où est ma commande passée à Noël ? Ça fait déjà 3 semaines « voilà »",
        "Grüße aus München, schöne Tage",
        "déjà",
        "éà",
        "ÉTÉ À NOËL",
        "Añoñar señoría ¿qué?",
        "«««« »»»» °°°° ££££ €€€€",
    ],
)
def test_undeclared_western_text_is_never_taken_for_another_script(text):
    assert decode(text.encode("cp1252")).text == text


def test_the_charset_of_the_text_near_by_decides():
    assert decode("Καλημέρα".encode("iso8859-7"), hint="iso-8859-7").text == "Καλημέρα"
    assert decode("Καλημέρα".encode(), hint="iso-8859-7").text == "Καλημέρα"
    assert decode("déjà".encode("cp1252"), hint="gb2312; rot13").text == "déjà"


def test_what_was_encoded_twice_is_decoded_twice():
    assert decode("déjà – été".encode().decode("cp1252").encode()).text == "déjà – été"
    assert decode("déjà écrit « Ã© »".encode()).text == "déjà écrit « Ã© »"


def test_japanese_with_the_characters_of_windows_programs():
    octets = b"\x1b$B-!-j\x1b(B \x1b(IJ]6\x1b(B \x1b$B4A;z\n4A;z\x1b(J!"
    assert decode(octets, "iso-2022-jp").text == "①㈱ ﾊﾝｶ 漢字\n漢字!"


def test_a_line_of_latin_1_in_a_text_of_utf_8():
    octets = "Déjà, là-bas, où ça ?\n".encode() + b"-- \nListe de diffusion priv\xe9e\n"
    assert decode(octets, "utf-8").text == "Déjà, là-bas, où ça ?\n-- \nListe de diffusion privée\n"


@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_octets_under_any_label_give_a_text(octets, label):
    assert isinstance(decode(octets, label).text, str)
