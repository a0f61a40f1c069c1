"""Who wrote a mail, and whether that can be told for sure (RFC 5322 3.6.2; I1, I15).

An automatic answer goes to the author only; where two readers could see two authors, it goes to nobody.
"""

import re

from repondeur.mail.address import parse_addresses
from repondeur.mail.message import Address

_ADDRESS_IN_NAME = re.compile(r"[^\s@<>()\"',;:]{1,100}@((?:[^\s@<>()\"',;:.]{1,63}\.)+[^\s@<>()\"',;:.]{2,63})")


def read_authors(
    from_values: tuple[str, ...], limit: int, *, guessed: bool = False
) -> tuple[tuple[Address, ...], str | None]:
    """from_values: the unfolded values of every From field, topmost first. guessed: their charset had to be guessed.

    Returns every address of every field, in order, and the reason code of the doubt:
    mail.author_missing    no From field, or an empty one;
    mail.author_several    several From fields (even equal ones), or several addresses in one;
    mail.author_unclear    it can be read in two ways: text after the angle brackets, two pairs of them, a comment or
                           a quoted @ in an address, an unclosed quote, a group, a route, an invisible character,
                           octets in an address that are no UTF-8 (RFC 6532);
    mail.author_disguised  the display name is an address of another domain;
    None                   exactly one author, beyond doubt.
    """
    lists = [parse_addresses(value, limit) for value in from_values]
    authors = tuple(address for found in lists for address in found.addresses)[:limit]
    if not any(author.address for author in authors):
        return authors, "mail.author_missing" if not authors else "mail.author_unclear"
    if len(from_values) > 1 or len(authors) > 1:
        return authors, "mail.author_several"
    if lists[0].doubtful or (guessed and not authors[0].address.isascii()):
        return authors, "mail.author_unclear"
    if _disguised(authors[0]):
        return authors, "mail.author_disguised"
    return authors, None


def _disguised(author: Address) -> bool:
    shown = {found.lower() for found in _ADDRESS_IN_NAME.findall(author.name)}
    return any(not _same_organisation(domain, author.domain) for domain in shown)


def _same_organisation(shown: str, real: str) -> bool:
    return shown == real or real.endswith("." + shown) or shown.endswith("." + real)
