"""A mail passed on as an attachment: the same to its reader as one that was forwarded in the text."""

from repondeur.mail.author import read_authors
from repondeur.mail.automatic import automatic
from repondeur.mail.content import Content, read_content
from repondeur.mail.headers import clean, decode_words
from repondeur.mail.html import without_marks
from repondeur.mail.limits import Limits
from repondeur.mail.message import Address, Forward, Message

_FEW_WORDS = 600  # characters
_REPORTS = ("multipart/report", "multipart/digest")


def passed_on(message: Message, content: Content, limits: Limits) -> Forward | None:
    """The one mail that is attached, when its bearer's own text is short and answers nothing. None for anything else:
    several mails, a reply with a mail beside it, a delivery report that brings the returned mail back."""
    if len(content.messages) != 1 or message.forward is not None or message.quoted or message.in_reply_to:
        return None
    if len(message.text) > _FEW_WORDS or message.media_type in _REPORTS:
        return None
    machine = automatic(message)
    inner = content.messages[0]
    if (machine is not None and machine.kind == "bounce") or not inner.header.fields:
        return None
    authors, _ = read_authors(inner.header.values("from"), 1)
    return Forward(
        author=authors[0] if authors else Address("", ""),
        subject=decode_words(inner.header.first("subject")),
        text=without_marks(read_content(inner, limits).text).strip(),
        before=message.text,
        date=clean(inner.header.first("date"))[:200],
    )
