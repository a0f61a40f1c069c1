"""Names that a text gives its writer: "I am Julie", "written by Julie". A machine that names itself one is let be."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.canonical import Canonical
from repondeur.policy.claims.claim import Claim

_SELF: Final = ("i am ", "i'm ", "im ", "je suis ", "je m'appelle ", "ici ", "this is ", "c'est ")
_BY: Final = re.compile(r"[\n.!?] ?(?:written|typed|answered|ecrite?|redigee?|repondu) (?:by|par) (?=[a-z])")
_NAME: Final = re.compile(r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]{1,20}(?:-[A-Z]\w{1,20})?")
# "Ici Julie, du service client", "this is Julie from the shop": a place or a day stands there otherwise.
_DOUBTFUL: Final = frozenset({"ici", "this is", "c'est"})
_OF: Final = re.compile(r"(?: [A-Z]\w{1,20})?,? (?:from|at|of|speaking|writing|here|du|de|au|votre|à l'appareil)\b")
_NOT_NAMES: Final = (
    "sorry afraid glad happy sure pleased delighted not writing your the only just here so very currently unable "
    "unfortunately desole desolee navre navree ravi ravie heureux heureuse au en votre pas le la"
)
_NO_NAMES: Final = frozenset(_NOT_NAMES.split())
_MACHINE: Final = re.compile(
    r"\b(?:virtual|automat\w*|ai|ia|bot|chatbot|robot|machine|program\w*|digital|numerique|virtuel\w*)\b"
)
_NEAR: Final = 80  # characters in which it says that it is a machine


def names_given(text: Canonical) -> Iterator[Claim]:
    """Each place where the writer takes a name."""
    found = [(place, place + len(said), said.strip()) for said in _SELF for place in _places(text.text, said)]
    found += [(*hit.span(), "") for hit in _BY.finditer(text.text)]
    for begin, end, said in found:
        name = _NAME.match(text.exact, end)
        if name is None or text.text[name.start() : name.end()] in _NO_NAMES:
            continue
        if said in _DOUBTFUL and not _OF.match(text.exact, name.end()):
            continue
        if not _MACHINE.search(text.text, name.end(), name.end() + _NEAR):
            yield Claim("person", "name", begin, name.end())


def _places(text: str, said: str) -> Iterator[int]:
    """Where these words begin as words."""
    place = text.find(said)
    while place >= 0:
        if not text[place - 1 : place].isalnum():
            yield place
        place = text.find(said, place + len(said))
