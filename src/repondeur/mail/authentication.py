"""Authentication-Results: what a receiving server found out about a mail (RFC 8601), and which of it may be believed.

Anybody can put such a field into a mail, and much of what an honest one holds was written by a stranger: addresses,
domains, comments. So only fields of our own server count (RFC 8601, 5), and a pass needs all that could speak against
it to be silent.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from repondeur.mail.fields import UNREADABLE
from repondeur.mail.header_encoding import wire_domain

Dmarc = Literal["pass", "fail", "none"]

# Exchange Online writes its results without naming itself (Microsoft Learn, "Anti-spam message headers in Microsoft
# 365"), so there is no id to compare: with this one, the topmost field of all counts, if it names no server either.
MICROSOFT_365: Final = "microsoft365"

LONGEST: Final = 8000  # characters; honest ones have some hundred

_COMMENT_PIECE = re.compile(r"[^()\\]+|\\.?|[()]", re.DOTALL)
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|\\.?|[();=]|\s+|[^\s();="\\]+', re.DOTALL)
# What a result of DMARC looks like to a reader for whom no quote and no comment is open.
_BLANK = r"\s{0,99}(?:\([^()]{0,200}\)\s{0,99}){0,3}"
_SAYS_FAIL = re.compile(rf";{_BLANK}dmarc{_BLANK}(?:/\s{{0,9}}1{_BLANK})?={_BLANK}\"?fail\b", re.IGNORECASE)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One result: "dmarc", "pass", and its properties, e.g. ("header.from", "example.org"), in order. Method, result
    and names in lower case; values as they are, without quotes."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(value for found, value in self.properties if found == name)


@dataclass(frozen=True, slots=True)
class AuthenticationResults:
    """One field. server: its authserv-id in lower case, "" where it names none. results: () for "none". sound: every
    comment and quote in it is closed, nothing is escaped outside of them and every octet could be read, so that all
    readers see the same results.
    says_fail: whether it reads somewhere as a DMARC that failed, be it within what a stranger has quoted."""

    server: str
    results: tuple[MethodResult, ...] = ()
    sound: bool = True
    says_fail: bool = False


def read_results(value: str) -> AuthenticationResults:
    """An unfolded field value, as servers really write it: comments anywhere, values of any characters, properties
    without a type, a missing id, a semicolon too many. Never raises; of a value over LONGEST characters only the
    beginning is read, and that is not sound."""
    pieces, sound = _without_comments(value[:LONGEST])
    segments = list(_segments(pieces))
    # Exchange Online begins with a result; Yahoo has a property, and no semicolon, behind its name.
    begun = [piece for piece in segments[0] if not piece.isspace()][:2]
    nameless = begun[1:] == ["="]
    server = "" if nameless or not begun else _unquoted(begun[0])
    stated = segments if nameless else segments[1:]
    results = tuple(found for segment in stated if (found := _result(segment)))
    sound = sound and len(value) <= LONGEST and UNREADABLE not in value
    return AuthenticationResults(server.lower().rstrip("."), results, sound, _SAYS_FAIL.search(value) is not None)


def dmarc_of(fields: Sequence[str], authserv_id: str, domain: str) -> Dmarc:
    """What our own server says of a mail whose author is of `domain` (RFC 7489, 11).

    fields: values of Authentication-Results, topmost first. authserv_id: of our server, MICROSOFT_365, or "" to believe
    none. A server writes on top of what a mail brings along, so the topmost field of ours decides:
    pass   it says so for this very domain, and nothing of ours anywhere says otherwise;
    fail   the topmost of ours that speaks of DMARC says that it failed, or one above it does as soon as no quote and no
           comment counts: senders choose some of the values, and with them what they hide;
    none   anything else: no result, an error, a pass for another domain, a field that can be read in two ways.
    """
    ours = list(_ours(fields, authserv_id.strip().lower().rstrip(".")))
    said = [results for field in ours if (results := [one for one in field.results if one.method == "dmarc"])]
    if any(field.says_fail for field in _down_to_dmarc(ours)):
        return "fail"
    if not said:
        return "none"
    if any(one.result == "fail" for one in said[0]):
        return "fail"
    topmost_speaks = any(one.method == "dmarc" for one in ours[0].results)
    agreed = all(_passes(one, domain) for results in said for one in results)
    return "pass" if topmost_speaks and agreed and ours[0].sound else "none"


def _down_to_dmarc(fields: Sequence[AuthenticationResults]) -> Iterator[AuthenticationResults]:
    for field in fields:
        yield field
        if any(one.method == "dmarc" for one in field.results):
            return


def states_dmarc(fields: Sequence[str], authserv_id: str) -> bool:
    """Whether our own server says anything of DMARC."""
    ours = _ours(fields, authserv_id.strip().lower().rstrip("."))
    return any(one.method == "dmarc" for field in ours for one in field.results)


def _ours(fields: Sequence[str], authserv_id: str) -> Iterator[AuthenticationResults]:
    if not authserv_id:
        return
    if authserv_id == MICROSOFT_365:
        topmost = [read_results(value) for value in fields[:1]]
        yield from (field for field in topmost if not field.server and field.results)
        return
    for value in fields:
        field = read_results(value)
        if field.server == authserv_id:
            yield field


def _passes(result: MethodResult, domain: str) -> bool:
    """For this domain: a pass of another one says nothing of our author."""
    checked = result.values("header.from")
    wanted = wire_domain(domain) if domain else None
    return (
        result.result == "pass"
        and wanted is not None
        and len(checked) > 0
        and all(wire_domain(value.rpartition("@")[2].strip()) == wanted for value in checked)
    )


def _without_comments(value: str) -> tuple[list[str], bool]:
    """The pieces outside of comments, a blank for each comment; and whether comments and quotes are all closed."""
    pieces: list[str] = []
    depth = position = 0
    sound = True
    while position < len(value):
        found = (_COMMENT_PIECE if depth else _PIECE).match(value, position)
        assert found is not None, "each pattern takes any character"
        position = found.end()
        piece = found.group()
        if depth:
            depth += (piece == "(") - (piece == ")")
        elif piece == "(":
            depth = 1
            pieces.append(" ")
        elif piece == ")":
            sound = False
        else:
            sound &= not piece.startswith("\\") and not (piece.startswith('"') and not _closed(piece))
            pieces.append(piece)
    return pieces, sound and not depth


def _closed(quoted: str) -> bool:
    body = quoted[1:]
    return body.endswith('"') and (len(body) - len(body[:-1].rstrip("\\"))) % 2 == 1


def _segments(pieces: Sequence[str]) -> Iterator[list[str]]:
    segment: list[str] = []
    for piece in pieces:
        if piece == ";":
            yield segment
            segment = []
        else:
            segment.append(piece)
    yield segment


def _result(segment: Sequence[str]) -> MethodResult | None:
    """None for "none", and for what states no result."""
    pairs = list(_pairs(segment))
    if not pairs:
        return None
    (method, result), *properties = pairs
    return MethodResult(method.partition("/")[0], result.lower(), tuple(properties))


def _pairs(segment: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every "name = value" in it; white space may stand around the sign, none inside a value."""
    name, value = "", ""
    state = "name"  # then "sign": a name and white space were read; "before": the sign was; "value"
    for piece in segment:
        blank = piece.isspace()
        if state == "value" and not blank:
            value += _unquoted(piece)
        elif state == "value":
            yield name, value
            name, value, state = "", "", "name"
        elif state == "before" and not blank:
            value, state = _unquoted(piece), "value"
        elif piece == "=":
            state = "before" if name else state
        elif state == "sign" and not blank:
            # "header . from" and "dmarc / 1" are one name each (RFC 8601, 2.2).
            joined = name[-1:] in "./" or piece[0] in "./"
            name, state = (name if joined else "") + _unquoted(piece).lower(), "name"
        elif state == "name":
            name, state = (name, "sign" if name else "name") if blank else (name + _unquoted(piece).lower(), "name")
    if name and state in ("value", "before"):
        yield name, value


def _unquoted(piece: str) -> str:
    if not piece.startswith('"'):
        return piece
    return _QUOTED_PAIR.sub(r"\1", piece[1:-1] if _closed(piece) else piece[1:])
