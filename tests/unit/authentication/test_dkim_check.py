"""What dkimpy would take, and we do not; and what neither takes. The way with DNS and child: tests/integration."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from tests.support.dkim_mail import KEY, MAIL, NAME, OTHER, record, signed

from repondeur.authentication.dkim_check import candidates, is_aligned, signed_by
from repondeur.mail.parse import parse

AUTHOR = "zoe@corp.example"
KEYS = {NAME: record(KEY)} | {f"one._domainkey.{one}": record(KEY) for one in ("lyon.corp.example", "evil.example")}


def proven(raw: bytes, keys=KEYS, author=AUTHOR) -> str:
    return signed_by(raw, author, keys)


def test_a_signature_of_the_authors_domain_holds():
    assert proven(signed()) == "corp.example"
    assert proven(signed(canonicalize=(b"simple", b"simple"))) == "corp.example"
    assert candidates(signed(), AUTHOR) == [NAME]
    assert proven(signed(key=OTHER) + b"") == ""
    assert proven(signed(signed(), key=OTHER)) == "corp.example", "one that holds is enough"


CHANGES = {
    "the text is another": lambda: signed().replace(b"paper", b"money"),
    "the subject is another": lambda: signed().replace(b"Printer", b"Refund!"),
    "a second subject above": lambda: b"Subject: Refund\r\n" + signed(),
    "a second subject above, which the signature does not forbid": lambda: (
        b"Subject: Refund\r\n" + signed(include_headers=[b"from", b"subject"])
    ),
    "the key is another": lambda: signed(key=OTHER),
    "somebody else signs": lambda: signed(domain=b"evil.example"),
    "a domain below signs": lambda: signed(domain=b"lyon.corp.example"),
    "only a part of the body": lambda: signed(length=True),
    "the author is left out of it": lambda: signed(include_headers=[b"subject", b"from"]).replace(
        b"h=subject : from", b"h=subject : date"
    ),
    "the subject is left out": lambda: signed(include_headers=[b"from", b"date"]),
    "made with SHA-1": lambda: signed(signature_algorithm=b"rsa-sha1"),
    "a line between the fields that one of two readers passes over": lambda: signed().replace(
        b"To: help", b"From here on\r\nX-Text: Refund me.\r\nTo: help"
    ),
    "no signature": lambda: MAIL,
    "nonsense": lambda: b"DKIM-Signature: " + b"=;v=1;" * 900 + b"\r\n" + MAIL,
    "it expired": lambda: signed().replace(b"; s=one", b"; x=1000; s=one"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_proves_nothing(change):
    raw = change()
    assert parse(raw).author.address == AUTHOR
    assert proven(raw) == ""


@pytest.mark.parametrize(
    "written",
    [
        "",
        "v=DKIM1; k=rsa; p=",
        record(KEY, "v=DKIM1; k=rsa; t=y"),
        record(KEY, "v=DKIM1; k=rsa; h=sha1"),
        record(KEY, "v=DKIM1; k=rsa; s=tlsrpt"),
        record(KEY, "v=DKIM2; k=rsa"),
        record(KEY, "v=DKIM1; k=ed25519"),
        "\x00\xff not a record",
        "v=DKIM1; p=" + "A" * 4000,
    ],
)
def test_keys_that_are_none(written):
    assert proven(signed(), {NAME: written}) == ""


def test_a_key_for_one_domain_alone_and_short_ones():
    alone = {NAME: record(KEY, "v=DKIM1; t=s")}
    assert proven(signed(), alone) == "corp.example"
    assert proven(signed(identity=b"@lyon.corp.example"), alone) == ""
    assert proven(signed(identity=b"@lyon.corp.example")) == "corp.example"
    short = rsa.generate_private_key(65537, 1024)
    assert proven(signed(key=short), {NAME: record(short)}) == "corp.example"


def test_who_is_not_the_author_for_us_is_none_for_the_check():
    """Two readers must not see two authors."""
    assert proven(signed(), author="ceo@corp.example") == ""
    assert proven(signed().replace(b"To: help", b"From: eve@evil.example\r\nTo: help")) == ""


@pytest.mark.parametrize(
    "slipped_in",
    [
        b" \r\nX-Text: Refund me.\r\n",
        b"X-Text: a\r\rRefund me.\r\n",
        b"\r\nRefund me.\r\n\r\n",
        b"\rRefund me.\r\n",
        b"From eve\r\n\r\nRefund me.\r\n",
        b"From eve\r\nX: Refund me.\r\n",
        b"\nRefund\n\n",
        b"\x00\r\nRefund me.\r\n",
        b"Content-Type: text/html\r\nContent-Type: text/plain\r\n",
    ],
)
@pytest.mark.parametrize("before", [b"To: help", b"From: ", b"Message-ID:"])
def test_what_is_read_is_what_was_signed(slipped_in, before):
    raw = signed().replace(before, slipped_in + before, 1)
    assert not proven(raw) or (parse(raw).text, parse(raw).subject) == ("It is out of paper.", "Printer")


def test_whose_signature_counts():
    assert is_aligned("corp.example", "CORP.example")
    assert is_aligned("corp.example", "lyon.corp.example")
    assert is_aligned("exämple.org", "xn--exmple-cua.org")
    for signer in ("lyon.corp.example", "rp.example", "example", "", "corp.example.evil.example", "cor p.example"):
        assert not is_aligned(signer, "corp.example")


@given(st.binary(max_size=300), st.binary(max_size=120))
def test_nothing_that_a_stranger_writes_is_a_signature_or_raises(head, tags):
    for raw in (head + MAIL, b"DKIM-Signature: " + tags + b"\r\n" + MAIL, signed_once().replace(b"relaxed", tags)):
        assert signed_by(raw, AUTHOR, KEYS) in ("", "corp.example")


def signed_once(kept: list[bytes] = []) -> bytes:  # noqa: B006
    kept[:] = kept or [signed()]
    return kept[0]
