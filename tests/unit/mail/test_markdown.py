"""Markdown as the text of a letter."""

import pytest

from repondeur.mail.markdown import markdown_to_text, without_images


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Nothing special, 2 * 3 * 4 = 24.", "Nothing special, 2 * 3 * 4 = 24."),
        ("The **full service** is *well* worth ~~90~~ `80` €.", "The full service is well worth 80 €."),
        ("Sizes: 10*15 cm, 13*18 cm, 5*3 = 15 and 2*4", "Sizes: 10*15 cm, 13*18 cm, 5*3 = 15 and 2*4"),
        ("+ 20 % for matt paper\n+ £5 for the case", "+ 20 % for matt paper\n+ £5 for the case"),
        ("***Both*** and __under__ and _line_", "Both and under and line"),
        ("snake_case_name, file_a_b.txt", "snake_case_name, file_a_b.txt"),
        ("## Opening hours ##\nMonday", "Opening hours\n\nMonday"),
        ("* one\n* two\n  * three\n1. four", "- one\n- two\n  - three\n1. four"),
        ("> Please note\n> this", "Please note\nthis"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("```\ncode\n```", "code"),
        (r"Monday\* and C:\temp", r"Monday* and C:\temp"),
        ("[book](https://shop.example/b)", "book (https://shop.example/b)"),
        ("[https://shop.example/b](https://shop.example/b)", "https://shop.example/b"),
        ("[shop.example/b](https://shop.example/b)", "https://shop.example/b"),
        ("[help@shop.example](mailto:help@shop.example)", "help@shop.example"),
        ("[write](mailto:help@shop.example)", "write (help@shop.example)"),
        ("[02 40 55 01 23](tel:+33240550123)", "02 40 55 01 23"),
        ("[call](tel:+33240550123)", "call (+33240550123)"),
        ("<https://shop.example> <help@shop.example>", "https://shop.example help@shop.example"),
        ("![logo](https://shop.example/l.png)", "logo (https://shop.example/l.png)"),
        (
            "| What | Price without tax |\n|---|--:|\n| The lamp | 70 € |\n| The shade | |",
            "- The lamp – Price without tax: 70 €\n- The shade",
        ),
        (
            "Hire of the bikes:\n\n| The bike | Day | Week |\n|---|---|---|\n| Town | 15 € | 9–12<br>70 € |\n\nBye",
            "Hire of the bikes:\n\n- Town – Day: 15 €; Week: 9–12, 70 €\n\nBye",
        ),
        (
            "| Quantité | Prix HT |\n|---|---|\n| Les 1 000 | 52 € |",
            "- Les 1 000 – Prix HT\u00a0: 52 €",
        ),
        ("a | b\nc", "a | b\nc"),
    ],
)
def test_marks_go_and_words_stay(written: str, text: str) -> None:
    assert markdown_to_text(written) == text


def test_images_of_our_own_texts_are_their_descriptions() -> None:
    assert without_images("See ![the lamp](lamp.png).") == "See the lamp."


def test_another_address_than_the_label_says_is_seen() -> None:
    assert markdown_to_text("[shop.example](https://evil.example)") == "shop.example (https://evil.example)"


@pytest.mark.parametrize(
    "piece", ["**a ", "|a", "[a](b", "_a ", "\\", "> ", "<a@b ", "`a ", "| a |\n|---|\n", "~~ a ", "![["]
)
def test_long_texts_are_read_in_one_go(piece: str) -> None:
    count = 300_000 // len(piece)
    # The head of a table with one column goes; nothing else does.
    assert markdown_to_text(piece * count).count("a") in {piece.count("a") * count, piece.count("a") * count - 1}
