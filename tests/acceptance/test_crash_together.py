"""Whatever kills the process, with everything at once: an answer, a call of another system, a notice, the record, all
of it under a key. Nothing leaves twice, and nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from repondeur.store.database import Database
from repondeur.store.overview import Overview
from repondeur.store.sealing import Sealer, new_key
from repondeur.store.verifying import verify
from tests.acceptance.test_crash import OUTSIDE, PATIENCE, SIDE_BY_SIDE, STRIDE
from tests.support.agent import Agent, Settings
from tests.support.chats import STAND_INS, said
from tests.support.eventually import eventually
from tests.support.mailserver import MailServer, mail
from tests.support.model_server import ModelServer, answers
from tests.support.postgresql import Cluster
from tests.support.sink import Asked, Reply, Sink, reply
from tests.support.stored import rows_of

pytestmark = [pytest.mark.soak, pytest.mark.servers]

ANSWER = "Merci de votre message, notre atelier le regarde."
ORDER = "Bonjour, où en est ma commande 77120 ? Elle devait arriver hier."
LEGAL = "Mon avocat vous assignera devant le tribunal."
KEY = new_key()

SETTINGS = """
outgoing_allow = ["127.0.0.0/8", "::1"]

[[notify]]
id = "ops"
kind = "slack"
url = "{chat}/services/T1/B1/{name}"
on = ["held", "alarm"]

[[call]]
id = "note"
url = "{shop}/{name}/{{order}}"
intents = ["order"]
body = {{ order = "{{order}}" }}
[call.parameters.order]
from = "order_number"
pattern = "[0-9]{{5}}"
"""


@dataclass(frozen=True)
class Office:
    """What all cases share."""

    server: MailServer
    model: ModelServer
    shop: Sink
    chat: Sink
    home: Path
    database: Callable[[], str]


@dataclass(frozen=True)
class Case:
    """A mailbox with a mail that is answered and makes a call, and one that is held and told of."""

    office: Office
    agent: Agent
    name: str
    address: str

    @property
    def author(self) -> str:
        return f"{self.name}@outside.test"

    def replies(self) -> int:
        with self.office.server.imap(OUTSIDE) as client:
            return len(client.search(["HEADER", "To", self.author]))

    def calls(self) -> list[str]:
        return [one.target for one in self.office.shop.asked if self.name in one.target]

    def notices(self) -> Counter[str]:
        """Of each mail, by its subject."""
        told = (said("slack", one) for one in self.office.chat.asked if self.name in one.target)
        return Counter("legal" if "Mon avocat" in text else "order" for text in told)


def a_case(office: Office) -> Case:
    address, name = office.server.account(), uuid4().hex[:12]
    home = office.home / address
    given = {"REPLY": "free", "OPENAI_BASE_URL": office.model.base_url, "OPENAI_API_KEY": "sk-test"}
    url = office.database() or f"sqlite:///{home}/data/repondeur.db"
    keyed = {"ENCRYPTION_KEY": KEY, "DATABASE_URL": url}
    agent = Settings(office.server, address, home, given | keyed | PATIENCE).agent()
    (home / "repondeur.toml").write_text(SETTINGS.format(chat=office.chat.url, shop=office.shop.url, name=name))
    for subject, text in (("Ma commande", ORDER), ("Mon avocat", LEGAL)):
        office.server.deliver(address, mail(subject, author=f"{name}@outside.test", to=address, body=text))
    return Case(office, agent, name, address)


@pytest.fixture
def office(mail_server: MailServer, tmp_path: Path, request: pytest.FixtureRequest, kind: str) -> Iterator[Office]:
    def database() -> str:
        if kind == "sqlite":
            return ""
        running: Cluster = request.getfixturevalue("postgresql")
        return running.url(f"crash_{uuid4().hex}")

    order = answers(intent="order", entities=[{"type": "order_number", "value": "77120"}], reply=ANSWER, language="fr")
    with (
        ModelServer([order]) as model,
        Sink(lambda _: reply(201)) as shop,
        Sink(STAND_INS["slack"]) as chat,
    ):
        yield Office(mail_server, model, shop, chat, tmp_path, database)


async def ends(case: Case) -> dict[str, str]:
    database = Database(case.agent.environ["DATABASE_URL"])
    database.seal_with(Sealer([KEY]))
    try:
        assert verify(database).broken is None, "a crash leaves the record whole"
        assert ANSWER not in rows_of(database)
        return {one.subject: (one.state or one.stage).value for one in await Overview(database).latest(10)}
    finally:
        await database.close()


async def run(case: Case, moment: int) -> list[str]:
    """Killed at this moment; 0 for none. The events until then."""
    events = case.agent.home / "events"
    ended = await case.agent.run("tests.support.crashing_agent", str(events), str(moment))
    assert ended.killed or ended.code == 0, ended.err[-3000:]
    return [line.partition(" ")[2] for line in events.read_text().splitlines()]


@contextmanager
def asked_at(office: Office, case: Case) -> Iterator[list[int]]:
    """At which moments a call and a notice leave."""
    moments: list[int] = []

    def noting(answer: Callable[[Asked], Reply]) -> Callable[[Asked], Reply]:
        def noted(asked: Asked) -> Reply:
            moments.append(len((case.agent.home / "events").read_bytes().splitlines()))
            return answer(asked)

        return noted

    before = office.shop.answer, office.chat.answer
    office.shop.answer, office.chat.answer = map(noting, before)
    yield moments
    office.shop.answer, office.chat.answer = before


async def killed_then_recovered(case: Case, moment: int) -> tuple[str, ...]:
    what = (await run(case, moment))[-1]
    again = await case.agent.run("repondeur", "once")
    assert again.code == 0, (moment, again.err[-3000:])
    found = await ends(case)
    assert found["Mon avocat"] == "held", (what, found)
    assert found["Ma commande"] in {"answered", "held"}, (what, found)
    if found["Ma commande"] == "answered":  # what a server has accepted may leave a little later
        await eventually(lambda: asyncio.to_thread(case.replies))
    left = await asyncio.to_thread(case.replies)
    assert left <= 1, f"answered {left} times after a crash {what}"
    assert left or found["Ma commande"] == "held", f"lost after a crash {what}"
    assert len(case.calls()) <= 1, f"called twice after a crash {what}"
    assert max(case.notices().values(), default=0) <= 1, f"told twice after a crash {what}"
    return (found["Ma commande"], f"{len(case.calls())} calls", f"{case.notices()['legal']} notices")


# Each kill takes seconds; what PostgreSQL has of its own is in the other tests of crashes.
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"] if STRIDE == 1 else ["sqlite"])
async def test_killed_while_everything_is_done_at_once(
    kind: str, office: Office, figure: Callable[[str], None]
) -> None:
    undisturbed = await asyncio.to_thread(a_case, office)
    with asked_at(office, undisturbed) as left_at:
        events = await run(undisturbed, 0)
    assert await ends(undisturbed) == {"Ma commande": "answered", "Mon avocat": "held"}
    await eventually(lambda: asyncio.to_thread(undisturbed.replies))
    assert undisturbed.calls() == [f"/{undisturbed.name}/77120"]
    assert undisturbed.notices() == {"legal": 1}
    slots = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(moment: int) -> tuple[str, ...]:
        async with slots:
            return await killed_then_recovered(await asyncio.to_thread(a_case, office), moment)

    # What is stored around an answer is for the other tests of crashes.
    around = (moment + more for moment in left_at for more in range(4))
    numbers = sorted({*range(STRIDE, len(events) + 1, 2 * STRIDE if STRIDE > 1 else 1), *around})
    found = Counter(await asyncio.gather(*(one(number) for number in numbers)))
    told = "; ".join(f"{count} × {', '.join(end)}" for end, count in found.most_common())
    figure(f"{kind}, all at once: killed at {len(numbers)} of {len(events)} moments: {told}")
