"""How many automatic answers may leave, and what a flood is."""

import time

import pytest

from repondeur.mail.message import Address, Message
from repondeur.policy.limits import MANY_AUTHORS, Counts, Limits, author_key, burst, over, same_key


def key(address: str) -> str:
    return author_key(Address("", address))


def a_mail(subject: str, text: str) -> Message:
    return Message("m@client.example", (Address("", "a@client.example"),), subject, text, "", 10)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (Counts(author=2, thread=1, mailbox=59, day=499), None),
        (Counts(thread=2), "limits.thread"),
        (Counts(author=3), "limits.author"),
        (Counts(mailbox=60), "limits.mailbox"),
        (Counts(day=500), "limits.day"),
        (Counts(author=3, thread=2, mailbox=60, day=500), "limits.thread"),
    ],
)
def test_the_defaults(counts: Counts, said: str | None) -> None:
    reason = over(Limits(), counts)
    assert (reason.code if reason else None) == said


def test_nothing_leaves_under_a_limit_of_nought_and_everything_without_one() -> None:
    many = Counts(author=1000, thread=1000, mailbox=1000, day=1000)
    assert over(Limits(None, None, None, None), many) is None
    for name in ("author", "thread", "mailbox", "day"):
        only = Limits(**{one: 0 if one == name else None for one in ("author", "thread", "mailbox", "day")})
        assert over(only, Counts()).code == f"limits.{name}"  # type: ignore[union-attr]


def test_the_same_mail_of_one_author_is_a_burst_sooner_than_of_many() -> None:
    limits = Limits(same=10)
    assert burst(limits, Counts(same_author=8), "m") is None
    assert burst(limits, Counts(same_author=9), "m").code == "limits.same_author"  # type: ignore[union-attr]
    asked_by_many = 10 * MANY_AUTHORS - 1
    assert burst(limits, Counts(same=asked_by_many - 1), "m") is None
    assert burst(limits, Counts(same=asked_by_many), "m").code == "limits.same_mail"  # type: ignore[union-attr]
    assert burst(Limits(same=None), Counts(same_author=99, same=9999), "m") is None


@pytest.mark.parametrize(
    "spelling",
    [
        "X@EX-ämple.example",
        "x+1@ex-ämple.example",
        '"x"@ex-ämple.example',
        '"\\x+3"@ex-ämple.example',
        "x+200+3@xn--ex-mple-7wa.example",
        "ｘ@ex-ämple.example.",
        "x@ex-a\u0308mple.example",
    ],
)
def test_one_author_is_counted_as_one(spelling: str) -> None:
    assert key(spelling) == key("x@ex-ämple.example")


@pytest.mark.parametrize(
    "other", ["y@ex.example", "x@ex.example.net", "x.@ex.example", "+x@ex.example", "x-1@ex.example"]
)
def test_others_are_others(other: str) -> None:
    assert key(other) != key("x@ex.example")
    assert "x" not in key("x@ex.example").strip("0123456789abcdef")  # a digest, no address


def test_what_mails_say_is_the_same_whatever_a_program_counts_up() -> None:
    said = same_key(a_mail("Ticket 17", "Bonjour,\n\nnous avons bien reçu le n° 17.\n"))
    assert same_key(a_mail("RE: ticket 4711", "bonjour, nous avons bien  reçu le n° 4711 !")) == said
    assert same_key(a_mail("Ticket 17", "Bonjour, nous avons perdu le n° 17.")) != said
    assert same_key(a_mail("", " \n")) == ""


@pytest.mark.parametrize(
    "text", ["ü" * 1_000_000, "+" * 1_000_000, "." * 1_000_000, "\ud800@\udfff", "", "@", "１" * 1_000_000]
)
def test_any_address_and_text_is_read_at_once(text: str) -> None:
    began = time.process_time()
    for address in (text, f"a@{text}", f"{text}@b.example"):
        assert len(key(address)) == 64
    same_key(a_mail(text, text))
    assert time.process_time() - began < 3
