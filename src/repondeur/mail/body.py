"""What the author wrote now, apart from quotes, signature and forwarded mail.

The first mark of old text decides how the mail is read: a forward, an old mail below (everything from there on is old),
or quotes line by line. When unsure, text is kept: an old line too many costs little, a lost sentence much.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from repondeur.mail.html import CUT
from repondeur.mail.message import Forward
from repondeur.mail.quotes import words
from repondeur.mail.quotes.annotation import annotations
from repondeur.mail.quotes.attribution import INITIALS, is_attribution
from repondeur.mail.quotes.header_block import header_block, read_label, unquoted
from repondeur.mail.quotes.mark import QUOTED, RULE, Mark, first_mark, introduction_end, next_filled, opens_quote
from repondeur.mail.quotes.notice import without_banner
from repondeur.mail.quotes.separator import ends_forward, separator
from repondeur.mail.quotes.signature import without_signature

# Text, quoted, empty, or part of an attribution.
_Kind = Literal["t", "q", "e", "a"]

_ONE_LINE_HEADER = re.compile(r"([ \t>]*-{3,}[^-\n]{4,60}-{3,})\s*(\S.*)")
_PICTURES = re.compile(r"\s*(?:\[cid:[^\]\n]{1,200}\]\s*)+")  # Outlook's plain text of a picture
_CLOSING = re.compile(r"-{30,}")  # KMail's line below a forwarded mail
_MAX_LINES = 5_000  # longer texts were not typed; looking for all kinds of quotes in them would take seconds
_WRAPPED = 60  # characters: a quoted line this long was probably wrapped by the mail program


@dataclass(frozen=True, slots=True)
class Split:
    """text: new, replies between quotes in order, with the quotes they answer. quoted: what was cut. forward: a mail
    that was passed on; then text is what stands above it."""

    text: str
    quoted: str = ""
    signature: str = ""
    forward: Forward | None = None


def split(text: str, subject: str = "") -> Split:
    """text: as mail.content gives it, with CUT lines and "> " quotes. subject: decoded; it tells a forward ("TR: …")
    from a reply where both look the same. Never raises; linear in the number of lines."""
    lines = _unglued(text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "").split("\n"))
    mark = first_mark(lines[:_MAX_LINES], subject)
    if mark is None:
        quoted = all(not line.strip() or QUOTED.match(line) for line in lines[_MAX_LINES:])
        return _reply(lines[:_MAX_LINES], lines[_MAX_LINES:]) if quoted else Split(text.strip())
    above = _without_rule(lines[: mark.start])
    if mark.kind == "forward":
        return _forwarded(above, lines, mark)
    found = _reply(above, lines[mark.start :])
    return replace(found, text=_joined([found.text, *annotations(lines[mark.below : _MAX_LINES])]))


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


def _forwarded(above: list[str], lines: list[str], mark: Mark) -> Split:
    own = _reply(above, [])
    body = [line for line in lines[mark.below :] if line != CUT]
    first = next((line for line in body if line.strip()), "")
    if separator(first) in ("forwarded", "original") and not header_block(body, body.index(first) + 1, announced=True):
        # Zoho and The Bat! write their separator below the header too.
        body = body[body.index(first) + 1 :]
    if QUOTED.match(first):
        body = [re.sub(r"^[ \t]{0,3}> ?", "", line, count=1) for line in body]
    end = next((index for index, line in enumerate(body) if ends_forward(line)), len(body))
    after = _reply(body[end + 1 :], [])
    last = next((index for index in range(end - 1, -1, -1) if body[index].strip()), 0)
    end = last if last and _CLOSING.fullmatch(body[last]) else end
    forward = Forward(mark.author, mark.subject, _joined(body[:end]), before=own.text, date=mark.date)
    return Split(
        _joined([own.text, "", after.text]),
        _joined([own.quoted, "", after.quoted]),
        _joined([own.signature, after.signature]),
        forward,
    )


def _without_rule(lines: list[str]) -> list[str]:
    """Without the line of underscores or dashes that stands above a header block."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1] == CUT or RULE.fullmatch(lines[end - 1])):
        end -= 1
    return lines[:end]


def _reply(lines: list[str], old: list[str]) -> Split:
    """Quotes and signature out of the lines above `old`."""
    pictures = [line.strip() for line in lines if _PICTURES.fullmatch(line)]
    lines = [line for line in lines if line != CUT and not _PICTURES.fullmatch(line)]
    lines, banner = without_banner(lines)
    lines, below = without_signature(lines)
    kept, quoted = _without_quotes(lines)
    kept, beside = without_signature(_without_rule(kept)) if quoted else (kept, [])
    cut = _joined([*banner, *quoted, *([""] if quoted and old else []), *(line for line in old if line != CUT)])
    return Split(_joined(kept), cut, "\n".join(part for part in (_joined(beside), _joined(below), *pictures) if part))


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
        end = introduction_end(lines, index) if not QUOTED.match(lines[index]) else None
        if end is None:
            kinds.append(_kind(lines, index, other_marks=other_marks))
            continue
        kinds.extend("a" for _ in range(index, end))
        following = next_filled(lines, end)
        other_marks = following is not None and not QUOTED.match(lines[following]) and opens_quote(lines[following])
    return [_wrapped(lines, kinds, index) for index in range(len(kinds))]


def _kind(lines: list[str], index: int, *, other_marks: bool) -> _Kind:
    line = lines[index]
    if not line.strip():
        return "e"
    if QUOTED.match(line) or (other_marks and line.lstrip().startswith("|")):
        return "q"
    return "q" if INITIALS.match(line) and (other_marks or _initials_beside(lines, index)) else "t"


def _wrapped(lines: list[str], kinds: list[_Kind], index: int) -> _Kind:
    """One line without a mark between two quoted ones, below a long one: its end, wrapped on the way."""
    if kinds[index] != "t" or not 0 < index < len(kinds) - 1 or not kinds[index - 1] == kinds[index + 1] == "q":
        return kinds[index]
    goes_on = not lines[index - 1].endswith((".", "?", "!", ":")) and not lines[index].lstrip()[:1].isupper()
    return "q" if goes_on and len(lines[index - 1]) >= _WRAPPED else "t"


def _initials_beside(lines: list[str], index: int) -> bool:
    """ "C> …" on two lines running is a quote; on one it may be anything."""
    beside = lines[max(index - 1, 0) : index + 2]
    initials = lines[index].split(">", 1)[0]
    return sum(line.startswith(f"{initials}>") for line in beside) >= 2


def _joined(lines: list[str]) -> str:
    """One text: no blank lines at its ends, at most two together."""
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(line.rstrip() for line in lines)).strip()
