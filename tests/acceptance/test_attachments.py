"""A file that comes by mail, through a real mail server, while the process that works it is killed."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from repondeur.mail.message import Attachment
from repondeur.store.database import Database
from repondeur.store.overview import Overview
from repondeur.store.records import Mail
from repondeur.store.store import Store
from tests.support import files
from tests.support.agent import Agent, Settings
from tests.support.mailserver import MailServer, mail

# The moment at which a run begins to store what it has read: the mail was stored and claimed, and the reading begun.
RESULT_IS_STORED = 14
DOCX = files.docx("Facture FA-2026-0417 : le délai est de 30 jours.")


def attaching(address: str) -> bytes:
    text = "Bonjour,\n\nvoici notre contrat en pièce jointe. Quel est le délai ?\n"
    message = message_from_bytes(mail("Contrat", to=address, body=text), policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    message.add_attachment(DOCX, maintype="application", subtype="octet-stream", filename="contrat.docx")
    return message.as_bytes()


async def the_mail(agent: Agent) -> tuple[Mail, Attachment]:
    database = Database(f"sqlite:///{agent.home}/data/repondeur.db")
    try:
        (line,) = await Overview(database).latest(10)
        found = await Store(database).get(line.id)
    finally:
        await database.close()
    assert found is not None
    assert found.message is not None
    return found, found.message.attachments[0]


@pytest.mark.servers
async def test_killed_while_it_reads_a_file(mail_server: MailServer, tmp_path: Path) -> None:
    address = mail_server.account()
    agent = Settings(mail_server, address, tmp_path / address, {"REPLY": "free", "MODEL": "builtin"}).agent()
    mail_server.deliver(address, attaching(address))
    events = agent.home / "events"
    killed = await agent.run("tests.support.crashing_agent", str(events), str(RESULT_IS_STORED))
    assert killed.killed, killed.err[-2000:]
    found, attachment = await the_mail(agent)
    assert (found.steps["attachments"], attachment.waits) == (1, True), events.read_text()
    again = await agent.run("repondeur", "once")
    assert again.code == 0, again.err[-2000:]
    found, attachment = await the_mail(agent)
    assert (found.steps["attachments"], attachment.not_read) == (2, None)
    assert "FA-2026-0417" in attachment.text
    assert found.state is not None
