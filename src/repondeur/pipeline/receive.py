"""From what lies in the inbox to rows in the store. A mail that is stored stays unread until its way has ended."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from repondeur.bounded.reading import read
from repondeur.errors import MessageUnreadable, RepondeurError, TemporaryError
from repondeur.mail.message import Message, MessageRef
from repondeur.mailboxes.base import Arrival
from repondeur.pipeline.enclosures import with_contents
from repondeur.pipeline.parts import Account, Parts
from repondeur.pipeline.senders import checks_wanted, screen_facts
from repondeur.pipeline.settle import mark
from repondeur.store import related
from repondeur.store.records import Arrived, NewMail, Stage, State, Waiting
from repondeur.telemetry import metrics
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

BATCH = 50  # mails that are fetched, read and stored together
KEPT_MOST = 64 * 1024 * 1024  # octets of attachments in memory; past them, what was read is stored at once
SIZE_LIMIT = 25 * 1024 * 1024  # octets; a larger mail is held with its header only (I19)


@dataclass(frozen=True, slots=True)
class Received:
    """A batch. new: mails taken up. woken: mails with something to do again: our copy of their answer has come."""

    new: tuple[Waiting, ...]
    woken: tuple[Waiting, ...] = ()

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        return (*self.new, *self.woken)


@dataclass(frozen=True, slots=True)
class _Read:
    arrival: Arrival
    message: Message
    refusal: Reason | None
    contents: Mapping[int, bytes] = field(default_factory=dict)


async def receive(account: Account, parts: Parts, limit: int | None = None) -> AsyncIterator[Received]:
    """Stores every unread mail that is not known yet, oldest first, and yields them batch by batch, so that the first
    ones are worked on while the others are still being read.

    limit: mails to take up at most. Raises MailboxUnavailable, LoginRefused, FolderMissing, StoreUnavailable; what
    was stored before that stays stored.
    """
    unread = await account.mailbox.unread()
    known = await parts.store.known(account.mailbox.name, [arrival.ref for arrival in unread])
    if known:
        await account.mailbox.taken([arrival for arrival in unread if arrival.ref in known])
    fresh = [arrival for arrival in unread if arrival.ref not in known][:limit]
    for start in range(0, len(fresh), BATCH):
        yield await _receive_batch(fresh[start : start + BATCH], account, parts)


async def _receive_batch(batch: Sequence[Arrival], account: Account, parts: Parts) -> Received:
    woken: list[Waiting] = []
    new: list[NewMail] = []
    refused: list[NewMail] = []
    stored = Arrived((), ())
    threads: dict[str, str] = {}
    async for arrival, raw in account.mailbox.fetch(batch, SIZE_LIMIT):
        if raw is None:  # moved or deleted before we could fetch it: a person's business
            log.info("mail.gone", mailbox=account.mailbox.name, ref=arrival.ref.id)
            new += _gone(arrival, account, parts)
            continue
        taken = await _read(arrival, raw, account, parts)
        answered = await _answer_of_ours(taken.message, account, parts)
        if answered is not None:
            woken.append(await _own_copy(taken, answered, account, parts))
            continue
        new.append(await _row(taken, account, parts, threads))
        if sum(sum(map(len, one.contents.values())) for one in new) > KEPT_MOST:
            stored = stored.and_also(await _stored(new, parts))
            refused += (one for one in new if one.state is not None)
            new = []
    stored = stored.and_also(await _stored(new, parts))
    refused += (one for one in new if one.state is not None)
    for one in refused:  # at once: whoever ends here meets no other step that would tell of it
        await _tell_refused(one, parts)
    met_again = {again.identity for again, _ in stored.known}
    not_noted = [again.ref for again, state in stored.known if not await _seen_before(again, state, account, parts)]
    await account.mailbox.taken([arrival for arrival in batch if arrival.ref not in not_noted])
    for one in refused:
        if one.identity not in met_again:
            await _show_refused(one, account)
    return Received(stored.waiting, tuple(woken))


def _gone(arrival: Arrival, account: Account, parts: Parts) -> list[NewMail]:
    """A mail that the mailbox was told of, and that a person has moved or deleted before it could be read: kept with
    the reason. It is known by its place alone, which is not noted: should it come back, it is a new one."""
    if arrival.refusal is None:
        return []
    message = Message(None, (), "", "", _hash_of_place(arrival.ref), arrival.size)
    return [
        NewMail(
            mailbox=account.mailbox.name,
            identity=identity_of(message),
            thread=message.content_hash,
            message=message,
            ref=None,
            received=parts.clock(),
            stage=Stage.DONE,
            state=State.IGNORED,
            reason=arrival.refusal,
        )
    ]


def _hash_of_place(ref: MessageRef) -> str:
    return hashlib.sha256(f"{ref.folder}\n{ref.id}".encode()).hexdigest()


async def _stored(new: list[NewMail], parts: Parts) -> Arrived:
    """All at once. When the database refuses one of them, each by itself, and that one with nothing but its place: one
    mail must not keep the others out."""
    try:
        return await parts.store.arrive(new)
    except TemporaryError:
        raise
    except Exception as error:
        if len(new) == 1:
            log.warning("mail.not_stored", message_id=new[0].message.message_id, exc_info=error)
            return await parts.store.arrive([_bare(new[0])])
    stored = Arrived((), ())
    for one in new:
        stored = stored.and_also(await _stored([one], parts))
    return stored


def _bare(new: NewMail) -> NewMail:
    message = Message(None, (), "", "", new.message.content_hash, new.message.size)
    reason = Reason("way.not_stored")
    place = replace(new, message=message, thread=message.content_hash, contents={})
    return replace(place, stage=Stage.DONE, state=State.HELD, reason=reason)


async def _tell_refused(new: NewMail, parts: Parts) -> None:
    """Of the same mail people are told once, however often it comes."""
    assert new.state is not None
    assert new.reason is not None
    if parts.notifier is not None:
        await parts.notifier.ended_unread(new.mailbox, new.identity, new.state, new.reason)


async def _show_refused(new: NewMail, account: Account) -> None:
    """A mail whose way has ended here, because it cannot be read."""
    assert new.state is not None
    assert new.reason is not None
    metrics.MAILS.labels(new.mailbox, new.state.value).inc()
    log.info("mail.ended", mailbox=new.mailbox, state=new.state.value, reason=new.reason.code)
    if new.ref is not None:
        await _marked(new.ref, new.message.message_id, new.state, account)


async def _read(arrival: Arrival, raw: bytes, account: Account, parts: Parts) -> _Read:
    """Reads one mail in the bounded child; what cannot be read becomes a mail that is held with the reason."""
    if not raw:
        log.warning("mail.empty", mailbox=account.mailbox.name, ref=arrival.ref.id, size=arrival.size)
        message = Message(None, (), "", "", _hash_of_place(arrival.ref), arrival.size)
        return _Read(arrival, message, arrival.refusal or Reason("way.empty_message"))
    if arrival.refusal is not None:
        log.warning("mail.not_given", mailbox=account.mailbox.name, ref=arrival.ref.id, reason=arrival.refusal.code)
        return _Read(arrival, await _header_only(raw, arrival.size, account, parts), arrival.refusal)
    if arrival.size > SIZE_LIMIT:
        refusal = Reason("mail.too_large", {"size": arrival.size, "limit": SIZE_LIMIT})
        log.warning("mail.too_large", mailbox=account.mailbox.name, ref=arrival.ref.id, size=arrival.size)
        return _Read(arrival, await _header_only(raw, arrival.size, account, parts), refusal)
    try:
        message = await read(parts.reader, raw, account.settings.languages)
    except MessageUnreadable as error:
        log.warning("mail.unreadable", mailbox=account.mailbox.name, ref=arrival.ref.id, reason=error.reason.code)
        return _Read(arrival, await _header_only(raw, len(raw), account, parts), error.reason)
    if parts.checker is not None:
        message = await parts.checker.checked(message, raw, checks_wanted(message, account.settings))
    known = screen_facts(account.settings)
    message, contents = await with_contents(message, raw, parts.reader, known, parts.settings)
    return _Read(arrival, message, None, contents)


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
    thread = threads[named] if named else await related.thread_of(parts.store.database, account.mailbox.name, message)
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
        contents=taken.contents,
    )


def identity_of(message: Message) -> str:
    """The permanent key of a mail within its mailbox: SHA-256, hex, of Message-ID and content hash."""
    return hashlib.sha256(f"{message.message_id or ''}\n{message.content_hash}".encode()).hexdigest()


async def _answer_of_ours(message: Message, account: Account, parts: Parts) -> int | None:
    if message.message_id is None or message.author.key not in account.settings.own_addresses:
        return None
    return await related.sender_of(parts.store.database, account.mailbox.name, message.message_id)


async def _own_copy(taken: _Read, answered: int, account: Account, parts: Parts) -> Waiting:
    """Our own copy of an answer has come: proof that it left, and it belongs into Sent."""
    assert taken.message.message_id is not None
    log.info("reply.own_copy", mail=answered)
    mail = await parts.store.get(answered)
    assert mail is not None
    if mail.stage is Stage.DONE:  # Sent has its copy already, or this is a second delivery of ours
        await _marked(taken.arrival.ref, taken.message.message_id, State.FILED, account)
    return Waiting(answered, mail.thread, None, None)


async def _seen_before(again: NewMail, state: State | None, account: Account, parts: Parts) -> bool:
    """The same mail lies in the inbox once more: delivered again, or under a new UIDVALIDITY. False when this could
    not be noted: it is met again."""
    log.info("mail.seen_before", mailbox=again.mailbox, message_id=again.message.message_id)
    if again.ref is None:
        return True
    state = state or await parts.store.place_at_work(again)
    if state is None:
        return True
    if not await _marked(again.ref, again.message.message_id, state, account):
        return False
    await parts.store.place(again)
    return True


async def _marked(ref: MessageRef, message_id: str | None, state: State, account: Account) -> bool:
    """False when it cannot be marked now: it is met again at the next look, and must not keep new mail waiting."""
    try:
        await mark(ref, message_id, state, account.mailbox, account.settings)
    except RepondeurError as error:
        log.warning("mail.not_marked", mailbox=account.mailbox.name, ref=ref.id, reason=error.reason.code)
        return False
    return True
