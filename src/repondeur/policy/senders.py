"""Who a mail claims to be from, what our own server says to that, and what the settings say of such senders (I16).

Only the mail's address, our server's own results and the settings are looked at: nothing that an unauthenticated mail
says of itself makes more of its sender than a stranger (I8).
"""

from dataclasses import dataclass
from typing import Final, Literal

from repondeur.mail.authentication import dmarc_of
from repondeur.mail.message import Message
from repondeur.mail.sender_pattern import NOBODY, SenderList, comparable, domains_of
from repondeur.policy.lookalike import is_everybodys, is_within, resembles, shows
from repondeur.policy.recipient import recipient

Authenticated = Literal["pass", "fail", "none"]


@dataclass(frozen=True, slots=True)
class SenderRules:
    """What the settings of a mailbox say of senders.

    own_addresses: of all our mailboxes, lower case. internal: colleagues. only_allowed: who is not in `allowed` gets no
    answer that no person has read. authserv_id: whose Authentication-Results are believed, "" for nobody's.
    """

    own_addresses: frozenset[str] = frozenset()
    allowed: SenderList = NOBODY
    blocked: SenderList = NOBODY
    internal: SenderList = NOBODY
    only_allowed: bool = False
    authserv_id: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """What is known of the author of a mail.

    kind: "internal" only for a colleague whose mail is authenticated. allowed: settings name them. restricted: settings
    answer only those they name, and this one is none. authenticated: by our own server's DMARC result ("dmarc"), or by
    our own check of the signature where there is none ("dkim"); `by` says which, "" for neither. claims_internal: the
    address is a colleague's, and nothing proves it. resembles: the domain of ours that the author's looks like.
    shows: the address or domain of ours that the display name of a foreign address shows.
    """

    kind: Literal["external", "internal"] = "external"
    allowed: bool = False
    authenticated: Authenticated = "none"
    by: Literal["", "dmarc", "dkim"] = ""
    claims_internal: bool = False
    restricted: bool = False
    resembles: str = ""
    shows: str = ""


STRANGER: Final = Sender()


def sender_of(message: Message, rules: SenderRules) -> Sender:
    """Of the first author; who that is for certain is another question (policy.addressing)."""
    author = message.author
    allowed = rules.allowed.has(author)
    authenticated, by = _authenticated(message, rules)
    listed = rules.internal.has(author)
    internal = listed and authenticated == "pass"
    ours = {_domain(address) for address in rules.own_addresses} | domains_of((rules.internal,))
    domain = _domain(author.address)
    known = {domain for domain in ours if not is_everybodys(domain)}
    foreign = not listed and not any(is_within(domain, one) or is_within(one, domain) for one in known)
    return Sender(
        kind="internal" if internal else "external",
        allowed=allowed,
        authenticated=authenticated,
        by=by,
        claims_internal=listed and not internal,
        restricted=rules.only_allowed and not allowed and not internal,
        resembles="" if allowed or not foreign else resembles(domain, known),
        shows=shows(author.name, rules.own_addresses, known) if foreign else "",
    )


def has_certain_author(message: Message, rules: SenderRules) -> bool:
    """One author, read in one way, of whom our own server does not say that somebody else wrote the mail."""
    return recipient(message) is not None and _authenticated(message, rules)[0] != "fail"


def may_supersede(newer: Message, older: Message, rules: SenderRules) -> bool:
    """Whether the newer mail is as surely of its author as the older one, so that answering it answers both. Otherwise
    whoever knows a Message-ID could silence its author with a mail in their name."""
    proved = _authenticated(older, rules)[0] == "pass"
    return has_certain_author(newer, rules) and (not proved or _authenticated(newer, rules)[0] == "pass")


def _domain(address: str) -> str:
    return comparable(address).rpartition("@")[2]


def _authenticated(message: Message, rules: SenderRules) -> tuple[Authenticated, Literal["", "dmarc", "dkim"]]:
    author = message.author
    dmarc = dmarc_of(message.authentication_results, rules.authserv_id, author.domain)
    if len(message.authors) != 1 or message.author_doubt is not None:
        # Nobody knows which of them was checked.
        return ("fail" if dmarc == "fail" else "none"), ("dmarc" if dmarc == "fail" else "")
    if dmarc != "none":
        return dmarc, "dmarc"
    # Our own check adds to what our server says, and never goes against it: a signature that holds is what a pass is
    # made of (RFC 7489, 3.1), one that is missing or broken proves nothing.
    return ("pass", "dkim") if message.own_checks.dkim else ("none", "")
