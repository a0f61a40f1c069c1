from typing import Final

from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts
from repondeur.policy.words import first_phrase

# Without accents and case, as policy.words compares.
SEE_ATTACHED: Final = (
    # French
    "piece jointe",
    "pieces jointes",
    "en pj",
    "ci joint",
    "ci jointe",
    "ci joints",
    "ci jointes",
    "ci inclus",
    "joint a ce mail",
    "joint a ce message",
    "joint au mail",
    "document joint",
    "documents joints",
    "fichier joint",
    "fichiers joints",
    "photo jointe",
    "photos jointes",
    "facture jointe",
    "en annexe",
    "je vous joins",
    "je joins",
    "nous joignons",
    "vous trouverez joint",
    # English
    "attached",
    "attachment",
    "attachments",
    "enclosed",
    "i attach",
    "we attach",
    "i am attaching",
)
# What may be meant for something that came along: counts only where something did, and nothing of it was read.
MAY_BE_ATTACHED: Final = (
    # French
    "capture",
    "captures",
    "photo",
    "photos",
    "image",
    "images",
    "scan",
    "scans",
    "fichier",
    "fichiers",
    "document",
    "documents",
    "formulaire",
    "pj",
    "sous ce pli",
    "ci dessous",
    # English
    "screenshot",
    "screenshots",
    "picture",
    "pictures",
    "file",
    "files",
    "form",
    "scanned",
    "below",
)
# So few words say little without what comes with them.
FEW_WORDS: Final = 12


def rule(facts: Facts) -> Decision | None:
    """A mail that points to an attachment which was not read whole, or which is not there, gets no answer that no
    person has looked at: it would sound as if it had been read. So does a mail of a few words with an unread one."""
    message = facts.message
    unread = [one for one in message.attachments if one.not_read is not None]
    if not unread and any(one.text for one in message.attachments):
        return None
    points = first_phrase(message, SEE_ATTACHED, notices=False) is not None
    if points and not message.attachments:
        return draft("attachment_missing")
    points = points or (bool(message.attachments) and first_phrase(message, MAY_BE_ATTACHED, notices=False) is not None)
    few = len((message.text or message.body)[:1000].split()) <= FEW_WORDS
    if not points and not (few and unread):
        return None
    return draft("attachment_unread", name=(unread or message.attachments)[0].name)
