"""What waits in the inbox, and its raw octets: searches and fetches on a session, nothing is marked as read."""

from collections.abc import Iterator, Sequence
from typing import Any

from repondeur.errors import FolderMissing
from repondeur.mailboxes.base import Arrival, MessageRef
from repondeur.mailboxes.imap.session import KEYWORD, Session, section

CHUNK = 1_000_000  # octets of one partial fetch: what a mail costs in memory beside itself
BATCH_OCTETS = 4_000_000
BATCH_MESSAGES = 50
HEADER_OCTETS = 256_000  # of a message over the limit


def ref_of(folder: str, uidvalidity: int, uid: int) -> MessageRef:
    return MessageRef(folder, f"{uidvalidity}/{uid}")


def uidvalidity_and_uid(ref: MessageRef) -> tuple[int, int]:
    uidvalidity, _, uid = ref.id.partition("/")
    return int(uidvalidity), int(uid)


def unread(session: Session, sizes: dict[str, int]) -> tuple[Arrival, ...]:
    """Oldest first; without what is marked as deleted or, where the folder keeps keywords, as done by us.

    sizes: by MessageRef.id, what earlier calls found; brought up to date. Sizes never change (RFC 9051 2.3.4), so a
    mailbox with thousands of unread messages is not asked for all of them at every look.
    """
    folder = session.inbox
    selected = session.select(folder, anew=True)
    criteria = ["UNSEEN", "UNDELETED"]
    if selected.keeps_keywords:  # Exchange answers BAD to a search for keywords, and keeps none
        criteria += ["UNKEYWORD", KEYWORD]
    refs = {uid: ref_of(folder, selected.uidvalidity, uid) for uid in session.search_for_many(selected, *criteria)}
    unknown = [uid for uid, ref in refs.items() if ref.id not in sizes]
    found = {ref.id: sizes[ref.id] for ref in refs.values() if ref.id in sizes}
    for uid, items in session.fetch(unknown, "RFC822.SIZE").items():
        if b"RFC822.SIZE" in items:
            found[refs[uid].id] = int(items[b"RFC822.SIZE"])
    sizes.clear()
    sizes.update(found)
    return tuple(Arrival(ref, sizes[ref.id]) for ref in refs.values() if ref.id in sizes)


def batches(arrivals: Sequence[Arrival], limit: int) -> Iterator[tuple[Arrival, ...]]:
    """Groups that are fetched together: small mail of one folder and UIDVALIDITY, in order; large mail alone."""
    batch: list[Arrival] = []
    octets = 0
    for arrival in arrivals:
        alone = arrival.size >= CHUNK or arrival.size > limit
        full = octets + arrival.size > BATCH_OCTETS or len(batch) == BATCH_MESSAGES
        if batch and (alone or full or _lineage(arrival) != _lineage(batch[0])):
            yield tuple(batch)
            batch, octets = [], 0
        batch.append(arrival)
        octets += arrival.size
        if alone:
            yield tuple(batch)
            batch, octets = [], 0
    if batch:
        yield tuple(batch)


def contents(session: Session, batch: Sequence[Arrival], limit: int) -> tuple[bytes | None, ...]:
    """The raw messages of one batch; the header alone over `limit` octets; None for what is gone."""
    folder = batch[0].ref.folder
    uidvalidity, _ = uidvalidity_and_uid(batch[0].ref)
    try:
        if session.select(folder).uidvalidity != uidvalidity:
            return (None,) * len(batch)
    except FolderMissing:
        return (None,) * len(batch)
    uids = [uidvalidity_and_uid(arrival.ref)[1] for arrival in batch]
    if len(batch) == 1 and batch[0].size > limit:
        return (_header(session, uids[0]),)
    starts = session.fetch(uids, f"BODY.PEEK[]<0.{CHUNK}>")
    return tuple(_whole(session, uid, starts.get(uid), limit) for uid in uids)


def _whole(session: Session, uid: int, items: dict[bytes, Any] | None, limit: int) -> bytes | None:
    """Continues a fetch until a part comes short: the sizes that servers announce are not to be relied on."""
    part = section(items, b"BODY[]") if items else None
    if not part:
        return None
    whole = bytearray(part)
    while len(part) >= CHUNK and len(whole) <= limit:
        items = session.fetch([uid], f"BODY.PEEK[]<{len(whole)}.{CHUNK}>").get(uid)
        part = (section(items, b"BODY[]") if items else None) or b""
        whole += part
    return bytes(whole) if len(whole) <= limit else _header(session, uid)


def _header(session: Session, uid: int) -> bytes | None:
    items = session.fetch([uid], f"BODY.PEEK[HEADER]<0.{HEADER_OCTETS}>").get(uid)
    return section(items, b"BODY[HEADER]") if items else None


def _lineage(arrival: Arrival) -> tuple[str, int]:
    return arrival.ref.folder, uidvalidity_and_uid(arrival.ref)[0]
