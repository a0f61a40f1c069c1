"""Header fields as octets on the wire: folded, ASCII wherever the standard allows it, and impossible to break out of.

Source: RFC 5322 2.2.3 (folding), RFC 2047 (encoded words), RFC 5890 (A-labels), RFC 6532 (UTF-8 in an addr-spec only).
"""

import re
import unicodedata
from email.header import Header

from repondeur.mail.clean import clean_line
from repondeur.mail.message import Address

LINE = 76
NAME_LIMIT = 120
ID_LIMIT = 900

_ENCODED_WORD = re.compile(r"=\?[^?]*\?[bq]\?.*?\?=", re.IGNORECASE)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\U0010ffff]+"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_LOCAL_PART = re.compile(rf"(?:{_ATOM}|{_QUOTED})")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LITERAL = re.compile(r"\[(?:ipv6:)?[0-9a-f.:]+\]")
_MSG_ID = re.compile(r"[!-;=?-~]+")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ \-]*")


def without_encoded_words(text: str) -> str:
    """Text in which no receiver finds an encoded word to decode once more. Idempotent.

    >>> without_encoded_words("x =?utf-8?q?=0D=0ABcc:?= y =?")
    'x  y = ?'
    """
    previous = ""
    while previous != text:
        previous, text = text, _ENCODED_WORD.sub("", text)
    return text.replace("=?", "= ?").replace("?=", "? =")


def unstructured(name: str, text: str) -> str:
    """A folded field of free text, e.g. Subject. text: on one line and without encoded words."""
    words = text.split()
    if text.isascii() and all(len(word) <= LINE - 2 - len(name) for word in words):
        return folded(name, words)
    return f"{name}: {_encoded(text, f'{name}: ')}"


def mailbox(name: str, address: Address) -> str:
    """A folded field that holds one mailbox.

    address: its name from display_name, its addr-spec from wire_address; then it cannot end the field.
    """
    display = address.name
    if not display:
        return folded(name, [address.address])
    if not display.isascii() or len(display) > LINE - 4 - len(name):
        phrase = _encoded(display, f"{name}: ")
    elif _PLAIN_PHRASE.fullmatch(display):
        phrase = display
    else:
        phrase = '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'
    last_line = f"{name}: {phrase}".rpartition("\r\n")[2]
    gap = " " if len(last_line) + len(address.address) + 3 <= LINE else "\r\n "
    return f"{name}: {phrase}{gap}<{address.address}>"


def folded(name: str, words: list[str]) -> str:
    """A field of words parted by single spaces, a new line before a word that would reach past LINE."""
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > LINE and lines[-1].strip() and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def display_name(name: str) -> str:
    """A display name as it may be written: one line, nothing unseen, no encoded word, at most NAME_LIMIT characters."""
    return clean_line(without_encoded_words(clean_line(name)[: 4 * NAME_LIMIT]))[:NAME_LIMIT].strip()


def wire_address(address: str) -> str | None:
    """The addr-spec to put in a header or an envelope: domain as A-labels in lower case, local part as it is.

    None when it is none, or when its domain can be read in two ways (full-width letters and the like): then nobody can
    tell where the mail would go. Source: RFC 5321 4.5.3.1 (lengths), RFC 6531 (local part in UTF-8).
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or len(local.encode("utf-8", "replace")) > 64 or not _LOCAL_PART.fullmatch(local):
        return None
    if clean_line(local) != local or unicodedata.normalize("NFKC", local) != local:
        return None
    ascii_domain = wire_domain(domain)
    return f"{local}@{ascii_domain}" if ascii_domain else None


def wire_domain(domain: str) -> str | None:
    """A domain as A-labels, or an address literal; None when it cannot be told for sure which domain is meant."""
    lower = domain.lower()
    if _LITERAL.fullmatch(lower):
        return lower
    labels = [_wire_label(label) for label in lower.removesuffix(".").split(".")]
    if len(lower) > 253 or not all(labels):
        return None
    return ".".join(label for label in labels if label)


def safe_id(message_id: str) -> bool:
    """Can this be written between angle brackets: ASCII, no white space, no brackets, no encoded word, not endless?
    Wider than RFC 5322 msg-id on purpose: identifiers without "@" exist, and their threads want them unchanged."""
    return 0 < len(message_id) <= ID_LIMIT and bool(_MSG_ID.fullmatch(message_id)) and "=?" not in message_id


def _wire_label(label: str) -> str | None:
    if label.isascii():
        return label if _LABEL.fullmatch(label) else None
    # Not the standard library's codec: by IDNA 2003 it turns "ß" into "ss", which is somebody else's domain today.
    letters = all(unicodedata.category(char)[0] in "LM" or char.isdecimal() or char in "-·" for char in label)
    if not letters or unicodedata.normalize("NFKC", label) != label or clean_line(label) != label:
        return None
    wired = "xn--" + label.encode("punycode").decode("ascii")
    return wired if _LABEL.fullmatch(wired) else None


def _encoded(text: str, before: str) -> str:
    return Header(text, "utf-8", maxlinelen=LINE - 1, header_name=before[:-2]).encode(linesep="\r\n")
