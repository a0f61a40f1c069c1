"""What is asked of an IMAP server, on one connection: folders, searches, fetches, marks, moves. Blocking."""

import contextlib
import imaplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from imapclient import imap_utf7
from imapclient.exceptions import IMAPClientError
from imapclient.response_parser import parse_response

from repondeur.errors import FolderMissing, MailboxUnavailable
from repondeur.mailboxes.imap import failures, responses
from repondeur.mailboxes.imap.connection import DEFAULT_TIMEOUTS, Connection, Timeouts
from repondeur.mailboxes.imap.folders import Folder, inferred_prefix, resolved, same_name
from repondeur.mailboxes.imap.responses import quoted
from repondeur.settings.schema import ImapSettings

log = structlog.get_logger(__name__)

KEYWORD = "$Repondeur"
ALIKE_MOST = 1_000  # messages whose header is looked at for one identifier
SEARCH_WINDOW = 50_000  # messages; imaplib reads lines of at most 1,000,000 octets
FETCH_BATCH = 400  # UIDs; some servers take command lines of 8,000 octets (RFC 7162 4)
Fetched = dict[int, dict[bytes, Any]]


@dataclass(frozen=True, slots=True)
class Selected:
    """The folder that is open. uidvalidity: 0 when the server gives none. exists: messages when it was opened.
    keeps_keywords: KEYWORD can be stored."""

    name: str
    uidvalidity: int
    exists: int
    keeps_keywords: bool


class Session(Connection):
    """Connects and signs in when made. Raises MailboxUnavailable, LoginRefused."""

    def __init__(self, settings: ImapSettings, timeouts: Timeouts = DEFAULT_TIMEOUTS, *, sign_in: bool = True) -> None:
        super().__init__(settings, timeouts, sign_in=sign_in)
        self._selected: Selected | None = None
        self._folders: tuple[Folder, ...] | None = None
        self._prefix: str | None = None

    # -- folders

    def folders(self, *, again: bool = False) -> tuple[Folder, ...]:
        """All folders, asked for once a connection unless `again`."""
        if self._folders is None or again:
            with self.errors():
                self._folders = tuple(_folder(*line) for line in self._listed())
        return self._folders

    def _listed(self) -> list[tuple[Any, Any, Any]]:
        # Some servers (Cyrus) tell of special use only when asked to (RFC 6154 2, RFC 5258).
        asks = '"*" RETURN (SPECIAL-USE)' if {"SPECIAL-USE", "LIST-EXTENDED"} <= self.capabilities else '"*"'
        status, data = self.wire.list('""', asks)
        if status != "OK":
            raise IMAPClientError(str(data[0], "utf-8", "replace") if isinstance(data[0], bytes) else "LIST")
        # IMAPClient's list_folders() fails as a whole when one name is no good modified UTF-7.
        words = list(parse_response([line for line in data if line]))
        return [(words[at], words[at + 1], words[at + 2]) for at in range(0, len(words) - 2, 3)]

    @property
    def inbox(self) -> str:
        """The watched folder, as the server calls it."""
        name = self.settings.imap_mailbox
        return name if name.upper() == "INBOX" else self.resolved(name)

    @property
    def prefix(self) -> str:
        """Of the personal namespace (RFC 2342), e.g. "INBOX."; "" as a rule."""
        if self._prefix is None:
            self._prefix = self._namespace() if "NAMESPACE" in self.capabilities else inferred_prefix(self.folders())
        return self._prefix

    def _namespace(self) -> str:
        with self.errors():
            personal = self.client.namespace().personal
        return str(personal[0][0]) if personal else ""

    @property
    def delimiter(self) -> str:
        return next((folder.delimiter for folder in self.folders()), "/")

    def resolved(self, name: str) -> str:
        """What a folder of the settings is called on this server."""
        return resolved(name, self.folders(), self.prefix, self.delimiter)

    def exists(self, name: str) -> bool:
        return any(same_name(folder.name, name) and folder.selectable for folder in self.folders())

    def create(self, name: str) -> None:
        """Makes a folder and subscribes to it. Raises FolderMissing when the server refuses."""
        try:
            with self.errors():
                self.client.create_folder(name)
        except (failures.ConnectionBroken, failures.TooManyConnections, failures.ServerAsksForPause):
            raise
        except MailboxUnavailable as error:
            if not any(same_name(folder.name, name) for folder in self.folders(again=True)):
                raise FolderMissing("imap.folder_not_made", folder=name, server=self.server) from error
        with contextlib.suppress(IMAPClientError), self.errors_of_the_line():
            self.client.subscribe_folder(name)
        self._folders = None
        log.info("imap.folder_created", mailbox=self.settings.name, folder=name)

    def within(self, name: str) -> Selected:
        """Opens a folder unless it is open already; what arrived in it meanwhile may not show."""
        if self._selected is not None and same_name(self._selected.name, name):
            return self._selected
        return self.select(name)

    def select(self, name: str, *, anew: bool = False) -> Selected:
        """Opens a folder, or brings the view of the open one up to date. Raises FolderMissing.

        anew: opens it in any case. Dovecot goes on showing a folder that was deleted and made again since.
        """
        if not anew and self._selected is not None and same_name(self._selected.name, name):
            return self._refreshed(self._selected)
        self._selected = None
        try:
            with self.errors_of_the_line():
                answer = self.client.select_folder(name)
        except imaplib.IMAP4.error as error:
            if not any(same_name(folder.name, name) for folder in self.folders(again=True)):
                raise FolderMissing("imap.folder_missing", folder=name, server=self.server) from error
            raise self.refused(error, signing_in=False) from error
        self.wire.untagged_responses.clear()  # imaplib collects unsolicited lines for ever
        kept = {flag.lower() for flag in answer.get(b"PERMANENTFLAGS", ())}
        self._selected = Selected(
            name=name,
            uidvalidity=answer.get(b"UIDVALIDITY", 0),
            exists=answer.get(b"EXISTS", 0),
            keeps_keywords=b"\\*" in kept or KEYWORD.lower().encode() in kept,
        )
        return self._selected

    def _refreshed(self, selected: Selected) -> Selected:
        # SEARCH answers from the view of the last command; only NOOP brings in what arrived since (Dovecot).
        with self.errors():
            self.wire.noop()
        self.wire.untagged_responses.clear()  # imaplib collects unsolicited lines for ever
        return selected

    # -- messages of the open folder

    def search(self, *criteria: str) -> list[int]:
        """UIDs, ascending. criteria: as on the wire."""
        return responses.numbers(self._uid("SEARCH", *criteria))

    def search_for_many(self, selected: Selected, *criteria: str) -> list[int]:
        """The same for what may hit most of a huge folder, asked for part by part; the folder must be freshly open:
        the parts are ranges of message numbers, and one past the last message is an error."""
        if selected.exists <= SEARCH_WINDOW:
            return self.search(*criteria)
        windows = responses.sequence_windows(selected.exists, SEARCH_WINDOW)
        return sorted({uid for window in windows for uid in self.search(window, *criteria)})

    def _latest(self, most: int, *criteria: str) -> list[int]:
        """At most so many UIDs of the open folder, ascending; of a huge one part by part, its end first."""
        selected = self._selected
        if selected is None or selected.exists <= SEARCH_WINDOW:
            return self.search(*criteria)[-most:]
        fresh = self.select(selected.name, anew=True)
        found: list[int] = []
        for window in reversed(list(responses.sequence_windows(fresh.exists, SEARCH_WINDOW))):
            found = [*self.search(window, *criteria), *found]
            if len(found) >= most:
                break
        return found[-most:]

    def _uid(self, command: str, *arguments: str) -> list[Any]:
        with self.errors():
            status, data = self.wire.uid(command, *arguments)
            if status != "OK":
                raise IMAPClientError(str(data[0], "utf-8", "replace") if data and data[0] else command)
        return data

    def find(self, message_id: str | None, field: str = "Message-ID") -> list[int]:
        """UIDs of messages that name exactly this identifier in this field, ascending. A stranger may have chosen one
        that is part of every other (<@>): then only the latest that the server finds are looked at."""
        if not message_id or not (probe := responses.searchable(message_id)):
            return []
        wanted = responses.bare_id(message_id)
        candidates = self._latest(ALIKE_MOST, "HEADER", field, quoted(probe))
        if not candidates:
            return []
        headers = self.headers(candidates, field)
        return [uid for uid in candidates if wanted in responses.identifiers(headers.get(uid, b""), field)]

    def headers(self, uids: Sequence[int], *fields: str) -> dict[int, bytes]:
        """The named header fields of messages, as they came."""
        fetched = self.fetch(uids, f"BODY.PEEK[HEADER.FIELDS ({' '.join(fields)})]")
        return {uid: section(items, b"BODY[HEADER") or b"" for uid, items in fetched.items()}

    def fetch(self, uids: Sequence[int], *items: str) -> Fetched:
        """What of these messages is there, by UID. Values as IMAPClient parses them."""
        found: Fetched = {}
        for start in range(0, len(uids), FETCH_BATCH):
            try:
                with self.errors():
                    found.update(self.client.fetch(list(uids[start : start + FETCH_BATCH]), items))
            except failures.CommandRefused:
                self.wire.untagged_responses.clear()  # what came before the refusal is not the next command's answer
                raise
        return found

    def holds(self, uid: int) -> bool:
        """Is this message in the open folder now?"""
        with self.errors():
            self.wire.noop()
        self.wire.untagged_responses.clear()
        return uid in self.search("UID", str(uid))

    def mark(self, uid: int, *flags: str) -> None:
        with self.errors():
            self.client.add_flags([uid], flags, silent=True)

    def unmark(self, uid: int, *flags: str) -> None:
        with self.errors():
            self.client.remove_flags([uid], flags, silent=True)

    def copy(self, uid: int, folder: str) -> None:
        self._filed(folder, lambda: self.client.copy([uid], folder))

    def move(self, uid: int, folder: str) -> None:
        """UID MOVE (RFC 6851); only where announced."""
        self._filed(folder, lambda: self.client.move([uid], folder))

    def append(self, folder: str, raw: bytes, *flags: str) -> None:
        self._filed(folder, lambda: self.client.append(folder, raw, flags))

    def _filed(self, folder: str, command: Callable[[], object]) -> None:
        """Runs a command that puts something into a folder; makes the folder when that is what is missing."""
        try:
            with self.errors_of_the_line():
                command()
        except imaplib.IMAP4.error as error:
            if any(same_name(known.name, folder) for known in self.folders(again=True)):
                raise self.refused(error, signing_in=False) from error
            self.create(folder)
            with self.errors():
                command()

    def expunge(self, uid: int) -> None:
        """Removes one message that is marked \\Deleted, and no other (RFC 4315); only where UIDPLUS is announced."""
        with self.errors():
            self.client.uid_expunge([uid])


def _folder(attributes: Any, delimiter: Any, name: Any) -> Folder:
    """A parsed line of LIST. A name of digits has been parsed as a number."""
    raw = name if isinstance(name, bytes) else str(name).encode()
    try:
        decoded = imap_utf7.decode(raw)
    except (UnicodeError, ValueError):
        decoded = raw.decode("utf-8", "replace")
    return Folder(
        decoded,
        frozenset(word.decode("ascii", "replace").lower() for word in attributes or () if isinstance(word, bytes)),
        delimiter.decode("ascii", "replace") if isinstance(delimiter, bytes) else "",
    )


def section(items: dict[bytes, Any], start: bytes) -> bytes | None:
    """A BODY[...] item of a fetched message. Servers differ in how they repeat the name of what was asked for."""
    for name, value in items.items():
        if name.upper().startswith(start) and isinstance(value, bytes):
            return value
    return None
