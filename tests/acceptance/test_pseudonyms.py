"""What a server of models gets to see of people, by the octets of its requests; and what comes back to the reader."""

import json
import re
from pathlib import Path
from typing import Any

from tests.acceptance.desk import asked
from tests.acceptance.test_models import an_agent, table
from tests.support.agent import Agent
from tests.support.mailserver import mail
from tests.support.model_server import ModelServer, Request, Step, answers

CANARIES = (
    *("Ottavia", "Brambilla", "brambilla", "canari-postal.example", "774120", "06 39 98 11 22", "0639981122"),
    *("3000 6000 0112 3456", "30006000", "Mirabelles"),
)
TEXT = """Bonjour,

où en est ma commande CMD-774120 ? Vous pouvez m'appeler au 06 39 98 11 22 (ou +33639981122), ou m'écrire à
ottavia.brambilla@canari-postal.example. J'habite 9 rue des Mirabelles, 69003 Lyon.
Mon IBAN pour le remboursement : FR76 3000 6000 0112 3456 7890 189.

Cordialement,
Ottavia Brambilla
"""


def a_mail(subject: str) -> bytes:
    author = "Ottavia Brambilla <ottavia.brambilla@canari-postal.example>"
    return mail(f"{subject} CMD-774120 de Brambilla", body=TEXT, author=author, to="us@boutique.test")


def by_what_it_sees(request: Request) -> Step:
    """An honest model: it names the things as the mail names them. One mail makes it careless."""
    seen = asked(request).partition("<<<MAIL")[2]
    number = re.findall(r"commande (\S+) \?", seen)[0]
    person = re.findall(r"From: (.+) <", seen)[0]
    found = [{"type": "order_number", "value": number}, {"type": "person", "value": person}]
    greeted = "PERSON_8" if "Perdue" in seen else person
    return answers(
        intent="order",
        language="fr",
        summary=f"{person} demande où est {number}.",
        entities=found,
        reply=f"Bonjour {greeted}, votre commande {number} part demain.",
    )


async def explained(agent: Agent, folder: Path, *subjects: str) -> list[dict[str, Any]]:
    paths = [folder / f"{number}.eml" for number in range(len(subjects))]
    for path, subject in zip(paths, subjects, strict=True):
        path.write_bytes(a_mail(subject))
    ended = await agent.run("repondeur", "explain", "--json", *map(str, paths))
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


async def test_a_model_elsewhere_learns_of_nobody_and_people_read_the_real_names(tmp_path: Path) -> None:
    with ModelServer(by_what_it_sees) as server:
        agent = an_agent(tmp_path, f'model = "one"\nreply = "free"\n{table("one", server)}')
        found, lost = await explained(agent, tmp_path, "Suivi", "Perdue")
    requests = json.dumps([(one.path, one.headers, one.body) for one in server.requests], ensure_ascii=False)
    assert len(server.requests) == 2
    assert [one for one in CANARIES if one in requests] == []
    assert "PERSON_1" in requests
    analysis = found["analysis"]
    assert analysis["summary"] == "Ottavia Brambilla demande où est CMD-774120."
    assert {one["type"]: one["value"] for one in analysis["entities"]} == {
        "order_number": "CMD-774120",
        "person": "Ottavia Brambilla",
    }
    assert "Bonjour Ottavia Brambilla, votre commande CMD-774120 part demain." in found["reply"]["text"]
    assert (lost["decision"]["verdict"], lost["decision"]["code"]) == ("draft", "decide.pseudonym_left")
    assert found["decision"]["code"] != "decide.pseudonym_left"


async def test_a_model_in_the_house_sees_the_mail_as_it_is_unless_settings_want_otherwise(tmp_path: Path) -> None:
    with ModelServer(by_what_it_sees) as server:
        agent = an_agent(tmp_path, f'model = "one"\n{table("one", server, local=True)}')
        [found] = await explained(agent, tmp_path, "Suivi")
        assert "Ottavia Brambilla" in asked(server.requests[-1])
        assert "CMD-774120" in asked(server.requests[-1])
        hidden = Agent({**agent.environ, "PSEUDONYMS": "always"}, agent.home)
        [again] = await explained(hidden, tmp_path, "Suivi")
        assert [one for one in CANARIES if one in asked(server.requests[-1])] == []
    assert found["analysis"]["summary"] == again["analysis"]["summary"]
