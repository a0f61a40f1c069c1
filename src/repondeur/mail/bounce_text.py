"""The recipients that the words of a bounce name, for mail systems that write no report.

Called for bounces only. The surest way first: fields in the text, lines that begin with an address (how nearly all mail
systems list them), addresses beside the words for a failed delivery, the only address. The first way that finds any
counts.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from repondeur.mail.machine_address import is_daemon
from repondeur.mail.message import FailedRecipient, Message

_CHARACTERS = 40_000  # of the text that are read
_LINE = 600
_MOST = 200  # recipients
_ADDRESS = re.compile(
    r"(?<![^\s<>()\[\]{}\"'«»“”‘’;:,=|/*>?（）「」【】：，、；])"
    r"([^\s<>()\[\]{}\"'«»“”;:,@=|\\（）「」【】：，、；]{1,128}@[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){0,8}\.[^\W\d_][\w-]{1,62})"
)
_LINE_START = re.compile(r"[\s>*•·‣|<\"'(\[«“–-]{0,40}(?:(?:mailto|smtp|rfc822|e-?mail)\s*[:;]\s*<?)?", re.IGNORECASE)
_X400 = re.compile(r"^\s*c=[^\n]{0,200}smtp=", re.IGNORECASE)
_FIELD = re.compile(r"^\s*(?:(?:final|original)-recipient|error-for|x-failed-recipients?)\s*:", re.IGNORECASE)
_QUOTED_FIELD = re.compile(
    r"^\s*>?\s*(?:to|cc|from|subject|date|sent|sender|reply-to|message-id|mail from|an|von|de|à|a|para|da|van|aan)\s*:",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?:\b\d{3}[ -]#?|#|\()([245]\.\d{1,3}\.\d{1,3})\b")
_RESPONSE = re.compile(r"(?:^|\s|:)[45]\d\d[ -]")
_NAMED_ENTRY = re.compile(r"[^<>@:=(]{1,60}[<(]\s{0,3}(?=[^<>\s]{3,320}[>)]\W{0,5}$)")
_ENTRY_END = re.compile(r"[>)\]\"']{0,3}\s*(?:$|[:;–-]|\.\.\.|[\[(])")
_PROSE = 45  # characters: a line as long as this may be wrapped
_LOCAL_USER = re.compile(r"^[ \t]+([A-Za-z0-9][\w.+-]{0,63})$")
_LONGEST = 300  # characters of a diagnostic
_TOLD = 8  # lines of it


def first_address(text: str) -> str:
    """The first address in it that could receive mail, "" when there is none. No dots side by side, a domain with a
    dot in it: "david...@example.org", which archives write, is none."""
    for found in _ADDRESS.finditer(text[:2000]):
        if address := _sound(found.group(1)):
            return address
    return ""


def _sound(address: str) -> str:
    kept = address.rstrip(".")
    local, _, domain = kept.rpartition("@")
    sound = local and domain and ".." not in kept and not local.startswith(".") and not local.endswith(".")
    return kept if sound else ""


def recipients(message: Message) -> Iterator[FailedRecipient]:
    """message: a bounce. Never the address that it was sent to, its author, or a mail system's own address."""
    lines = list(_explanation(message.body))
    others = _Others(message)
    for way in (_fields, _listed, _named, _only, _listed_alone, _local_users):
        if found := list(dict.fromkeys(way(lines, others)))[:_MOST]:
            with_lower = [(line, line.lower()) for line in lines]
            delayed = _delayed(message, lines)
            alone = len(found) == 1
            yield from (_described(address, with_lower, delayed=delayed, alone=alone) for address in found)
            return
    yield from (FailedRecipient(address, "failed") for address in _in_subject(message.subject, others))


class _Others:
    """Whose address in a bounce is not that of a failed recipient."""

    def __init__(self, message: Message) -> None:
        self._known = {address.key for address in (*message.to, *message.cc, *message.authors, *message.reply_to)}
        self.system = message.author.domain

    def __contains__(self, address: str) -> bool:
        return address.lower() in self._known or self.is_system(address)

    @staticmethod
    def is_system(address: str) -> bool:
        return is_daemon("", address.rpartition("@")[0])


def _explanation(body: str) -> Iterator[str]:
    """The lines above the copy of our mail."""
    for number, line in enumerate(body[:_CHARACTERS].split("\n")):
        if number and _words()["original"].search(line[:_LINE].lower()):
            return
        yield line[:_LINE]


def _fields(lines: list[str], others: _Others) -> Iterator[str]:
    for line in lines:
        if _FIELD.match(line) and (address := first_address(line)) and address not in others:
            yield address


def _listed(lines: list[str], others: _Others) -> Iterator[str]:
    """Lines that begin with an address, unless the line above says that it is something else ("sent by:")."""
    for _, address, above in _first_in_line(lines):
        if address not in others and not _words()["not_after"].search(above[-80:].lower()):
            yield address


def _listed_alone(lines: list[str], others: _Others) -> Iterator[str]:
    """ "<address>:", also when it is the one that the bounce was sent to: a forwarding that fails."""
    for line, address, _ in _first_in_line(lines):
        if line.strip() in (f"<{address}>:", f"<{address}>") and not others.is_system(address):
            yield address


def _first_in_line(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """Lines that begin with an address, that address, and the line above that is not blank. Not the middle of a
    sentence, nor a header field of the mail that came back."""
    above, blank = "", True
    for line in lines:
        if not line.strip():
            blank = True
            continue
        start = _X400.match(line) or _NAMED_ENTRY.match(line) or _LINE_START.match(line)
        found = _ADDRESS.match(line, start.end()) if start else None
        address = _sound(found.group(1)) if found else ""
        if found and address and not _QUOTED_FIELD.match(line):
            entry = blank or "<" in line[: found.start()] or _ENTRY_END.match(line, found.end())
            if entry or len(above) < _PROSE or _indent(line) > _indent(above):
                yield line, address, above
        above, blank = line.rstrip(), False


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _named(lines: list[str], others: _Others) -> Iterator[str]:
    """Addresses in sentences: beside the words for a failed delivery, or in the response of a mail server."""
    words = _words()
    text = " ".join(line.strip() for line in lines if not _QUOTED_FIELD.match(line))
    for found in _ADDRESS.finditer(text):
        address = _sound(found.group(1))
        before = text[max(0, found.start() - 90) : found.start()].lower()
        after = text[found.end() : found.end() + 90].lower()
        if not address or address in others or words["not_after"].search(before):
            continue
        if words["before"].search(before) or words["after"].match(after) or _RESPONSE.search(before[-60:]):
            yield address


def _only(lines: list[str], others: _Others) -> Iterator[str]:
    """The only address of somebody else, whatever the sentence around it says."""
    text = "\n".join(line for line in lines if not _QUOTED_FIELD.match(line))
    found = [
        address
        for match in _ADDRESS.finditer(text)
        if (address := _sound(match.group(1))) and address not in others
        if not _words()["not_after"].search(text[max(0, match.start() - 90) : match.start()].lower())
    ]
    if len({address.lower() for address in found}) == 1:
        yield found[0]


def _local_users(lines: list[str], others: _Others) -> Iterator[str]:
    """Some systems list their own users without the domain, which is then that of the system."""
    listing = False
    for line in lines:
        found = _LOCAL_USER.match(line)
        if found and listing and others.system:
            yield f"{found.group(1)}@{others.system}"
        elif line.strip():
            folded = line.lower()
            listing = line.rstrip().endswith(":") and bool(listing or _words()["list"].search(folded))
        else:
            listing = listing and not found


def _in_subject(subject: str, others: _Others) -> Iterator[str]:
    for found in _words()["subject"].finditer(subject[:_LINE].lower()):
        address = first_address(subject[found.start() :])
        if address and address not in others:
            yield address


def _delayed(message: Message, lines: list[str]) -> bool:
    return bool(_words()["delayed"].search(" ".join((message.subject, *lines)).lower()))


def _described(address: str, lines: list[tuple[str, str]], *, delayed: bool, alone: bool) -> FailedRecipient:
    """With the rest of the line that names it and what follows, up to the next blank line or address.

    lines: each as it is, and in lower case. alone: the only recipient, so that the next paragraph is about it too."""
    told: list[str] = []
    wanted = address.lower()
    for line, lower in lines:
        position = lower.find(wanted)
        if told and not lower.strip() and alone and not any(told):
            continue
        if told and (not lower.strip() or (position == -1 and _ADDRESS.match(line.lstrip(" <")))):
            break
        if told or position != -1:
            rest = line[position + len(address) :] if not told and position != -1 else line
            told.append(rest.strip(" \t<>:;,.-–\"'"))
            if len(told) > _TOLD:
                break
    diagnostic = " ".join(" ".join(told).split())[:_LONGEST]
    status = _STATUS.search(diagnostic)
    return FailedRecipient(address, "delayed" if delayed else "failed", status.group(1) if status else "", diagnostic)


@cache
def _words() -> dict[str, re.Pattern[str]]:
    tables = tomllib.loads((files("repondeur.mail") / "bounces.toml").read_text("utf-8"))
    return {
        what: re.compile("|".join(f"(?:{pattern})" for patterns in languages.values() for pattern in patterns))
        for what, languages in tables.items()
    }
