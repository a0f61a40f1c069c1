"""The query options of OData that Graph takes for mail: read strictly, and carried out. Pure."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from tests.support.graph.failures import bad_request, not_played, unknown_property, unparsable

Json = dict[str, Any]

MESSAGE = (
    "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "receivedDateTime", "sentDateTime",
    "hasAttachments", "internetMessageId", "subject", "bodyPreview", "importance", "parentFolderId", "conversationId",
    "conversationIndex", "isDeliveryReceiptRequested", "isReadReceiptRequested", "isRead", "isDraft", "webLink",
    "inferenceClassification", "body", "sender", "from", "toRecipients", "ccRecipients", "bccRecipients", "replyTo",
    "flag",
)  # fmt: skip
ONLY_SELECTED = ("internetMessageHeaders", "uniqueBody")
FOLDER = ("id", "displayName", "parentFolderId", "childFolderCount", "unreadItemCount", "totalItemCount", "isHidden",
          "sizeInBytes")  # fmt: skip

TIMES = {"receivedDateTime", "sentDateTime", "createdDateTime", "lastModifiedDateTime"}
TRUTHS = {"isRead", "isDraft", "hasAttachments"}
TEXTS = {"conversationId", "internetMessageId", "subject", "importance", "parentFolderId", "displayName",
         "from/emailAddress/address"}  # fmt: skip

_COMPARISON = re.compile(r"^([A-Za-z/]+)\s+(eq|ne|ge|gt|le|lt)\s+(.+)$")
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$")


@dataclass(frozen=True)
class Comparison:
    name: str
    operator: str
    value: Any


def options(query: str, allowed: Iterable[str]) -> dict[str, str]:
    """The options of a query string by name, only allowed ones. GraphError 400 on others and on repeats."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in found:
            raise unparsable(
                f"Query option '{name}' was specified more than once, but it must be specified at most once."
            )
        if name not in allowed:
            raise unparsable(f"The query parameter '{name}' is not supported.")
        found[name] = value
    return found


def selected(
    given: str | None, usual: tuple[str, ...], more: tuple[str, ...] = (), kind: str = "message"
) -> tuple[str, ...]:
    """The names of $select, as they are written, id always among them; usual when there is none."""
    if given is None:
        return usual
    names = [name.strip() for name in given.split(",")]
    for name in names:
        if name not in {*usual, *more}:
            raise unknown_property(name, kind)
    return tuple(dict.fromkeys(("id", *names)))


def comparisons(given: str | None, known: set[str]) -> list[Comparison]:
    """A $filter of comparisons joined by `and`."""
    if not given:
        return []
    return [_comparison(part.strip(), known) for part in _split(given)]


def ordering(given: str | None, known: set[str]) -> list[tuple[str, bool]]:
    """$orderby as (name, descending)."""
    found = []
    for part in (given or "").split(",") if given else []:
        words = part.split()
        if not 1 <= len(words) <= 2 or (len(words) == 2 and words[1] not in {"asc", "desc"}):
            raise unparsable(f"Syntax error in '$orderby': {part}")
        if words[0] not in known:
            raise unknown_property(words[0])
        found.append((words[0], words[1:] == ["desc"]))
    return found


def check_efficient(filtered: list[Comparison], ordered: list[tuple[str, bool]]) -> None:
    """The rule of page "List messages": what is ordered by is in the filter too, first and in the same order."""
    if not filtered or not ordered:
        return
    names = [name for name, _ in ordered]
    if list(dict.fromkeys(row.name for row in filtered))[: len(names)] != names:
        raise bad_request("The restriction or sort order is too complex for this operation.", "InefficientFilter")


def matches(row: Json, filtered: list[Comparison]) -> bool:
    return all(_OPERATORS[one.operator](_value(row, one.name), one.value) for one in filtered)


def arranged(rows: list[Json], ordered: list[tuple[str, bool]]) -> list[Json]:
    for name, descending in reversed(ordered):
        rows = sorted(rows, key=lambda row: str(_value(row, name)), reverse=descending)
    return rows


def number(given: str | None, name: str, usual: int, most: int) -> int:
    if given is None:
        return usual
    if not given.isascii() or not given.isdigit() or not (0 if name == "$skip" else 1) <= int(given) <= most:
        raise bad_request(f"Invalid value '{given}' for {name} query option found.", "ErrorInvalidUrlQuery")
    return int(given)


def _split(given: str) -> list[str]:
    """The parts between `and`, which inside quotes is text."""
    parts, quoted, start = [], False, 0
    for at, sign in enumerate(given):
        quoted ^= sign == "'"
        if not quoted and given[at : at + 5] == " and ":
            parts.append(given[start:at])
            start = at + 5
    if quoted:
        raise unparsable("There is an unterminated string literal in '$filter'.")
    return [*parts, given[start:]]


def _comparison(part: str, known: set[str]) -> Comparison:
    if "(" in part.partition("'")[0] or " or " in part.partition("'")[0] or part.startswith("not "):
        raise not_played(f"$filter={part}")
    found = _COMPARISON.match(part)
    if not found:
        raise unparsable(f"Syntax error in '$filter': {part}")
    name, operator, literal = found.groups()
    if name.partition("/")[0] not in known:
        raise unknown_property(name)
    return Comparison(name, operator, _literal(name, literal.strip()))


def _literal(name: str, literal: str) -> Any:
    wrong = unparsable(f"A binary operator with incompatible types was detected for '{name}' and {literal}.")
    if name in TIMES:
        if not _TIME.match(literal):
            raise wrong
        return re.sub(r"\.0+Z$", "Z", literal)
    if name in TRUTHS:
        if literal not in {"true", "false"}:
            raise wrong
        return literal == "true"
    if name not in TEXTS:
        raise not_played(f"$filter on {name}")
    if not re.fullmatch(r"'(?:[^']|'')*'", literal):
        raise wrong
    return literal[1:-1].replace("''", "'")


def _value(row: Json, name: str) -> Any:
    value: Any = row
    for step in name.split("/"):
        value = (value or {}).get(step)
    return value


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda ours, given: ours == given,
    "ne": lambda ours, given: ours != given,
    "ge": lambda ours, given: ours >= given,
    "gt": lambda ours, given: ours > given,
    "le": lambda ours, given: ours <= given,
    "lt": lambda ours, given: ours < given,
}
