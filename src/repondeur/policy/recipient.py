"""To whom a reply goes."""

from repondeur.mail.header_encoding import wire_address
from repondeur.mail.message import Address, Message
from repondeur.policy.said_by_name import says_something


def recipient(message: Message) -> Address | None:
    """The one address a reply may go to: the single certain author (I1). None when there is no such author.

    Reply-To, Sender, Cc and the text never change it. Its domain is in A-labels (mail.header_encoding.wire_address),
    and its name is left out where that says more than a name does.
    """
    if len(message.authors) != 1 or message.author_doubt is not None:
        return None
    written = wire_address(message.author.address)
    name = "" if says_something(message.author.name) else message.author.name
    return Address(name, written) if written else None
