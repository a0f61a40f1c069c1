"""Where messages go: marked and moved when done, drafts kept, Sent completed. Jobs on a session.

Every job looks before it does, so that it can be run again after it was interrupted at any point. Nothing is ever
removed but the original of a copy that was made and seen (I12).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from repondeur.errors import FolderMissing, MessageGone
from repondeur.mailboxes.base import MessageRef
from repondeur.mailboxes.drafts import unchanged
from repondeur.mailboxes.imap.arrivals import uidvalidity_and_uid
from repondeur.mailboxes.imap.folders import NEW_NAMES, Role, same_name, with_role
from repondeur.mailboxes.imap.responses import bare_id, identifiers
from repondeur.mailboxes.imap.session import KEYWORD, Session, section

log = structlog.get_logger(__name__)

SEEN, ANSWERED, DELETED, DRAFT = "\\Seen", "\\Answered", "\\Deleted", "\\Draft"
ADDED_OCTETS = 256_000  # of header fields that a server may add to a draft


@dataclass(frozen=True, slots=True)
class Place:
    """A message that was found."""

    folder: str
    uid: int


def role_folder(session: Session, role: Role) -> str | None:
    return with_role(session.folders(), role, session.prefix)


def made_role_folder(session: Session, role: Role) -> str:
    """The folder with this role; made when there is none. Raises FolderMissing when the server will not make it."""
    if name := role_folder(session, role):
        return name
    name = session.resolved(NEW_NAMES[role])
    session.create(name)
    return name


def settle(session: Session, ref: MessageRef, message_id: str | None, *, answered: bool, target: str | None) -> None:
    """Marks a message as read and done, then moves it. target: as in the settings. Raises MessageGone.

    Only the message at `ref` is ever touched. Its Message-ID proves nothing: forms and shops use the same one for many
    mails, and another mail of that name may not have been received yet.
    """
    folder = session.resolved(target) if target else None
    place = at_ref(session, ref)
    if place is None:
        if folder and not same_name(ref.folder, folder) and _moved_before(session, ref, message_id, folder):
            return
        raise MessageGone("imap.message_gone", folder=ref.folder)
    keeps_keywords = session.within(place.folder).keeps_keywords
    flags = [SEEN, *([ANSWERED] if answered else []), *([KEYWORD] if keeps_keywords else [])]
    session.mark(place.uid, *flags)
    if folder and not same_name(place.folder, folder):
        move(session, place, folder)


def _moved_before(session: Session, ref: MessageRef, message_id: str | None, folder: str) -> bool:
    """Did an earlier run of settle move it there? It was marked before it was moved, so nothing is left to do. Under
    a new UIDVALIDITY nobody can tell: then it is received anew, and marked where it lies now."""
    return _uidvalidity(session, ref.folder) == uidvalidity_and_uid(ref)[0] and (
        found_again(session, message_id, [folder]) is not None
    )


def at_ref(session: Session, ref: MessageRef) -> Place | None:
    """The message, if it is still where it was."""
    uidvalidity, uid = uidvalidity_and_uid(ref)
    if _uidvalidity(session, ref.folder) != uidvalidity:
        return None
    return Place(ref.folder, uid) if session.fetch([uid], "FLAGS").get(uid) else None


def _uidvalidity(session: Session, folder: str) -> int | None:
    """Of the folder, which is then open; None when there is no such folder."""
    try:
        return session.select(folder).uidvalidity
    except FolderMissing:
        return None


def found_again(session: Session, message_id: str | None, folders: Sequence[str]) -> Place | None:
    """A message by its Message-ID, in the first folder that holds one; its latest copy there."""
    for folder in dict.fromkeys(folders):
        try:
            session.select(folder)
        except FolderMissing:
            continue
        if uids := session.find(message_id):
            return Place(folder, uids[-1])
    return None


def move(session: Session, place: Place, folder: str) -> None:
    """Moves one message. Without MOVE and UIDPLUS the original stays where it is, marked as read and done: a plain
    EXPUNGE would remove what others have marked as deleted."""
    if not session.exists(folder):
        session.create(folder)
    session.within(place.folder)
    if "MOVE" in session.capabilities:
        session.move(place.uid, folder)
        return
    if not _copied_before(session, place, folder):
        session.within(place.folder)
        session.copy(place.uid, folder)
    session.within(place.folder)
    if "UIDPLUS" not in session.capabilities:
        log.warning("imap.original_left", folder=place.folder, uid=place.uid, copied_to=folder)
        return
    session.mark(place.uid, DELETED)
    session.expunge(place.uid)


def _copied_before(session: Session, place: Place, folder: str) -> bool:
    """Was this very message copied there by a move that was then interrupted? Told by size and the whole header, not
    by Message-ID alone: anybody can send a second mail with the same one, and that must not be lost."""
    size, header = _fingerprint(session, place.uid)
    session.select(folder)
    alike = session.search("LARGER", str(max(size - 1, 0)), "SMALLER", str(size + 1))
    return any(_fingerprint(session, uid) == (size, header) for uid in reversed(alike))


def _fingerprint(session: Session, uid: int) -> tuple[int, bytes]:
    items = session.fetch([uid], "RFC822.SIZE", "BODY.PEEK[HEADER]").get(uid, {})
    return int(items.get(b"RFC822.SIZE", 0)), section(items, b"BODY[HEADER]") or b""


def save_draft(session: Session, message_id: str, raw: bytes) -> None:
    drafts = made_role_folder(session, "drafts")
    session.select(drafts)
    if not session.find(message_id):
        session.append(drafts, raw, DRAFT, SEEN)


def draft_unchanged(session: Session, message_id: str, raw: bytes) -> bool:
    return _our_draft(session, message_id, raw) is not None


def file_draft(session: Session, message_id: str, raw: bytes) -> bool:
    """Makes a draft of ours that was sent the copy in Sent; False when it is not in Drafts any more, or when a person
    has worked on it: then it is theirs. Left where it is, somebody would send ours a second time."""
    place = _our_draft(session, message_id, raw)
    if place is None:
        return False
    session.unmark(place.uid, DRAFT)
    session.mark(place.uid, SEEN)
    move(session, place, made_role_folder(session, "sent"))
    return True


def withdraw_draft(session: Session, message_id: str, raw: bytes) -> bool:
    """Moves a draft of ours that nobody has worked on to Trash; False when one of this Message-ID is left in Drafts, as
    where there is no Trash, or where the original of a copy cannot be taken away."""
    place = _our_draft(session, message_id, raw)
    trash = role_folder(session, "trash")
    if place is not None and trash is not None and {"MOVE", "UIDPLUS"} & set(session.capabilities):
        move(session, place, trash)
    return not _drafts(session, message_id, 1)[1]


def _our_draft(session: Session, message_id: str, raw: bytes) -> Place | None:
    """The draft as we put it there. None when there is none, or when any of this Message-ID is another: programs keep
    the Message-ID of a draft that is edited, and may leave the old one beside the new one, marked as deleted."""
    drafts, live = _drafts(session, message_id, len(raw) + ADDED_OCTETS)
    if not live or not all(unchanged(one, raw) for one in live.values()):
        return None
    return Place(drafts, max(live))


def _drafts(session: Session, message_id: str, most: int) -> tuple[str, dict[int, bytes]]:
    """Drafts, and what lies there under this Message-ID and is not marked as deleted, by UID. most: octets of each."""
    drafts = role_folder(session, "drafts")
    if drafts is None:
        return "", {}
    try:
        session.select(drafts)
    except FolderMissing:
        return drafts, {}
    uids = session.find(message_id)
    found = session.fetch(uids, "FLAGS", f"BODY.PEEK[]<0.{most}>") if uids else {}
    return drafts, {
        uid: section(items, b"BODY[]") or b""
        for uid, items in found.items()
        if DELETED.encode() not in items.get(b"FLAGS", ())
    }


def in_sent(session: Session, message_id: str) -> bool:
    sent = role_folder(session, "sent")
    return sent is not None and found_again(session, message_id, [sent]) is not None


def self_copy(session: Session, message_id: str) -> Place | None:
    """Our own message as it came back to us: in the inbox, in Junk, or filed with what is done."""
    processed = session.settings.processed_folder
    folders = [session.inbox, role_folder(session, "junk"), session.resolved(processed) if processed else None]
    return found_again(session, message_id, [folder for folder in folders if folder])


def file_self_copy(session: Session, message_id: str) -> None:
    """Makes the self-copy the one in Sent, unless there is one, as when this runs a second time."""
    place = self_copy(session, message_id)
    if place is None or in_sent(session, message_id):
        return
    session.within(place.folder)
    session.mark(place.uid, SEEN)
    move(session, place, made_role_folder(session, "sent"))


def append_to_sent(session: Session, message_id: str, raw: bytes) -> None:
    """Unless it is there: the job may run a second time."""
    sent = made_role_folder(session, "sent")
    session.select(sent)
    if not session.find(message_id):
        session.append(sent, raw, SEEN)


def marked_answered(session: Session, ref: MessageRef) -> bool:
    if (place := at_ref(session, ref)) is None:
        return False
    return b"\\Answered" in session.fetch([place.uid], "FLAGS").get(place.uid, {}).get(b"FLAGS", ())


def replies_in_sent(session: Session, message_id: str) -> tuple[str, ...]:
    """Message-IDs of the messages in Sent that name this one in In-Reply-To; "" for one that has none."""
    sent = role_folder(session, "sent")
    if sent is None:
        return ()
    try:
        session.select(sent)
    except FolderMissing:
        return ()
    replies = session.find(message_id, "In-Reply-To")
    headers = session.headers(replies, "Message-ID").values()
    return tuple(bare_id(min(identifiers(header, "Message-ID"), default="")) for header in headers)
