"""Screen a mail, and ask the engine once if it may be answered."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from types import MappingProxyType

import structlog

from repondeur.actions import draft
from repondeur.engines.base import Context, Engine, Turn
from repondeur.engines.process import process_email
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable
from repondeur.knowledge.index import MAX_QUERY, Index
from repondeur.mail.message import Message
from repondeur.pipeline.alarms import tell_once
from repondeur.pipeline.context import context_for
from repondeur.pipeline.enclosures import with_attachments_read
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.parts import Account, Parts
from repondeur.pipeline.senders import screen_facts, sender_rules
from repondeur.pipeline.thread import (
    continues,
    earlier_of_author,
    is_copy,
    left_for_this_one,
    newer_of_author,
    person_asked,
    same_message_id,
    still_waiting,
    written_anew,
    written_since_by,
)
from repondeur.policy.asked import asked_in
from repondeur.policy.passage import Passage
from repondeur.policy.screen import Screening, screen
from repondeur.policy.senders import has_certain_author, may_supersede
from repondeur.store import related
from repondeur.store.records import Mail, Neighbour, Stage, State
from repondeur.telemetry import metrics
from repondeur.texts import Reason
from repondeur.words.sentences import questions, sentences

log = structlog.get_logger(__name__)

PASSAGES = 4  # what an engine is given to answer from
MOST_PASSAGES = 7  # for a mail that asks several things, one more for each of them
TURNS = 4  # earlier mails of the thread it is shown
OF_LATE = timedelta(days=7)  # a mail in another thread that has waited longer was answered in another way
# Completions that a mail may cost in all, those counted that a crash has lost (I18).
COMPLETIONS = 2
# Where they cost nothing, times an engine is asked: the end is there for a mail that crashes the program, not for those
# that were in hand beside it.
ASKED_MOST_WITHOUT_COST = 6


async def understand(mail: Mail, parts: Parts) -> Mail:
    """Stores an Understood. The engine is asked only about a mail that may be answered and still waits for it."""
    await draft.take_back(mail, parts.accounts[mail.mailbox].mailbox)  # of an earlier time; what is written now counts
    mail, understood = await _understand(mail, parts)
    log.info(
        "mail.understood",
        mail=mail.id,
        screening=understood.screening.verdict,
        intent=understood.analysis.intent if understood.analysis else None,
        engine=understood.analysis.engine if understood.analysis else None,
    )
    return await parts.store.found(mail, "understand", understood, Stage.DECIDE, parts.clock())


async def _understand(mail: Mail, parts: Parts) -> tuple[Mail, Understood]:
    """What was understood, and the mail with its attachments read where it came to that."""
    assert mail.message is not None, "a mail with something left to do was not purged"
    account = parts.accounts[mail.mailbox]
    screening = await screened(mail.message, account, parts)
    if screening.verdict != "answerable":
        return mail, Understood(screening)
    other = await related.first_found_in(parts.store.database, mail)
    if other is not None:
        here = other in parts.accounts
        return mail, Understood(screening, other_mailbox=other if here else "", renamed_mailbox="" if here else other)
    neighbours = await related.neighbours(parts.store.database, mail)
    same = await same_mail(mail, neighbours, parts)
    if same is not None:
        return mail, Understood(screening, same_mail=same)
    newer = await superseded_by(mail, neighbours, parts)
    if newer is not None:
        return mail, Understood(screening, superseded_by=newer)
    looked = parts.clock()
    if await answered_by_person(mail, account, parts):
        return mail, Understood(screening, answered_by_person=True)
    if await answered_in_thread(mail, neighbours, account, parts):
        return mail, Understood(screening, answered_in_thread=True)
    mail = await with_attachments_read(mail, parts)
    understood = await _ask(mail, neighbours, screening, account, parts)
    return mail, replace(understood, looked=looked, person_asked=person_asked(mail, neighbours))


async def _ask(
    mail: Mail, neighbours: Sequence[Neighbour], screening: Screening, account: Account, parts: Parts
) -> Understood:
    asked, costs = mail.found("asked", int) or 0, parts.engine.costs
    if asked >= (COMPLETIONS if costs else ASKED_MOST_WITHOUT_COST):
        return Understood(screening, failure=Reason("way.asked_before"))
    put = await question(mail, neighbours, account, parts)
    # Durable before the engine is called: a store that cannot be written must not cost one call after the other (I18).
    # That counts the first completion; where they cost, each further one is counted before it is begun.
    await parts.store.note(mail, "asked", asked + 1, parts.clock())
    begun = 0

    async def completing() -> None:
        nonlocal begun
        begun += 1
        if begun > 1:
            await parts.store.note(mail, "asked", asked + begun, parts.clock())

    if costs:
        put = replace(put, context=replace(put.context, calls=COMPLETIONS - asked, completing=completing))
    try:
        understood = await put.answered(screening, parts.engine)
    except asyncio.CancelledError:
        # The program is stopped while the engine works. Unlike a crash that is known, and people stop it as they like.
        if not parts.engine.costs:
            await parts.store.note(mail, "asked", asked, parts.clock())
        raise
    if understood.failure is not None and understood.failure.code == "engine.spend_cap":
        await tell_once(parts.alarm, parts.store, mail, understood.failure, parts.clock())
    return understood


@dataclass(frozen=True, slots=True)
class Question:
    """What an engine is asked about a mail. whole: the mail, with what its author had written before it and waits for
    the same answer. merged: its text where it is more than the mail's own, else ""."""

    mail: int
    whole: Message
    context: Context
    merged: str

    async def answered(self, screening: Screening, engine: Engine) -> Understood:
        """What the engine says, or how it has failed."""
        passages = self.context.passages
        try:
            analysis = await process_email(self.whole, self.context, engine)
        except (EngineUnavailable, EngineAnswerInvalid) as error:
            log.warning("mail.engine_failed", mail=self.mail, engine=engine.name, reason=error.reason.code)
            return Understood(screening, failure=error.reason, passages=passages, text=self.merged)
        usage = analysis.usage
        metrics.count_usage(analysis.engine, usage.input_tokens, usage.output_tokens, usage.cost)
        return Understood(screening, analysis, passages=passages, text=self.merged)


async def question(mail: Mail, neighbours: Sequence[Neighbour], account: Account, parts: Parts) -> Question:
    """Changes nothing."""
    message = mail.message
    assert message is not None
    # Of whom it is not certain that they wrote this, nobody is shown anything that was written before (I4).
    known_author = has_certain_author(message, sender_rules(account.settings))
    left = left_for_this_one(mail, neighbours) if known_author else []
    earlier = earlier_of_author(mail, neighbours, TURNS) if known_author else []
    known = {one: await parts.store.get(one) for one in dict.fromkeys([*left, *earlier])}
    whole = _with_what_was_left_unanswered(message, [known[one] for one in left])
    merged = whole.text if left else ""
    now = parts.clock()
    index = parts.index()
    near = await parts.meaning.near(whole, index) if parts.meaning else {}
    passages = found_passages(whole, index, now.date(), near)
    context = context_for(
        parts.settings,
        account.settings,
        now=now,
        passages=passages,
        thread=_turns([known[one] for one in earlier if one not in left]),
        unanswered=still_waiting(mail, neighbours)
        + written_anew(await related.waiting_elsewhere(parts.store.database, mail, now - OF_LATE)),
    )
    return Question(mail.id, whole, context, merged)


async def screened(message: Message, account: Account, parts: Parts) -> Screening:
    """The verdict of policy.screen with what the store and the settings know."""
    own_message = message.message_id is not None and await related.is_ours(parts.store.database, message.message_id)
    return screen(message, screen_facts(account.settings, parts.own_addresses, own_message=own_message))


async def same_mail(mail: Mail, neighbours: Sequence[Neighbour], parts: Parts) -> int | None:
    """The earlier mail that this one is a changed copy of."""
    for number in same_message_id(mail, neighbours):
        earlier = await parts.store.get(number)
        if earlier is not None and is_copy(mail.message, earlier.message):
            return number
    return None


async def superseded_by(mail: Mail, neighbours: Sequence[Neighbour], parts: Parts) -> int | None:
    """The newest later mail of the same author and thread that waits for an answer itself, or has had one."""
    assert mail.message is not None
    rules = sender_rules(parts.accounts[mail.mailbox].settings)
    for number in newer_of_author(mail, neighbours):
        newer = await parts.store.get(number)
        if newer is None or not continues(mail.message, newer.message):
            continue
        assert newer.message is not None
        if not may_supersede(newer.message, mail.message, rules):
            continue
        screening = await screened(newer.message, parts.accounts[newer.mailbox], parts)
        if screening.verdict == "answerable":
            return number
    return None


async def answered_by_person(mail: Mail, account: Account, parts: Parts) -> bool:
    """Has someone of our side answered: marked in the mailbox, or found in Sent. Nobody else can write there."""
    ours = partial(related.is_ours, parts.store.database)
    return bool(mail.refs) and await account.mailbox.answered_by_person(mail.refs[-1], mail.message_id, ours)


async def answered_in_thread(mail: Mail, neighbours: Sequence[Neighbour], account: Account, parts: Parts) -> bool:
    """Has a later mail of the thread our address as its author? A colleague's copy looks so, and a forgery too."""
    for message_id in written_since_by(mail, neighbours, account.settings.own_addresses):
        if message_id is None or not await related.is_ours(parts.store.database, message_id):
            return True
    return False


def found_passages(
    message: Message, index: Index, today: date, near: Mapping[str, float] = MappingProxyType({})
) -> tuple[Passage, ...]:
    """What the knowledge has on this mail, best first; only what is public may come near a model (I4). near: passages
    that are near in meaning (pipeline.meaning)."""
    asked = f"{message.subject}\n{asked_in(message) if message.text or message.forward else ''}"
    further = max(len(questions(sentences(asked[:MAX_QUERY]), message.language)) - 1, 0)
    limit = min(PASSAGES + further, MOST_PASSAGES)
    hits = index.search(asked, limit, message.language or None, today, near, why=False)
    return tuple(hit.passage for hit in hits if hit.passage.visibility == "public")


def _with_what_was_left_unanswered(message: Message, left: Iterable[Mail | None]) -> Message:
    """One mail out of several of the same author, so that "thanks!" a minute after a question does not hide it."""
    texts = [one.message.text for one in left if one is not None and one.message is not None]
    return replace(message, text="\n\n".join([*texts, message.text])) if texts else message


def _turns(earlier: Iterable[Mail | None]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for mail in earlier:
        if mail is None or mail.message is None:
            continue
        turns.append(Turn(mail.author, mail.message.text, mail.message.date))
        reply = mail.action("reply")
        if reply is not None and reply.text and mail.state is State.ANSWERED:
            turns.append(Turn("us", reply.text, reply.changed))
    return tuple(turns)
