"""Words in French and English that decide something by themselves, whatever an engine makes of the mail.

A phrase hits where its words stand in a row, whatever their case, accents and punctuation: "prud'hommes" is found in
"Prud’hommes". They are chosen to be sure rather than many: "avocat" alone is also a fruit, "responsabilité" alone
stands in the name of every S.A.R.L.
"""

import re
import unicodedata
from functools import cache
from typing import Final

from repondeur.mail.clean import clean
from repondeur.mail.message import Message

# Characters that are looked at. A longer mail is held (rules/unread_text): what nobody read may be a threat.
READ_LIMIT = 200_000
ATTACHED_LIMIT = 3000  # characters of each attachment
_WORD = re.compile(r"\w+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def words_of(text: str) -> str:
    """The words of a text without case, accents and punctuation, each between single spaces.

    >>> words_of("Prud’hommes, DÈS lundi !")
    ' prud hommes des lundi '
    """
    plain = unicodedata.normalize("NFKD", clean(text[:READ_LIMIT]).casefold())
    return f" {' '.join(_WORD.findall(_NOT_ASCII.sub(_uncombined, plain)))} "


def _uncombined(found: re.Match[str]) -> str:
    return "".join(char for char in found.group() if not unicodedata.combining(char))


def first_phrase(message: Message, phrases: tuple[str, ...]) -> str | None:
    """The first of these phrases that stands in what the author wrote or passed on: subject, new text, forwarded mail,
    the beginning of attachments; the whole body where no new text was found. Quotes of earlier mail do not count: they
    were judged when they came. Only READ_LIMIT characters are read; see read_whole."""
    return phrase_in(words_of(_written(message)) + "".join(map(words_of, _attached(message))), phrases)


def read_whole(message: Message) -> bool:
    """Whether first_phrase looks at all that it should."""
    return len(_written(message)) <= READ_LIMIT


def _written(message: Message) -> str:
    forward = (message.forward.before, message.forward.subject, message.forward.text) if message.forward else ()
    return "\n".join((message.subject, message.text or message.body, *forward))


def _attached(message: Message) -> tuple[str, ...]:
    """A letter says on its first page what it wants; further on, contracts speak of the law and want nothing."""
    return tuple(part.text[:ATTACHED_LIMIT] for part in message.attachments if part.text)


def phrase_in(words: str, phrases: tuple[str, ...]) -> str | None:
    """The first of these phrases that stands in `words`, which are from words_of."""
    return next((phrase for phrase in phrases if _words_of_phrase(phrase) in words), None)


_words_of_phrase = cache(words_of)


LEGAL: Final = (
    # French
    "mise en demeure",
    "mettre en demeure",
    "mettons en demeure",
    "mets en demeure",
    "mon avocat",
    "mon avocate",
    "notre avocat",
    "notre avocate",
    "mes avocats",
    "nos avocats",
    "prendre un avocat",
    "prendrai un avocat",
    "consulter un avocat",
    "consulté un avocat",
    "à un avocat",
    "cabinet d'avocats",
    "avocat au barreau",
    "avocate au barreau",
    "par voie d'avocat",
    "notre conseil juridique",
    "notre service juridique",
    "porter plainte",
    "porte plainte",
    "portons plainte",
    "porterai plainte",
    "porterons plainte",
    "dépôt de plainte",
    "déposer plainte",
    "déposer une plainte",
    "déposé plainte",
    "plainte pénale",
    "action en justice",
    "actions en justice",
    "agir en justice",
    "saisir la justice",
    "saisir le tribunal",
    "saisirai le tribunal",
    "saisirons le tribunal",
    "devant le tribunal",
    "devant les tribunaux",
    "tribunal judiciaire",
    "tribunal de commerce",
    "tribunal administratif",
    "tribunal de proximité",
    "prud'hommes",
    "poursuite judiciaire",
    "poursuites judiciaires",
    "procédure judiciaire",
    "voie judiciaire",
    "voies judiciaires",
    "poursuivre en justice",
    "poursuivrai en justice",
    "suites judiciaires",
    "assignation",
    "huissier",
    "commissaire de justice",
    "injonction de payer",
    "dommages et intérêts",
    "dommages intérêts",
    "entière responsabilité",
    "responsabilité pénale",
    "votre responsabilité",
    "engager la responsabilité",
    "engage la responsabilité",
    "vice caché",
    "vices cachés",
    "contrefaçon",
    "médiateur de la consommation",
    "répression des fraudes",
    "dgccrf",
    "suites légales",
    "recours juridique",
    "recours juridiques",
    "contentieux",
    # English
    "my lawyer",
    "my lawyers",
    "our lawyer",
    "our lawyers",
    "a lawyer",
    "law firm",
    "my attorney",
    "our attorney",
    "our attorneys",
    "attorney at law",
    "my solicitor",
    "my solicitors",
    "our solicitor",
    "our solicitors",
    "legal counsel",
    "our legal department",
    "our legal team",
    "legal action",
    "legal actions",
    "legal proceedings",
    "legal steps",
    "legal claim",
    "formal notice",
    "letter before action",
    "letter before claim",
    "letter of claim",
    "cease and desist",
    "sue you",
    "suing you",
    "sue your company",
    "take you to court",
    "taking you to court",
    "see you in court",
    "go to court",
    "in court",
    "court order",
    "court proceedings",
    "small claims",
    "lawsuit",
    "litigation",
    "subpoena",
    "press charges",
    "full liability",
    "accept liability",
    "admit liability",
    "your liability",
    "held liable",
    "hold you liable",
    "you are liable",
    "claim damages",
    "claim for damages",
    "sue for damages",
    "breach of contract",
    "infringement",
    "trading standards",
)

PRIVACY: Final = (
    # French
    "rgpd",
    "cnil",
    "données personnelles",
    "données à caractère personnel",
    "données me concernant",
    "données qui me concernent",
    "informations personnelles que vous détenez",
    "effacer mes données",
    "effacement de mes données",
    "supprimer mes données",
    "suppression de mes données",
    "supprimez mes données",
    "droit d'accès",
    "droit d'opposition",
    "droit de rectification",
    "droit à l'effacement",
    "droit à l'oubli",
    "droit à la portabilité",
    "délégué à la protection des données",
    "protection des données",
    "fuite de données",
    "informatique et libertés",
    # English
    "gdpr",
    "ccpa",
    "personal data",
    "personal information you hold",
    "data protection",
    "data subject",
    "subject access request",
    "data breach",
    "data leak",
    "delete my data",
    "erase my data",
    "delete all my data",
    "remove my data",
    "deletion of my data",
    "erasure of my data",
    "copy of my data",
    "right of access",
    "right to erasure",
    "right to be forgotten",
    "information commissioner",
)

# Where these stand, no engine may put a mail aside as a newsletter, spam or thanks.
EMERGENCY: Final = (
    # French
    "urgent",
    "urgente",
    "urgence",
    "tout de suite",
    "immédiatement",
    "incendie",
    "inondation",
    "fuite d'eau",
    "fuite de gaz",
    "prend l'eau",
    "prennent l'eau",
    "dégât des eaux",
    "dégâts des eaux",
    "panne",
    "en panne",
    "hors service",
    "accident",
    "blessé",
    "blessée",
    "cambriolage",
    "piratage",
    "piraté",
    "danger",
    # English
    "urgently",
    "emergency",
    "right now",
    "immediately",
    "as soon as possible",
    "on fire",
    "fire alarm",
    "smoke",
    "flooded",
    "flooding",
    "water leak",
    "gas leak",
    "outage",
    "is down",
    "are down",
    "not working",
    "injured",
    "burglary",
    "break in",
    "hacked",
    "dangerous",
)

# What an engine writes when it means that a person should answer instead.
ASKS_FOR_PERSON: Final = (
    # French
    "je ne peux pas répondre",
    "je ne suis pas en mesure de répondre",
    "je ne suis pas en mesure de traiter",
    "je ne dispose pas de cette information",
    "je ne dispose pas de l'information",
    "intervention humaine",
    "un humain doit",
    "une personne doit répondre",
    "à traiter par un humain",
    "à transférer à un collègue",
    "en tant qu'ia",
    "en tant que modèle de langage",
    "en tant qu'intelligence artificielle",
    "en tant qu'assistant ia",
    # English
    "i cannot answer",
    "i can't answer",
    "i am unable to answer",
    "i'm unable to answer",
    "i am not able to answer",
    "i do not have that information",
    "i don't have that information",
    "i do not have this information",
    "human intervention",
    "human review",
    "needs a human",
    "requires a human",
    "a human should",
    "a person should answer",
    "escalate to a human",
    "forward to a human",
    "as an ai",
    "as a language model",
    "as a large language model",
)

# What authors write who want a person to answer.
WANTS_PERSON: Final = (
    # French
    "parler à une personne",
    "parler avec une personne",
    "parler à quelqu'un",
    "parler avec quelqu'un",
    "parler à un humain",
    "parler avec un humain",
    "parler à un être humain",
    "parler avec un être humain",
    "parler à un conseiller",
    "parler à une conseillère",
    "parler avec un conseiller",
    "parler avec une conseillère",
    "échanger avec un conseiller",
    "échanger avec quelqu'un",
    "échanger avec une personne",
    "joindre un conseiller",
    "joindre quelqu'un",
    "avoir quelqu'un au téléphone",
    "avoir un conseiller",
    "qu'une personne me réponde",
    "qu'un humain me réponde",
    "que quelqu'un me réponde",
    "réponse d'une personne",
    "réponse d'un humain",
    "réponse humaine",
    "une vraie personne",
    "une personne réelle",
    "un interlocuteur humain",
    "un être humain",
    "pas à un robot",
    "pas avec un robot",
    "pas un robot",
    "pas une machine",
    "pas à une machine",
    "pas de réponse automatique",
    "pas d'une réponse automatique",
    # English
    "speak to a person",
    "speak with a person",
    "speak to a human",
    "speak with a human",
    "speak to somebody",
    "speak with somebody",
    "speak to someone",
    "speak with someone",
    "speak to an agent",
    "speak with an agent",
    "speak to a representative",
    "speak with a representative",
    "talk to a person",
    "talk with a person",
    "talk to a human",
    "talk with a human",
    "talk to somebody",
    "talk with somebody",
    "talk to someone",
    "talk with someone",
    "talk to an agent",
    "talk to a representative",
    "answer by a person",
    "answer from a person",
    "answer from a human",
    "reply from a person",
    "reply from a human",
    "a real person",
    "a real human",
    "a human being",
    "actual person",
    "actual human",
    "human agent",
    "live agent",
    "human please",
    "person please",
    "not a bot",
    "not a robot",
    "not a machine",
    "no automated reply",
    "no automatic reply",
    "no bots",
)
# The same where they write little else, as our own line invites them to (compose.person_offered).
WANTS_PERSON_ALONE: Final = (
    "personne",
    "humain",
    "humaine",
    "conseiller",
    "conseillère",
    "quelqu'un",
    "person",
    "human",
    "agent",
    "somebody",
    "someone",
)
