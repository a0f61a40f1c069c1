"""One mailbox: folders, messages, what changed when, and what left. Driven by requests and by tests."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Protocol

from tests.support.graph import content
from tests.support.graph.failures import GraphError, bad_request, folder_not_found, item_not_found, malformed_id
from tests.support.graph.items import Change, Folder, Item, Outbound

WELL_KNOWN = {
    "inbox": "Inbox", "drafts": "Drafts", "sentitems": "Sent Items", "deleteditems": "Deleted Items",
    "junkemail": "Junk Email", "archive": "Archive", "outbox": "Outbox",
}  # fmt: skip


class House(Protocol):
    """What a mailbox needs of the server."""

    @property
    def lock(self) -> AbstractContextManager[Any]: ...
    @property
    def renames(self) -> bool: ...
    def now(self) -> datetime: ...
    def changed(self, box: "Box", item: Item, kind: str, folder: Folder, came_from: Folder | None = None) -> None: ...
    def left(self, box: "Box", mail: Outbound) -> None: ...
    def sending(self, box: "Box", item: Item, finish: Callable[[], None]) -> None: ...


class Box:
    """address: in lower case. aliases: further addresses it may send from. outbound: what really left, in order."""

    def __init__(self, address: str, house: House) -> None:
        self.address = address.lower()
        self.user_id = str(uuid.uuid5(uuid.NAMESPACE_URL, self.address))
        self.aliases: set[str] = set()
        self.outbound: list[Outbound] = []
        self.clock = 0
        self._house = house
        self._items: dict[str, Item] = {}
        self._mutable: dict[str, str] = {}
        self._conversations: dict[str, str] = {}
        self._made = 0
        self._root = content.made_id(self.address, "root", prefix="AQMkAD")
        self.folders: dict[str, Folder] = {}
        for well_known, name in WELL_KNOWN.items():
            self._add_folder(name, self._root, well_known)

    # What tests do and look at

    def deliver(
        self,
        raw: bytes,
        *,
        received: datetime | None = None,
        read: bool = False,
        folder: str = "inbox",
        notify: bool = True,
    ) -> str:
        """Mail arrives. Returns its immutable id. notify: whether subscribers are told."""
        with self._house.lock:
            return self._add(raw, self.folder(folder), received=received, read=read, notify=notify).id

    def message(self, message_id: str) -> Item:
        """KeyError when it is gone."""
        return self._items[message_id]

    def messages(self, folder: str | None = None) -> list[Item]:
        """Of that folder or of all, oldest first."""
        with self._house.lock:
            wanted = self.folder(folder) if folder else None
            found = [item for item in self._items.values() if wanted is None or item.folder is wanted]
            return sorted(found, key=lambda item: item.received)

    @property
    def sent(self) -> list[Item]:
        """Messages in Sent Items, oldest first."""
        return self.messages("sentitems")

    @property
    def drafts(self) -> list[Item]:
        return self.messages("drafts")

    def where(self, message_id: str) -> str | None:
        """The folder's name; None when the message is gone."""
        item = self._items.get(message_id)
        return item.folder.label if item else None

    def move(self, message_id: str, folder: str) -> None:
        """A person moves it."""
        with self._house.lock:
            self.move_item(self._items[message_id], self.folder(folder))

    def delete(self, message_id: str, *, to_trash: bool = False) -> None:
        """A person deletes it: for good, or into Deleted Items."""
        with self._house.lock:
            item = self._items[message_id]
            if to_trash:
                self.move_item(item, self.folder("deleteditems"))
            else:
                self._remove(item)

    def mark_read(self, message_id: str, read: bool = True) -> None:
        with self._house.lock:
            item = self._items[message_id]
            item.is_read = read
            self.touched(item, {"isRead"})

    def person_replies(self, message_id: str, text: str) -> str:
        """A person answers in Outlook. Returns the id of what then lies in Sent Items."""
        with self._house.lock:
            item = self._items[message_id]
            reply = EmailMessage(policy=SMTP)
            reply["From"] = self.address
            reply["To"] = ", ".join(row["emailAddress"]["address"] for row in item.facts["replyTo"] or _one(item))
            reply["Subject"] = f"Re: {content.REPLY_PREFIX.sub('', item.subject)}"
            reply["In-Reply-To"] = reply["References"] = item.facts["internetMessageId"]
            reply.set_content(text)
            draft = self.create(reply.as_bytes(), item.conversation_id)
            self.finish_sending(draft)
            return draft.id

    def make_folder(self, name: str, parent: str | None = None) -> Folder:
        """name: as people see it. parent: of it, as folder() takes it; None: at the top."""
        with self._house.lock:
            above = self.folder(parent).id if parent else self._root
            if any(folder.name.lower() == name.lower() for folder in self.children(above)):
                text = "A folder with the specified name already exists."
                raise GraphError(409, "ErrorFolderExists", text)
            return self._add_folder(name, above, None)

    # What requests do

    def is_called(self, name: str) -> bool:
        return name.lower() in {self.address, self.user_id}

    def folder(self, name: str) -> Folder:
        """By well-known name, id, or (for tests) display name at any depth. GraphError 404 when there is none."""
        for folder in self.folders.values():
            if name == folder.id or name.lower() == folder.well_known or name == folder.name:
                return folder
        raise folder_not_found()

    def folder_by_id(self, name: str) -> Folder:
        """As a client may name it: id or well-known name, no display name."""
        found = self.folders.get(name) or next((f for f in self.folders.values() if f.well_known == name.lower()), None)
        if found is None:
            raise folder_not_found() if name.startswith("AQMk") else malformed_id()
        return found

    def children(self, parent: str | None = None) -> list[Folder]:
        return [folder for folder in self.folders.values() if folder.parent == (parent or self._root)]

    def item(self, message_id: str) -> Item:
        found = self._items.get(message_id)
        if found is None:
            raise item_not_found()
        return found

    def find(self, message_id: str) -> Item | None:
        return self._items.get(message_id)

    def item_by_mutable(self, message_id: str) -> Item:
        return self.item(self._mutable.get(message_id, ""))

    def items(self, folder: Folder | None) -> Iterator[Item]:
        return (item for item in self._items.values() if folder is None or item.folder is folder)

    def create(self, raw: bytes, conversation_id: str | None = None, folder: str = "drafts") -> Item:
        """A draft. What Exchange adds at once is added: Message-ID, From, Date."""
        now = self._house.now()
        self._made += 1
        message_id = f"<DRAFT{self._made:06d}.{self.user_id}@{self.address.partition('@')[2]}>"
        whole = content.with_missing(raw, From=self.address, Message_ID=message_id, Date=content.date_field(now))
        return self._add(whole, self.folder(folder), draft=True, read=True, conversation_id=conversation_id)

    def touched(self, item: Item, properties: set[str]) -> None:
        """item has new values."""
        item.version += 1
        item.modified = self._house.now()
        self._note(item.folder, item, "updated", frozenset(properties))
        self._house.changed(self, item, "updated", item.folder)

    def move_item(self, item: Item, target: Folder) -> None:
        if target is item.folder:
            return
        before = item.folder
        self._note(before, item, "deleted")
        item.folder = target
        item.version += 1
        item.modified = self._house.now()
        self._mutable.pop(item.mutable_id, None)
        item.mutable_id = content.made_id(item.id, target.id, item.version, prefix="AAMkAD")
        self._mutable[item.mutable_id] = item.id
        self._note(target, item, "created")
        self._house.changed(self, item, "moved", target, before)

    def delete_item(self, item: Item) -> None:
        """As DELETE does: into Deleted Items, and from there for good."""
        trash = self.folder("deleteditems")
        if item.folder is trash:
            self._remove(item)
        else:
            self.move_item(item, trash)

    def forget(self, item: Item) -> None:
        """As if it had never been made."""
        del self._items[item.id]
        self._mutable.pop(item.mutable_id, None)
        item.folder.history = [change for change in item.folder.history if change.message_id != item.id]

    def send_item(self, item: Item, *, keep: bool = True) -> None:
        """Accepts a draft for sending; it leaves at once, or later where the server says so. keep: in Sent Items."""
        if not item.is_draft or item.submitted:
            raise bad_request("The operation can be performed only on a draft message.", "ErrorInvalidRequest")
        if not content.recipients(item.raw):
            raise bad_request("At least one recipient is not valid.", "ErrorInvalidRecipients")
        author = item.facts["from"]["emailAddress"]["address"].lower()
        if author not in {self.address, *self.aliases}:
            text = "The user account which was used to submit this request does not have the right to send mail on"
            raise GraphError(403, "ErrorSendAsDenied", f"{text} behalf of the specified sending account.")
        item.submitted = True
        self._house.sending(self, item, lambda: self.finish_sending(item, keep=keep))

    def finish_sending(self, item: Item, *, keep: bool = True) -> None:
        """The mail leaves, and lies in Sent Items under the same immutable id."""
        if item.id not in self._items:
            return
        if self._house.renames:
            fresh = f"<SENT.{item.change_key}@{self.address.partition('@')[2]}>"
            item.rewrite(content.with_missing(content.without(item.raw, "Message-ID"), Message_ID=fresh))
        mail = Outbound(content.without(item.raw, "Bcc"), tuple(content.recipients(item.raw)))
        item.is_draft = item.submitted = False
        item.is_read = True
        item.received = self._house.now()
        self.outbound.append(mail)
        if keep:
            self.move_item(item, self.folder("sentitems"))
        else:
            self._remove(item)
        self._house.left(self, mail)

    def _add(
        self,
        raw: bytes,
        folder: Folder,
        *,
        received: datetime | None = None,
        read: bool = False,
        draft: bool = False,
        notify: bool = True,
        conversation_id: str | None = None,
    ) -> Item:
        now = self._house.now()
        self._made += 1
        message_id = content.made_id(self.address, self._made, prefix="AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A")
        mutable_id = content.made_id(message_id, folder.id, 1, prefix="AAMkAD")
        conversation = conversation_id or self._conversation(raw, message_id)
        moment = (received or now).replace(microsecond=0)
        item = Item(message_id, mutable_id, folder, raw, conversation, moment, moment, now, read, draft)
        self._items[item.id] = item
        for key in (item.facts["internetMessageId"], content.topic(item.subject)):
            self._conversations.setdefault(key, conversation)
        self._mutable[item.mutable_id] = item.id
        self._note(folder, item, "created")
        if notify:
            self._house.changed(self, item, "created", folder)
        return item

    def _remove(self, item: Item) -> None:
        del self._items[item.id]
        self._mutable.pop(item.mutable_id, None)
        self._note(item.folder, item, "deleted")
        self._house.changed(self, item, "deleted", item.folder)

    def _note(self, folder: Folder, item: Item, kind: str, properties: frozenset[str] = frozenset()) -> None:
        self.clock += 1
        folder.history.append(Change(self.clock, item.id, kind, properties, item.mutable_id))

    def _conversation(self, raw: bytes, message_id: str) -> str:
        """By References and In-Reply-To; without these by the subject, when it says that it is an answer."""
        known = content.facts(raw)
        keys = content.related(raw)
        if not keys and content.REPLY_PREFIX.match(known["subject"]):
            keys = [content.topic(known["subject"])]
        found = next((self._conversations[key] for key in keys if key in self._conversations), None)
        return found or content.made_id("conversation", message_id, prefix="AAQkAD")

    def _add_folder(self, name: str, parent: str, well_known: str | None) -> Folder:
        folder_id = content.made_id(self.address, "folder", len(self.folders), prefix="AQMkAD")
        folder = Folder(folder_id, name, well_known, parent)
        self.folders[folder_id] = folder
        return folder


def _one(item: Item) -> list[dict[str, Any]]:
    return [item.facts["from"]]
