"""Settings that say who is answered."""

from pathlib import Path

import pytest
from tests.unit.settings.test_load import ONE_MAILBOX, refused, written

from repondeur.mail.message import Address
from repondeur.pipeline.senders import screen_facts, sender_rules
from repondeur.settings.load import load
from repondeur.texts import LANGUAGES, hint, render


def test_lists_from_the_environment_and_from_the_file(tmp_path: Path) -> None:
    written(tmp_path, 'block_senders = ["noise.example"]\nauthserv_id = "mx.example.org"\nonly_allowed = true')
    environ = ONE_MAILBOX | {"ALLOW_SENDERS": "a@b.example, *@*.c.example", "INTERNAL_SENDERS": "example.org"}
    (mailbox,) = load(environ, tmp_path).settings.mailboxes
    assert mailbox.allow_senders == ("a@b.example", "*@*.c.example")
    rules = sender_rules(mailbox)
    assert rules.only_allowed
    assert rules.authserv_id == "mx.example.org"
    assert rules.blocked.has(Address("", "x@noise.example"))
    assert rules.internal.has(Address("", "x@example.org"))
    facts = screen_facts(mailbox, {"other@example.net"}, own_message=True)
    assert facts.own_addresses == {"support@example.org", "other@example.net"}
    assert facts.own_message
    assert facts.allowed.has(Address("", "x@y.c.example"))
    assert facts.blocked == rules.blocked


def test_one_mailbox_has_its_own(tmp_path: Path) -> None:
    box = '[[mailbox]]\nimap_server = "i.example"\nimap_user = "{0}@example.org"\nimap_pass = "x"\n'
    written(
        tmp_path, 'block_senders = ["a.example"]\n' + box.format("one") + box.format("two") + "block_senders = []\n"
    )
    first, second = load({}, tmp_path).settings.mailboxes
    assert (first.block_senders, second.block_senders) == (("a.example",), ())


@pytest.mark.parametrize("name", ["ALLOW_SENDERS", "BLOCK_SENDERS", "INTERNAL_SENDERS"])
@pytest.mark.parametrize("value", ["*", "a@b.example, nobody", "*@*", "http://a.example"])
def test_nonsense_is_refused(tmp_path: Path, name: str, value: str) -> None:
    (problem,) = refused(ONE_MAILBOX | {name: value}, tmp_path)
    assert problem.code == "settings.not_a_sender"
    for language in LANGUAGES:
        assert name in render(problem, language)
        assert hint(problem, language)


@pytest.mark.parametrize(
    "value", ["mx.example.org;", "mx.example.org; dmarc=pass", "Authentication-Results: mx", '"mx"']
)
def test_the_name_of_our_server_is_one_word(tmp_path: Path, value: str) -> None:
    (problem,) = refused(ONE_MAILBOX | {"AUTHSERV_ID": value}, tmp_path)
    assert problem.code == "settings.not_a_server_id"
    assert all(render(problem, language) and hint(problem, language) for language in LANGUAGES)


def test_a_file_of_authorities_has_to_be_one(tmp_path: Path) -> None:
    written(tmp_path, "no certificate", "ca.pem")
    (problem,) = refused(ONE_MAILBOX | {"SMIME_CA_FILE": str(tmp_path / "ca.pem")}, tmp_path)
    assert problem.code == "settings.not_certificates"
    (problem,) = refused(ONE_MAILBOX | {"SMIME_CA_FILE": "gone.pem"}, tmp_path)
    assert problem.code == "settings.file_missing"


def test_what_checks_signatures_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "-----BEGIN CERTIFICATE-----", "ca.pem")
    monkeypatch.setenv("PATH", str(tmp_path))
    (problem,) = refused(ONE_MAILBOX | {"SMIME_CA_FILE": "ca.pem"}, tmp_path)
    assert problem.code == "settings.no_openssl"
