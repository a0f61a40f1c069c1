"""Address lists as the world writes them (RFC 5322 3.4, RFC 6854), read in one pass.

One loop over tokens, no recursion: comments nest by a counter. Every oddity that could let two readers see two
different addresses makes the result doubtful, because who gets an answer depends on it.
"""

import re
from dataclasses import dataclass, field

from repondeur.mail.headers import clean, decode_words
from repondeur.mail.message import Address

_TOKEN = re.compile(
    r"=\?[^?\s]{1,60}\?[bBqQ]\?(?:[^?\s]*|[^?<>\"]{0,500})\?="  # encoded word; malformed ones hold specials
    r'|"(?:[^"\\]|\\.)*"?'  # quoted string, perhaps never closed
    r"|\\.|[()<>,;:]|[^\s()<>,;:\"\\=]+|=|\s+",
    re.DOTALL,
)
_DOMAIN = re.compile(r"(?:[^\s@.,;:<>()\[\]\"\\]+\.)*[^\s@.,;:<>()\[\]\"\\]+\.?|\[[^\s\[\]]{1,80}\]")
_DOT_ATOM = re.compile(r"[^\s@.,;:<>()\[\]\"\\]+(?:\.[^\s@.,;:<>()\[\]\"\\]+)*")
_LOCAL = re.compile(r"[^\s@<>()\[\],;:\"\\]+|\"(?:[^\"\\@<>]|\\[^@])*\"")
# Characters that show nothing or turn the writing direction: no honest address has them.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
_ROUTE = re.compile(r"@[^:\s]{1,500}:")


@dataclass(frozen=True, slots=True)
class AddressList:
    """doubtful: it is not certain that every reader sees these addresses and no others."""

    addresses: tuple[Address, ...] = ()
    doubtful: bool = False


@dataclass(slots=True)
class _Mailbox:
    """What was read of one mailbox so far."""

    before: list[str] = field(default_factory=list)
    angle: list[str] | None = None
    comments: list[str] = field(default_factory=list)
    odd: bool = False

    @property
    def empty(self) -> bool:
        return self.angle is None and not "".join(self.before).strip()


def parse_addresses(value: str, limit: int = 200) -> AddressList:
    """The addresses of an unfolded field value, in order, at most `limit` of them; groups are opened.

    Names are decoded (RFC 2047); an address is never taken out of an encoded word. Never raises; linear.
    """
    found: list[Address] = []
    pieces, doubtful = _pieces(value)
    mailbox = _Mailbox()
    depth = 0  # of comments
    in_angle = False
    in_group = False
    for piece in pieces:
        if depth or piece == "(":
            if depth and (piece != ")" or depth > 1):
                mailbox.comments.append(piece)
            depth += (piece == "(") - (piece == ")")
            mailbox.odd |= in_angle
        elif piece == "<":
            mailbox.odd |= in_angle or mailbox.angle is not None
            mailbox.angle = [] if mailbox.angle is None else mailbox.angle
            in_angle = True
        elif piece == ">":
            mailbox.odd |= not in_angle
            in_angle = False
        elif in_angle and mailbox.angle is not None:
            mailbox.angle.append(piece)
        elif piece in ",;":
            doubtful |= _finish(mailbox, found, limit)
            mailbox = _Mailbox()
            in_group &= piece == ","
        elif piece == ":":
            # A group's name: what stood before is no address. A second colon, or one after an address, is odd.
            mailbox = _Mailbox(odd=in_group or mailbox.angle is not None or "@" in "".join(mailbox.before))
            in_group = doubtful = True
        else:
            # White space in an encoded word parts it for other readers.
            mailbox.odd |= (mailbox.angle is not None and not piece.isspace()) or (piece[:2] == "=?" and " " in piece)
            mailbox.before.append(piece)
    mailbox.odd |= bool(depth) or in_angle
    doubtful |= _finish(mailbox, found, limit)
    return AddressList(_with_addresses(found), doubtful or len(found) >= limit)


def _pieces(value: str) -> tuple[list[str], bool]:
    """Its tokens, and whether a quote in it is never closed: that counts for nothing then, so that what stands behind
    it is still read."""
    pieces: list[str] = _TOKEN.findall(_SPACES.sub(" ", value))
    if pieces and pieces[-1].startswith('"') and not _closed(pieces[-1]):
        return [*pieces[:-1], *_TOKEN.findall(pieces[-1][1:])], True
    return pieces, False


def _with_addresses(found: list[Address]) -> tuple[Address, ...]:
    """`Dupont, Jean <jean@example.fr>` without quotes: a name alone goes to the address that follows."""
    kept: list[Address] = []
    pending: list[str] = []
    for address in found:
        if not address.address:
            pending.append(address.name)
            continue
        kept.append(Address(", ".join([*pending, address.name]) if pending else address.name, address.address))
        pending = []
    return tuple(kept) or tuple(found)


def _finish(mailbox: _Mailbox, found: list[Address], limit: int) -> bool:
    """Adds what was read to `found`; says whether it is doubtful."""
    if len(found) >= limit:
        return True
    if mailbox.empty:
        return mailbox.odd
    spec = "".join(mailbox.before if mailbox.angle is None else mailbox.angle)
    name = "" if mailbox.angle is None else "".join(mailbox.before)
    address, certain = _addr_spec(spec)
    if mailbox.angle is None and not certain:
        name, address, certain = _loose(mailbox.before)
    found.append(Address(_name(name, mailbox.comments), address))
    return mailbox.odd or not certain


def _addr_spec(spec: str) -> tuple[str, bool]:
    """The address, and whether it is one beyond doubt."""
    bare = spec.strip()
    if route := _ROUTE.match(bare):
        return _addr_spec(bare[route.end() :])[0], False
    bare = re.sub(r"\s*([.@])\s*", r"\1", bare).removeprefix("mailto:")
    local, at, domain = bare.rpartition("@")
    if not at:
        return clean(bare)[:320], False
    address = clean(f"{_without_needless_quotes(local)}@{domain.lower().rstrip('.')}")[:320]
    certain = bool(_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)) and len(bare) <= 320
    return address, certain and not local.startswith("=?") and not _INVISIBLE.search(bare)


def _without_needless_quotes(local: str) -> str:
    """ "jean"@… and jean@… are one mailbox (RFC 5322 3.2.4), and have to compare as one."""
    if len(local) < 3 or local[0] != '"' or local[-1] != '"':
        return local
    said = re.sub(r"\\(.)", r"\1", local[1:-1])
    return said if _DOT_ATOM.fullmatch(said) else local


def _loose(tokens: list[str]) -> tuple[str, str, bool]:
    """No angle brackets, and not just an address: the last word with an @ is it, with doubt."""
    words = "".join(tokens).split()
    for index in range(len(words) - 1, -1, -1):
        if "@" in words[index].strip("@\"'[]"):
            name = " ".join(words[:index] + words[index + 1 :])
            return name, _addr_spec(words[index].strip("\"'[]"))[0], False
    return " ".join(words), "", False


def _name(text: str, comments: list[str]) -> str:
    """The display name; the comment of `jdoe@example.com (John Doe)` where there is no other."""
    joined = text.strip() or "".join(comments).strip()
    if (
        joined.startswith('"')
        and joined.endswith('"')
        and len(joined) > 1
        and '"' not in joined[1:-1].replace('\\"', "")
    ):
        joined = joined[1:-1]
    else:
        joined = joined.replace('"', "") if joined.count('"') % 2 == 0 else joined.strip('"')
    decoded = decode_words(re.sub(r"\\(.)", r"\1", joined))
    return _unquoted(_INVISIBLE.sub("", re.sub(r"\s+", " ", decoded)).strip())[:300].strip()


def _unquoted(name: str) -> str:
    """Without quotes around all of it, of either kind, and without one that has lost its other."""
    while len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name.strip("'\"").strip() if name.count('"') == 1 or name in ("'", '"') else name


def _closed(quoted: str) -> bool:
    body = quoted[1:]
    return body.endswith('"') and (len(body) - len(body[:-1].rstrip("\\"))) % 2 == 1
