"""Does a display name say more than who somebody is? Whoever writes a mail chooses it, and an answer that repeats it
may go to somebody whose address was forged."""

import unicodedata
from typing import Final

from repondeur.policy.claims.compare import foreign

_LONGEST: Final = 200  # characters; longer than that is no name


def says_something(name: str) -> bool:
    """Letters alone can say a lot: "Refund Approved", "Evil Dot Example", "Call Zero Six Twelve"."""
    if len(name) > _LONGEST or unicodedata.normalize("NFKC", name) != name:
        return True
    # People are called Nathan Deux and Jean Cent, and firms have figures in their names.
    harmless = {"number"} if any(letter.isdigit() for letter in name) else {"number", "amount"}
    return any(one.kind not in harmless for one in foreign(name, (), name=name))
