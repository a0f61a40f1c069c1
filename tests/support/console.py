"""What a console may have to show, and a console that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from repondeur.errors import RepondeurError
from repondeur.mail.message import Address, Attachment, Forward, Message
from repondeur.policy.analysis import Analysis, Entity
from repondeur.policy.decision import Decision
from repondeur.texts import Language, Reason
from repondeur.web.console import Detail, Recorded, Reply, Row, Step, Stopped, Subscribed

NOW = datetime(2026, 11, 20, 10, 12, tzinfo=UTC)
# Any sentence of the catalogue would do.
WHY = Reason("demo.port_taken", {"host": "127.0.0.1", "port": 8000})

ROW = Row(
    7, "support@boutique.example", "a@x.example", "Délai ?", "Claire <claire@client.example>", "answered", WHY, NOW
)

MESSAGE = Message(
    "a@x.example",
    (Address("Claire", "claire@client.example"),),
    "Délai ?",
    "Combien de jours ?",
    "",
    100,
    to=(Address("", "support@boutique.example"),),
    quoted="> avant",
    signature="Claire M.",
    forward=Forward(Address("Zoé", "zoe@x.example"), "Tr", "le message transmis", ""),
    attachments=(Attachment("plan.pdf", "application/pdf", 10),),
)

ANALYSIS = Analysis(
    "question",
    "Asks how long it takes",
    (Entity("order_number", "58213"),),
    "high",
    "negative",
    "fr",
    True,
    False,
    0.92,
    "",
    ("kb:delais-livraison",),
    "builtin",
)

DETAIL = Detail(
    ROW,
    (Step("screen", NOW, WHY), Step("understand", NOW, "question, 0.92"), Step("some_new_step", NOW, "new")),
    MESSAGE,
    ANALYSIS,
    Decision("answer", WHY),
    Reply("claire@client.example", "Re: Délai ?", "Deux à quatre jours.", sent=True),
    (Recorded(41, NOW, "decided", "5e" * 32), Recorded(42, NOW, "approved", "a7" * 32, "agathe")),
)


@dataclass
class FakeConsole:
    """Answers what it was given; asked: what it was asked for."""

    rows: Sequence[Row] = (ROW,)
    detail: Detail | None = DETAIL
    wrong: Sequence[Reason] = ()
    error: Exception | None = None
    allowed: frozenset[str] = frozenset()
    language: Language = "en"
    subscribed: Sequence[Subscribed] = ()
    paused: Sequence[Stopped] = ()
    asked: list[tuple[int, int | None]] = field(default_factory=list)

    async def last_mails(self, limit: int, before: int | None = None) -> Sequence[Row]:
        self.asked.append((limit, before))
        if self.error is not None:
            raise self.error
        return [row for row in self.rows if before is None or row.id < before][:limit]

    async def mail(self, mail_id: int) -> Detail | None:
        mail_id.to_bytes(8, "big", signed=True)  # a database raises OverflowError here too
        return self.detail if self.detail is not None and self.detail.row.id == mail_id else None

    async def ready(self) -> Sequence[Reason]:
        if isinstance(self.error, RepondeurError):
            raise self.error
        return self.wrong

    async def subscriptions(self) -> Sequence[Subscribed]:
        return self.subscribed

    async def stopped(self) -> Sequence[Stopped]:
        return self.paused

    async def metrics(self) -> str:
        return "repondeur_mails_total 3\n"

    def metrics_allowed(self, ip: str) -> bool:
        return ip in self.allowed
