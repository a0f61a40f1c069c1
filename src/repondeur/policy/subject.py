"""What an automatic reply repeats of the subject it answers. Pure.

A mail can bear a forged author. Words of its subject come back to them, and so do order numbers; links, addresses,
telephones and accounts do not, for then anybody could have us deliver theirs to whom they like (I2, I6).
"""

from typing import Final

from repondeur.mail.compose import reply_subject
from repondeur.policy.claims.canonical import canonical
from repondeur.policy.claims.claim import in_order
from repondeur.policy.claims.disguises import plain
from repondeur.policy.claims.extract import extract

LEFT_OUT: Final = "…"
_NOT_REPEATED: Final = frozenset({"link", "address", "phone", "account"})


def automatic_subject(original: str) -> str:
    """As mail.compose.reply_subject, with "…" in the place of each link, address, telephone number and account.

    >>> automatic_subject("Order 77120: see https://x.example now")
    'Re: Order 77120: see … now'
    """
    subject = reply_subject(original)
    read = plain(canonical(subject))
    # An order number is none of these: it is taken for itself where it may be said again.
    spans = [read.span(one.begin, one.end) for one in in_order(extract(read, read.text)) if one.kind in _NOT_REPEATED]
    parts, last = [], 0
    for begin, end in spans:
        if begin >= last:
            parts += [subject[last:begin], LEFT_OUT]
        last = max(last, end)
    return reply_subject("".join((*parts, subject[last:])))
