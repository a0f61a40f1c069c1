"""Is there something in a mail that its author would not want to see outside the house? By our own words and checks,
whatever an engine makes of it, and before any engine sees it.

It decides which model may read a mail, and nothing else. The lists are sure rather than long: a mail about a forgotten
password or a company's own bank details is an ordinary mail.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal

from repondeur.mail.message import Address, Message
from repondeur.policy import sensitive_numbers
from repondeur.policy.phrases import LEGAL, PRIVACY
from repondeur.policy.sensitive_words import CONFIDENTIAL, HEALTH, IDENTITY, MONEY, STAFF
from repondeur.policy.words import phrase_in, words_of

Kind = Literal["", "money", "identity", "secret", "health", "staff", "privacy", "legal", "confidential"]

_PHRASES: Final[tuple[tuple[Kind, tuple[str, ...]], ...]] = (
    ("health", HEALTH),
    ("staff", STAFF),
    ("money", MONEY),
    ("identity", IDENTITY),
    ("privacy", PRIVACY),
    ("legal", LEGAL),
)
_JOINTS: Final = re.compile(r"[_.-]")  # between the words of a file's name
_PARAGRAPH: Final = re.compile(r"\n[^\S\n]*\n")
_CONFIDENTIAL: Final = re.compile(r"confiden[ct]", re.IGNORECASE)
# What a notice under a mail says beside "confidential", and an author never.
_NOTICE: Final = re.compile(
    r"destinataire|intended (?:only|solely|recipient|for)|par erreur|in error|pièces? jointes?|attachments?"
    r"|l'expéditeur|the sender|ce (?:message|mail|courriel|e-mail)|this (?:message|e-?mail|communication)"
    r"|disclos|divulg",
    re.IGNORECASE,
)
# What companies put under their mail for the law's sake.
_FOOTER: Final = re.compile(
    rf"{_NOTICE.pattern}|conformément|en vertu d|vous (?:disposez|bénéficiez) d"
    r"|politique de (?:confidentialité|protection)"
    r"|in accordance with|in compliance with|pursuant to|you have the right|privacy (?:policy|notice|statement)"
    r"|unsubscribe|désabonn|désinscri|registered (?:office|in)",
    re.IGNORECASE,
)
_QUOTE_MARKS: Final = re.compile(r"^[>|][>| \t]*", re.MULTILINE)
_NAMED: Final = (
    r"mots? de passe|mdp|pass ?words?|pwd|passcodes?|pass ?phrases?|codes? pin|pin codes?|codes? secrets?"
    r"|codes? confidentiels?|clés? d'api|api keys?|secret keys?"
)
# "Mot de passe : Lune-42", "the password for the shop is Lune-42": what follows looks like one, with a digit or a sign
# inside or letters of both cases, and not like "incorrect" or "Oublié".
_TOLD: Final = re.compile(
    rf"\b(?i:{_NAMED})\b[^\n:=]{{0,40}}?(?:[:=]|\b(?i:est|is)\b:?)[ \t\u00a0]{{0,4}}[\"'«“]?[ \t\u00a0]{{0,4}}"
    r"(?=\S{0,40}(?:[0-9]|[a-zà-ÿ][A-ZÀ-Þ]|[@#$%&*+!_~^][\w@#$%&*+!_~^-]))(?!https?:|www\.|\d{1,2}[-–./:h])\S{4}"
)
# Keys as their makers write them (AWS, GitHub, Slack, Stripe, OpenAI), private keys as PEM (RFC 7468), JWT (RFC 7519).
_KEYS: Final = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[oprsu]_[A-Za-z0-9]{30}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10}|\b[prs]k[-_](?:live|test|proj|ant)[-_][A-Za-z0-9_-]{16}|\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ"
)


def sensitivity(message: Message, thread: Iterable[str] = ()) -> Kind:
    """The first kind of sensitive matter found, "" for none. thread: texts of earlier mails that a model would be shown
    with this one. Never raises; linear."""
    written, quoted = _written(message), _QUOTE_MARKS.sub("", message.quoted)
    texts = ("\n".join(written), *thread)
    shown = dict.fromkeys((*texts, message.body, message.quoted, message.signature))
    if any(sensitive_numbers.bank_account(text) or sensitive_numbers.card(text) for text in shown):
        return "money"
    if any(sensitive_numbers.social_security(text) for text in shown):
        return "identity"
    if any(_TOLD.search(text) or _KEYS.search(text) for text in shown):
        return "secret"
    words = "".join(map(words_of, (*texts, quoted, message.signature)))
    grave = "".join(map(words_of, (*texts, _without_footer(quoted), _without_footer(message.signature))))
    for kind, phrases in _PHRASES:
        if phrase_in(grave if kind in {"privacy", "legal"} else words, phrases):
            return kind
    # What a signature calls confidential is all of a company's mail.
    return "confidential" if any(map(_is_confidential, (*written, *thread, quoted))) else ""


def _written(message: Message) -> tuple[str, ...]:
    """What the author says, shows or passes on, and who is named, as far as a model would be shown it."""
    forward, invitation = message.forward, message.invitation
    return (
        message.subject,
        message.text or message.body,
        *_person(message.author),
        *((forward.before, forward.subject, forward.text, *_person(forward.author)) if forward else ()),
        *((invitation.summary, invitation.description, invitation.location) if invitation else ()),
        *(_person(invitation.organizer) if invitation else ()),
        *(_JOINTS.sub(" ", attachment.name) for attachment in message.attachments),
        *(attachment.text for attachment in message.attachments if attachment.text),
    )


def _person(person: Address) -> tuple[str, str]:
    return person.name, _JOINTS.sub(" ", person.address)


def _without_footer(text: str) -> str:
    """Without the paragraphs that speak of data or of the law because every mail of a company does."""
    return "\n\n".join(part for part in _PARAGRAPH.split(text) if not _FOOTER.search(part))


def _is_confidential(text: str) -> bool:
    """Whether the author says so, and not the notice that stands under all of a company's mail."""
    if not _CONFIDENTIAL.search(text):
        return False
    paragraphs = (part for part in _PARAGRAPH.split(text) if _CONFIDENTIAL.search(part))
    return any(phrase_in(words_of(part), CONFIDENTIAL) is not None and not _NOTICE.search(part) for part in paragraphs)
