"""Who is answered on a real inbox, by a model that answers everybody: results of our own server, colleagues, lists of
settings, likenesses, signatures (I15, I16)."""

import json
import shutil
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, a_desk
from tests.support.forking import Forked
from tests.support.mailserver import MailServer, mail
from tests.support.model_server import ModelServer, answers
from tests.support.needs import missing
from tests.support.smime import MailAuthority

US = "mx.lampes-durand.test"
ANSWER = "Merci de votre message, nous l’avons bien reçu."
PGP = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"
ANSWERED = "no rule objected"


def results(domain: str, dmarc: str, server: str = US) -> str:
    return f"{server}; spf=pass smtp.mailfrom={domain}; dmarc={dmarc} (p=reject (dis=none)) header.from={domain}"


def under(fields: list[str], raw: bytes) -> bytes:
    """With Authentication-Results above the mail, the first one topmost."""
    return b"".join(f"Authentication-Results: {field}\r\n".encode() for field in fields) + raw


def honest(desk: Desk, number: int, subject: str) -> bytes:
    return under([results("outside.test", "pass")], desk.mail(subject, author=desk.customer(number)))


def mails(desk: Desk, authority: MailAuthority) -> dict[str, tuple[bytes, str, str]]:
    """By subject: the mail, its end, and some words of the reason."""
    outside, corp = "outside.test", "corp-durand.test"
    colleague, claims = f"{desk.tag}@{corp}", "only claims to be a colleague"
    passed = results(corp, "pass")
    smime = authority.signer(desk.customer(30))
    header = f"To: {desk.address}\nDate: Fri, 20 Nov 2026 10:00:00 +0100\n"
    smime_header = f"From: {desk.customer(30)}\n{header}Message-ID: <s.{desk.tag}@outside.test>\nSubject: "
    made: dict[str, tuple[bytes, str, str]] = {
        "Before": (honest(desk, 1, "Before"), "answered", ANSWERED),
        "Failed": (
            under([results(outside, "fail")], desk.mail("x", author=desk.customer(2))),
            "held",
            "not sent by outside.test (DMARC failed)",
        ),
        "Failed above a forged pass": (
            under([results(outside, "fail"), results(outside, "pass")], desk.mail("x", author=desk.customer(3))),
            "held",
            "not sent by outside.test (DMARC failed)",
        ),
        "Failed for another server": (
            under([results(outside, "fail", "mx.other.test")], desk.mail("x", author=desk.customer(4))),
            "answered",
            ANSWERED,
        ),
        "Colleague": (under([passed], desk.mail("x", author=colleague)), "answered", ANSWERED),
        "Colleague without a result": (desk.mail("x", author=f"2{colleague}"), "drafted", claims),
        "Colleague by another server": (
            under([results(corp, "pass", "mx.evil.test")], desk.mail("x", author=f"3{colleague}")),
            "drafted",
            claims,
        ),
        "Colleague with a pass for another": (
            under([results("evil.test", "pass")], desk.mail("x", author=f"4{colleague}")),
            "drafted",
            claims,
        ),
        "Colleague under two results": (
            under([results(corp, "none"), passed], desk.mail("x", author=f"5{colleague}")),
            "drafted",
            claims,
        ),
        "Colleague by the text": (
            desk.mail("x", f"Authentication-Results: {passed}\n\nBonjour, où est ma lampe ?\n", author=f"6{colleague}"),
            "drafted",
            claims,
        ),
        "Colleague by two authors": (
            under([passed], b"From: evil@evil.test\r\n" + desk.mail("x", author=f"7{colleague}")),
            "held",
            "not certain who wrote",
        ),
        "Likeness": (desk.mail("x", author=f"{desk.tag}@corp-duramd.test"), "drafted", "looks like ours"),
        "Punycode": (desk.mail("x", author=f"{desk.tag}@xn--corp-durnd-6qi.test"), "drafted", "looks like ours"),
        "Name": (
            desk.mail("x", author=f'"Direction corp-durand.test" <{desk.customer(5)}>'),
            "drafted",
            "shows corp-durand.test, which is ours",
        ),
        "Address as a name": (
            desk.mail("x", author=f'"support@corp-durand.test" <{desk.customer(6)}>'),
            "held",
            "not certain who wrote",
        ),
        "Blocked": (desk.mail("x", author=f"{desk.tag}@a.blocked.test"), "ignored", "The settings block"),
        "Allowed list": (
            desk.mail("x", author=f"{desk.tag}@team.test", List_Id="<team.test>", Precedence="bulk"),
            "answered",
            ANSWERED,
        ),
        "Another list": (
            desk.mail("x", author=desk.customer(7), List_Id="<team.test>", Precedence="bulk"),
            "ignored",
            "list",
        ),
        "Allowed machine": (
            desk.mail("x", author=f"2{desk.tag}@team.test", Auto_Submitted="auto-replied", List_Id="<team.test>"),
            "ignored",
            "auto-submitted",
        ),
        "Signed": (smime.signed(smime_header + "x\n", "Bonjour, où est ma lampe ?"), "answered", ANSWERED),
        "Signed and changed": (
            smime.signed(smime_header.replace("<s.", "<c.") + "x\n", "Bonjour, où est ma lampe ?").replace(
                b"lampe", b"facture"
            ),
            "held",
            "could not be verified",
        ),
        "Signed by somebody else": (
            authority.signer("eve@evil.test").signed(smime_header.replace("<s.", "<e.") + "x\n", "Où est ma lampe ?"),
            "held",
            "not by the address it is from",
        ),
        "Encrypted": (
            smime.encrypted(smime_header.replace("<s.", "<n.") + "x\n", "?"),
            "held",
            "encrypted with S/MIME",
        ),
        "PGP": (
            desk.mail("x", PGP, author=desk.customer(8)),
            "held",
            "encrypted with PGP",
        ),
        "After": (honest(desk, 9, "After"), "answered", ANSWERED),
    }
    return {
        subject: (raw.replace(b"Subject: x\r\n", f"Subject: {subject}\r\n".encode(), 1), state, code)
        for subject, (raw, state, code) in made.items()
    }


@pytest.mark.servers
async def test_who_is_answered(mail_server: MailServer, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        missing("openssl is not installed")
    authority = MailAuthority(tmp_path)
    everybody = answers(reply=ANSWER, language="fr", intent="question", confidence=1.0)
    with ModelServer([everybody]) as model:
        desk = a_desk(
            mail_server,
            tmp_path,
            model,
            AUTHSERV_ID=US,
            INTERNAL_SENDERS="corp-durand.test",
            ALLOW_SENDERS="team.test",
            BLOCK_SENDERS="*@*.blocked.test",
            SMIME_CA_FILE=str(authority.certificate),
            LIMIT_MAILBOX="1000",
        )
        expected = mails(desk, authority)
        desk.deliver(*(raw for raw, _, _ in expected.values()))
        await desk.once()
    found = {one["subject"]: (one["state"], one["reason"]) for one in await desk.listed()}
    assert {
        subject: found[subject]
        for subject, (_, state, why) in expected.items()
        if found[subject][0] != state or why not in found[subject][1]
    } == {}
    answered = sum(state == "answered" for _, state, _ in expected.values())
    assert len(desk.messages("Sent")) == answered


async def test_explain_tells_who_the_author_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    mailbox = {"IMAP_SERVER": "imap.invalid", "IMAP_USER": "sav@lampes-durand.test", "IMAP_PASS": "x"}
    senders = {"AUTHSERV_ID": US, "INTERNAL_SENDERS": "corp-durand.test", "ALLOW_SENDERS": "team.test"}
    agent = Forked({"MODEL": "builtin", "LANG": "C.UTF-8"} | mailbox | senders, home)
    spoofed = '"support@corp-durand.test" <x@evil.test>'
    for name, raw in {
        "1-colleague": under([results("corp-durand.test", "pass")], mail("One", author="ana@corp-durand.test")),
        "2-claims": mail("Two", author="ana@corp-durand.test"),
        "3-failed": under([results("team.test", "fail")], mail("Three", author="a@team.test")),
        "4-spoofed": mail("Four", author=spoofed),
    }.items():
        (home / f"{name}.eml").write_bytes(raw)
    ended = await agent.run("repondeur", "explain", "--json", "--no-model", ".")
    assert ended.code == 0, ended.err
    found = [json.loads(line)["screening"]["sender"] for line in ended.out.splitlines()]
    known = [(one["kind"], one["authenticated"], one["by"], one["claims_internal"], one["allowed"]) for one in found]
    assert known == [
        ("internal", "pass", "dmarc", False, False),
        ("external", "none", "", True, False),
        ("external", "fail", "dmarc", False, True),
        ("external", "none", "", False, False),
    ]
    assert found[3]["shows"] == "corp-durand.test"
    ended = await agent.run("repondeur", "explain", "--no-model", ".")
    assert "The author is a colleague." in ended.out
    assert "has not sent this (DMARC). ALLOW_SENDERS names the author." in ended.out
    assert 'Four — x@evil.test ("support@corp-durand.test")' in ended.out
