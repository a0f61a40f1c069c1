"""The sample mail and the knowledge of the demo's shop hold what the demo promises to show."""

import asyncio
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from imapclient import IMAPClient

from repondeur.mailboxes.demo.server import MAX_SIZE, DemoServer, arriving
from repondeur.mailboxes.demo.shop import knowledge, samples

NOW = datetime(2026, 11, 20, 10, 12, tzinfo=UTC)
SAMPLES = dict(samples())


def read(name: str) -> EmailMessage:
    message = message_from_bytes(arriving(SAMPLES[name], NOW), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_a_whole_mail_to_the_shop(name: str) -> None:
    message = read(name)
    assert [part.defects for part in message.walk() if part.defects] == []
    assert message["To"].addresses[0].addr_spec == "support@boutique.example"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"]
    assert message["Return-Path"]
    assert len(SAMPLES[name]) < MAX_SIZE


@pytest.mark.parametrize("name", SAMPLES)
def test_only_example_domains_are_named(name: str) -> None:
    message = read(name)
    headers = " ".join(f"{value}" for part in message.walk() for value in part.values())
    texts = " ".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
    named = re.findall(r"[\w.+-]+@([\w.-]+\w)|https?://([\w.-]+\w)", headers + texts)
    domains = {address or host for address, host in named}
    assert {domain for domain in domains if not domain.endswith(".example")} == set()


def test_no_two_samples_are_the_same_mail() -> None:
    assert len({read(name)["Message-ID"] for name in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("08-newsletter.eml", "List-Unsubscribe", "stop"),
        ("09-absence-du-bureau.eml", "Auto-Submitted", "auto-replied"),
        ("09-absence-du-bureau.eml", "Return-Path", "<>"),
        ("10-bounce.eml", "Content-Type", "delivery-status"),
        ("10-bounce.eml", "Return-Path", "<>"),
        ("12-attaque-remboursement.eml", "Reply-To", "paiement-rapide"),
        ("13-outlook-html.eml", "Content-Type", "text/html"),
        ("14-re-re-emballage.eml", "In-Reply-To", "@boutique.example"),
    ],
)
def test_what_makes_a_sample_what_it_is(name: str, field: str, value: str) -> None:
    assert value in read(name)[field]


def test_the_pdf_is_one() -> None:
    (attached,) = read("15-bon-de-commande-pdf.eml").iter_attachments()
    pdf = attached.get_content()
    assert pdf.startswith(b"%PDF-1.4")
    offsets = [int(line[:10]) for line in re.findall(rb"\d{10} 00000 n", pdf)]
    assert [pdf[offset : offset + 8] for offset in offsets] == [b"%d 0 obj\n" % n for n in range(1, 6)]
    start = int(pdf.rpartition(b"startxref\n")[2].split()[0])
    assert pdf[start : start + 4] == b"xref"


async def test_all_of_them_arrive_in_order() -> None:
    async with DemoServer() as server:
        for raw in SAMPLES.values():
            await server.deliver(raw)

        def unread() -> list[str]:
            with IMAPClient(server.host, server.imap_port, ssl=False, timeout=60) as client:
                client.login(server.agent.address, server.agent.password)
                client.select_folder("INBOX")
                fetched = client.fetch(client.search(["UNSEEN"]), ["BODY.PEEK[]"])
                return [message_from_bytes(item[b"BODY[]"])["Message-ID"] for _, item in sorted(fetched.items())]

        arrived = await asyncio.to_thread(unread)
    assert arrived == [read(name)["Message-ID"] for name in SAMPLES]


ENTRIES = {entry.name: entry.read_text("utf-8") for entry in knowledge()}


def front_matter(name: str) -> dict[str, str]:
    _, head, _ = ENTRIES[name].split("---\n", 2)
    return dict(line.split(": ", 1) for line in head.splitlines())


def test_every_topic_is_known_in_both_languages() -> None:
    topics = {name.split(".")[0] for name in ENTRIES}
    assert len(topics) == 15
    assert set(ENTRIES) == {f"{topic}.{language}.md" for topic in topics for language in ("en", "fr")}


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_says_what_it_is(name: str) -> None:
    given = front_matter(name)
    assert set(given) == {"id", "title", "language", "visibility"}
    assert given["language"] == name.split(".")[1]
    internal = name.startswith(("supplier-margins", "discount-limit"))
    assert given["visibility"] == ("internal" if internal else "public")
    assert ENTRIES[name].split("---\n", 2)[2].strip()


def test_ids_are_unique() -> None:
    assert len({front_matter(name)["id"] for name in ENTRIES}) == len(ENTRIES)
