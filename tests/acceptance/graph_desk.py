"""A Microsoft 365 mailbox that the program works, at the stand-in for Graph and Entra, and what became of its mail."""

import json
import socket
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.agent import Agent, Ended
from tests.support.forking import Forked
from tests.support.graph.server import GraphServer
from tests.support.house import NO_LIMITS
from tests.support.mailserver import mail
from tests.support.model_server import ModelServer

SENDING = ("/createReply", "/send")  # what handing over an answer takes


@dataclass(frozen=True)
class GraphDesk:
    """agent: the program, set up for this mailbox."""

    graph: GraphServer
    address: str
    agent: Agent
    port: int

    @property
    def box(self) -> Any:
        return self.graph.mailbox(self.address)

    def mail(self, subject: str, number: int = 0, **fields: Any) -> bytes:
        """A mail of customer `number` to this mailbox."""
        given = {"author": self.customer(number), "to": self.address, "body": "Bonjour, où en est ma commande ?\n"}
        return mail(subject, **given | fields)

    def customer(self, number: int) -> str:
        return f"client{number}@outside.test"

    def deliver(self, count: int, start: int = 0, **options: Any) -> list[str]:
        """Mails of as many customers."""
        return [self.box.deliver(self.mail(f"Question {n}", n), **options) for n in range(start, start + count)]

    async def run(self, *words: str) -> Ended:
        return await Forked(self.agent.environ, self.agent.home).run("repondeur", *words)

    async def once(self) -> Ended:
        """`repondeur once`, which has to succeed."""
        ended = await self.run("once")
        assert ended.code == 0, ended.out + ended.err[-3000:]
        return ended

    async def listed(self) -> list[dict[str, Any]]:
        """`messages list --json`, oldest first."""
        ended = await self.run("messages", "list", "--limit", "5000", "--json")
        assert ended.code == 0, ended.err
        return [json.loads(line) for line in reversed(ended.out.splitlines())]

    def left(self) -> list[EmailMessage]:
        """What has really left, as messages."""
        return [message_from_bytes(raw, policy=policy.default) for raw, _ in self.box.outbound]

    def recipients(self) -> Counter[str]:
        """How often something has left for each."""
        return Counter(recipient for _, recipients in self.box.outbound for recipient in recipients)

    def requests(self) -> list[str]:
        """Paths of all that was asked of this mailbox beside what handing over takes, a $batch once."""
        return [
            one.path
            for one in self.graph.requests
            if not one.in_batch and "/oauth2/" not in one.path and not one.path.endswith(SENDING)
        ]


def a_graph_desk(graph: GraphServer, home: Path, model: ModelServer, *, push: bool = False, **more: str) -> GraphDesk:
    address = f"support-{uuid4().hex[:8]}@boutique.example"
    graph.mailbox(address)
    port = free_port()
    environ = {
        "MAILBOX_USER_ID": address,
        "AZURE_TENANT_ID": graph.tenant,
        "AZURE_CLIENT_ID": graph.client_id,
        "AZURE_CLIENT_SECRET": graph.client_secret,
        "AZURE_AUTHORITY": graph.authority,
        "AZURE_INSTANCE_DISCOVERY": "false",
        "GRAPH_BASE_URL": graph.base_url,
        "MAIL_CA_FILE": str(graph.ca_file),
        "REPONDEUR_DATA_DIR": str(home / address / "data"),
        "REPLY": "free",
        "MODEL": "openai:test-model",
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "sk-test",
        "SENT_EVIDENCE_WAIT": "3",
        "LOG_FORMAT": "json",
        "LANG": "C.UTF-8",
    } | {name.upper(): value for name, value in NO_LIMITS.items()}
    if push:
        environ |= {
            "WEBHOOK_URL": f"http://127.0.0.1:{port}/graph/notifications",
            "WEBHOOK_SECRET": uuid4().hex,
            "POLL_INTERVAL": "3600",
        }
    (home / address).mkdir(parents=True, exist_ok=True)
    return GraphDesk(graph, address, Agent(environ | more, home / address), port)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
