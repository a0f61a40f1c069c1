"""May we answer this at all? The first look at a mail, before any model sees it (I15).

What is dropped here is dropped for good, so only what no person waits for is: mail of machines, lists, ourselves. A
mail that merely must not be answered unseen (see policy.addressing) stays answerable and is lowered later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from repondeur.mail.automatic import automatic
from repondeur.mail.message import Message
from repondeur.mail.sender_pattern import NOBODY, SenderList
from repondeur.policy.addressing import is_one_of
from repondeur.texts import Reason

ScreeningVerdict = Literal["answerable", "automatic", "bounce", "list", "ourselves", "blocked", "unreadable"]


@dataclass(frozen=True, slots=True)
class ScreenFacts:
    """own_addresses: every address of this mailbox, lower case. own_message: its Message-ID is one that we gave out.
    blocked: whose mail is not to be looked at. allowed: whose mail is, although it goes to many."""

    own_addresses: frozenset[str]
    own_message: bool = False
    blocked: SenderList = NOBODY
    allowed: SenderList = NOBODY


@dataclass(frozen=True, slots=True)
class Screening:
    verdict: ScreeningVerdict
    reason: Reason


Check = Callable[[Message, ScreenFacts], Screening | None]


def screen(message: Message, facts: ScreenFacts) -> Screening:
    """The first check that objects decides; a mail to which none objects is answerable. "unreadable" comes from here
    for a mail that names no author, and from the caller for one that could not be parsed at all."""
    for check in CHAIN:
        if screening := check(message, facts):
            return screening
    return Screening("answerable", Reason("screen.answerable"))


def from_ourselves(message: Message, facts: ScreenFacts) -> Screening | None:
    """A message of ours that came back, or any mail whose only author is an address of this mailbox."""
    if facts.own_message:
        return Screening("ourselves", Reason("screen.own_message"))
    if len(message.authors) == 1 and is_one_of(message.author, facts.own_addresses):
        return Screening("ourselves", Reason("screen.own_address", {"author": message.author.address}))
    return None


def from_a_machine(message: Message, facts: ScreenFacts) -> Screening | None:
    """Automatic mail, bounces and lists, as mail.automatic tells them (RFC 3834 2). Those whom settings allow may write
    to many at once; what answers by itself is never answered, whoever sends it."""
    found = automatic(message, bulk_welcome=facts.allowed.has(message.author))
    return Screening(found.kind, found.reason) if found else None


def from_blocked(message: Message, facts: ScreenFacts) -> Screening | None:
    """The settings say not to look at mail of this author or domain."""
    author = next((one for one in message.authors if facts.blocked.has(one)), None)
    return Screening("blocked", Reason("screen.blocked", {"author": author.address})) if author else None


def from_nobody(message: Message, facts: ScreenFacts) -> Screening | None:
    """No author is named: nobody to answer, and a person has to see it."""
    return None if message.author.address else Screening("unreadable", Reason("screen.no_author"))


CHAIN: Final[tuple[Check, ...]] = (
    # Answering ourselves is the shortest loop there is: nothing overrules it.
    from_ourselves,
    # To block goes before all that speaks for a mail, and before what a sender says of it.
    from_blocked,
    # Before the check for an author, which many bounces lack.
    from_a_machine,
    from_nobody,
)
