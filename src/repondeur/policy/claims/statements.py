"""What of a passage states something: not its questions, nor the numbers and pages that it warns of."""

import re
from typing import Final

from repondeur.policy.claims.canonical import Canonical
from repondeur.policy.claims.claim import Claim, without
from repondeur.policy.claims.extract import SENTENCE

_YES: Final = re.compile(
    r"[\s*_]{0,8}(?:oui|yes|si|bien sur|tout a fait|absolument|of course|certainly|absolutely|sure|indeed|en effet)\b"
)
_WARNED: Final = re.compile(
    r"\b(?:(?:do not|don't|never) (?:call|dial|visit|open|click|go to|use|trust|answer|write to|reply to)|"
    r"(?:n'|ne )(?:appelez|allez|ouvrez|cliquez|visitez|utilisez|repondez|ecrivez|composez) (?:pas|jamais))"
    r"(?: (?:on|to|sur|a|au|le|la|les|the|number|numero|page|site|link|lien|from|de)){0,3} $"
)
_REACHING: Final = frozenset({"link", "address", "phone"})
_NEAR: Final = 64  # characters


def statements(read: Canonical) -> Canonical:
    """The text without its questions, of the same length; those stay that a "yes" answers. "Is delivery free? No." does
    not say that it is."""
    asked = [
        Claim("writing", "", *hit.span())
        for hit in SENTENCE.finditer(read.text)
        if hit.group().endswith("?") and not _YES.match(read.text, hit.end())
    ]
    return Canonical(without(read.text, asked), without(read.exact, asked), read.places) if asked else read


def is_warned_of(claim: Claim, text: str) -> bool:
    """Whether a passage says not to call or to go there."""
    return claim.kind in _REACHING and bool(_WARNED.search(text[max(0, claim.begin - _NEAR) : claim.begin]))
