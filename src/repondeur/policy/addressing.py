"""What in the addressing of a mail speaks against answering it unseen (I1, I15)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from repondeur.mail.header_encoding import wire_address
from repondeur.mail.message import Address, Message
from repondeur.policy.recipient import recipient
from repondeur.texts import Reason

OwnAddresses = frozenset[str]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """hold: it is not known whom to answer, so there is not even a draft. draft: it is, but a person has to agree."""

    verdict: Literal["draft", "hold"]
    reason: Reason


def obstacles(message: Message, own: OwnAddresses) -> tuple[Obstacle, ...]:
    """Everything in the addressing of `message` that forbids an unseen answer, the gravest first.

    own: the addresses of this mailbox, lower case; a plus-address of ours counts only if it is among them.
    """
    found = [Obstacle(verdict, Reason(reason)) for objects, verdict, reason in OBSTACLES if objects(message, own)]
    return tuple(found)


def is_one_of(address: Address, addresses: frozenset[str]) -> bool:
    """Is it one of these, which are in lower case? A domain counts as the same in U-labels and in A-labels."""
    return bool(address.address) and (
        address.key in addresses or _comparable(address.key) in map(_comparable, addresses)
    )


def no_certain_author(message: Message, own: OwnAddresses) -> bool:
    """Two From fields, several authors in one, an address that can be read in two ways, or none."""
    return recipient(message) is None


def reply_to_elsewhere(message: Message, own: OwnAddresses) -> bool:
    """Reply-To names anything but the author, or cannot be read for sure. Web forms and lists do so, and so does who
    wants answers for others."""
    return "mail.reply_to_unclear" in message.problems or any(
        _comparable(address.address) != _comparable(message.author.address) for address in message.reply_to
    )


def not_addressed_to_us(message: Message, own: OwnAddresses) -> bool:
    """No address of ours in To or Cc: a blind copy, a list, or a forwarding we do not know. To answer would tell."""
    return not any(is_one_of(address, own) for address in (*message.to, *message.cc))


def null_return_path(message: Message, own: OwnAddresses) -> bool:
    """The sending machine asked not to be answered (RFC 5321 4.5.5), whatever the mail looks like."""
    return message.return_path is not None and not message.return_path.strip("<> \t")


OBSTACLES: Final[tuple[tuple[Callable[[Message, OwnAddresses], bool], Literal["draft", "hold"], str], ...]] = (
    (no_certain_author, "hold", "decide.author_uncertain"),
    (reply_to_elsewhere, "draft", "decide.reply_to_elsewhere"),
    (not_addressed_to_us, "draft", "decide.not_addressed_to_us"),
    (null_return_path, "draft", "decide.null_return_path"),
)


def _comparable(address: str) -> str:
    lower = address.lower()
    return wire_address(lower) or lower
