"""The parts of a Graph mailbox on the stand-in for Graph, with a ledger of their own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from repondeur.mailboxes.graph.arrivals import Inbox
from repondeur.mailboxes.graph.client import Client, Timeouts
from repondeur.mailboxes.graph.filing import Filing
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.outgoing import Outgoing
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.settings.schema import GraphSettings
from repondeur.store.database import Database
from repondeur.store.ledger import Ledger
from tests.support.graph.server import GraphServer

QUICK = Timeouts(connect=3, read=5, whole=10, pause=2, patience=0.3)

Started = Callable[..., AbstractAsyncContextManager["Parts"]]


@dataclass
class Parts:
    settings: GraphSettings
    ledger: Ledger
    client: Client
    folders: Folders
    inbox: Inbox
    outgoing: Outgoing
    filing: Filing


def graph_settings(server: GraphServer, address: str, **changes: Any) -> GraphSettings:
    given = {
        "mailbox_user_id": address,
        "azure_client_id": server.client_id,
        "azure_tenant_id": server.tenant,
        "azure_client_secret": server.client_secret,
        "azure_authority": server.authority,
        "azure_instance_discovery": False,
        "graph_base_url": server.base_url,
        "mail_ca_file": server.ca_file,
    }
    return GraphSettings.model_validate(given | changes)


@asynccontextmanager
async def parts(server: GraphServer, database: Database, address: str, **changes: Any) -> AsyncIterator[Parts]:
    """As a process that starts has them: nothing is in memory."""
    settings = graph_settings(server, address, **changes)
    sign_in = SignIn(settings)
    client, ledger = Client(settings, sign_in, QUICK), Ledger(database)
    folders = Folders(client, settings)
    inbox = Inbox(settings, client, ledger, folders, server.now)
    try:
        yield Parts(
            settings,
            ledger,
            client,
            folders,
            inbox,
            Outgoing(settings, client, ledger, folders),
            Filing(settings, client, ledger, folders, inbox),
        )
    finally:
        await client.close()
        await sign_in.close()


def mail(subject: str, *, author: str, to: str, message_id: str, text: str = "Hello.\n", **fields: str) -> bytes:
    """message_id: with angle brackets. fields: further ones, with _ for -."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = author, to, subject
    message["Message-ID"] = message_id
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()
