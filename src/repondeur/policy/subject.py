"""What an automatic reply repeats of the subject it answers. Pure.

A mail can bear a forged author. Words of its subject come back to them, and so do order numbers; links, addresses,
telephones and accounts do not, for then anybody could have us deliver theirs to whom they like (I2, I6).
"""

import re
from typing import Final

from repondeur.mail.compose import reply_subject
from repondeur.policy.claims.canonical import Canonical, canonical
from repondeur.policy.claims.claim import in_order
from repondeur.policy.claims.disguises import plain
from repondeur.policy.claims.extract import extract
from repondeur.policy.claims.writing import odd_writing

LEFT_OUT: Final = "…"
_NOT_REPEATED: Final = frozenset({"link", "address", "phone", "account"})
# Figures that are told to be dialled or paid to, however few: "call 3699", "sort code 20-00-00 account 55779911".
_TO_DIAL_OR_PAY: Final = re.compile(
    r"\b(?:call|dial|ring|text|phone|appele[zr]?|composez|rappele[zr]|telephonez|joindre|tel|telephone|sms|sort code|"
    r"accounts?|acct|compte|rib|guichet)\b[^\d\n]{0,24}(?P<told>\d(?:[ ./-]{0,2}\d){2,19})"
)


def automatic_subject(original: str) -> str:
    """As mail.compose.reply_subject, with "…" in the place of each link, address, telephone number and account.

    >>> automatic_subject("Order 77120: see https://x.example now")
    'Re: Order 77120: see … now'
    """
    subject = reply_subject(original)
    read = plain(canonical(subject))
    parts, last = [], 0
    for begin, end in sorted(read.span(*span) for span in _not_repeated(read)):
        if begin >= last:
            parts += [subject[last:begin], LEFT_OUT]
        last = max(last, end)
    return reply_subject("".join((*parts, subject[last:])))


def _not_repeated(read: Canonical) -> list[tuple[int, int]]:
    # An order number is none of these: it is taken for itself where it may be said again.
    found = [one for one in extract(read, read.text) if one.kind in _NOT_REPEATED]
    spelt = [one for one in odd_writing(read, frozenset(read.text)) if one.key == "spelling"]
    told = [hit.span("told") for hit in _TO_DIAL_OR_PAY.finditer(read.text)]
    return [*((one.begin, one.end) for one in in_order([*found, *spelt])), *told]
