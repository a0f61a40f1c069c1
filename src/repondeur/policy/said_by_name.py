"""Does a display name say more than who somebody is? Whoever writes a mail chooses it, and an answer that repeats it
may go to somebody whose address was forged."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from repondeur.policy.claims.canonical import canonical
from repondeur.policy.claims.compare import foreign
from repondeur.policy.claims.disguises import SURE_TLDS

_LONGEST: Final = 200  # characters; longer than that is no name
# "Agence 24" and "Garage 2000" are names, "3699" is dialled.
_FIGURES: Final = re.compile(r"(?<!\d)(?!(?:19|20)\d\d(?!\D{0,2}\d))\d(?:\D{0,2}\d){3}")
# Nobody is called by what turns to the reader, tells of what is done, or reviles.
_WORDS: Final = (
    "vous votre vos nous nos veuillez merci appelez appeler rappelez contactez cliquez payez payer virez reglez versez "
    "ecrivez repondez envoyez confirme confirmee confirmes confirmees acceptee validee approuve approuvee livree "
    "livrees expedie expediee annule annulee rembourse remboursee payee reglee arrive arrivera arrivent bloque bloquee "
    "suspendu suspendue urgent demain aujourd'hui maintenant "
    "your our please thanks call click dial reply confirmed accepted approved validated shipped delivered cancelled "
    "canceled refunded arrives arriving blocked suspended tomorrow today "
    "voleur voleurs voleuse menteur menteuse menteurs escroc escrocs thief thieves liar liars crook crooks fraud "
    "scammer scammers"
)
_SAYING: Final = re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, _WORDS.split()))}|notre(?!.dame))(?![\w'])")
# "Evil Shop Fr" is read as a host with its dots left out.
_HOST_ENDS: Final = re.compile(rf"\w (?:{SURE_TLDS})$")


@lru_cache(maxsize=16)
def says_something(name: str) -> bool:
    """Letters alone can say a lot: "Refund Approved", "Evil Dot Example", "Call Zero Six Twelve"."""
    if len(name) > _LONGEST or unicodedata.normalize("NFKC", name) != name:
        return True
    read = canonical(name).text.strip()
    if _SAYING.search(read) or _FIGURES.search(read) or _HOST_ENDS.search(read):
        return True
    # People are called Nathan Deux and Jean Cent, and firms have figures in their names.
    harmless = {"number"} if any(letter.isdigit() for letter in name) else {"number", "amount"}
    return any(one.kind not in harmless for one in foreign(name, (), name=name))
