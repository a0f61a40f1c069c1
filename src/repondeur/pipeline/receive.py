"""From what lies in the inbox to rows in the store. A mail that is stored stays unread until its way has ended."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from repondeur.bounded.reading import read
from repondeur.errors import MessageUnreadable
from repondeur.mail.message import Message
from repondeur.mailboxes.base import Arrival
from repondeur.pipeline.parts import Account, Parts
from repondeur.pipeline.settle import mark
from repondeur.store.records import NewMail, Stage, State, Waiting
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

BATCH = 50  # mails that are fetched, read and stored together
SIZE_LIMIT = 25 * 1024 * 1024  # octets; a larger mail is held with its header only (I19)


@dataclass(frozen=True, slots=True)
class _Read:
    arrival: Arrival
    message: Message
    refusal: Reason | None


async def receive(account: Account, parts: Parts, limit: int | None = None) -> list[Waiting]:
    """Stores every unread mail that is not known yet, oldest first, and gives back those with something to do.

    limit: mails to take up at most. Raises MailboxUnavailable, LoginRefused, FolderMissing, StoreUnavailable; what
    was stored before that stays stored.
    """
    name = account.mailbox.name
    unread = await account.mailbox.unread()
    known = await parts.store.known(name, [arrival.ref for arrival in unread])
    fresh = [arrival for arrival in unread if arrival.ref not in known][:limit]
    waiting: list[Waiting] = []
    for start in range(0, len(fresh), BATCH):
        waiting += await _receive_batch(fresh[start : start + BATCH], account, parts)
    return waiting


async def _receive_batch(batch: Sequence[Arrival], account: Account, parts: Parts) -> list[Waiting]:
    waiting: list[Waiting] = []
    new: list[NewMail] = []
    threads: dict[str, str] = {}
    async for arrival, raw in account.mailbox.fetch(batch, SIZE_LIMIT):
        if raw is None:  # moved or deleted before we could fetch it: a person's business
            log.info("mail.gone", mailbox=account.mailbox.name, ref=arrival.ref.id)
            continue
        taken = await _read(arrival, raw, account, parts)
        answered = await _answer_of_ours(taken.message, account, parts)
        if answered is not None:
            waiting.append(await _own_copy(taken, raw, answered, account, parts))
            continue
        new.append(await _row(taken, account, parts, threads))
    stored = await parts.store.arrive(new)
    for again, state in stored.known:
        await _seen_before(again, state, account, parts)
    return [*waiting, *stored.waiting]


async def _read(arrival: Arrival, raw: bytes, account: Account, parts: Parts) -> _Read:
    """Reads one mail in the bounded child; what cannot be read becomes a mail that is held with the reason."""
    if arrival.size > SIZE_LIMIT:
        refusal = Reason("mail.too_large", {"size": arrival.size, "limit": SIZE_LIMIT})
        return _Read(arrival, await _header_only(raw, arrival.size, account, parts), refusal)
    try:
        return _Read(arrival, await read(parts.reader, raw, account.settings.languages), None)
    except MessageUnreadable as error:
        log.warning("mail.unreadable", mailbox=account.mailbox.name, ref=arrival.ref.id, reason=error.reason.code)
        return _Read(arrival, await _header_only(raw, len(raw), account, parts), error.reason)


async def _header_only(raw: bytes, size: int, account: Account, parts: Parts) -> Message:
    """As much as can be told from the header; a mail that breaks even this keeps its hash and nothing else."""
    content_hash = hashlib.sha256(raw).hexdigest()
    try:
        message = await read(parts.reader, raw, account.settings.languages, header_only=True)
    except MessageUnreadable:
        return Message(None, (), "", "", content_hash, size)
    return replace(message, content_hash=content_hash, size=size)


async def _row(taken: _Read, account: Account, parts: Parts, threads: dict[str, str]) -> NewMail:
    message = taken.message
    named = next((ref for ref in (*message.references, *message.in_reply_to) if ref in threads), None)
    thread = threads[named] if named else await parts.store.thread_of(account.mailbox.name, message)
    if message.message_id:
        threads[message.message_id] = thread  # the next mail of this batch may refer to it
    return NewMail(
        mailbox=account.mailbox.name,
        identity=identity_of(message),
        thread=thread,
        message=message,
        ref=taken.arrival.ref,
        received=parts.clock(),
        stage=Stage.DONE if taken.refusal else Stage.UNDERSTAND,
        state=State.HELD if taken.refusal else None,
        reason=taken.refusal,
    )


def identity_of(message: Message) -> str:
    """The permanent key of a mail within its mailbox: SHA-256, hex, of Message-ID and content hash."""
    return hashlib.sha256(f"{message.message_id or ''}\n{message.content_hash}".encode()).hexdigest()


async def _answer_of_ours(message: Message, account: Account, parts: Parts) -> int | None:
    if message.message_id is None or message.author.key not in account.settings.own_addresses:
        return None
    return await parts.store.sender_of(account.mailbox.name, message.message_id)


async def _own_copy(taken: _Read, raw: bytes, answered: int, account: Account, parts: Parts) -> Waiting:
    """Our own copy of an answer has come: proof that it left, and it belongs into Sent."""
    assert taken.message.message_id is not None
    log.info("reply.own_copy", mail=answered)
    mail = await parts.store.get(answered)
    assert mail is not None
    if mail.stage is Stage.DONE:  # Sent has its copy already, or this is a second delivery of ours
        await mark(taken.arrival.ref, taken.message.message_id, State.FILED, account.mailbox, account.settings)
    return Waiting(answered, mail.thread, None, None)


async def _seen_before(again: NewMail, state: State | None, account: Account, parts: Parts) -> None:
    """The same mail lies in the inbox once more: delivered again, or under a new UIDVALIDITY."""
    log.info("mail.seen_before", mailbox=again.mailbox, message_id=again.message.message_id)
    if state is not None:
        await mark(again.ref, again.message.message_id, state, account.mailbox, account.settings)
    await parts.store.place(again)
