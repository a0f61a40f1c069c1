"""What waits in the inbox, and its raw octets: searches and fetches on a session, nothing is marked as read."""

from collections.abc import Iterator, Sequence
from typing import Any

import structlog

from repondeur.errors import FolderMissing
from repondeur.mailboxes.base import Arrival, MessageRef
from repondeur.mailboxes.imap.failures import CommandRefused
from repondeur.mailboxes.imap.session import KEYWORD, Session, section

log = structlog.get_logger(__name__)

CHUNK = 1_000_000  # octets of one partial fetch: what a mail costs in memory beside itself
BATCH_OCTETS = CHUNK  # one batch, or one part of a large mail, must come in time over a slow line
BATCH_MESSAGES = 50
HEADER = "BODY.PEEK[HEADER]<0.256000>"  # of a message over the limit


def ref_of(folder: str, uidvalidity: int, uid: int) -> MessageRef:
    return MessageRef(folder, f"{uidvalidity}/{uid}")


def uidvalidity_and_uid(ref: MessageRef) -> tuple[int, int]:
    uidvalidity, _, uid = ref.id.partition("/")
    return int(uidvalidity), int(uid)


def unread(session: Session, sizes: dict[str, int]) -> tuple[Arrival, ...]:
    """Oldest first; without what is marked as deleted or, where the folder keeps keywords, as done by us.

    sizes: by MessageRef.id, what earlier calls found; brought up to date. Sizes never change (RFC 9051 2.3.4), so a
    mailbox with thousands of unread messages is not asked for all of them at every look. 0 for one that the server
    does not tell: fetching it shows.
    """
    folder = session.inbox
    selected = session.select(folder, anew=True)
    criteria = ["UNSEEN", "UNDELETED"]
    if selected.keeps_keywords:  # Exchange answers BAD to a search for keywords, and keeps none
        criteria += ["UNKEYWORD", KEYWORD]
    refs = {uid: ref_of(folder, selected.uidvalidity, uid) for uid in session.search_for_many(selected, *criteria)}
    unknown = [uid for uid, ref in refs.items() if ref.id not in sizes]
    found = {ref.id: sizes[ref.id] for ref in refs.values() if ref.id in sizes}
    for uid, size in _sizes(session, unknown).items():
        if uid in refs:
            found[refs[uid].id] = size
    sizes.clear()
    sizes.update(found)
    return tuple(Arrival(ref, sizes.get(ref.id, 0)) for ref in refs.values())


def _sizes(session: Session, uids: Sequence[int]) -> dict[int, int]:
    """In octets, by UID, as far as the server tells."""
    try:
        fetched = session.fetch(uids, "RFC822.SIZE")
    except CommandRefused as error:
        log.warning("imap.sizes_refused", code=error.reason.code)
        return {}
    return {uid: int(items[b"RFC822.SIZE"]) for uid, items in fetched.items() if b"RFC822.SIZE" in items}


def batches(arrivals: Sequence[Arrival], limit: int) -> Iterator[tuple[Arrival, ...]]:
    """Groups that are fetched together: small mail of one folder and UIDVALIDITY, in order; large mail alone."""
    batch: list[Arrival] = []
    octets = 0
    for arrival in arrivals:
        size = arrival.size or CHUNK  # unknown, perhaps
        alone = size >= CHUNK or size > limit
        full = octets + size > BATCH_OCTETS or len(batch) == BATCH_MESSAGES
        if batch and (alone or full or _lineage(arrival) != _lineage(batch[0])):
            yield tuple(batch)
            batch, octets = [], 0
        batch.append(arrival)
        octets += size
        if alone:
            yield tuple(batch)
            batch, octets = [], 0
    if batch:
        yield tuple(batch)


def beginnings(
    session: Session, batch: Sequence[Arrival], limit: int, *, patient: bool = False
) -> tuple[bytes | None, ...]:
    """The first CHUNK octets of the messages of one batch; the header alone over `limit` octets; None for what is
    gone, b"" for what lies there and has no octets to give. One message that the server cannot give does not take the
    others with it.

    patient: raises CommandRefused when the server says it is busy and gives nothing at all: it may give it later.
    """
    if not _opened(session, batch[0].ref):
        return (None,) * len(batch)
    uids = [_uid(arrival.ref) for arrival in batch]
    whole = len(batch) > 1 or batch[0].size <= limit
    try:
        fetched = session.fetch(uids, f"BODY.PEEK[]<0.{CHUNK}>" if whole else HEADER)
    except CommandRefused as error:
        log.warning("imap.fetch_refused", code=error.reason.code, messages=len(uids))
        singly = tuple(_alone(session, uid, whole=whole) for uid in uids)
        if patient and error.reason.code == "imap.server_busy" and not any(singly):
            raise
        return singly
    return tuple(_given(session, uid, fetched.get(uid, {})) for uid in uids)


def continued(session: Session, ref: MessageRef, offset: int) -> bytes | None:
    """The next CHUNK octets of a message from `offset` on, b"" after its end; None when it is gone."""
    if not _opened(session, ref):
        return None
    items = session.fetch([_uid(ref)], f"BODY.PEEK[]<{offset}.{CHUNK}>").get(_uid(ref), {})
    return _given(session, _uid(ref), items)


def header(session: Session, ref: MessageRef) -> bytes | None:
    """The header section alone; b"" when the server does not give it, None when the message is gone."""
    return _alone(session, _uid(ref), whole=False) if _opened(session, ref) else None


def _opened(session: Session, ref: MessageRef) -> bool:
    """Opens the folder of a message. False when it is not the folder that it was."""
    try:
        return session.select(ref.folder).uidvalidity == uidvalidity_and_uid(ref)[0]
    except FolderMissing:
        return False


def _given(session: Session, uid: int, items: dict[bytes, Any]) -> bytes | None:
    """What was fetched of a message. Servers give nothing, NIL or "" for one that has just gone (RFC 2180 4.1)."""
    return section(items, b"BODY[") or (b"" if _lies_there(session, uid) else None)


def _alone(session: Session, uid: int, *, whole: bool) -> bytes | None:
    """What can be had of one message: its first octets, its header, nothing."""
    for part in (f"BODY.PEEK[]<0.{CHUNK}>", HEADER) if whole else (HEADER,):
        try:
            return _given(session, uid, session.fetch([uid], part).get(uid, {}))
        except CommandRefused as error:
            log.warning("imap.message_refused", uid=uid, part=part, code=error.reason.code)
    return _given(session, uid, {})


def _lies_there(session: Session, uid: int) -> bool:
    """Asked of the index, which servers have when they lack the message. Better an empty mail than a lost one."""
    try:
        return session.holds(uid)
    except CommandRefused:
        return True


def _uid(ref: MessageRef) -> int:
    return uidvalidity_and_uid(ref)[1]


def _lineage(arrival: Arrival) -> tuple[str, int]:
    return arrival.ref.folder, uidvalidity_and_uid(arrival.ref)[0]
