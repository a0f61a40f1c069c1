"""To whom a text says that money goes: a name, or somebody at the door, that no passage tells of. That one may be paid
by transfer founds no transfer to a stranger."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.canonical import Canonical
from repondeur.policy.claims.claim import Claim
from repondeur.policy.claims.commitments import OUR_NAME

_PAID: Final = (
    r"(?:pay|pays|paid|payable|transfer\w{0,4}|wire\w?|remit|payments?|money|due|deposit|cheques?|cash|"
    r"virer|virez|virements?|payer|payez|payee?s?|paie|paiements?|verser|versez|versements?|regler|reglez|reglements?|"
    r"argent|sommes?|montants?)"
)
_TO: Final = (
    r"(?:to|in favou?r of|made out to|a l'ordre d[eu']|a l'attention d[eu']|au (?:nom|profit|compte) d[eu']|"
    r"sur le compte d[eu']|on the account of|a|au|aux|chez|aupres d[eu'])"
)
_ACCOUNT_OF: Final = (
    r"(?:sur le compte d[eu']|a l'ordre d[eu']|au profit d[eu']|in favou?r of|(?:on|to|into) the account of|"
    r"made out to|payable to)"
)
_WHOM: Final = (
    r"(?:(?:the|our|your|a|la|le|les|l'|de|notre|votre|un|une|company|firm|partner|entreprise|account of|societe|"
    r"partenaire|compte de) ?){0,4}"
)
_GAP: Final = r"(?:,? [\w']+){0,6}?,?"
# A name begins with a capital, as nothing else does within a sentence.
_NAME: Final = re.compile(r"(?<=[ '\"(*])[A-Z][\w&-]+")
_BEFORE: Final = re.compile(
    rf"\b(?:{_PAID}{_GAP} {_TO} ?{_WHOM}|{_ACCOUNT_OF} ?{_WHOM}|(?:pay|payez|payer|reglez|regler) )[\"'(* ]{{0,3}}$"
)
_NEAR: Final = 96  # characters
_DOOR: Final = (
    "driver", "courier", "carrier", "postman", "postmen", "technic", "installer", "installateur", "landlord",
    "chauffeur", "livreu", "transporteur", "facteur", "coursier",
)  # fmt: skip
_AT_THE_DOOR: Final = re.compile(rf"\b{_PAID}{_GAP} (?P<whom>(?:{'|'.join(_DOOR)})[a-z]{{0,5}})\b")
_LEAST: Final = 3  # letters of a name that is looked for


def payees(text: Canonical, founded: str) -> Iterator[Claim]:
    """Everybody whom money should go to and whom no passage names. founded: letters of the passages without gaps."""
    for hit in _NAME.finditer(text.exact):
        begin, end = hit.span()
        if _is_unknown(text.text[begin:end], founded):
            before = _BEFORE.search(text.text, max(0, begin - _NEAR), begin)
            if before:
                yield Claim("promise", "payee", before.start(), end)
    for hit in _AT_THE_DOOR.finditer(text.text) if any(word in text.text for word in _DOOR) else ():
        if hit["whom"].rstrip("s") not in founded:
            yield Claim("promise", "payee", *hit.span())


def _is_unknown(name: str, founded: str) -> bool:
    letters = re.sub(r"[^a-z0-9]", "", name)
    return len(letters) >= _LEAST and bool(letters.strip(OUR_NAME)) and letters not in founded
