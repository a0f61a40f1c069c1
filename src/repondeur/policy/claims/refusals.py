"""Days on which nobody is there, or on which a thing cannot be. Such a day promises nothing, so that it needs no
passage that names it. Only these exact forms count, next to the day; not where a word may turn them round."""

import re
from typing import Final

from repondeur.policy.claims.calendar import DAY_AND_MONTH, DAY_OF

_DAY: Final = rf"(?:{'|'.join(DAY_OF)}|week-? ?end|public holiday|bank holiday|jours? ferie)s?"
_SET: Final = r"(?:on |the |le |les |du |in |en |au mois de |during |every |chaque ){0,2}"
_LISTED: Final = rf"(?:{_SET}(?:{_DAY}|{DAY_AND_MONTH})(?:,| and| et| or| ou| ni|, and| ainsi que|) ){{0,4}}"
_ACTS: Final = (
    r"(?:open|deliver|ship|work|send|dispatch|come|visit|collect|receive|bring|drop|return|book|call|meet|"
    r"ouvrir|livrer|expedier|travailler|envoyer|venir|visiter|passer|recevoir|accueillir|apporter|deposer|retirer|"
    r"rapporter|rendre|reserver|appeler|recuperer)"
)
# What is brought or sent, in one word with an article at most: no room for another verb or day.
_THING: Final = r"(?: (?:it|them|you|off|up|vous|(?:the|your|any|le|la|les|votre|vos|de|du|des) ?[a-z]{3,16})){0,2}"
_BE: Final = r"(?:be )?(?:open|available|possible|there|able)"
_THERE: Final = r"(?:ouvert\w{0,2}|possible|disponibles?|joignables?|la)"
_CANNOT: Final = (
    rf"(?:(?:do|does|is|are|will|can|could)(?: not|n't)|cannot) (?:{_BE}|(?:be able to )?{_ACTS}{_THING})"
    rf"|(?:n'|ne )(?:est|sommes|sera|serons|sont|seront) (?:donc |malheureusement )?pas {_THERE}"
    rf"|(?:ne |n')(?:pouvons|pourrons|pourrez|pouvez) (?:donc |malheureusement )?pas (?:vous )?{_ACTS}{_THING}"
    r"|(?:ne |n')(?:livrons|expedions|travaillons|ouvrons|recevons) pas"
    rf"|(?:ne |n')(?:est|sera) (?:donc |malheureusement )?pas possible (?:de |d')(?:vous )?{_ACTS}{_THING}"
    r"|there(?:'s| is| are| will be) no "
    r"(?:class(?:es)?|lessons?|deliver(?:y|ies)|collections?|appointments?|sessions?|tours?)"
    r"|il n'y a (?:pas|aucun|aucune) (?:de |d')?(?:cours|livraisons?|seances?|rendez-vous|visites?|permanence)"
    rf"|(?:not |im)possible to {_ACTS}{_THING}|impossible (?:de |d')(?:vous )?{_ACTS}{_THING}"
)
_CLOSED: Final = (
    rf"(?:(?:exceptionally |exceptionnellement )?(?:closed|(?<!la )(?<!une )(?<!notre )ferme(?:e?s)?|fermee)|"
    rf"not {_BE}|pas {_THERE})"
    r"(?: all day| also| aussi| exceptionnellement| toute la journee)?"
)
# "Mais pas le lundi", not "nous ne fermons pas le lundi".
_LEFT_OUT: Final = (
    r"(?:(?:(?<=^)|(?<=[,(:-] )|(?<=mais )|(?<=but )|(?<=and )|(?<=et ))(?:not|pas)|"
    r"hors|sauf|excepte|hormis|except|excluding)"
)
_BEFORE: Final = re.compile(rf"\b(?:{_CANNOT}|{_CLOSED}|{_LEFT_OUT}):? {_LISTED}{_SET}$")
_FILL: Final = (
    r"(?:we|it|is|are|i'm|i am|we're|afraid|unfortunately|however|(?:the|our|le|la|notre) [a-z]{4,16}|l'[a-z]{4,16}|"
    r"nous|il|elle|est|sommes|malheureusement|toutefois)"
)
_BEHIND: Final = re.compile(
    rf"s?(?:(?:,| and| et| or| ou|, and) {_SET}{_DAY}){{0,4}} ?[:,(-]?(?: {_FILL},?){{0,5}} ?"
    rf"(?:{_CLOSED}|not (?:a )?(?:working|business) days?|do not count|does not count|"
    rf"(?:ne |n')(?:est|sont|sommes|sera|serons) pas (?:{_THERE}|un jour ouvr\w+|des jours ouvr\w+|comptes?))"
    r"(?=\s*(?:$|[.;,!)\n]| (?:and|et|so|donc|because|car)\b))"
)
_ENDS: Final = re.compile(r"s?\s*(?:$|[.,;:!)\n]|(?:and|et|ainsi|ni|or|ou|as|because|car|so|donc|but|mais)\b)(?!\s*\?)")
# What turns a refusal round, puts it under a condition, or tells it as another's.
_TURNED: Final = re.compile(
    r"\b(?:not|no|nothing|never|nobody|none|nor|cannot|pas|jamais|rien|aucun\w*|non|plus|if|si|s'il\w*|unless|whether|"
    r"when|quand|lorsque|what|why|who|ce qui|pourquoi|qui|only|false|wrong|untrue|faux|fausse|tort|rumou?r|"
    r"except|excluding|hors|sauf|closed|ferme(?:e?s)?|outside|contrary|contrairement|instead|rather)\b|n't\b"
)
_SENTENCE: Final = re.compile(r"[.;!?\n\x01]")
_WINDOW: Final = 160  # characters before a day, and behind it


def is_refused(begin: int, end: int, text: str) -> bool:
    """Whether the sentence says that nobody is there on the day from begin to end, or that it cannot be."""
    before = _SENTENCE.split(text[max(0, begin - _WINDOW) : begin])[-1]
    if text[end - 1 : end] == ".":  # of the sentence
        end -= 1
    behind = text[end : end + _WINDOW]
    if (hit := _BEFORE.search(before)) and _ENDS.match(behind):
        return not _TURNED.search(before[: hit.start()])
    return bool(_BEHIND.match(behind)) and not _TURNED.search(before)
