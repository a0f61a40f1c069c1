"""Looks for phrases in what a mail says, whatever an engine makes of it.

A phrase hits where its words stand in a row, whatever their case, accents and punctuation: "prud'hommes" is found in
"Prud’hommes".
"""

import re
import unicodedata
from functools import cache, lru_cache

from repondeur.mail.clean import clean
from repondeur.mail.message import Message

# Characters that are looked at. A longer mail is held (rules/unread_text): what nobody read may be a threat.
READ_LIMIT = 200_000
ATTACHED_LIMIT = 3000  # characters of each attachment
_WORD = re.compile(r"\w+")
_WRAPPED = re.compile(r"(?<=[^\n])\n(?=[^\n])")
_SENTENCE = re.compile(r"[^.!?\n]{1,2000}[.!?\n]{0,9}")
_NOTICE = re.compile(
    r"(?:ce|cet|le présent|this|the information in this) (?:message|mail|e-?mail|courriel|communication)\b.{0,200}"
    r"(?:confidenti|intention exclusive|secret professionnel|intended|addressee|privileged|antivirus|contenir des)"
    r"|intégrité de ce message|(?:dit bericht|diese e-?mail) .{0,80}vertrau|virus[- ]free|scanned (?:for|by)"
    r"|avant d'imprimer ce|before printing|pièce jointe infectée|conformément (?:au|à la) .{0,60}vous disposez d",
    re.IGNORECASE,
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


@lru_cache(maxsize=32)  # the rules ask for the words of one mail again and again
def words_of(text: str) -> str:
    """The words of a text without case, accents and punctuation, each between single spaces.

    >>> words_of("Prud’hommes, DÈS lundi !")
    ' prud hommes des lundi '
    """
    plain = unicodedata.normalize("NFKD", clean(text[:READ_LIMIT]).casefold())
    return f" {' '.join(_WORD.findall(_NOT_ASCII.sub(_uncombined, plain)))} "


def _uncombined(found: re.Match[str]) -> str:
    return "".join(char for char in found.group() if not unicodedata.combining(char))


def first_phrase(message: Message, phrases: tuple[str, ...], *, notices: bool = True) -> str | None:
    """The first of these phrases that stands in what the author wrote or passed on: subject, new text, forwarded mail,
    the beginning of attachments; the whole body where no new text was found. Quotes of earlier mail do not count: they
    were judged when they came. Only READ_LIMIT characters are read; see read_whole. notices: what firms put under each
    of their mails counts as well."""
    said = _written(message) if notices else without_notices(_written(message)[:READ_LIMIT])
    return phrase_in(words_of(said) + "".join(map(words_of, _attached(message))), phrases)


def read_whole(message: Message) -> bool:
    """Whether first_phrase looks at all that it should."""
    return len(_written(message)) <= READ_LIMIT


def _written(message: Message) -> str:
    forward = (message.forward.before, message.forward.subject, message.forward.text) if message.forward else ()
    return "\n".join((message.subject, message.text or message.body, *forward))


def without_notices(text: str) -> str:
    """Without the sentences that firms put under each of their mails: that it is confidential, was scanned, and whose
    data are whose. They speak of attachments and of rights, and want nothing."""
    sentences = _SENTENCE.findall(_WRAPPED.sub(" ", text))
    return " ".join(one for one in sentences if not _NOTICE.search(one))


def _attached(message: Message) -> tuple[str, ...]:
    """A letter says on its first page what it wants; further on, contracts speak of the law and want nothing."""
    return tuple(part.text[:ATTACHED_LIMIT] for part in message.attachments if part.text)


def written(message: Message) -> str:
    """All that first_phrase looks at."""
    return "\n".join((_written(message), *_attached(message)))


def laid_out(pattern: str) -> str:
    """A pattern that is laid out in lines, without their ends; blanks that count are written "\\ "."""
    return pattern.replace("\n", "").replace("\\ ", " ")


def phrase_in(words: str, phrases: tuple[str, ...]) -> str | None:
    """The first of these phrases that stands in `words`, which are from words_of."""
    return next((phrase for phrase in phrases if _words_of_phrase(phrase) in words), None)


_words_of_phrase = cache(words_of)
