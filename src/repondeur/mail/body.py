"""What the author wrote now, apart from quotes, signature and forwarded mail.

The first mark of old text decides how the mail is read: a forward, an old mail below (everything from there on is old),
or quotes line by line. When unsure, text is kept: an old line too many costs little, a lost sentence much.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from repondeur.mail.html import CUT
from repondeur.mail.message import Address, Forward
from repondeur.mail.quotes import words
from repondeur.mail.quotes.annotation import annotations
from repondeur.mail.quotes.attribution import INITIALS, attribution_end, author_of, is_attribution
from repondeur.mail.quotes.header_block import HeaderBlock, header_block, read_label, unquoted
from repondeur.mail.quotes.separator import separator
from repondeur.mail.quotes.signature import is_device_line, without_signature

# Text, quoted, empty, or part of an attribution.
_Kind = Literal["t", "q", "e", "a"]

_QUOTED = re.compile(r"[ \t]{0,3}>")
_RULE = re.compile(r"[\s*_=~-]{3,}")
_ONE_LINE_HEADER = re.compile(r"([ \t>]*-{3,}[^-\n]{4,60}-{3,})\s*(\S.*)")
_REPLY_SUBJECT = re.compile(r"\s*(?:re|aw|sv|antw|odp|res|rif|r|réf?|réponse)\s*(?:\[\d+\])?\s?[:：]", re.IGNORECASE)
_MAX_LINES = 5_000  # longer texts were not typed; looking for quotes in them would take seconds
_WRAPPED = 60  # characters: a quoted line this long was probably wrapped by the mail program


@dataclass(frozen=True, slots=True)
class Split:
    """text: new, replies between quotes in order, with the quotes they answer. quoted: what was cut. forward: a mail
    that was passed on; then text is what stands above it."""

    text: str
    quoted: str = ""
    signature: str = ""
    forward: Forward | None = None


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the subject says about the body."""

    text: str
    passed_on: bool
    reply: bool

    @property
    def bare(self) -> str:
        found = words().forward_subject.match(self.text)
        return self.text[found.end() :].strip() if found else self.text


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where old text begins. start: its first line. below: the first line after separator and header."""

    kind: Literal["forward", "old"]
    start: int
    below: int
    author: Address = Address("", "")  # noqa: RUF009 (a frozen value)
    subject: str = ""
    date: str = ""


def split(text: str, subject: str = "") -> Split:
    """text: as mail.content gives it, with CUT lines and "> " quotes. subject: decoded; it tells a forward ("TR: …")
    from a reply where both look the same. Never raises; linear in the number of lines."""
    lines = _unglued(text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "").split("\n"))
    passed_on = bool(words().forward_subject.match(subject))
    mark = _first_mark(lines[:_MAX_LINES], _Subject(subject, passed_on, bool(_REPLY_SUBJECT.match(subject))))
    if mark is None:
        return _reply(lines, []) if len(lines) <= _MAX_LINES else Split(text.strip())
    above = _without_rule(lines[: mark.start])
    if mark.kind == "forward":
        return _forwarded(above, lines, mark)
    found = _reply(above, lines[mark.start :])
    return replace(found, text=_joined([found.text, "", *annotations(lines[mark.below : _MAX_LINES])]))


def _unglued(lines: list[str]) -> list[str]:
    """Yahoo writes separator and header on one line: "----- Forwarded Message ----- From: …To: …Subject: …"."""
    result: list[str] = []
    for line in lines:
        found = _ONE_LINE_HEADER.fullmatch(line) if "---" in line[:12] else None
        if found and separator(found.group(1)) and read_label(found.group(2))[0]:
            # Portuguese Yahoo forgets the colon of the last one.
            header = words().bare_subject.sub(r"\1:", found.group(2), count=1)
            starts = [label.start() for label in words().label_somewhere.finditer(header)]
            result.append(found.group(1))
            result.extend(header[start:end] for start, end in pairwise([*starts, len(header)]))
        else:
            result.append(line.rstrip())
    return result


def _first_mark(lines: list[str], subject: _Subject) -> _Mark | None:
    """The first place from which on all is old text, or a forward; None when quotes have to be looked at one by one."""
    written = False  # something stands above
    for index, line in enumerate(lines):
        if mark := _header_mark(lines, index, subject, written=written):
            return mark
        if _QUOTED.match(line) or not line.strip() or line == CUT:
            continue
        if end := _introduction_end(lines, index):
            return _attribution_mark(lines, index, end, subject, written=written)
        if written and is_device_line(line) and _stands_alone(lines, index):
            # The program put its line under the new text, so what follows is not new, even without a header.
            following = _next_filled(lines, index + 1)
            if following is not None and not _begins_old(lines, following) and not _is_announced(lines, following):
                return _Mark("old", index + 1, index + 1)
        written = True
    return None


def _header_mark(lines: list[str], index: int, subject: _Subject, *, written: bool) -> _Mark | None:
    """A separator, a header block, or both, at lines[index]."""
    line = lines[index]
    if line == CUT and _announced_again(lines, index):
        return None
    announces = separator(line)
    announced = announces in ("forwarded", "original") or line == CUT
    following = _next_filled(lines, index + 1) if announced or announces else index
    enough = announced or subject.passed_on
    block = header_block(lines, following, announced=enough) if following is not None else None
    if announces == "unknown":
        announces = "forwarded" if block else None
    quoted = bool(_QUOTED.match(line))
    if block is None:
        if announces == "forwarded":
            return _Mark("forward", index, index + 1, subject=subject.bare)
        if announces == "original" and _introduction_end(lines, index):
            return None
        return _Mark("old", index, index + 1) if announced and written and not quoted else None
    # Open-Xchange forwards as "> ---- Original Message ----"; its replies have no such line.
    quoted_original = announces == "original" and quoted
    alone = not written and not subject.reply
    if announces == "forwarded" or subject.passed_on or quoted_original or alone:
        return _forward_mark(index, block)
    return _Mark("old", index, block.end) if not quoted else None


def _introduction_end(lines: list[str], index: int) -> int | None:
    """Where an attribution that begins at lines[index] ends; "Original Message" above one, or a quote, is part of it."""
    if end := attribution_end(lines, index):
        return end
    following = _next_filled(lines, index + 1) if separator(lines[index]) == "original" else None
    if following is None:
        return None
    return index + 1 if _opens_quote(lines[following]) else attribution_end(lines, following)


def _announced_again(lines: list[str], index: int) -> bool:
    """Some programs mark the place twice; the words say more than the mark."""
    following = _next_filled(lines, index + 1)
    return following is not None and _is_announced(lines, following)


def _is_announced(lines: list[str], index: int) -> bool:
    return lines[index] == CUT or separator(lines[index]) is not None


def _forward_mark(index: int, block: HeaderBlock) -> _Mark:
    return _Mark(
        "forward", index, block.end, block.author, block.values.get("subject", ""), block.values.get("date", "")
    )


def _attribution_mark(lines: list[str], index: int, end: int, subject: _Subject, *, written: bool) -> _Mark | None:
    """ "… wrote:" at lines[index:end]. Above a quote, quotes are looked at one by one, down to the next header block;
    above plain text all below is old, or passed on where the subject says so."""
    following = _next_filled(lines, end)
    plain = following is None or not _opens_quote(lines[following])
    if plain and subject.passed_on:
        return _Mark("forward", index, end, author_of(" ".join(lines[index:end])), subject.bare)
    if plain and written:
        return _Mark("old", index, end)
    return next((mark for place in range(end, len(lines)) if (mark := _old_below(lines, place))), None)


def _old_below(lines: list[str], index: int) -> _Mark | None:
    """Below an attribution a forward in the quotes is not this author's; an unquoted header still begins old text."""
    if _QUOTED.match(lines[index]) or not _begins_old(lines, index):
        return None
    return _Mark("old", index, index + 1)


def _begins_old(lines: list[str], index: int) -> bool:
    announced = separator(lines[index]) in ("forwarded", "original") or lines[index] == CUT
    following = _next_filled(lines, index + 1) if announced else index
    if following is None or _QUOTED.match(lines[following]):
        return False
    return header_block(lines, following, announced=announced) is not None


def _stands_alone(lines: list[str], index: int) -> bool:
    above = lines[index - 1] if index else ""
    below = lines[index + 1] if index + 1 < len(lines) else ""
    return not above.strip() and not below.strip()


def _next_filled(lines: list[str], start: int) -> int | None:
    return next((index for index in range(start, min(start + 8, len(lines))) if unquoted(lines[index]).strip()), None)


def _opens_quote(line: str) -> bool:
    return bool(_QUOTED.match(line) or INITIALS.match(line)) or line.lstrip().startswith("|")


def _forwarded(above: list[str], lines: list[str], mark: _Mark) -> Split:
    own = _reply(above, [])
    body = [line for line in lines[mark.below :] if line != CUT]
    first = next((line for line in body if line.strip()), "")
    if _QUOTED.match(first):
        body = [re.sub(r"^[ \t]{0,3}> ?", "", line, count=1) for line in body]
    forward = Forward(mark.author, mark.subject, _joined(body), before=own.text, date=mark.date)
    return Split(own.text, own.quoted, own.signature, forward)


def _without_rule(lines: list[str]) -> list[str]:
    """Without the line of underscores or dashes that stands above a header block."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1] == CUT or _RULE.fullmatch(lines[end - 1])):
        end -= 1
    return lines[:end]


def _reply(lines: list[str], old: list[str]) -> Split:
    """Quotes and signature out of the lines above `old`."""
    lines = [line for line in lines if line != CUT]
    lines, below = without_signature(lines)
    kept, quoted = _without_quotes(lines)
    kept, beside = without_signature(kept)
    cut = _joined([*quoted, *([""] if quoted and old else []), *(line for line in old if line != CUT)])
    return Split(_joined(kept), cut, "\n".join(part for part in (_joined(beside), _joined(below)) if part))


def _without_quotes(lines: list[str]) -> tuple[list[str], list[str]]:
    """(kept, cut). Quotes after the last new line go, and one above the only answer; those between answers stay."""
    kinds = _kinds(lines)
    if "q" not in kinds and "a" not in kinds:
        return lines, []
    texts = [index for index, kind in enumerate(kinds) if kind == "t"]
    if not texts:
        # Nothing but quotes: a mail that is only an old mail, or somebody who writes with ">".
        old = "a" in kinds or any(is_attribution(unquoted(line)) for line in lines[:5])
        return ([], lines) if old else (lines, [])
    first, last = texts[0], texts[-1]
    drop = {index for index, kind in enumerate(kinds) if kind == "a" or (kind == "q" and index > last)}
    one_answer = "q" not in kinds[first:last]
    if one_answer and "a" in kinds[:first]:
        drop |= {index for index in range(first) if kinds[index] != "e"}
    kept = [line for index, line in enumerate(lines) if index not in drop]
    return kept, [lines[index] for index in sorted(drop)]


def _kinds(lines: list[str]) -> list[_Kind]:
    kinds: list[_Kind] = []
    other_marks = False  # below an attribution some programs quote with "|" or with initials
    while len(kinds) < len(lines):
        index = len(kinds)
        end = _introduction_end(lines, index) if not _QUOTED.match(lines[index]) else None
        if end is None:
            kinds.append(_kind(lines, index, other_marks=other_marks))
            continue
        kinds.extend("a" for _ in range(index, end))
        following = _next_filled(lines, end)
        other_marks = following is not None and not _QUOTED.match(lines[following]) and _opens_quote(lines[following])
    return [_wrapped(lines, kinds, index) for index in range(len(kinds))]


def _kind(lines: list[str], index: int, *, other_marks: bool) -> _Kind:
    line = lines[index]
    if not line.strip():
        return "e"
    if _QUOTED.match(line) or (other_marks and line.lstrip().startswith("|")):
        return "q"
    return "q" if INITIALS.match(line) and (other_marks or _initials_beside(lines, index)) else "t"


def _wrapped(lines: list[str], kinds: list[_Kind], index: int) -> _Kind:
    """One line without a mark between two quoted ones, below a long one: its end, wrapped on the way."""
    between = 0 < index < len(kinds) - 1 and kinds[index - 1] == kinds[index + 1] == "q"
    return "q" if between and kinds[index] == "t" and len(lines[index - 1]) >= _WRAPPED else kinds[index]


def _initials_beside(lines: list[str], index: int) -> bool:
    """ "C> …" on two lines running is a quote; on one it may be anything."""
    beside = lines[max(index - 1, 0) : index + 2]
    initials = lines[index].split(">", 1)[0]
    return sum(line.startswith(f"{initials}>") for line in beside) >= 2


def _joined(lines: list[str]) -> str:
    """One text: no blank lines at its ends, at most two together."""
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(line.rstrip() for line in lines)).strip()
