"""Several models, as a user sets them up: repondeur.toml, and what `explain`, `check`, `once` and `messages` say."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.desk import Desk, a_desk
from tests.support.agent import Agent
from tests.support.forking import Forked
from tests.support.mailserver import MailServer, mail
from tests.support.model_server import ModelServer, answers, slowly

GOOD = answers(reply="Votre commande part demain.", language="fr", confidence=0.95)
KEY = "canary-key-7311"
QUESTION = "Bonjour,\n\noù en est ma commande 77120 ?\n"
IBAN = "Bonjour,\n\nmon IBAN est FR76 3000 6000 0112 3456 7890 189, où en est ma commande ?\n"


TABLE = """
[models.{name}]
provider = "compatible"
model = "test-model"
base_url = "{url}"
api_key = "{key}"
local = {local}
"""
PRICES = "price_input = 1000\nprice_output = 0\n"  # a dollar a call


def table(name: str, server: ModelServer, *, local: bool = False) -> str:
    return TABLE.format(name=name, url=server.base_url, key=KEY, local=str(local).lower())


def tables(one: ModelServer, two: ModelServer) -> str:
    return table("one", one) + PRICES + table("two", two) + PRICES


def an_agent(folder: Path, toml: str, **environ: str) -> Forked:
    home = folder / "home"
    home.mkdir()
    (home / "repondeur.toml").write_text(toml, "utf-8")
    return Forked({"LANG": "C.UTF-8", **environ}, home)


async def explained(agent: Agent, folder: Path, *texts: str) -> list[dict[str, Any]]:
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}.eml")
        paths[-1].write_bytes(mail(f"Question {number}", body=text, to="us@boutique.test"))
    ended = await agent.run("repondeur", "explain", "--json", *map(str, paths))
    assert ended.code == 0, ended.err
    assert KEY not in ended.out + ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


async def test_explain_falls_back_from_a_dead_server_and_says_so(tmp_path: Path) -> None:
    with ModelServer() as dead:
        pass
    with ModelServer([GOOD], key=KEY) as alive:
        agent = an_agent(tmp_path, f'model = "one"\nmodel_fallback = "two"\n{tables(dead, alive)}')
        [found] = await explained(agent, tmp_path, QUESTION)
    chosen = found["analysis"]["chosen"]
    assert (chosen["model"], chosen["code"]) == ("two", "model.default")
    assert [(one["model"], one["code"]) for one in chosen["passed_over"]] == [("one", "engine.unreachable")]
    assert chosen["passed_over"][0]["reason"]
    assert found["analysis"]["engine"] == "compatible:test-model"
    assert len(alive.requests) == 1


async def test_explain_asks_about_so_many_mails_at_a_time(tmp_path: Path) -> None:
    with ModelServer([slowly(GOOD, 0.0001)], refuses=["json_schema"]) as server:
        environ = {"OPENAI_BASE_URL": server.base_url, "MODEL": "compatible:m", "CONCURRENCY": "2"}
        found = await explained(an_agent(tmp_path, "", **environ), tmp_path, *[QUESTION] * 8)
    assert [one["analysis"]["engine"] for one in found] == ["compatible:m"] * 8
    assert server.most_at_work == 2
    assert len(server.requests) == 8 + 1, "how the server wants to be asked is found out once"


async def test_choices_send_each_mail_to_its_model(tmp_path: Path) -> None:
    with ModelServer([GOOD]) as far, ModelServer([GOOD]) as near:
        choices = """
        model = "one"
        sensitive_mail = "local"
        [[model_choice]]
        use = ["builtin"]
        shorter_than = 20
        [[model_choice]]
        use = ["one", "two"]
        """
        toml = choices + table("one", far) + table("two", near, local=True)
        found = await explained(an_agent(tmp_path, toml), tmp_path, "Merci !\n", QUESTION, IBAN)
        assert [one["analysis"]["chosen"]["model"] for one in found] == ["builtin", "one", "two"]
        assert [one["code"] for one in found[2]["analysis"]["chosen"]["passed_over"]] == ["model.not_local"]
        assert "shorter_than = 20" in found[0]["analysis"]["chosen"]["reason"]
        assert "FR76" not in str([request.body for request in far.requests])
        assert len(near.requests) == 1


async def test_check_looks_at_each_model_and_at_its_price(tmp_path: Path) -> None:
    mailbox = {"IMAP_SERVER": "127.0.0.1", "IMAP_PORT": "1", "IMAP_USER": "us@boutique.test", "IMAP_PASS": "x"}
    with ModelServer() as dead:
        pass
    with ModelServer([GOOD], key=KEY) as alive:
        toml = f'model = "two"\nmodel_fallback = ["one", "builtin"]\nmodel_daily_spend = 3\n{tables(dead, alive)}'
        agent = an_agent(tmp_path, toml, **mailbox)
        ended = await agent.run("repondeur", "check", "--json")
        findings = [json.loads(line) for line in ended.out.splitlines()]
        assert {one["model"]: one["status"] for one in findings if one["what"] == "check.model"} == {
            "two": "ok",
            "one": "failed",
            "builtin": "ok",
        }
        assert {one["model"]: one["code"] for one in findings if one["what"] == "check.model_place"} == {
            "two": "check.model_elsewhere",
            "one": "check.model_elsewhere",
        }
        [spent] = [one for one in findings if one["what"] == "check.spending"]
        assert (spent["status"], "0.00" in spent["text"], "3.00" in spent["text"]) == ("ok", True, True)
        (agent.home / "repondeur.toml").write_text(toml.replace(PRICES, ""), "utf-8")
        ended = await agent.run("repondeur", "check")
        assert "MODEL_DAILY_SPEND" in ended.out
        assert "price_input" in ended.out
        (agent.home / "repondeur.toml").write_text(toml.replace("local = false\n", ""), "utf-8")
        ended = await agent.run("repondeur", "check")
        assert "in the house by its address" in ended.out
        assert "PSEUDONYMS=always" in ended.out
    assert KEY not in ended.out + ended.err


@pytest.mark.servers
async def test_after_the_cap_a_person_gets_the_mail_and_the_record_says_why(
    mail_server: MailServer, tmp_path: Path
) -> None:
    with ModelServer([GOOD]) as first, ModelServer([GOOD]) as second:
        desk = a_desk(mail_server, tmp_path, MODEL="one", MODEL_FALLBACK="two", MODEL_DAILY_SPEND="1", CONCURRENCY="1")
        (desk.agent.home / "repondeur.toml").write_text(tables(first, second), "utf-8")
        await one_after_the_other(desk)
        listed = await desk.listed()
        assert [(one["state"], one["code"]) for one in listed] == [
            ("answered", "decide.answer_without_passage"),
            ("held", "engine.spend_cap"),
        ]
        assert (len(first.requests), len(second.requests)) == (1, 0)
        shown = await desk.shown(listed[0]["id"])
        [understood] = [step["found"] for step in shown["steps"] if step["step"] == "understand"]
        assert understood["analysis"]["chosen"]["model"] == "one"
        assert understood["analysis"]["usage"]["calls"] == 1
        told = await desk.run("messages", "show", str(listed[0]["id"]))
        assert "one: The default model" in told.out


async def one_after_the_other(desk: Desk) -> None:
    for number in range(2):
        desk.deliver(desk.mail(f"Question {number}", author=desk.customer(number)))
        await desk.once()
