"""The line above a quote: "Le 3 mars 2024 à 10:12, NAME <ADDRESS> a écrit :" in all its forms and languages."""

import re

from repondeur.mail.quotes import fold, without_bidi, words
from repondeur.mail.quotes.named import ADDRESS, CLOCK, DATE, address_in, author_without_brackets

_MAX_LINES = 4
_MAX_CHARACTERS = 500
_DIGIT = re.compile(r"\d")
_HINT = re.compile(r"[\d@<]")
_LONGEST_END = 30
_ENDING = 80  # characters: where the verb of writing stands
_FULL_LINE = 50  # characters: where mail programs wrap, at the earliest

_ENDS_WITH_ADDRESS = re.compile(r"[<\[(]\s?[^<>\[\]()\s]{1,100}@[^<>\[\]()]{1,150}[>\])]+\s?[:：]?[*_\s]{0,3}$")
_ENDS_WITH_COLON = re.compile(r"[:：][*_\s]{0,3}$")
INITIALS = re.compile(r"[A-Za-z]{1,15}>(?:\s|$)")
_STORY_BREAK = re.compile(r"[!?;:]$")
_SENTENCE_END = re.compile(r"[.!?;:…»]$")
# No end of a day ("3.") nor of a month behind it ("3 nov.").
_FULL_STOP = re.compile(r"(?:(?<!\d )(?<!\d\. )\b[^\W\d_]{3,20}|\d{4}|[\"»”“)])[.…]$")
_LABEL = re.compile(r"(?!-)[^\d@<]{0,60}[^\W\d_]\s?:\s")  # "Mon adresse : …"
_DATED_TAIL = re.compile(r"\s?\([^@]{0,60}\d[^@]{0,20}\)\s?[:：]$")  # "… hau idatzi du (2026 mar. 2, or. (14:05)):"
_SAYING = re.compile(r"\s?[:：]\s*[^\s:：*_\d]")


def attribution_end(lines: list[str], index: int) -> int | None:
    """Where the attribution that begins at lines[index] ends (exclusive); None when none begins there.

    lines: without quote marks. Joins up to four lines, since long ones are wrapped. The latest possible beginning
    counts, so that the author's own words above are not swallowed.
    """
    above = _is_name_above(lines, index)
    if not (above or _may_begin(lines[index])):
        return None
    runs_on = above or _runs_on(lines, index)
    for end in range(index + 1, min(index + _MAX_LINES, len(lines)) + 1):
        if not lines[end - 1].strip():
            return _over_blanks(lines, index) if end == index + 2 else None
        if end > index + 1 and lines[end - 1].startswith(">") and len(lines[end - 1]) > _LONGEST_END:
            return None  # a quote, and no end of "<ann@old.example" and "> wrote:"
        joined = " ".join(line.strip() for line in lines[index:end])
        if len(joined) > _MAX_CHARACTERS:
            return None
        if is_attribution(joined, quote_follows=_quote_follows(lines, end)):
            if any(_begins_inside(lines, index, inner, end) for inner in range(index + 1, end)):
                return None
            return end + 1 if end < len(lines) and lines[end].strip() in (":", "：") else end
        if end > index + 1 and not above:
            runs_on = _may_be_inside(lines, end - 1)
        if not runs_on or _STORY_BREAK.search(lines[end - 1].rstrip()):
            return (
                _over_blanks(lines, index) if end == index + 1 and end < len(lines) and not lines[end].strip() else None
            )
    return None


def _may_be_inside(lines: list[str], index: int) -> bool:
    """More than what somebody typed between two lines: it is full, or has a part of a date or an address."""
    line = lines[index].strip()
    following = lines[index + 1].lstrip() if index + 1 < len(lines) else ""
    full = len(line) >= _FULL_LINE or following.startswith(("<", "(", "["))
    return (full or bool(_HINT.search(line)) or ends_with_verb(line)) and not _LABEL.match(line)


def _runs_on(lines: list[str], index: int) -> bool:
    """Is the line wrapped? It is full, or it has a date or an address, and it does not end a sentence."""
    line = lines[index].strip()
    opens = bool(words().opener.match(line)) or line[:1].isdigit()
    stops = line.endswith((".", "…"))
    complete = stops and _FULL_STOP.search(line[-_LONGEST_END:]) and line.count("(") == line.count(")")
    if complete and (opens or words().wrote_somewhere.search(line)):
        return False
    if "<" in line or "@" in line or (CLOCK.search(line) and DATE.search(line)):
        return True
    if line.count("(") > line.count(")") and _DIGIT.search(line):
        return True
    if stops and not opens:
        return False
    following = lines[index + 1].split(maxsplit=1) if index + 1 < len(lines) else []
    full = len(line) + len(following[0] if following else "") >= _FULL_LINE
    return full or (opens and any(map(str.isdigit, line)))


def _begins_inside(lines: list[str], index: int, inner: int, end: int) -> bool:
    """Is what begins here as good as what begins above it?"""
    line = lines[inner].strip()
    if line.startswith(("<", "(")) or lines[inner - 1].rstrip().endswith(("<", "(")) or not any(map(str.isdigit, line)):
        return False
    joined = " ".join(part.strip() for part in lines[inner:end])
    same = _facts(joined) == _facts(" ".join(part.strip() for part in lines[index:end]))
    return same and is_attribution(joined, quote_follows=_quote_follows(lines, end))


def _facts(text: str) -> tuple[bool, ...]:
    return tuple(bool(found.search(text)) for found in (ADDRESS, CLOCK, DATE))


def _over_blanks(lines: list[str], index: int) -> int | None:
    """Some converters tear it apart: "On DATE at 11:16 NAME", blank, "<", "mailto:…", "> wrote:".

    A sentence that ends, or another beginning, is not torn: "I confirm the 14th at 9:30, no. 2026-4471." """
    first = lines[index].strip()
    if _SENTENCE_END.search(first) or not _opens_with_time(first) or not DATE.search(first):
        return None
    pieces = [first]
    for end in range(index + 1, min(index + 7, len(lines))):
        if _opens_with_time(lines[end].lstrip(" \t>")):
            return None
        pieces.append(lines[end].strip())
        joined = " ".join(piece for piece in pieces if piece)
        if (_SENTENCE_END.search(lines[end].strip()) or _LABEL.match(lines[end])) and not ends_with_verb(lines[end]):
            return None
        if lines[end].strip() and address_in(joined) and ends_with_verb(joined):
            return end + 1
    return None


def _opens_with_time(text: str) -> bool:
    return bool(words().opener.match(text) and CLOCK.search(text))


def _may_begin(line: str) -> bool:
    text = line.strip()
    if not text or len(text) > _MAX_CHARACTERS:
        return False
    return bool(words().opener.match(text)) or bool(_HINT.search(text[:160])) or bool(ends_with_verb(text))


def _is_name_above(lines: list[str], index: int) -> bool:
    """ "Ann Old", and on the next line "<ann@old.example> …"."""
    line = lines[index].strip()
    if not (0 < len(line) <= 60 and line[-1].isalpha() and index + 1 < len(lines)):
        return False
    return lines[index + 1].startswith("<") and "@" in lines[index + 1]


def _quote_follows(lines: list[str], end: int) -> bool:
    following = [line.lstrip() for line in lines[end : end + 5] if line.strip()]
    if not following:
        return False
    return following[0].startswith((">", "|")) or all(map(INITIALS.match, following[:2]))


def is_attribution(text: str, *, quote_follows: bool = False) -> bool:
    """text: unwrapped. Needs a verb of writing, or an address before a final colon; and a time, a date or an address,
    the fewer of them the more a following quote has to bear witness."""
    ending = without_bidi(text[-_ENDING:])
    colon = bool(_ENDS_WITH_COLON.search(ending[-10:]))
    verb = ends_with_verb(ending)
    if not (colon or verb or ending.rstrip(" *_").endswith((">", "]", ")"))) or _LABEL.match(text):
        return False
    text = without_bidi(text)
    address, clock = bool(address_in(text)), bool(CLOCK.search(text))
    if not _is_one(text, quote_follows=quote_follows, colon=colon, verb=verb, address=address, clock=clock):
        return False
    # "… a écrit : rien".
    if any(_SAYING.match(text, said.end()) for said in words().wrote_somewhere.finditer(text)):
        return False
    # "On Monday at 14:30 I wrote:" is somebody telling a story.
    sure = quote_follows and (address or (clock and bool(DATE.search(text))))
    return sure or not words().told.search(text)


def _is_one(text: str, *, quote_follows: bool, colon: bool, verb: bool, address: bool, clock: bool) -> bool:
    known = words()
    date = bool(DATE.search(text))
    if quote_follows and colon and address and (clock or date or known.quoting.match(text)):
        return True
    dated = _DATED_TAIL.search(text) if clock and date else None
    if dated and ends_with_verb(text[: dated.start()]):
        return True
    if not (quote_follows or address or author_without_brackets(text).name):
        return False  # "Le 3 mars à 14:30, votre service a écrit :"
    if verb:
        if colon and (address or (clock and known.opener.match(text))):
            return address or date or bool(known.opener.match(text))
        if clock and address and date:
            return True
        return quote_follows and (colon or clock or address or date) and len(text) < 200
    if colon and (clock or date) and _has_verb(text, quote_follows=quote_follows):
        return quote_follows or address or (clock and date and bool(known.opener.match(text)))
    enough = (clock or date) if quote_follows else (clock and date and colon)
    return enough and bool(_ENDS_WITH_ADDRESS.search(text))


def _has_verb(text: str, *, quote_follows: bool) -> bool:
    """ "schrieb Ann Old <…>:", but not "… a écrit à la direction :"."""
    verbs = list(words().wrote_somewhere.finditer(text))
    if not verbs:
        return False
    tail = fold(text[verbs[-1].end() :].strip(" :：*_"))
    said = tail.isascii() and text[verbs[-1].end() :].islower() and not _HINT.search(tail)
    return quote_follows or not said


def ends_with_verb(text: str) -> bool:
    """ "… a écrit :", "…wrote:", with or without the colon."""
    ending = fold(text[-_ENDING:]).rstrip(" :：,;.*_-")
    verbs = words().wrote.get(ending[-1:], ())
    if not ending.endswith(verbs):
        return False
    verb = next(verb for verb in verbs if ending.endswith(verb))
    # Chinese and Japanese put no space between words.
    return verb >= "\u2e80" or not ending.removesuffix(verb)[-1:].isalnum()


def languages_of(text: str) -> frozenset[str]:
    """Those of the verb of an attribution."""
    known = words().wrote_languages
    verbs = [fold(found.group()) for found in words().wrote_somewhere.finditer(text)]
    return frozenset().union(*(known.get(verb, frozenset()) for verb in verbs))
