"""Does a text that cites nothing say more than thanks, questions and what the mail says itself?"""

import re
from functools import cache
from typing import Final

from repondeur.policy.claims.canonical import canonical
from repondeur.words.everyday import known

_WORD: Final = re.compile(r"[a-z]{4,}")
# Words of courtesy that are not everyday words already.
_COURTESY: Final = frozenset(
    "bonjour bonsoir madame monsieur cher chere cordialement salutations sinceres sincerement meilleures meilleurs "
    "respectueusement equipe clientele interet patience comprehension confiance retour retours demande demandes "
    "information informations renseignement renseignements complementaire complementaires hesitez hesitation disposition "
    "reste restons satisfait satisfaite satisfaits ravi ravie ravis heureux heureuse contents contente attention "
    "attentivement soin lecture lire lirons liront lisons lue gene occasionnee inconvenient desagrement excellente agreable "
    "belle soiree souhaite souhaitant souhaitons gentil gentillesse mots compliment compliments preciser precisez precision "
    "precisions indiquer indiquez pourriez besoin aide aider questions remarque remarques temps honneur sympathique message "
    "messages courriel arrive parvenu parvenue bien lampe bonne continuation fidelite interesse prendre connaissance "
    "sincerely faithfully regards wishes warm warmly kind kindly truly interest patience understanding trust feedback "
    "letting reaching getting touch carefully attention attentive update inconvenience caused apologies support assistance "
    "assist further wonderful lovely excellent compliment compliments words appreciate appreciated appreciation grateful "
    "clarify clarification provide information enquiry inquiry interested thoughtful pleasant welcome hesitate hope hoping "
    "happy hearing forward looking soon hear rest unclear anything everything read reading".split()
)


def told(text: str, mail: str, name: str = "") -> list[str]:
    """The words of a text, each once, that are neither everyday words or courtesies nor stand in the mail."""
    allowed = _plain_words() | frozenset(_WORD.findall(canonical(f"{mail}\n{name}").text))
    return list(dict.fromkeys(word for word in _WORD.findall(canonical(text).text) if word not in allowed))


@cache
def _plain_words() -> frozenset[str]:
    everyday = " ".join(word for language in ("en", "fr") for word in known()[language])
    return _COURTESY | frozenset(_WORD.findall(canonical(everyday).text))
