"""Lists of senders as settings write them: addresses, domains, and patterns with "*".

"zoe@example.org" is that address; "example.org" and "@example.org" are every address of that very domain; "*" stands
for any characters, so "*@*.example.org" and "*.example.org" are every address below it. Upper and lower case are the
same, and so are U-labels and A-labels of a domain (RFC 5890, 2.3.2.1).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from repondeur.mail.header_encoding import wire_domain
from repondeur.mail.message import Address

_LONGEST = 320  # characters, as of an address (RFC 5321, 4.5.3.1)
_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"]+")
_DOMAIN = re.compile(r"(?:[\w*](?:[\w*-]*[\w*])?\.)+[\w*](?:[\w*-]*[\w*])?")


@dataclass(frozen=True, slots=True)
class SenderList:
    """addresses: "local@domain". domains: exact ones. patterns: (local part, domain) with "*". All in lower case,
    domains as A-labels where they have such."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    patterns: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.addresses or self.domains or self.patterns)

    def has(self, address: Address) -> bool:
        """Is it one of these? An Address without an address is none."""
        local, at, domain = comparable(address.address).rpartition("@")
        if not at:
            return False
        if f"{local}@{domain}" in self.addresses or domain in self.domains:
            return True
        return any(_fits(local, one) and _fits(domain, other) for one, other in self.patterns)


NOBODY: Final = SenderList()


@lru_cache(maxsize=256)
def sender_list(written: tuple[str, ...]) -> SenderList:
    """written: what is_sender_pattern has accepted; anything else in it names nobody."""
    addresses, domains, patterns = set(), set(), []
    for entry in filter(is_sender_pattern, written):
        local, _, domain = comparable(_whole(entry)).rpartition("@")
        if "*" in domain or local.strip("*"):
            if "*" in local + domain:
                patterns.append((local, domain))
            else:
                addresses.add(f"{local}@{domain}")
        else:
            domains.add(domain)
    return SenderList(frozenset(addresses), frozenset(domains), tuple(patterns))


def is_sender_pattern(text: str) -> bool:
    """Whether this names senders: an address, a domain, or a pattern of one that does not mean everybody."""
    local, at, domain = _whole(text).rpartition("@")
    if not at or len(text) > _LONGEST or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return False
    if "*" not in domain:
        return wire_domain(domain) is not None
    # A whole label at the end has to be said: "*" and "*.*" are everybody, "example.*" is whoever buys such a name.
    return not re.search(r"\*", domain.rpartition(".")[2]) and bool(re.search(r"\w\w", domain))


def comparable(address: str) -> str:
    """The form in which addresses and patterns are compared."""
    local, at, domain = address.strip().lower().rpartition("@")
    return f"{local}{at}{wire_domain(domain) or domain.rstrip('.')}"


def domains_of(lists: Iterable[SenderList]) -> frozenset[str]:
    """Every domain that is named in full."""
    return frozenset(
        domain for one in lists for domain in (*one.domains, *(address.rpartition("@")[2] for address in one.addresses))
    )


def _whole(text: str) -> str:
    """As local part and domain: "example.org" and "@example.org" are "*@example.org"."""
    stripped = text.strip()
    if stripped.startswith("@"):
        return f"*{stripped}"
    return stripped if "@" in stripped else f"*@{stripped}"


def _fits(text: str, pattern: str) -> bool:
    """By the leftmost place for each piece, which is enough where "*" is the only wildcard. Never goes back."""
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    last = others.pop()
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in others:
        found = text.find(piece, position, end)
        if found == -1:
            return False
        position = found + len(piece)
    return True
