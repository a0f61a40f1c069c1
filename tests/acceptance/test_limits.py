"""Limits, the breaker and the switch, as an administrator meets them: processes, real servers."""

import asyncio
import os
import pwd
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, a_desk
from tests.acceptance.serving import serving
from tests.support.eventually import eventually
from tests.support.mailserver import MailServer, mail
from tests.support.model_server import ModelServer, answers

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]

QUIET = {"AI_DISCLOSURE": "false", "OFFER_PERSON": "false", "POLL_INTERVAL": "3600"}
# What a relay that means ill takes away: every sign that a machine wrote it, and what it answers.
MARKS = ("Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "In-Reply-To", "References", "Message-ID")


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    """One that answers every mail with a question, which is how two programs keep each other busy."""
    asks_back = answers(reply="Bonjour, pouvez-vous me dire où en est votre commande ?", language="fr", confidence=0.95)
    with ModelServer([asks_back]) as server:
        yield server


async def test_many_mails_of_one_author_get_three_answers_whatever_is_killed(
    mail_server: MailServer, model: ModelServer, tmp_path: Path
) -> None:
    desk = a_desk(mail_server, tmp_path, model)
    letters = [
        desk.mail(
            f"Question {word}",
            f"Bonjour,\n\noù en est ma commande {word} ?\n",
            author=f"{desk.tag}+{word}@outside.test",
        )
        for word in (
            "alpha",
            "bravo",
            "charlie",
            "delta",
            "echo",
            "foxtrot",
            "golf",
            "hotel",
            "india",
            "juliet",
            "kilo",
        )
    ]
    desk.deliver(*letters)
    for answered in (1, 2):
        await _killed_after(desk, answered)
    await desk.once()
    states = sorted((await desk.states()).values())
    assert len(desk.left()) <= 3
    assert states.count("answered") <= 3
    assert {*states} <= {"answered", "drafted", "held"}
    assert len(states) == len(letters)
    # What a kill has left in doubt is held, and keeps its place.
    assert states.count("drafted") == len(letters) - 3


async def _killed_after(desk: Desk, answers: int) -> None:
    process = await desk.agent.start("repondeur", "once", quiet=True)
    await eventually(lambda: len(desk.left()) >= answers or process.returncode is not None)
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_two_agents_that_answer_each_other_stop_by_themselves(
    mail_server: MailServer, model: ModelServer, tmp_path: Path
) -> None:
    one, two = (a_desk(mail_server, tmp_path / name, model, **QUIET) for name in ("one", "two"))
    one.deliver(one.mail("Ma commande"))
    async with serving(one.agent), serving(two.agent):
        relaying = asyncio.create_task(_relay((one, two), (two, one)))
        try:
            await eventually(lambda: one.messages("Drafts"))
        finally:
            relaying.cancel()
    # One of them had an answer too many to give, so neither is asked any more.
    assert [len(desk.left()) for desk in (one, two)] == [3, 3]
    assert [one["state"] for one in await one.listed()] == ["answered"] * 3 + ["drafted"]


async def _relay(*ways: tuple[Desk, Desk]) -> None:
    """What one agent sends to its customer comes to the other one as the mail of a customer of its own."""
    carried: set[str] = set()
    while True:
        for sender, receiver in ways:
            for sent in await asyncio.to_thread(sender.left):
                if sent["Message-ID"] in carried:
                    continue
                carried.add(sent["Message-ID"])
                receiver.deliver(_unmarked(sent, receiver))
        await asyncio.sleep(0.1)


def _unmarked(sent: EmailMessage, receiver: Desk) -> bytes:
    assert sent["Auto-Submitted"] == "auto-replied"
    for name in MARKS:
        del sent[name]
    assert "Auto-Submitted" not in sent
    return mail(
        f"Ma commande {len(receiver.messages('INBOX'))}",
        body=sent.get_content(),
        author=receiver.author,
        to=receiver.address,
    )


async def test_the_breaker_and_the_switch_are_seen_and_undone(
    mail_server: MailServer, model: ModelServer, tmp_path: Path
) -> None:
    desk = a_desk(mail_server, tmp_path, model, BREAKER_SAME="4", METRICS_ALLOW="127.0.0.0/8", POLL_INTERVAL="3600")
    async with serving(desk.agent) as agent:
        desk.deliver(*(desk.mail(f"Ticket {number}", "Ticket ouvert. Où en est-il ?\n") for number in range(4)))
        await eventually(lambda: agent.events("alarm"))
        assert await agent.reasons() == ["limits.same_author"]
        [paused] = (await agent.get("/ready")).json()["paused"]
        assert (paused["mailbox"], paused["by"]) == (desk.address, "breaker")
        page, metrics = (await agent.get("/")).text, (await agent.get("/metrics")).text
        assert f"{desk.address}: sending is paused" in page
        assert f'repondeur_paused{{mailbox="{desk.address}"}} 1.0' in metrics
        assert f'repondeur_alarms_total{{mailbox="{desk.address}",reason="limits.same_author"}} 1.0' in metrics
        listed = await desk.run("messages", "list")
        assert "sending has been paused since" in listed.err
        checked = await desk.run("check")
        assert "sending has been paused since" in checked.out

        assert (await desk.run("resume", desk.address)).code == 0
        assert await agent.is_ready()
        assert (await desk.run("pause")).code == 0
        assert await agent.is_ready()  # a person wants it so
        assert (await desk.run("pause", desk.address)).code == 0
        alone = await desk.run("resume", desk.address)
        assert ("answers leave again" in alone.out, "nothing leaves" in alone.out) == (False, True)
        wrong = await desk.run("pause", desk.address + "x")
        assert (wrong.code, desk.address in wrong.err) == (2, True)
        listed = (await desk.run("pause", "--list")).out
        me = pwd.getpwuid(os.getuid()).pw_name
        assert re.fullmatch(rf".*every mailbox since \d{{4}}-\d\d-\d\d \d\d:\d\d \S+\. Paused by {me}\.\n", listed)
        desk.deliver(desk.mail("Pendant la pause", author=desk.customer(1)))
        await eventually(lambda: len(agent.events("mail.ended")) >= 5)
        assert (await desk.states())["Pendant la pause"] == "held"
        assert (await desk.run("resume")).code == 0
        desk.deliver(desk.mail("Après la pause", author=desk.customer(2)))
        await eventually(lambda: any("Après la pause" in str(one["Subject"]) for one in desk.left()))
        assert "Pendant la pause" not in [str(one["Subject"]) for one in desk.left()]
