"""Files that stand in a text."""

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.mail.uuencode import Block, decode, take_blocks

CONTENT = bytes(range(256)) * 2


def encoded(content, name="photo.jpg", *, space=" ", end="`\nend\n", extra=""):
    lines = [content[start : start + 45] for start in range(0, len(content), 45)]
    body = "".join(
        binascii.b2a_uu(line).decode("ascii").rstrip("\n").replace(" ", space) + extra + "\n" for line in lines
    )
    return f"begin 644 {name}\n{body}{end}"


@pytest.mark.parametrize("name", ["photo.jpg", "ma photo de vacances.jpg", "été.jpg"])
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"space": "`"},
        {"end": ""},
        {"end": "end\n"},
        {"end": " \nend"},
        {"extra": "X"},
    ],
)
def test_a_file_leaves_the_text(name, form):
    text, blocks = take_blocks("Voici la photo.\n\n" + encoded(CONTENT, name, **form) + "\nÀ bientôt\n")
    assert blocks == (Block(name, CONTENT),)
    assert text.split() == ["Voici", "la", "photo.", "À", "bientôt"]


def test_spaces_that_were_cut_at_the_line_ends_are_restored():
    cut = "\n".join(line.rstrip() for line in encoded(b"abc\0\0\0" * 30).split("\n"))
    assert take_blocks(cut)[1] == (Block("photo.jpg", b"abc\0\0\0" * 30),)


def test_several_files():
    text, blocks = take_blocks("Un\n" + encoded(b"one", "1.txt") + "Deux\n" + encoded(b"two", "2.txt") + "Trois\n")
    assert text == "Un\nDeux\nTrois\n"
    assert blocks == (Block("1.txt", b"one"), Block("2.txt", b"two"))


def test_base64_between_the_same_lines():
    assert take_blocks("begin-base64 644 a.txt\naGVsbG8=\n====\n!")[1] == (Block("a.txt", b"hello"),)


@pytest.mark.parametrize(
    "text",
    [
        "Let us\nbegin 100 times\nand see.",
        "begin 644 a.txt\nHello, here is the file that you asked for.\n",
        "begin 644 a.txt",
        "begin 644 a.txt\n\nM\n",
        "To begin 644 a.txt",
        "begin the day\n#0V%T\nend\n",
    ],
)
def test_words_are_no_file(text):
    assert take_blocks(text) == (text, ())


def test_only_so_many_are_taken():
    assert len(take_blocks(encoded(b"x") * 80)[1]) == 50


@given(st.binary(max_size=300))
def test_as_a_transfer_encoding(content):
    assert decode(encoded(content).encode()) == content


@given(st.text(max_size=200).map(lambda text: "begin 644 a\n" + text))
def test_any_text_gives_a_text(text):
    assert isinstance(take_blocks(text)[0], str)
