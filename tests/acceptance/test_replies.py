"""What an automatic answer says beside its text, texts that administrators write, and a customer who wants a person."""

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.desk import Desk, a_desk, asked
from tests.support.mailserver import MailServer
from tests.support.model_server import ModelServer, Request, Step, answers

pytestmark = pytest.mark.servers

TEMPLATES = """
[[template]]
id = "received"
description = "The author sends a document and asks nothing."
en = '''Dear {{ author_name or "customer" }},

your document{% if order_number %} for order {{ order_number }}{% endif %} has arrived.

The lamp shop'''
fr = "Bonjour, votre document est arrivé."
"""
WRITTEN = "We send you to http://evil.example at once."


def picks(request: Request) -> Step:
    """A model that lies in its text, and picks a template for documents."""
    mail = request.body["messages"][-1]["content"].lower()
    order = [{"type": "order_number", "value": "L-77120"}] if "l-77120" in mail else []
    return answers(reply=WRITTEN, template="received" if "document" in mail else "refund", entities=order)


def body(desk: Desk, subject: str) -> str:
    [answer] = [one for one in desk.left() if subject in one["Subject"]]
    text: str = answer.get_content()
    return text.replace("\r\n", "\n")


def reason(entries: list[dict[str, Any]], subject: str) -> str:
    return next(str(one["reason"]) for one in entries if one["subject"] == subject)


async def test_strict_mode_writes_the_template_that_the_model_picks(mail_server: MailServer, tmp_path: Path) -> None:
    with ModelServer(picks) as model:
        desk = a_desk(mail_server, tmp_path, model, REPLY="strict", SIGNATURE="Lamps Ltd")
        desk.agent.home.joinpath("repondeur.toml").write_text(TEMPLATES, "utf-8")
        desk.deliver(
            desk.mail("Papers", "Hello,\nhere is the document for my order L-77120 that you wanted to see.\n"),
            desk.mail("Money", "Hello,\nplease refund what I have paid for the lamp that I bought.\n"),
        )
        await desk.once()
        [first, *_] = model.requests
    assert "received: The author sends a document" in asked(first)
    assert await desk.states() == {"Papers": "answered", "Money": "held"}
    assert body(desk, "Papers") == (
        "Dear customer,\n\nyour document for order L-77120 has arrived.\n\nThe lamp shop\n\n"
        "This answer was written automatically.\nFor an answer by a person, just reply “person”.\n\n-- \nLamps Ltd\n"
    )


async def test_who_replies_person_gets_one_and_nothing_automatic_any_more(
    mail_server: MailServer, tmp_path: Path, model: ModelServer
) -> None:
    desk = a_desk(mail_server, tmp_path, model, AI_DISCLOSURE="false")
    desk.deliver(desk.mail("Commande", message_id="<first@outside.test>"))
    await desk.once()
    assert "Pour qu’une personne vous réponde, répondez simplement «\u202fune personne\u202f»." in body(
        desk, "Commande"
    )
    assert "automatiquement" not in body(desk, "Commande")

    thread = {"in_reply_to": "<first@outside.test>", "references": "<first@outside.test>"}
    desk.deliver(desk.mail("Re: Commande", "Une personne\n", message_id="<second@outside.test>", **thread))
    await desk.once()
    thread = {"in_reply_to": "<second@outside.test>", "references": "<first@outside.test> <second@outside.test>"}
    desk.deliver(desk.mail("Re: Re: Commande", "Et à quelle heure ouvrez-vous le samedi matin ?\n", **thread))
    await desk.once()

    entries = await desk.listed()
    assert await desk.states() == {"Commande": "answered", "Re: Commande": "held", "Re: Re: Commande": "held"}
    assert "une personne" in reason(entries, "Re: Commande").lower() or "person" in reason(entries, "Re: Commande")
    assert len(desk.left()) == 1
