"""`repondeur serve`: it notices mail at once, says how it is, survives its servers, and stops without losing a mail."""

import asyncio
import os
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio

from tests.acceptance.desk import Desk, a_desk, with_settings
from tests.acceptance.serving import Serving, serving
from tests.support.agent import Ended
from tests.support.eventually import eventually
from tests.support.mailserver import MailServer
from tests.support.model_server import ModelServer, Request, Step, answers

# One loop for all, so that what takes long goes on while other tests run.
pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]

NEVER_POLLS = {"POLL_INTERVAL": "3600"}  # what is noticed is noticed by IDLE
ANSWER = answers(reply="Votre lampe part demain.", language="fr", confidence=0.95)


async def answered(desk: Desk, mails: int = 1) -> None:
    await eventually(lambda: len(desk.left()) >= mails)


@contextmanager
def a_slow_model() -> Iterator[tuple[ModelServer, threading.Event]]:
    """A model that answers only once the event is set."""
    go_on = threading.Event()

    def script(_: Request) -> Step:
        go_on.wait(40)
        return ANSWER

    with ModelServer(script) as model:
        yield model, go_on
        go_on.set()


@dataclass(frozen=True)
class Interrupted:
    """An agent that was told to stop while a model is busy with its mail that will not answer in time."""

    desk: Desk
    ended: asyncio.Task[Ended]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def interrupted(mail_server: MailServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Interrupted]:
    """It uses up its time to stop while the tests below run; the last one looks at what became of it."""
    with a_slow_model() as (model, _):
        desk = a_desk(mail_server, tmp_path_factory.mktemp("interrupted"), model)
        desk.deliver(desk.mail("Au milieu"))
        async with serving(desk.agent) as agent:
            await eventually(lambda: model.requests)
            yield Interrupted(desk, asyncio.create_task(agent.stop()))


def make_unreadable(file: Path) -> None:
    """Whoever opens it waits for somebody who writes it."""
    file.unlink()
    os.mkfifo(file)


@dataclass(frozen=True)
class Hanging:
    """An agent that was told to stop while one of its threads waits for a file that nobody will ever write."""

    desk: Desk
    agent: Serving
    ended: asyncio.Task[Ended]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hanging(mail_server: MailServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hanging]:
    """As `interrupted`."""
    home = tmp_path_factory.mktemp("hanging")
    with a_slow_model() as (model, go_on):
        desk = a_desk(mail_server, home, model)
        authorities = Path(shutil.copy(desk.agent.environ["MAIL_CA_FILE"], home / "ca.pem"))
        desk.deliver(desk.mail("Sans fin"))
        async with serving(with_settings(desk, MAIL_CA_FILE=str(authorities)).agent) as agent:
            await eventually(lambda: model.requests)
            make_unreadable(authorities)  # which the connection to the SMTP server reads
            go_on.set()
            await eventually(lambda: agent.events("mail.decided"))
            yield Hanging(desk, agent, asyncio.create_task(agent.stop()))


@pytest.mark.usefixtures("interrupted", "hanging")
async def test_a_day_of_serving(mail_server: MailServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path, model, METRICS_ALLOW="127.0.0.0/8", **NEVER_POLLS)
    desk.deliver(desk.mail("Arrivé avant", author=desk.customer(1)))
    async with serving(desk.agent) as agent:
        await answered(desk, 1)
        desk.deliver(desk.mail("Arrivé après", author=desk.customer(2)))
        await answered(desk, 2)
        assert (await agent.get("/health")).text == "OK"
        assert await agent.reasons() == []
        metrics = (await agent.get("/metrics")).text
        assert f'repondeur_mails_total{{mailbox="{desk.address}",state="answered"}} 2.0' in metrics
        page = (await agent.get("/")).text
        assert "Arrivé avant" in page
        assert "Arrivé après" in page
        second = await desk.run("serve", "--port", "0")
        assert second.code == 2
        assert f"Another process (number {agent.process.pid}) already works this store" in second.err
        once = await desk.run("once")
        assert (once.code, once.out) == (2, ""), "nor may `once` work beside it"
        elsewhere = a_desk(mail_server, tmp_path, model)
        taken = await elsewhere.run("serve", "--port", str(agent.port))
        assert taken.code == 2
        assert f"127.0.0.1, port {agent.port}" in taken.err
        assert "--port" in taken.err, "it says what to do"
        ended = await agent.stop()
    assert ended.code == 0
    assert ended.out == ""
    assert len(desk.left()) == 2


async def test_metrics_are_closed_unless_allowed(mail_server: MailServer, tmp_path: Path) -> None:
    async with serving(a_desk(mail_server, tmp_path).agent) as agent:
        assert (await agent.get("/metrics")).status_code == 403


async def test_a_stop_waits_for_a_mail_in_hand(mail_server: MailServer, tmp_path: Path) -> None:
    with a_slow_model() as (model, go_on):
        desk = a_desk(mail_server, tmp_path, model)
        desk.deliver(desk.mail("Au milieu"))
        async with serving(desk.agent) as agent:
            await eventually(lambda: model.requests)
            stopping = asyncio.create_task(agent.stop())
            await eventually(lambda: agent.events("serve.stopping"))
            go_on.set()
            assert (await stopping).code == 0
    assert await desk.states() == {"Au milieu": "answered"}
    assert len(desk.left()) == 1


@pytest.mark.parametrize("part", ["imap", "smtp"])
async def test_a_server_that_is_away_for_a_while(
    part: Literal["imap", "smtp"], mail_server: MailServer, model: ModelServer, tmp_path: Path
) -> None:
    desk = a_desk(mail_server, tmp_path, model, **NEVER_POLLS)
    async with serving(desk.agent) as agent:
        assert await agent.reasons() == []
        mail_server.down(part)
        try:
            if part == "smtp":
                desk.deliver(desk.mail("Pendant la panne"))
            assert await eventually(agent.reasons) == [f"{part}.port_refused"]
            assert (await agent.get("/health")).text == "OK", "it lives; starting it anew would not help"
        finally:
            mail_server.up(part)
        if part == "imap":
            desk.deliver(desk.mail("Pendant la panne"))
        await answered(desk)
        await eventually(agent.is_ready)
    assert await desk.states() == {"Pendant la panne": "answered"}
    assert len(desk.left()) == 1


async def test_what_a_stop_did_not_wait_for_is_taken_up_at_the_next_start(interrupted: Interrupted) -> None:
    desk = interrupted.desk
    assert (await interrupted.ended).code == 0
    assert await desk.states() == {"Au milieu": "understand"}
    assert not desk.left()
    with ModelServer([ANSWER]) as quick:
        again = with_settings(desk, OPENAI_BASE_URL=quick.base_url)
        assert "1 mails handled: Answered 1" in (await again.once()).out
        assert "No new mail." in (await again.once()).out
    assert await desk.states() == {"Au milieu": "answered"}
    assert len(desk.left()) == 1


async def test_what_hangs_is_cut_off_in_time_and_nothing_is_lost(hanging: Hanging) -> None:
    assert (await hanging.ended).code == 0
    assert hanging.agent.events("serve.cut_off")
    assert not hanging.desk.left()
    await hanging.desk.once()
    assert await hanging.desk.states() == {"Sans fin": "answered"}
    assert len(hanging.desk.left()) == 1
