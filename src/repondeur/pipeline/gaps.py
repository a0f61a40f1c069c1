"""What a mail has asked that nothing was known of is remembered, until the mail itself is forgotten."""

from typing import Final

import structlog

from repondeur.errors import StoreUnavailable
from repondeur.mail.clean import clean_line
from repondeur.mail.message import Message
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.parts import Parts
from repondeur.store.gaps import Gaps
from repondeur.store.records import Mail
from repondeur.words.sentences import guess_language, questions, sentences

log = structlog.get_logger(__name__)

MOST: Final = 5  # questions of one mail
LONGEST: Final = 300  # characters of one
LOOKED_AT: Final = 10_000  # characters of a mail


async def note_gap(mail: Mail, understood: Understood, parts: Parts) -> None:
    """Stores the questions of a mail that wants an answer and for which nothing was cited. It is a help for people: a
    store that cannot take it holds no mail up."""
    assert mail.message is not None
    asked = unanswered(mail.message, understood)
    if not asked:
        return
    language = mail.message.language or guess_language(" ".join(asked))
    try:
        await Gaps(parts.store.database).put(mail.id, asked, language, parts.clock())
    except StoreUnavailable as error:
        log.warning("knowledge.gap_lost", mail=mail.id, reason=error.reason.code)


def unanswered(message: Message, understood: Understood) -> list[str]:
    """The sentences that ask something, each once; the subject where none does. Pure."""
    analysis = understood.analysis
    if analysis is None or not analysis.needs_reply or analysis.passages:
        return []
    text = (understood.text or message.text)[:LOOKED_AT]
    language = message.language or guess_language(text)
    parts = sentences(text)
    asked = questions(parts, language) or [message.subject.strip() or "".join(parts[:1])]
    return list(dict.fromkeys(line for one in asked if (line := clean_line(one)[:LONGEST])))[:MOST]
