"""An author as people are shown them, wherever that is: the name is the author's choice, the address is who it is."""

import re
import unicodedata
from email import message_from_bytes, policy

from repondeur.mail.clean import clean_line
from repondeur.mail.header_encoding import display_name
from repondeur.mail.message import Address

# A name that shows a link, a domain or an address stands for nobody.
_DECEIVING = re.compile(r"@|://|www\.|[^\s.]\.[a-z]{2,}\b", re.IGNORECASE)


def harmless_name(name: str) -> str:
    """The display name as it may be repeated; "" for one that shows a link or an address, its own too."""
    shown = display_name(name)
    return "" if _DECEIVING.search(unicodedata.normalize("NFKC", shown)) else shown


def whole_text(raw: bytes | None) -> str:
    """The text of a message of ours as it leaves, with what stands below the answer; "" before it is composed, and once
    it is forgotten."""
    body = None if raw is None else message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    return "" if body is None else str(body.get_content())


def whole_subject(raw: bytes | None) -> str:
    """The subject of a message of ours as it leaves; "" before it is composed, and once it is forgotten."""
    return "" if raw is None else str(message_from_bytes(raw, policy=policy.default)["Subject"] or "")


def shown_author(author: Address) -> str:
    """`Zoé <zoe@example.org>`; a name that could be taken for an address stands in quotes behind the real one:
    `x@evil.example ("support@corp.example")`."""
    address, name = clean_line(author.address), display_name(author.name)
    if not address or not name:
        return address or (f'("{name}")' if name else "")
    return f"{name} <{address}>" if harmless_name(author.name) else f'{address} ("{name}")'
