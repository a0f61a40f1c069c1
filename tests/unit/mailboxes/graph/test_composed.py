"""What must be put right in a draft that Graph made of our MIME."""

from typing import Any

import pytest

from repondeur.mailboxes.graph.composed import Expected, bare, correction, digest, expected

RAW = (
    b"From: Shop <shop@shop.example>\r\nTo: =?utf-8?q?J=C3=A9r=C3=B4me?= <jerome@outside.example>\r\n"
    b"Subject: =?utf-8?q?Re=3A_la_commande_num=C3=A9ro?=\r\n =?utf-8?q?_douze?=\r\n"
    b"Message-ID: <a@shop.example>\r\n\r\nOui.\r\n"
)
WANTED = Expected(("jerome@outside.example",), "Re: la commande numéro douze", digest(RAW))


def rows(*addresses: str) -> list[dict[str, Any]]:
    return [{"emailAddress": {"name": "whoever", "address": address}} for address in addresses]


def draft(**changes: object) -> dict[str, Any]:
    told = {
        "id": "AAk",
        "subject": WANTED.subject,
        "toRecipients": rows("jerome@outside.example"),
        "ccRecipients": [],
        "bccRecipients": [],
    }
    return {name: value for name, value in (told | changes).items() if value is not None}


TO_OURS = [{"emailAddress": {"address": "jerome@outside.example"}}]


def test_what_is_expected_stands_in_the_octets() -> None:
    assert expected(RAW) == WANTED
    assert expected(RAW, "other@outside.example").recipients == ("other@outside.example",)
    assert expected(RAW + b"P.S.\r\n").digest != WANTED.digest


@pytest.mark.parametrize(
    "same",
    [
        pytest.param({}, id="as composed"),
        pytest.param({"toRecipients": rows("Jerome@Outside.Example")}, id="in another case"),
        pytest.param({"subject": "Re:  la commande numéro\tdouze "}, id="other white space"),
        pytest.param({"body": {"content": "x"}, "isDraft": True}, id="whatever else is told"),
    ],
)
def test_a_draft_as_composed_is_left_alone(same: dict[str, Any]) -> None:
    assert correction(draft(**same), WANTED) == {}


@pytest.mark.parametrize(
    ("other", "fixed"),
    [
        pytest.param(
            {"toRecipients": rows("reply-to@evil.example")}, {"toRecipients": TO_OURS}, id="another recipient"
        ),
        pytest.param(
            {"toRecipients": rows("jerome@outside.example", "x@evil.example")}, {"toRecipients": TO_OURS}, id="one more"
        ),
        pytest.param(
            {"toRecipients": rows("jerome@outside.example", "jerome@outside.example")},
            {"toRecipients": TO_OURS},
            id="twice",
        ),
        pytest.param({"toRecipients": []}, {"toRecipients": TO_OURS}, id="nobody"),
        pytest.param({"toRecipients": None}, {"toRecipients": TO_OURS}, id="not told"),
        pytest.param({"toRecipients": [{"emailAddress": {}}]}, {"toRecipients": TO_OURS}, id="without an address"),
        pytest.param({"ccRecipients": rows("x@evil.example")}, {"ccRecipients": []}, id="a copy"),
        pytest.param({"bccRecipients": rows("x@evil.example")}, {"bccRecipients": []}, id="a hidden copy"),
        pytest.param({"bccRecipients": None}, {"bccRecipients": []}, id="hidden copies not told"),
        pytest.param({"subject": "Re: something"}, {"subject": WANTED.subject}, id="another subject"),
        pytest.param({"subject": ""}, {"subject": WANTED.subject}, id="no subject"),
        pytest.param({"subject": None}, {"subject": WANTED.subject}, id="subject not told"),
    ],
)
def test_what_differs_is_put_right(other: dict[str, Any], fixed: dict[str, Any]) -> None:
    assert correction(draft(**other), WANTED) == fixed


def test_an_international_domain_is_the_same_in_both_spellings() -> None:
    wanted = Expected(("x@xn--caf-dma.example",), "s", "")
    assert correction(draft(subject="s", toRecipients=rows("x@café.example")), wanted) == {}


@pytest.mark.parametrize("letter", ["é", "😀"])
def test_a_subject_that_exchange_has_cut_is_the_same(letter: str) -> None:
    wanted = Expected(WANTED.recipients, letter * 300, "")
    cut = correction(draft(), wanted)["subject"]
    assert len(cut.encode("utf-16-le")) in {508, 510}
    assert correction(draft(subject=cut), wanted) == {}
    assert correction(draft(subject=letter * 20), wanted)


def test_message_ids_are_compared_bare() -> None:
    assert bare(" <a@b>\r\n") == bare("a@b") == "a@b"
