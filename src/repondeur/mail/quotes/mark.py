"""Where old text begins in a body: a forward, or an old mail below which nothing is new."""

import re
from dataclasses import dataclass
from typing import Literal

from repondeur.mail.html import CUT
from repondeur.mail.message import Address
from repondeur.mail.quotes import fold, words
from repondeur.mail.quotes.attribution import INITIALS, attribution_end, ends_with_verb, is_attribution, languages_of
from repondeur.mail.quotes.header_block import HeaderBlock, header_block, is_pasted, unquoted
from repondeur.mail.quotes.named import author_of, date_of
from repondeur.mail.quotes.notice import ends_sentence, is_device_line, names_product
from repondeur.mail.quotes.separator import separator
from repondeur.mail.quotes.subject import Subject, read_subject

_INTRODUCTION = 80  # characters
_LONG = 200  # characters
RULE = re.compile(r"[\s*_=~-]{3,}")
# ">>> Ann Old <ann@old.example> 03/11/2026 09:40 >>>", as GroupWise writes it.
_BETWEEN_MARKS = re.compile(r">>> ?[^>\s].{0,200}\d.{0,40}>>>")
# "Le …, Ann Old <ann@old.example> a écrit : the old text", all in one line.
_NAMED_AND_SAID = re.compile(r"<[^<>\s]{1,100}@[^<>\s]{1,100}>\s?[^:：<>]{2,30}[:：]\s")
QUOTED = re.compile(r"[ \t]{0,3}>(?!_<|[:;]-?[()\[\]D/|])")  # no smiley


@dataclass(frozen=True, slots=True)
class Mark:
    """Where old text begins. start: its first line. below: the first line after separator and header."""

    kind: Literal["forward", "old"]
    start: int
    below: int
    author: Address = Address("", "")  # noqa: RUF009 (a frozen value)
    subject: str = ""
    date: str = ""


def first_mark(lines: list[str], subject: str) -> Mark | None:
    """The first place from which on all is old text, or a forward; None when quotes have to be looked at one by one.

    subject: decoded, with its prefixes.
    """
    return _first_mark(lines, read_subject(subject))


def _first_mark(lines: list[str], subject: Subject) -> Mark | None:
    written = False  # something stands above
    for index, line in enumerate(lines):
        if mark := _header_mark(lines, index, subject, written=written):
            return mark
        if written and (end := _between_marks(lines, index, subject)):
            return Mark("old", index, end)
        if written and _said_behind(line, subject):
            return Mark("old", index, index + 1)
        if QUOTED.match(line) or not line.strip() or line == CUT:
            continue
        if end := introduction_end(lines, index):
            return _attribution_mark(lines, index, end, subject, written=written)
        if (
            written
            and _stands_alone(lines, index)
            and is_device_line(line)
            and names_product(line)
            and not ends_sentence(line)
            and _old_without_mark(lines, index, subject)
        ):
            return Mark("old", index + 1, index + 1)
        written = True
    return None


def _between_marks(lines: list[str], index: int, subject: Subject) -> int | None:
    """In an answer, in one line or wrapped in two."""
    if not (lines[index].startswith(">>>") and subject.may_be_reply):
        return None
    for end in (index + 1, index + 2):
        if _BETWEEN_MARKS.fullmatch(" ".join(line.strip() for line in lines[index:end])):
            return min(end, len(lines))
    return None


def _said_behind(line: str, subject: Subject) -> bool:
    """ "Le …, Ann Old <ann@old.example> a écrit : the old text", in an answer."""
    found = _NAMED_AND_SAID.search(line) if subject.reply else None
    return found is not None and ends_with_verb(line[: found.end()]) and is_attribution(line[: found.end()].rstrip())


def _old_without_mark(lines: list[str], index: int, subject: Subject) -> bool:
    """Some programs put their line under the new text and quote below it without a header or a mark. In a reply a long
    text there is taken for that; a short one may be a postscript, and what is marked is found further down."""
    following = next_filled(lines, index + 1)
    while following is not None and RULE.fullmatch(lines[following]):
        following = next_filled(lines, following + 1)
    if following is None or _begins_old(lines, following) or _is_announced(lines, following):
        return False
    below = sum(len(line) for line in lines[following : following + 20])
    said = words().postscript.match(lines[following].strip())
    return below >= _LONG and not said and subject.may_be_reply


def _header_mark(lines: list[str], index: int, subject: Subject, *, written: bool) -> Mark | None:
    """A separator, a header block, or both, at lines[index]."""
    line = lines[index]
    if line == CUT and _announced_again(lines, index):
        return None
    announces = separator(line) or _introduces_forward(lines, index, subject)
    announced = announces in ("forwarded", "original") or line == CUT
    following = next_filled(lines, index + 1) if announced or announces else index
    if announces == "above":
        return Mark("old", index, index + 1) if written and not QUOTED.match(line) else None
    block = header_block(lines, following, announced=announced) if following is not None else None
    if block and not announces and is_pasted(lines, index, block.end) and not subject.passed_on:
        return None
    if announces == "unknown" and block:
        announces = "original" if subject.reply else "forwarded"
    quoted = bool(QUOTED.match(line))
    if block is None:
        return _bare_mark(lines, index, subject, written=written) if announced else None
    # Open-Xchange forwards as "> ---- Original Message ----"; its replies have no such line.
    quoted_original = announces == "original" and quoted
    alone = not written and not subject.reply
    if announces == "forwarded" or subject.passes_on(block.languages) or quoted_original or alone:
        return _forward_mark(index, block)
    return Mark("old", index, block.end) if not quoted else None


def _introduces_forward(lines: list[str], index: int, subject: Subject) -> Literal["forwarded"] | None:
    """Apple Mail in a language that no table has, or a person: "Voici leur mail :" above a quoted header."""
    line = lines[index]
    if fold(line) in words().forwarded:
        following = next_filled(lines, index + 1)
        return "forwarded" if following is not None and header_block(lines, following) else None
    if subject.reply or not line.endswith((":", "：")) or len(line) > _INTRODUCTION or QUOTED.match(line):
        return None
    following = next_filled(lines, index + 1)
    if following is None or not QUOTED.match(lines[following]) or introduction_end(lines, index):
        return None
    return "forwarded" if header_block(lines, following) else None


def _bare_mark(lines: list[str], index: int, subject: Subject, *, written: bool) -> Mark | None:
    """A separator or a CUT without a header below. People write "Message original :" too, but they do not frame it."""
    line = lines[index]
    following = next_filled(lines, index + 1)
    quote = following is not None and opens_quote(lines[following])
    if line.endswith((":", "：")):
        return None
    if separator(line) == "forwarded":
        passed_on = quote or subject.passed_on or not written
        return Mark("forward", index, index + 1, subject=subject.bare) if passed_on else None
    if QUOTED.match(line) or not written or (line != CUT and introduction_end(lines, index)):
        return None
    # Programs set it between blank lines, in an answer.
    programs = _stands_alone(lines, index) and subject.may_be_reply
    return Mark("old", index, index + 1) if line == CUT or programs else None


def introduction_end(lines: list[str], index: int) -> int | None:
    """Where an attribution that begins at lines[index] ends. "Original Message" above it or above a quote is part."""
    if end := attribution_end(lines, index):
        return end
    following = next_filled(lines, index + 1) if separator(lines[index]) == "original" else None
    if following is None:
        return None
    if opens_quote(lines[following]):
        return index + 1 if not lines[index].endswith((":", "：")) else None
    return attribution_end(lines, following)


def _announced_again(lines: list[str], index: int) -> bool:
    """Some programs mark the place twice; the words say more than the mark."""
    following = next_filled(lines, index + 1)
    return following is not None and _is_announced(lines, following)


def _is_announced(lines: list[str], index: int) -> bool:
    return lines[index] == CUT or separator(lines[index]) is not None


def _forward_mark(index: int, block: HeaderBlock) -> Mark:
    return Mark(
        "forward", index, block.end, block.author, block.values.get("subject", ""), block.values.get("date", "")
    )


def _attribution_mark(lines: list[str], index: int, end: int, subject: Subject, *, written: bool) -> Mark | None:
    """ "… wrote:" at lines[index:end]. Above a quote, quotes are looked at one by one, down to the next header block;
    above plain text all below is old, or passed on where the subject says so."""
    following = next_filled(lines, end)
    plain = following is None or not opens_quote(lines[following])
    said = " ".join(line.strip() for line in lines[index:end])
    if plain and subject.passes_on(languages_of(said)):
        return Mark("forward", index, end, author_of(said), subject.bare, date_of(said))
    if plain and written:
        return Mark("old", index, end)
    return next((mark for place in range(end, len(lines)) if (mark := _old_below(lines, place))), None)


def _old_below(lines: list[str], index: int) -> Mark | None:
    """Below an attribution a forward in the quotes is not this author's; an unquoted header still begins old text."""
    if QUOTED.match(lines[index]) or not _begins_old(lines, index):
        return None
    return Mark("old", index, index + 1)


def _begins_old(lines: list[str], index: int) -> bool:
    announced = separator(lines[index]) in ("forwarded", "original") or lines[index] == CUT
    following = next_filled(lines, index + 1) if announced else index
    if following is None or QUOTED.match(lines[following]):
        return False
    return header_block(lines, following, announced=announced) is not None


def _stands_alone(lines: list[str], index: int) -> bool:
    above = lines[index - 1] if index else ""
    below = lines[index + 1] if index + 1 < len(lines) else ""
    return not above.strip() and not below.strip()


def next_filled(lines: list[str], start: int) -> int | None:
    return next((index for index in range(start, min(start + 8, len(lines))) if unquoted(lines[index]).strip()), None)


def opens_quote(line: str) -> bool:
    return bool(QUOTED.match(line) or INITIALS.match(line)) or line.lstrip().startswith("|")
