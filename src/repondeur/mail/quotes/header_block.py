"""The header of an old mail, copied into a new one: "De : … Envoyé : … À : … Objet : …"."""

import re
from dataclasses import dataclass

from repondeur.mail.address import parse_addresses
from repondeur.mail.message import Address
from repondeur.mail.quotes import ROLES, Role, fold, without_bidi, words

_QUOTE_MARK = re.compile(r"[ \t]*(?:>[ \t]?)+")
_MAX_LINES = 40
_MAX_LABELS = 14
_AUTHOR: frozenset[Role] = frozenset(("from",))
_LONGEST_LABEL = 40
_DECORATION = " \t\u00a0\u202f\ufeff*_|"
_AFTER_LABEL = f"{_DECORATION}:："
_MAILTO = re.compile(r"\[mailto:[^\]]*\]|<mailto:[^>]*>", re.IGNORECASE)
_ANGLED_MAILTO = re.compile(r"<mailto:([^>\s]+)>", re.IGNORECASE)
_BRACKETED_MAILTO = re.compile(r"\[mailto:([^\]\s]+)\]", re.IGNORECASE)
_CLOCK = re.compile(r"(?<!\d)\d{1,2}\s?[:.hH：時时]\s?\d{2}(?!\d)")
# "Message du 03/11/26 14:05", as La Poste and Orange write it.
_DATED = re.compile(r"[\s*]*([^\W\d_][^\d:：<>@]{2,24}?)\s(?=\d{1,2}[/.-]\d)")
_OTHER_LABEL = re.compile(r"[^\W\d_][^:：<>@\n]{1,29}[:：](?:\s|$)")
_FULL_LINE = 60  # characters: a value may go on below such a line
# Written on the way; no mail program copies them into an answer, people paste them.
_TRACE = re.compile(
    r"(?:Return-Path|Received(?:-SPF)?|Delivered-To|DKIM-Signature|Authentication-Results): ", re.IGNORECASE
)
_NAMED = re.compile(r"([^<>]*[^<>\s])\s*<\s?(?:mailto:)?[^<>\s]+@[^<>\s]+>")
_YEAR = re.compile(r"(?<!\d)20\d{2}(?!\d)")
_QUOTES = ('""', "„”", "„“", "“”", "«»")


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """values: what stands behind the first label of each role. end: the line after it. languages: of its labels."""

    values: dict[Role, str]
    end: int
    languages: frozenset[str]

    @property
    def author(self) -> Address:
        return read_author(self.values.get("from", ""))


def unquoted(line: str) -> str:
    """Without its quote marks."""
    found = _QUOTE_MARK.match(line)
    return line[found.end() :] if found else line


def header_block(lines: list[str], index: int, *, announced: bool = False) -> HeaderBlock | None:
    """The block that begins at lines[index], quoted or not.

    announced: a separator stands above it, so that two labels are enough. Otherwise it takes three, among them an
    author and a subject or an address, and an address or a time: people write "From: Paris, To: Lyon, Date: 3 March"
    and "De : Marie, À : Service clients, Objet : Résiliation" too.
    """
    values: dict[Role, str] = {}
    found: list[str] = []
    last: Role | None = None
    end = index
    position = index
    labels = 0
    if index >= len(lines):
        return None  # a separator may be the last line
    bare = announced and not read_label(unquoted(lines[index]))[0]
    while position < min(len(lines), index + _MAX_LINES) and labels < _MAX_LABELS:
        line = unquoted(lines[position])
        label, value = _bare_label(line) if bare else read_label(line)
        if "from" in values and words().roles.get(label) == _AUTHOR:
            break  # the next block
        if labels >= _MAX_LABELS // 2 and "from" not in values:
            return None
        if role := _role(label, values):
            values[role] = f"{values[role]}, {value}" if role in values else value
            last = role
            found.append(label)
            labels += 1
            end = position + 1
        elif not values:
            return None
        elif not line.strip():
            if not _label_follows(lines, position) or position > end:
                break
        elif last is not None and _continues(lines, position, last, values):
            wrapped = last == "subject" and len(lines[position - 1]) >= _FULL_LINE
            if not values[last] or wrapped or not _OTHER_LABEL.match(line):
                values[last] = f"{values[last]} {line.strip()}".strip()
            end = position + 1
        else:
            break
        position += 1
    if not _enough(values, announced=announced and not bare):
        return None
    known = words().label_languages
    return HeaderBlock(values, end, frozenset.intersection(*(known[label] for label in found)))


def is_pasted(lines: list[str], index: int, end: int) -> bool:
    """Are the lines of this block a part of a whole header, which somebody shows?"""
    return any(_TRACE.match(unquoted(line)) for line in lines[max(index - 1, 0) : end + 1])


def read_label(line: str) -> tuple[str, str]:
    """("objet", "Ma commande") of "Objet : Ma commande", stars and spaces taken off; ("", "") when it has none."""
    colon = min((place for mark in ":：\t" if (place := line.find(mark, 1, _LONGEST_LABEL)) > 0), default=-1)
    label = fold(line[: max(colon, 0)].strip(_DECORATION))
    if "/" in label and label not in words().roles:
        label = _one_of(label.split("/"))
    if label in words().roles:
        return label, line[colon + 1 :].strip(_AFTER_LABEL)
    dated = _DATED.match(line)
    label = fold(dated.group(1)) if dated else ""
    return (label, line[dated.end() :]) if dated and "date" in words().roles.get(label, ()) else ("", "")


def _one_of(labels: list[str]) -> str:
    """Of "From / De", the one with the fewest meanings; "" unless all are labels."""
    known = words().roles
    names = [label.strip(_DECORATION) for label in labels]
    return min(names, key=lambda name: len(known[name])) if all(name in known for name in names) else ""


def _bare_label(line: str) -> tuple[str, str]:
    """ "De "Jean Petit" <jean@petit.example>": eM Client forgoes the colons."""
    first, _, rest = line.strip().partition(" ")
    second, _, value = rest.partition(" ")
    if value and fold(f"{first} {second}") in words().roles:
        return fold(f"{first} {second}"), value.strip()
    return (fold(first), rest.strip()) if rest and fold(first) in words().roles else ("", "")


def _role(label: str, seen: dict[Role, str]) -> Role | None:
    """ "De" is an author in French, "Do" a recipient in Polish: the first meaning that is still free."""
    meanings = words().roles.get(label, frozenset())
    free = next((role for role in ROLES if role in meanings and role not in seen), None)
    return free or ("cc" if meanings & {"cc", "to"} else None)


def _label_follows(lines: list[str], position: int) -> bool:
    return position + 1 < len(lines) and bool(read_label(unquoted(lines[position + 1]))[0])


def _continues(lines: list[str], position: int, last: Role, values: dict[Role, str]) -> bool:
    """A wrapped value: it is indented, or the value before is unfinished, or another label follows."""
    line = unquoted(lines[position])
    if line.endswith((":", "：")):
        return not values[last]
    if _OTHER_LABEL.match(line) and any(_label_follows(lines, position + more) for more in range(3)):
        return True
    if last == "date" and values["date"]:
        return False
    if last == "from" and values[last] and line.endswith((".", "!", "?")):
        return False
    if not values[last] or _label_follows(lines, position):
        return True
    if last == "subject":
        return False
    return values[last].rstrip().endswith((",", ";")) or (line.lstrip().startswith("<") and "@" in line)


def _enough(values: dict[Role, str], *, announced: bool) -> bool:
    if announced:
        return len(values) >= 2 and bool(values.keys() & {"from", "subject"})
    if "from" not in values:
        return False
    if len(values) == 2:  # as some telephones write it
        return bool(_NAMED.fullmatch(values["from"]) and _YEAR.search(values.get("date", ""))) and _timed(values)
    if len(values) < 2:
        return False
    if not (values.keys() & {"subject", "to"} or any(map(str.isdigit, values.get("date", "")))):
        return False
    addressed = "@" in values.get("to", "") and ("subject" in values or _timed(values))
    return "@" in values["from"] or addressed or ("subject" in values and _timed(values))


def _timed(values: dict[Role, str]) -> bool:
    return bool(_CLOCK.search(values.get("date", "")))


def read_author(value: str) -> Address:
    """Whom a block names: "NAME <ADDRESS>", "NAME [mailto:ADDRESS]", "NAME<mailto:…> <ADDRESS> on behalf of …".

    The name as it stands there: a block has no comments and no escapes; Exchange names people "DUPONT Jean (DSI)".
    """
    text = without_bidi(value).strip().strip("*_ ;；")
    text = words().behalf.split(text)[0]
    if "<" not in _MAILTO.sub("", text):
        text = _BRACKETED_MAILTO.sub(r"<\1>", text)
    bare = _MAILTO.sub("", text)
    text = (bare if "@" in bare else _ANGLED_MAILTO.sub(r"<\1>", text)).replace("*", "")
    addresses = parse_addresses(text, 5).addresses
    if not addresses:
        return Address(text.strip()[:300], "")
    first = addresses[0]
    if "@" not in first.address:
        return Address((first.name or text).strip()[:300], "")
    named = _NAMED.match(text)
    return Address(_as_shown(named.group(1)) if named else first.name, first.address)


def _as_shown(name: str) -> str:
    name = name.strip()
    return (name[1:-1].strip() if len(name) > 2 and name[0] + name[-1] in _QUOTES else name)[:300]
