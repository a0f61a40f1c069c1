"""A model elsewhere is asked with pseudonyms, and what it answers has the values again, before anything reads it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from repondeur.engines import people
from repondeur.engines.base import Context, Engine, Turn
from repondeur.engines.cutting import visible
from repondeur.engines.personal import Kind
from repondeur.engines.pseudonyms import Pseudonyms
from repondeur.engines.putting_back import PutBack
from repondeur.engines.shown_files import MAX_READ
from repondeur.mail.message import Address, Attachment, Forward, Invitation, Message
from repondeur.policy.analysis import Analysis, Entity

# No model is shown more of a text: its start and its end.
HEAD, TAIL = 20_000, 10_000
ATTACHED = 150_000  # characters of all that is attached


class HidingEngine:
    """engine: one that must not learn of whom a mail speaks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def at_once(self) -> int:
        return self._engine.at_once

    @property
    def costs(self) -> bool:
        return self._engine.costs

    async def analyse(self, message: Message, context: Context) -> Analysis:
        """As Engine.analyse."""
        # A long mail with much attached takes a noticeable part of a second.
        names, hidden, about = await asyncio.to_thread(hide, message, context)
        return restored(await self._engine.analyse(hidden, about), names)

    async def close(self) -> None:
        await self._engine.close()


def hide(message: Message, context: Context) -> tuple[Pseudonyms, Message, Context]:
    """The mail and its thread with pseudonyms; of the mail only what a model is shown. Pure."""
    seen = _seen(message)
    turns = [replace(turn, text=_cut(turn.text)) for turn in context.thread]
    ours = context.mailbox
    names = Pseudonyms(
        [*_texts(seen), *(turn.text for turn in turns)],
        names=_names(message, ours.key),
        guessed=_guessed(message, ours.key),
        values=_values(message, turns, ours.key),
        public=_public(context),
        our_name=ours.name,
    )
    if not names.any:
        return names, seen, context
    hidden = _replaced(seen, names)
    thread = tuple(
        Turn(turn.author if turn.author == "us" else names.hidden(turn.author), names.hidden(turn.text), turn.date)
        for turn in turns
    )
    return names, hidden, replace(context, thread=thread, pseudonyms=True)


def question(message: Message) -> str:
    """Subject and text for a server that only looks for passages near to them: without what would be replaced. Pure."""
    seen = _seen(message)
    names = Pseudonyms(_texts(seen), names=_names(message, ""), values=_values(message, [], ""))
    return names.hidden(f"{seen.subject}\n{seen.text}", gone=True)


def restored(analysis: Analysis, names: Pseudonyms) -> Analysis:
    """The analysis with the values. `unresolved` says how many pseudonyms could not be put back for sure. Pure."""
    if not names.any:
        return analysis
    reply, summary = names.put_back(analysis.reply), names.put_back(analysis.summary)
    entities = tuple(_named(entity, names.put_back(entity.value)) for entity in analysis.entities)
    return replace(
        analysis, reply=reply.text, summary=summary.text, entities=entities, unresolved=reply.left + summary.left
    )


def _named(entity: Entity, value: PutBack) -> Entity:
    return replace(entity, value=value.text)


def _seen(message: Message) -> Message:
    """What engines.shown may show of it, as it shows it."""
    text, forward, invitation = message.text, message.forward, message.invitation
    return Message(
        message_id=None,
        authors=tuple(Address(visible(one.name), one.address) for one in message.authors[:1]),
        subject=visible(message.subject),
        text=_cut(text),
        content_hash=message.content_hash,
        size=message.size,
        date=message.date,
        language=message.language,
        quoted=_cut(message.quoted),
        signature=_cut(message.signature),
        body=_cut(message.body) if not text.strip() else "",
        forward=Forward(
            Address(visible(forward.author.name), forward.author.address),
            visible(forward.subject),
            _cut(forward.text),
            "",
        )
        if forward
        else None,
        attachments=tuple(_attached(message.attachments)),
        invitation=replace(invitation, attendees=(), description="", uid="") if invitation else None,
    )


def _attached(attachments: Sequence[Attachment]) -> Iterator[Attachment]:
    left = ATTACHED
    for one in attachments:
        text = one.text[: min(left, MAX_READ)]
        left -= len(text)
        yield replace(one, name=visible(one.name), text=visible(text), content_id="")


def _cut(text: str) -> str:
    return visible(text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[len(text) - TAIL :]}")


def _texts(seen: Message) -> list[str]:
    forward, invitation = seen.forward, seen.invitation
    return [
        seen.subject,
        seen.text,
        seen.body,
        seen.signature,
        seen.quoted,
        *((forward.subject, forward.text) if forward else ()),
        *((invitation.summary, invitation.location) if invitation else ()),
        *(text for one in seen.attachments for text in (one.name, one.text)),
    ]


def _names(message: Message, ours: str) -> Iterator[str]:
    """The author first."""
    for one in _addresses(message):
        if one.key != ours:
            yield one.name or people.of_address(one.address)
    yield from people.signed(message.signature)


def _guessed(message: Message, ours: str) -> frozenset[str]:
    others = (one for one in _addresses(message) if one.key != ours and not one.name)
    return frozenset(people.of_address(one.address) for one in others)


def _values(message: Message, turns: list[Turn], ours: str) -> Iterator[tuple[Kind, str]]:
    others = (turn.author for turn in turns if turn.author != "us")
    for address in (*(one.address for one in _addresses(message)), *others):
        if address and address.lower() != ours:
            yield "EMAIL", address


def _addresses(message: Message) -> Iterator[Address]:
    yield from message.authors
    if message.forward:
        yield message.forward.author
    if message.sender:
        yield message.sender
    yield from (*message.reply_to[:20], *message.to[:50], *message.cc[:50])
    if message.invitation:
        yield message.invitation.organizer
        yield from message.invitation.attendees[:50]


def _public(context: Context) -> str:
    """What a model is told anyway."""
    known = (text for one in context.passages if one.visibility == "public" for text in (one.id, one.title, one.text))
    ours = (context.mailbox.name, context.mailbox.address, context.hours, context.signature)
    said = [one.description for one in context.intents] + [one.description for one in context.templates]
    asked = [one.text for one in context.statements]
    return "\n".join((*ours, *said, *asked, *known))


def _replaced(seen: Message, names: Pseudonyms) -> Message:
    hidden = names.hidden
    forward, invitation = seen.forward, seen.invitation
    return replace(
        seen,
        authors=tuple(_address(one, names) for one in seen.authors),
        subject=hidden(seen.subject),
        text=hidden(seen.text),
        body=hidden(seen.body),
        signature=hidden(seen.signature),
        quoted=hidden(seen.quoted),
        forward=_forward(forward, names) if forward else None,
        attachments=tuple(_attachment(one, names) for one in seen.attachments),
        invitation=_invitation(invitation, names) if invitation else None,
    )


def _address(one: Address, names: Pseudonyms) -> Address:
    return Address(names.hidden(one.name), names.hidden(one.address))


def _forward(one: Forward, names: Pseudonyms) -> Forward:
    return Forward(_address(one.author, names), names.hidden(one.subject), names.hidden(one.text), "")


def _attachment(one: Attachment, names: Pseudonyms) -> Attachment:
    return replace(one, name=names.hidden(one.name), text=names.hidden(one.text))


def _invitation(one: Invitation, names: Pseudonyms) -> Invitation:
    return replace(
        one,
        summary=names.hidden(one.summary),
        location=names.hidden(one.location),
        organizer=_address(one.organizer, names),
    )
