"""Decide, guard, and store every effect before it is begun. What leaves is decided here, by our code."""

from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from repondeur.mail.compose import Composed, compose_reply, deterministic_message_id, footer_lines
from repondeur.mail.message import Message
from repondeur.pipeline.alarms import tell_withheld
from repondeur.pipeline.calls import call_effects, known_calls, with_calls
from repondeur.pipeline.context import templates
from repondeur.pipeline.findings import Planned, Understood
from repondeur.pipeline.gaps import note_gap
from repondeur.pipeline.parts import Parts
from repondeur.pipeline.senders import sender_rules
from repondeur.pipeline.told import told
from repondeur.policy.calls import Call, calls_for
from repondeur.policy.decide import Action, Decision, decide
from repondeur.policy.facts import Facts
from repondeur.policy.guard import Guarding, Proposal, guard
from repondeur.policy.language import reply_language
from repondeur.policy.limits import Limits, author_key, same_key
from repondeur.policy.recipient import recipient
from repondeur.policy.reply import proposed_text
from repondeur.policy.senders import sender_of
from repondeur.policy.subject import automatic_subject
from repondeur.policy.templates import Template
from repondeur.settings.schema import MailboxSettings
from repondeur.store.limits import Sending, SendingWithheld
from repondeur.store.records import ActionState, Mail, Stage, StoredAction
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

PAUSED: Final = "limits.paused"


async def plan(mail: Mail, parts: Parts) -> Mail:
    """Stores a Planned and the effects that follow from it, in one transaction."""
    settings = parts.accounts[mail.mailbox].settings
    facts = facts_of(mail, settings, templates(parts.settings))
    now = parts.clock()
    try:
        stored, reason = await _stored(mail, facts, settings, now, parts)
    except SendingWithheld as withheld:
        # Nothing of that was stored. A draft, or a proposal, needs no place.
        stored, reason = await _stored(mail, kept_back(facts, withheld.reason), settings, now, parts)
        await tell_withheld(parts.alarm, parts.store, mail, withheld, now)
    await note_gap(mail, understood_of(mail), reason, parts)
    return stored


async def _stored(
    mail: Mail, facts: Facts, settings: MailboxSettings, now: datetime, parts: Parts
) -> tuple[Mail, Reason]:
    """Raises SendingWithheld when an answer would leave for which there is no place."""
    planned, effects = consequences(mail, facts, settings, now, known_calls(parts.settings))
    automatic = wanted_by(mail, settings) if planned.decision.verdict == "answer" else None
    text = next((one.text for one in effects), "")
    recorded = told(understood_of(mail), planned, text, parts.settings, settings)
    found = {"decide": planned}.items()
    stored = await parts.store.plan(mail, found, effects, Stage.ACT, now, told=recorded, automatic=automatic)
    log.info("mail.decided", mail=mail.id, verdict=planned.decision.verdict, reason=planned.reason.code)
    return stored, planned.reason


def consequences(
    mail: Mail, facts: Facts, settings: MailboxSettings, now: datetime, calls: tuple[Call, ...]
) -> tuple[Planned, list[StoredAction]]:
    """What is decided, and the effects that follow from it: those to carry out, or what a person may approve. calls:
    those of the settings."""
    planned, composed = judged(facts, mail.identity, settings, now)
    fitting = calls_for(facts, calls, mail.mailbox, mail.id, mail.identity)
    planned = with_calls(planned, fitting)
    wanted = call_effects(mail, fitting, facts, now)
    if planned.decision.verdict == "hold":
        return planned, [*_proposal(mail, facts, settings, now), *wanted]
    answers = [
        StoredAction(
            mail_id=mail.id,
            kind=action.kind,
            state=ActionState.PLANNED,
            message_id=composed.message_id,
            recipient=composed.recipient.address,
            text=composed.text,
            raw=composed.raw,
            changed=now,
        )
        for action in planned.decision.actions
        if composed is not None and action.kind != "call"
    ]
    return planned, [*answers, *wanted]


def wanted_by(mail: Mail, settings: MailboxSettings) -> Sending:
    """What is counted for an automatic answer to this mail."""
    assert mail.message is not None
    limits = Limits(
        author=settings.limit_author,
        thread=settings.limit_thread,
        mailbox=settings.limit_mailbox,
        day=settings.limit_day,
        same=settings.breaker_same,
    )
    return Sending(author_key(mail.message.author), same_key(mail.message), limits)


def kept_back(facts: Facts, reason: Reason) -> Facts:
    """The same where a pause, or a limit, keeps an answer from leaving by itself."""
    return replace(facts, paused=reason) if reason.code == PAUSED else replace(facts, over_limit=reason)


def facts_of(mail: Mail, settings: MailboxSettings, known: tuple[Template, ...]) -> Facts:
    """Everything the rules may look at. known: the templates of the settings."""
    assert mail.message is not None
    return facts_from(mail.message, understood_of(mail), settings, known)


def understood_of(mail: Mail) -> Understood:
    understood = mail.found("understand", Understood)
    assert understood is not None
    return understood


def facts_from(
    message: Message, understood: Understood, settings: MailboxSettings, known: tuple[Template, ...] = ()
) -> Facts:
    """The same for a mail that is in no store."""
    return Facts(
        # Rules look at all that was understood: a harmless last line must not hide what stands above it.
        message=replace(message, text=understood.text) if understood.text else message,
        screening=understood.screening,
        own_addresses=settings.own_addresses,
        reply_mode=settings.reply,
        analysis=understood.analysis,
        analysis_failure=understood.failure,
        passages=understood.passages,
        languages=settings.languages,
        superseded_by=understood.superseded_by,
        answered_by_person=understood.answered_by_person,
        answered_in_thread=understood.answered_in_thread,
        other_mailbox=understood.other_mailbox,
        renamed_mailbox=understood.renamed_mailbox,
        sender=sender_of(message, sender_rules(settings)),
        templates=known,
        our_name=settings.from_name,
        signed_by="" if settings.signature.strip() else settings.from_name,
        person_asked=understood.person_asked,
        same_mail=understood.same_mail,
    )


def judged(facts: Facts, identity: str, settings: MailboxSettings, now: datetime) -> tuple[Planned, Composed | None]:
    """The rules decide, then the guard looks at the very message that would leave; it may lower the verdict, never
    raise it. Also that message, None when nothing is to be sent or drafted."""
    decision = decide(facts)
    guarding: Guarding | None = None
    if decision.verdict == "answer":
        composed = composed_answer(facts, identity, settings, now, automatic=True)
        guarding = guard(Proposal(None, "") if composed is None else Proposal.of(composed), facts)
        if guarding.verdict == "send":
            return Planned(decision, guarding), composed
        decision = _lowered(guarding)
    if decision.verdict == "draft":
        composed = composed_answer(facts, identity, settings, now, automatic=False)
        if composed is not None:
            return Planned(decision, guarding), composed
        decision = Decision("hold", decision.reason)
    return Planned(decision, guarding), None


def _lowered(guarding: Guarding) -> Decision:
    if guarding.verdict == "draft":
        return Decision("draft", guarding.reasons[0], (Action("draft"),))
    return Decision("hold", guarding.reasons[0])


def composed_answer(
    facts: Facts, identity: str, settings: MailboxSettings, now: datetime, *, automatic: bool, text: str | None = None
) -> Composed | None:
    """The answer as it would leave; None when there is nobody to send it to, or nothing to say.

    automatic: no person has seen it. text: one that a person has approved, instead of what is proposed.
    """
    to = recipient(facts.message)
    said = proposed_text(facts) if text is None else text
    if to is None or not said:
        return None
    language = reply_language(facts)
    footer = footer_lines(language, disclosure=settings.ai_disclosure, person=settings.offer_person)
    answered = facts.message
    if automatic:
        answered = replace(answered, subject=automatic_subject(answered.subject))
    return compose_reply(
        answered,
        sender=settings.address,
        recipient=to,
        text=said,
        message_id=_reply_id(identity, settings),
        date=now,
        signature=settings.signature,
        language=language,
        automatic=automatic,
        footer=footer if automatic else "",
    )


def _reply_id(identity: str, settings: MailboxSettings) -> str:
    """The Message-ID of the one answer to this mail, the same however often it is computed."""
    domain = settings.from_email.rpartition("@")[2]
    return deterministic_message_id(settings.name, identity, "reply", domain)


def _proposal(mail: Mail, facts: Facts, settings: MailboxSettings, now: datetime) -> list[StoredAction]:
    """What a person who looks at a held mail may approve; composed only then. Nothing where replies are off."""
    to, text = recipient(facts.message), proposed_text(facts)
    if to is None or not text or facts.reply_mode == "off":
        return []
    message_id = _reply_id(mail.identity, settings)
    return [StoredAction(mail.id, "reply", ActionState.PROPOSED, message_id, to.address, text, None, now)]
