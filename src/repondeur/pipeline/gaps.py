"""What a mail has asked that nothing was known of is remembered, until the mail itself is forgotten."""

import re
from typing import Final

import structlog

from repondeur.errors import StoreUnavailable
from repondeur.mail.clean import clean_line
from repondeur.mail.message import Message
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.parts import Parts
from repondeur.policy.knowing import asked_of
from repondeur.policy.weighing import COLOURLESS, TELLING
from repondeur.store.gaps import Gaps
from repondeur.store.records import Mail
from repondeur.texts import Reason
from repondeur.words.sentences import guess_language, questions, sentences
from repondeur.words.stems import fold

log = structlog.get_logger(__name__)

MOST: Final = 5  # questions of one mail
LONGEST: Final = 300  # characters of one
LOOKED_AT: Final = 10_000  # characters of a mail


# Decided for want of an answer.
_WANTING: Final = frozenset(
    f"decide.{name}" for name in ("no_answer_known", "left_open", "not_covered", "answer_without_passage")
)
# Decided for another reason, but an answer without a passage lacks one all the same.
_UNCITED: Final = frozenset(f"decide.{name}" for name in ("draft_mode", "unsure", "reply_language", "replies_off"))
# What stands for something that was named before the question.
_LEANS = {
    "fr": re.compile(r"\b(?:ca|cela|ceci|celui|celle|celles|ceux|il|ils|elle|elles|eux|y|en|lui)\b|\b(?:c|m|s)'y\b"
                     r"|\b(?:je|tu|on|vous|nous|puis-je|peut-on|pouvez-vous) (?:me |m')?(?:le|la|les|l')\b"),
    "en": re.compile(r"\b(?:it|its|this|that|these|those|them|they|he|she|one|ones)\b"),
}  # fmt: skip


async def note_gap(mail: Mail, understood: Understood, decided: Reason, parts: Parts) -> None:
    """Stores the questions of a mail that wants an answer and for which there was none, or none from the knowledge. It
    is a help for people: a store that cannot take it holds no mail up."""
    assert mail.message is not None
    asked = unanswered(mail.message, understood, decided)
    if not asked:
        return
    language = mail.message.language or guess_language(" ".join(asked))
    try:
        await Gaps(parts.store.database).put(mail.id, asked, language, parts.clock())
    except StoreUnavailable as error:
        log.warning("knowledge.gap_lost", mail=mail.id, reason=error.reason.code)


def unanswered(message: Message, understood: Understood, decided: Reason) -> list[str]:
    """The sentences that ask something, each once, with the subject before one that does not tell by itself what it is
    about; the subject alone where none asks. decided: why the mail's end is what it is. Pure."""
    if not _lacks(understood, decided):
        return []
    text = (understood.text or message.text)[:LOOKED_AT]
    language = message.language or guess_language(text)
    parts = sentences(text)
    subject = message.subject.strip()
    asked = questions(parts, language)
    told = [_told(one, subject, language) for one in asked[:MOST]] or [subject or "".join(parts[:1])]
    return list(dict.fromkeys(line for one in told if (line := clean_line(one)[:LONGEST])))


def _lacks(understood: Understood, decided: Reason) -> bool:
    """What a person answers for another reason, as a complaint or a legal matter, is no gap of the knowledge."""
    analysis = understood.analysis
    if analysis is None or not analysis.needs_reply or analysis.needs_human:
        return False
    return decided.code in _WANTING or (decided.code in _UNCITED and not analysis.passages)


def _told(question: str, subject: str, language: str) -> str:
    """The question, behind the subject where it is short or leans on it, and the subject tells something more."""
    said, named = asked_of(question, "", language), asked_of(subject, "", language)
    more = any(worth > COLOURLESS and not said.terms.speaks_of(one, language) for one, worth in named.words)
    short = sum(worth for _, worth in said.words) <= TELLING
    leans = language in _LEANS and _LEANS[language].search(fold(question))
    return f"{subject} – {question}" if more and (short or leans) else question
