"""Links, domains and mail addresses, as disguises.plain shows them.

Every name with a dot that a program could take for a host counts, of whatever top-level domain: new ones come each
month, and a list of them would be one of those that an attacker has not used. Source: RFC 3986 (URI), RFC 3492
(Punycode), RFC 5890 (A-labels), RFC 5322 section 3.4.1 (addresses).
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

from repondeur.policy.claims.canonical import FILLER, Canonical
from repondeur.policy.claims.claim import Claim, unbroken, without
from repondeur.policy.claims.disguises import SURE_TLDS

_LABEL: Final = r"[^\W_][\w-]{0,62}"
_HOST: Final = rf"(?:{_LABEL}\.){{1,10}}(?:xn--[a-z0-9-]{{1,59}}|[^\W\d_]{{2,24}})(?![^\W_])\.?"
_SCHEMES: Final = (
    "mailto|skype|sip|sips|xmpp|javascript|vbscript|data|file|ftp|blob|about|intent|"
    "market|magnet|bitcoin|ethereum|litecoin|monero|ws|wss|ssh|ms-[a-z]{2,12}|whatsapp|tg|slack|view-source|h[tx*]{2}ps?"
)
# A link of Markdown goes on behind its label: "[host/path](https://host/path)".
_SIGN: Final = r"(?:[^\s<>\"\x01`\]]|\](?!\())"
_REST: Final = rf"{_SIGN}*"
_URL: Final = re.compile(
    rf"(?:\b(?:[a-z][a-z0-9+.*-]{{1,20}}:[/\\]{{1,3}}|h[tx*]{{2}}ps?\b(?!:))|(?<![\w/])//(?=[^\W_])){_REST}"
)
_SCHEMED: Final = re.compile(rf"\b(?:{_SCHEMES}):(?=[^\s\x01]){_REST}")
_COLON: Final = re.compile(r":[^\s\x01]")
# A dash or dots before a host are none of its characters, as in "see—corp.example", "see...corp.example".
_DOMAIN: Final = re.compile(
    rf"(?<![^\W_])(?<!@)(?<![^\W_][.-])(?:www\.{_SIGN}{{1,64}}|{_HOST}(?::\d{{1,5}})?(?:[/?#]{_REST})?)"
)
_ADDRESS: Final = re.compile(
    rf"(?<![^\s<>()\[\]\",;:\x01])([^\s@<>()\[\]\",;:\x01]{{1,64}})@(\[[^\]\s]{{1,60}}\]|{_HOST}|[\w.-]{{1,80}})"
)
# Somewhere else to write to or to be found, which is what an address is for, however it goes on.
_CHANNELS: Final = (
    "telegram", "whatsapp", "wechat", "discord", "viber", "snapchat", "tiktok", "messenger", "instagram", "facebook",
    "linkedin", "twitter", "skype", "gmail", "hotmail", "protonmail", "arobas", "at sign", "at-sign", "a commercial",
    "signal", "yahoo", "outlook",
)  # fmt: skip
_CHANNEL: Final = re.compile(
    rf"\b(?:{'|'.join(_CHANNELS[:-3])})\w{{0,2}}\b"
    r"|\b(?<![\w-])(?:on|sur|via|by|par|over|at|chez|to|a|add)[ :]{1,2}(?:signal|yahoo|outlook)\b(?! \w)"
)
_HANDLE: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,60}@(?!\w)|@[\w.-]{1,60}|\[?(?<![\w:.])[0-9a-f:]{0,39}::[0-9a-f:.]{0,39}\]?"
)
# A target in the way of Markdown, whatever it looks like; and what HTML makes a link or a picture of.
_MARKUP: Final = re.compile(
    r"!\[[^\]\n]{0,300}\]\s?[(\[][^)\]\n]{0,300}[)\]]|\]\((?!(?:mailto:)?\x01+\)|tel:[+\d(). -]{6,30}\))[^)\n]{1,300}\)"
    r"|^\s{0,3}\[[^\]\n]{1,80}\]:\s{0,3}[^\s\x01]\S{0,300}"
    r"|</?(?:a|img|script|iframe|form|svg|style|link|meta|object|embed|base|input|video|audio|source|area)\b[^>\n]{0,300}"
    r"|\bsrc\s?=|\bhref\s?=|url\(",
    re.MULTILINE,
)
# "corp/com", where it is no path of a host.
_SLASHED: Final = re.compile(rf"(?<![\w./@-])[\w-]{{2,63}}/(?:{SURE_TLDS})\b")
# Letters with dots between them are no hosts, nor are files, nor what ends in a short word that is no top-level domain.
_SHORTS: Final = re.compile(r"(?:[^\W_]\.){1,8}[^\W_]\.?|p\.ex\.?|(?:[^\W_]{1,2}\.)?-?(?:etc|ex|env|min|max)\.?")
_FILE: Final = re.compile(r"[\w-]{1,60}\.(?:pdf|docx?|xlsx?|csv|txt|jpe?g|png|gif|xml|json|odt|ods|pptx?)")
# A dot inside of what stands between spaces, where alone a host can be.
_INNER_DOT: Final = re.compile(r"\.(?=[^\s\x01])")
_KINDS: Final[tuple[tuple[re.Pattern[str], Literal["link", "address"], tuple[str, ...] | re.Pattern[str]], ...]] = (
    (_ADDRESS, "address", ("@",)),
    (_URL, "link", (":/", ":\\", "//", "http", "hxxp", "h**p", "htxp", "hxtp")),
    (_SCHEMED, "link", _COLON),
    (_DOMAIN, "link", (".",)),
    (_HANDLE, "address", ("@", "::")),
    (_CHANNEL, "address", _CHANNELS),
    (_SLASHED, "link", re.compile(rf"/(?:{SURE_TLDS})\b")),
    (_MARKUP, "link", ("](", "][", "]:", "<", "=", "url(")),
)
_TRAILING: Final = ".,;:!?'\")]}>»*_"


def links(text: Canonical) -> Iterator[Claim]:
    """All links, hosts, addresses and handles of a text that disguises.plain made."""
    left = text.text
    for pattern, kind, needs in _KINDS:
        if not (needs.search(left) if isinstance(needs, re.Pattern) else any(sign in left for sign in needs)):
            continue
        found = []
        parts = unbroken(left, _INNER_DOT) if pattern is _DOMAIN else ((0, len(left)),)
        for hit in (hit for part in parts for hit in pattern.finditer(left, *part)):
            begin, end = hit.span()
            if pattern is not _MARKUP and pattern is not _ADDRESS:
                end -= len(hit.group()) - len(hit.group().rstrip(_TRAILING))
            if pattern is _DOMAIN and _is_abbreviation(left[begin:end]):
                continue
            key = _key_of(text.exact[begin:end], kind) if pattern is not _MARKUP else left[begin:end]
            found.append(Claim(kind, key, begin, end))
        yield from found
        if pattern is not _MARKUP:
            left = without(left, found)


def _is_abbreviation(text: str) -> bool:
    return bool(_SHORTS.fullmatch(text) or _FILE.fullmatch(text))


def _key_of(exact: str, kind: str) -> str:
    exact = exact.replace(FILLER, "")
    if kind == "address":
        local, _, host = exact.rpartition("@")
        return f"{local.lower()}@{host_key(host)}"
    scheme, colon, rest = exact.partition(":")
    scheme, front = scheme.lower(), ""
    if colon and rest[:1] in {"/", "\\"} and scheme[:1] == "h":
        front, exact = f"http{'s' if scheme.endswith('s') else ''}://", rest
    elif colon and not rest[:1].isdigit() and "." not in scheme and "/" not in scheme:
        if scheme == "mailto":
            return _key_of(rest.partition("?")[0], "address") if "?" not in rest else exact
        return exact
    exact = exact.lstrip("/\\")
    cut = min((exact.find(sign) for sign in "/?#\\" if sign in exact), default=len(exact))
    host, path = exact[:cut], exact[cut:]
    return f"{front}{host_key(host)}{path.rstrip('/')}"


def host_key(host: str) -> str:
    """A host name in A-labels, without a last dot. What is no host stays as it is.

    >>> host_key("WWW.Bücher.example.")
    'www.xn--bcher-kva.example'
    """
    labels = unicodedata.normalize("NFKC", host.lower()).strip(".").split(".")
    return ".".join(_a_label(label) for label in labels)


def _a_label(label: str) -> str:
    if label.isascii() or len(label) > 63:
        return label
    return "xn--" + label.encode("punycode", "ignore").decode("ascii")


def host_of(key: str) -> str:
    """The host of a link's or an address's key."""
    return re.split(r"[/?#\\]", key.rpartition("://")[2].rpartition("@")[2], maxsplit=1)[0]


def same_links(key: str) -> tuple[str, ...]:
    """The keys of all links that go where this one goes: with its scheme or without; where it has none, also by https.

    >>> same_links("https://corp.example/help"), same_links("corp.example")
    (('https://corp.example/help', 'corp.example/help'), ('corp.example', 'https://corp.example'))
    """
    scheme, sign, rest = key.partition("://")
    return (key, rest) if sign else (key, f"https://{scheme}")
