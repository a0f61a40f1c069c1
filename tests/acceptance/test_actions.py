"""Notices and calls of the program as a user runs it: settings in repondeur.toml, a process, kill -9."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, a_desk
from tests.support.agent import Agent
from tests.support.chats import STAND_INS, said
from tests.support.eventually import eventually
from tests.support.mailserver import MailServer, mail
from tests.support.model_server import ModelServer, answers
from tests.support.sink import Asked, Sink, reply

US = "support@boutique.test"
ANSWER = "Merci de votre message, notre atelier le regarde."
TEXT = "Bonjour, où en est ma commande 77120 ? Elle devait arriver hier."


def settings(sink: Sink, chat: Sink) -> str:
    return f"""
outgoing_allow = ["127.0.0.0/8", "::1"]
public_url = "https://mail.boutique.test"

[[notify]]
id = "ops"
kind = "slack"
url = "{chat.url}/services/T1/B1/canary"
on = ["held", "alarm"]

[[call]]
id = "note"
url = "{sink.url}/orders/{{order}}"
intents = ["order"]
headers = {{ Authorization = "Bearer canary" }}
body = {{ order = "{{order}}" }}
[call.parameters.order]
from = "order_number"
pattern = "[0-9]{{5}}"
"""


@pytest.fixture
def sinks() -> Iterator[tuple[Sink, Sink]]:
    with Sink(lambda _: reply(201)) as sink, Sink(STAND_INS["slack"]) as chat:
        yield sink, chat


def an_agent(home: Path, sinks: tuple[Sink, Sink], **more: str) -> Agent:
    home.mkdir()
    (home / "repondeur.toml").write_text(settings(*sinks))
    return Agent({"MODEL": "builtin", "LANG": "C.UTF-8", "LOG_FORMAT": "json", **more}, home)


async def test_a_dry_run_names_the_call_and_makes_none(tmp_path: Path, sinks: tuple[Sink, Sink]) -> None:
    agent = an_agent(tmp_path / "home", sinks)
    (agent.home / "a.eml").write_bytes(mail("Ma commande", body=TEXT, to=US))
    ended = await agent.run("repondeur", "explain", "--json", "a.eml")
    found = json.loads(ended.out)
    assert found["analysis"]["intent"] == "order", found
    assert {"kind": "call", "id": "note"} in found["decision"]["actions"]
    assert [sink.connections for sink in sinks] == [0, 0]


async def test_check_looks_at_each_line_and_sends_nothing(tmp_path: Path, sinks: tuple[Sink, Sink]) -> None:
    agent = an_agent(tmp_path / "home", sinks, IMAP_SERVER="127.0.0.1", IMAP_PORT="1", IMAP_USER=US, IMAP_PASS="x")
    ended = await agent.run("repondeur", "check", "--json")
    found = {one["target"]: one["status"] for one in map(json.loads, ended.out.splitlines()) if one["target"]}
    assert found == {"ops": "ok", "note": "ok"}
    assert [sink.asked for sink in sinks] == [[], []]
    assert [sink.connections for sink in sinks] == [1, 1]
    assert "canary" not in ended.out + ended.err


async def killed_while_it_asks(desk: Desk, sink: Sink) -> None:
    """`once`, killed when the request has left and nothing has come back."""
    process = await desk.agent.start("repondeur", "once", quiet=True)
    await eventually(lambda: sink.asked)
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL


@pytest.mark.servers
async def test_killed_between_a_request_and_what_is_stored_after_it(
    mail_server: MailServer, sinks: tuple[Sink, Sink], tmp_path: Path
) -> None:
    sink, chat = sinks
    order = answers(intent="order", entities=[{"type": "order_number", "value": "77120"}], reply=ANSWER, language="fr")
    with ModelServer([order]) as model:
        desk = a_desk(mail_server, tmp_path, model)
        (desk.agent.home / "repondeur.toml").write_text(settings(sink, chat))
        desk.deliver(desk.mail("Ma commande", body=TEXT))
        over = threading.Event()
        sink.answer = stuck_until(over)
        await killed_while_it_asks(desk, sink)
        over.set()
        sink.answer = lambda _: reply(201)
        ended = await desk.once()
        assert "canary" not in ended.out + ended.err
        (listed,) = await desk.listed()
        assert (listed["state"], len(sink.asked), len(desk.left())) == ("held", 1, 1)
        assert sink.asked[0].target == "/orders/77120"
        assert [asked.json["text"] for asked in chat.asked] == ["A mail waits for a person"]
        assert "Ma commande" in said("slack", chat.asked[0])
        # A notice that was being sent when the process died is not sent again either.
        desk.deliver(desk.mail("Mon avocat", body="Mon avocat vous assignera devant le tribunal."))
        chat.asked.clear()
        over.clear()
        chat.answer = stuck_until(over)
        await killed_while_it_asks(desk, chat)
        over.set()
        chat.answer = STAND_INS["slack"]
        await desk.once()
        assert (len(chat.asked), len(sink.asked)) == (1, 1)


def stuck_until(over: threading.Event) -> Callable[[Asked], Iterator[bytes]]:
    def answer(_: Asked) -> Iterator[bytes]:
        while not over.wait(0.02):
            yield b""

    return answer
