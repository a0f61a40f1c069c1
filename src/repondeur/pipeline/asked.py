"""A question as a mail that says nothing else: what the engine without a model and the rules would do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from repondeur.engines.builtin import BuiltinEngine
from repondeur.engines.process import process_email
from repondeur.knowledge.index import Index
from repondeur.mail.language import language_of
from repondeur.mail.message import Address, Message
from repondeur.pipeline.context import context_for
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.plan import facts_from, judged
from repondeur.pipeline.understand import found_passages
from repondeur.policy.screen import ScreenFacts, screen
from repondeur.settings.schema import MailboxSettings, Settings
from repondeur.texts import Reason

_AUTHOR = Address("", "author@question.invalid")
_OURS = Address("", "us@question.invalid")


@dataclass(frozen=True, slots=True)
class Outcome:
    """passages: ids of what it would be answered with, () where it would not be. why: the decision's reason."""

    passages: tuple[str, ...]
    why: Reason


def as_mail(question: str, languages: Sequence[str], now: datetime) -> Message:
    """now: with zone."""
    mail = Message("asked@question.invalid", (_AUTHOR,), "", question, "", len(question), to=(_OURS,), date=now)
    return replace(mail, body=question, language=language_of(mail, languages))


async def asked(
    question: str,
    index: Index,
    program: Settings,
    mailbox: MailboxSettings | None,
    *,
    now: datetime,
    near: Mapping[str, float],
) -> Outcome:
    """index: over public passages, as the agent has it. mailbox: whose settings apply, with REPLY=strict; None for
    those of a mailbox that nobody has changed. now: with zone. near: passages that are near in meaning
    (pipeline.meaning)."""
    chosen = mailbox or MailboxSettings.model_construct(name="asked")
    strict = chosen.model_copy(update={"reply": "strict", "from_email": _OURS.address})
    message = as_mail(question, strict.languages, now)
    passages = found_passages(message, index, now.date(), near)
    context = context_for(program, strict, now=now, passages=passages)
    analysis = await process_email(message, context, BuiltinEngine())
    understood = Understood(
        screen(message, ScreenFacts(own_addresses=strict.own_addresses)), analysis, passages=passages
    )
    planned, _ = judged(facts_from(message, understood, strict), "question", strict, now)
    answered = planned.decision.verdict == "answer"
    return Outcome(analysis.passages if answered else (), planned.reason)
