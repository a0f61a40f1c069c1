"""What an engine is told beside a mail: who we are, what there is to choose from, what went before."""

from dataclasses import replace
from datetime import datetime

from repondeur.engines.base import Context, Turn
from repondeur.policy.intents import DEFAULT_INTENTS, Intent
from repondeur.policy.passage import Passage
from repondeur.policy.templates import Template
from repondeur.settings.named import intents_in_use
from repondeur.settings.schema import MailboxSettings, Settings
from repondeur.settings.tables import IntentSettings
from repondeur.texts.templating import AROUND_PASSAGES


def context_for(
    program: Settings,
    mailbox: MailboxSettings,
    *,
    now: datetime,
    passages: tuple[Passage, ...] = (),
    thread: tuple[Turn, ...] = (),
    unanswered: int = 0,
) -> Context:
    """now: with zone. passages: public ones, best first. thread: earlier turns, oldest first. Pure."""
    return Context(
        mailbox=mailbox.address,
        intents=intents(program),
        thread=thread,
        passages=passages,
        languages=mailbox.languages,
        now=now,
        zone=mailbox.timezone,
        hours=mailbox.hours,
        signature=mailbox.signature,
        unanswered=unanswered,
        account=mailbox.name,
        templates=offered(program, mailbox),
    )


def offered(program: Settings, mailbox: MailboxSettings) -> tuple[Template, ...]:
    """The templates that an engine may choose from: only strict mode writes with them. The one around passages is ours
    to take."""
    return tuple(one for one in templates(program) if one.id != AROUND_PASSAGES) if mailbox.reply == "strict" else ()


def templates(program: Settings) -> tuple[Template, ...]:
    """All that settings have."""
    return tuple(
        Template(one.id, {"en": one.en, "fr": one.fr}, one.description, one.intents) for one in program.template
    )


def intents(program: Settings) -> tuple[Intent, ...]:
    """Those in use, as settings have changed them."""
    known = {intent.id: intent for intent in DEFAULT_INTENTS}
    known |= {one.id: _changed(known.get(one.id, Intent(one.id)), one) for one in program.intent}
    return tuple(known[name] for name in intents_in_use(program))


def _changed(intent: Intent, by: IntentSettings) -> Intent:
    return replace(
        intent,
        description=intent.description if by.description is None else by.description,
        examples=intent.examples if by.examples is None else by.examples,
    )
