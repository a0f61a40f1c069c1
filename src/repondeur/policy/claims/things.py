"""What a commitment is about. A passage that says "delivery is free" founds no "the lamp is free", and one that pays
back what was bought founds no "we refund the damage"."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from repondeur.policy.claims.claim import Claim
from repondeur.policy.claims.promises import Promise

_OF: Final = r"(?:the|your|our|this|that|all|any|votre|vos|notre|nos|le|la|les|ce|cet|cette|du|des|de la|d'|l'|de l')"
_SAID: Final = re.compile(
    r"\b(?:(?P<free>free|gratuit\w{0,4}|offerte?s?)|(?P<ended>cancel\w{0,6}|annul\w{0,6})"
    r"|refund\w{0,4}|reimburs\w{0,6}|rembours\w{0,6}|recredit\w{0,4}|waived?)\b"
)
_SUBJECT: Final = re.compile(
    rf"\b{_OF} ?(?P<noun>[a-z]{{4,20}})(?: [a-z]{{2,14}})?? (?:vous )?"
    r"(?:is|are|will be|was|were|est|sont|sera|seront)(?: [a-z]{2,12}){0,2}? $"
)
_OBJECT: Final = re.compile(
    r"(?: (?:aussi|egalement|also|too|even|you|vous|for|bien|entirely|integralement)){0,2}"
    rf" {_OF} ?(?P<noun>[a-z]{{4,20}})(?: (?P<other>[a-z]{{4,20}}))?"
)
# What is not among the things that somebody bought has to stand in the passage itself.
_OTHER_COSTS: Final = (
    "damage damages delivery shipping postage port cost costs frais dommages degats prejudice livraison fees fee "
    "invoice facture contract contrat debt dette loss pertes"
)
_NOT_BOUGHT: Final = frozenset(_OTHER_COSTS.split())
_WHOLE_WORDS: Final = (
    "money amount price sum item items article articles product produit order purchase payment total full whole entire "
    "rest argent montant somme prix commande achat paiement integralite totalite reste part partie deposit acompte"
)
_WHOLE: Final = frozenset(_WHOLE_WORDS.split())
_KINDS: Final = frozenset({"free", "refund", "cancel", "waive"})
_NEAR: Final = 64  # characters before such a word, and behind it
_STEM: Final = 5


def other_things(text: str, said: Iterable[Promise], founded: str, mail: str) -> Iterator[Claim]:
    """Those of the commitments that a text says which are about a thing that no passage names. founded: letters of the
    passages without gaps. mail: canonical text of the author's, whose things may be paid back, and never given away."""
    places = {(one.begin, one.end) for one in said if one.kind in _KINDS}
    for hit in (hit for place in sorted(places) for hit in _SAID.finditer(text, *place)):
        begin, end = hit.span()
        before = re.split(r"[.!?;:\n\x01]", text[max(0, begin - _NEAR) : begin])[-1]
        named = _SUBJECT.search(before)
        if named is None and not hit["free"]:
            named = _OBJECT.match(text, end, end + _NEAR)
        if named is None:
            continue
        nouns = [noun for noun in named.groups() if noun]
        unknown = [noun for noun in nouns if noun.rstrip("s")[:_STEM] not in founded]
        if not unknown:
            continue
        if not _NOT_BOUGHT.isdisjoint(unknown):
            yield Claim("promise", "thing", begin, end)
        elif len(unknown) == len(nouns) and not hit["ended"]:
            bought = nouns[0] in _WHOLE or any(noun.rstrip("s")[:_STEM] in mail for noun in nouns)
            if hit["free"] or not bought:
                yield Claim("promise", "thing", begin, end)
