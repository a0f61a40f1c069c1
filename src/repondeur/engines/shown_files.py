"""What a model is shown of the attachments of a mail: the pieces that have to do with what the mail says. Pure.

It is a stranger's text as the mail is, stands within the same marks, and never becomes anything but that.
"""

from collections.abc import Mapping, Sequence
from string import Template

from repondeur.engines.cutting import cut_after_sentence, estimate_tokens, one_line, visible
from repondeur.mail.message import Attachment, Message
from repondeur.texts import Reason
from repondeur.words.terms import terms

Words = Mapping[str, str]

ATTACHMENTS = 6
MAX_READ = 60_000  # characters of each in which pieces are looked for
PIECE = 400  # characters
MAX_ASKED = 4000  # characters
LEAST = 40  # tokens: less of a file says nothing


def attachments(message: Message, words: Words, reasons: Mapping[str, str], limit: int) -> str:
    """Each attachment that was read, or that should have been and was not, together about `limit` tokens; "" where
    there is none, or no room for it. reasons: why a file was not read, by the name of its code."""
    if limit <= 0:
        return ""
    told = [one for one in message.attachments if one.text or one.not_read][:ATTACHMENTS]
    asked = "\n".join((message.subject, (message.text or message.body)[:MAX_ASKED]))
    blocks: list[str] = []
    for number, one in enumerate(told):
        share = max(limit // (len(told) - number), LEAST)
        block = _read(one, asked, message.language, words, share) if one.text else _unread(one, words, reasons)
        blocks.append(block)
        limit = max(limit - estimate_tokens(block), 0)
    return "\n\n".join(blocks)


def pieces(text: str) -> list[str]:
    """The text in pieces of whole lines, none across pages."""
    found: list[str] = []
    for page in text.split("\f"):
        lines: list[str] = []
        size = 0
        for line in page.splitlines():
            if lines and size + len(line) > PIECE:
                found.append("\n".join(lines))
                lines, size = [], 0
            lines.append(line)
            size += len(line)
        found.append("\n".join(lines))
    return [piece for piece in found if piece.strip()]


def _read(attachment: Attachment, asked: str, language: str, words: Words, limit: int) -> str:
    about = [f"{attachment.pages} pages"] if attachment.pages > 1 else []
    about += [attachment.language] if attachment.language else []
    name = one_line(attachment.name)[:100]
    head = _fill(words["attachment"], name=name, about=f" ({', '.join(about)})" if about else "")
    shown = _best(pieces(attachment.text[:MAX_READ]), asked, language, limit - estimate_tokens(head))
    return f"{head}\n{shown}"


def _best(found: Sequence[str], asked: str, language: str, limit: int) -> str:
    """The first piece, which says what the file is, and those that speak of what is asked, in the order of the file."""
    wanted = frozenset(terms(asked, language))
    shared = [len(wanted.intersection(terms(piece, language))) for piece in found]
    order = sorted(range(len(found)), key=lambda at: (at != 0, -shared[at], at))
    taken: dict[int, str] = {}
    for at in order:
        if limit < LEAST and taken:
            break
        taken[at] = cut_after_sentence(visible(found[at]).strip(), max(limit, LEAST))
        limit -= estimate_tokens(taken[at])
    shown: list[str] = []
    for before, at in zip([-1, *sorted(taken)], sorted(taken), strict=False):
        shown += ["[…]"] if at != before + 1 else []
        shown.append(taken[at])
    return "\n".join([*shown, *(["[…]"] if max(taken, default=0) + 1 < len(found) else [])])


def _unread(attachment: Attachment, words: Words, reasons: Mapping[str, str]) -> str:
    why = _short(attachment.not_read, reasons)
    return _fill(words["attachment_unread"], name=one_line(attachment.name)[:100], why=why)


def _short(reason: Reason | None, reasons: Mapping[str, str]) -> str:
    return reasons.get(reason.code.rpartition(".")[2] if reason else "", reasons["other"])


def _fill(template: str, **values: str) -> str:
    return Template(template).substitute(values)
