"""Links, domains and mail addresses, however they are disguised.

Every name with a dot that a program could take for a host counts, of whatever top-level domain: new ones come each
month, and a list of them would be one of those that an attacker has not used. Source: RFC 3986 (URI), RFC 3492
(Punycode), RFC 5890 (A-labels), RFC 5322 section 3.4.1 (addresses).
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

from repondeur.policy.claims.canonical import FILLER, Canonical
from repondeur.policy.claims.claim import Claim, without

# Where a host is only guessed, behind the word "point" or a dot and a space, its last name must be one of these; those
# that are words of French or English count behind "point" alone.
_TLDS: Final = (
    "com|net|org|fr|eu|example|exemple|invalid|io|biz|uk|ch|lu|nl|pt|ru|cn|tk|gg|cc|tv|pw|ws|ca|jp|xyz|icu|vip|website|"
    "zip|mov|mobi|bzh|gouv|gov|edu|onion|ai"
)
_WORDY_TLDS: Final = (
    rf"{_TLDS}|info|de|es|ly|us|in|top|app|dev|online|site|shop|store|club|live|link|click|help|support|tech|space|page|"
    "cloud|digital|email|bank|pay|finance|money|world|pro|name|asia|paris|co|me|be|it"
)
_BRACKETS: Final = "[({<"
# Each is looked for only where one of its signs stands.
_DISGUISES: Final = (
    (("%", "&"), ".", re.compile(r"%2e|&period;|&#46;|&#x2e;")),
    (("%", "&"), "/", re.compile(r"%2f|&sol;|&#47;|&#x2f;")),
    (("%", "&"), ":", re.compile(r"%3a|&colon;|&#58;|&#x3a;")),
    (("%", "&"), "@", re.compile(r"%40(?=[a-z])|&commat;|&#64;|&#x40;")),
    # "support at shop dot example": only before a host that was spelled out itself.
    (("dot",), "@", re.compile(r"(?<=[^\W_])\s{1,3}at\s{1,3}(?=[\w-]{1,63}\s{1,3}dot\s)")),
    (_BRACKETS, ".", re.compile(r"\s{0,3}[\[({<]\s{0,3}(?:\.|dot|point|punto|punkt|ponto)\s{0,3}[\])}>]\s{0,3}")),
    (("dot", "d0t"), ".", re.compile(r"(?<=[^\W_])[\s_-]{1,3}(?:dot|d0t)[\s_-]{1,3}(?=[^\W_])")),
    (
        ("point", "punto", "punkt"),
        ".",
        re.compile(rf"(?<=[^\W_])\s{{1,3}}(?:point|punto|punkt)\s{{1,3}}(?=(?:{_WORDY_TLDS})\b)"),
    ),
    ("·•", ".", re.compile(rf"(?<=[^\W_])[·•](?=(?:{_TLDS})\b)")),
    ((" .", "\n."), ".", re.compile(r"(?<=[^\W_])\s{1,3}\.\s{0,3}(?=[^\W_])")),
    ((". ", ".\n"), ".", re.compile(rf"\.(?<=[^\W_]\.)\s{{1,3}}(?=(?:{_TLDS})\b)")),
    ((".\n", ".\r"), ".", re.compile(r"\.(?<=[^\W_]\.)[\n\r]{1,2}(?=[^\W_]{2,24}/)")),
    (
        _BRACKETS,
        "@",
        re.compile(r"\s{0,3}[\[({<]\s{0,3}(?:@|at|arobase|arobas|chez|a)\s{0,3}[\])}>]\s{0,3}"),
    ),
    (("arobas", "at sign", "at-sign"), "@", re.compile(r"\s{1,3}(?:arobase|arobas|at sign|at-sign)\s{1,3}")),
    (("@",), "@", re.compile(r"\s{0,3}@\s{0,3}(?=[^\W_])")),
    (("slash", "oblique"), "/", re.compile(r"\s{1,3}(?:slash|forward slash|barre oblique)\s{1,3}")),
    (
        ("http", "//"),
        "",
        re.compile(r"(?<=[:/])\s{1,3}(?=/)|(?<=\bhttps)\s{1,3}(?=:)|(?<=\bhttp)\s{1,3}(?=:)|(?<=://)\s{1,3}"),
    ),
)
_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST: Final = rf"(?:{_LABEL}\.){{1,10}}(?:xn--[a-z0-9-]{{1,59}}|[^\W\d_]{{2,24}})(?![\w-])\.?"
_SCHEMES: Final = (
    "mailto|skype|sip|sips|xmpp|javascript|vbscript|data|file|ftp|blob|about|intent|"
    "market|magnet|bitcoin|ethereum|litecoin|monero|ws|wss|ssh|ms-[a-z]{2,12}|whatsapp|tg|slack|view-source|h[tx*]{2}ps?"
)
_URL: Final = re.compile(
    rf"(?:\b(?:[a-z][a-z0-9+.*-]{{1,20}}:[/\\]{{1,3}}|(?:{_SCHEMES}):(?=[^\s\x01]))|(?<![\w:/])//(?=[^\W_]))"
    r"[^\s<>\"\x01]*"
)
_DOMAIN: Final = re.compile(
    rf"(?<![\w@.-])(?:www\.[^\s<>\"\x01]{{1,64}}|{_HOST}(?::\d{{1,5}})?(?:[/?#][^\s<>\"\x01]*)?)"
)
_ADDRESS: Final = re.compile(
    rf"(?<![^\s<>()\[\]\",;:\x01])([^\s@<>()\[\]\",;:\x01]{{1,64}})@(\[[^\]\s]{{1,60}}\]|{_HOST}|[\w.-]{{1,80}})"
)
_HANDLE: Final = re.compile(r"@[\w.-]{1,60}|\[?(?<![\w:.])[0-9a-f:]{0,39}::[0-9a-f:.]{0,39}\]?")
# A target in the way of Markdown, whatever it looks like; and what HTML makes a link or a picture of.
_MARKUP: Final = re.compile(
    r"!\[[^\]\n]{0,300}\]\s?[(\[][^)\]\n]{0,300}[)\]]|\]\((?!\x01+\))[^)\n]{1,300}\)|^\s{0,3}\[[^\]\n]{1,80}\]:\s{0,3}[^\s\x01]\S{0,300}"
    r"|</?(?:a|img|script|iframe|form|svg|style|link|meta|object|embed|base|input|video|audio|source|area)\b[^>\n]{0,300}"
    r"|\bsrc\s?=|\bhref\s?=|url\(",
    re.MULTILINE,
)
# Letters with dots between them are no hosts, nor are files.
_SHORTS: Final = re.compile(r"(?:[^\W_]\.){1,8}[^\W_]{1,2}\.?|(?:[^\W_]{1,2}\.)?-?(?:etc|ex|env|min|max|tel|art|no)\.?")
_FILE: Final = re.compile(r"[\w-]{1,60}\.(?:pdf|docx?|xlsx?|csv|txt|jpe?g|png|gif|xml|json|odt|ods|pptx?)")
# What stands between spaces with a dot inside it, where alone a host can be.
_WITH_DOT: Final = re.compile(r"(?<![^\s\x01])[^\s.\x01]*+\.[^\s\x01]++")
_KINDS: Final[tuple[tuple[re.Pattern[str], Literal["link", "address"], tuple[str, ...]], ...]] = (
    (_ADDRESS, "address", ("@",)),
    (_URL, "link", (":", "//")),
    (_DOMAIN, "link", (".",)),
    (_HANDLE, "address", ("@", "::")),
    (_MARKUP, "link", ("](", "][", "]:", "<", "=", "url(")),
)
_TRAILING: Final = ".,;:!?'\")]}>»*_"


def plain(text: Canonical) -> Canonical:
    """With dots, at signs and slashes where they were spelled, escaped or bracketed."""
    for needs, by, pattern in _DISGUISES:
        if any(sign in text.text for sign in needs):
            text = text.replaced(pattern, by)
    return text


def links(text: Canonical) -> Iterator[Claim]:
    """All links, hosts, addresses and handles of a text that `plain` made."""
    left = text.text
    for pattern, kind, needs in _KINDS:
        if not any(sign in left for sign in needs):
            continue
        found = []
        parts = _WITH_DOT.finditer(left) if pattern is _DOMAIN else (None,)
        for hit in (hit for part in parts for hit in pattern.finditer(left, *(part.span() if part else ()))):
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
        return f"{local}@{host_key(host)}"
    scheme, colon, rest = exact.partition(":")
    if colon and rest[:1] in {"/", "\\"} and scheme[:1] == "h":
        scheme, exact = "", rest
    elif colon and not rest[:1].isdigit() and "." not in scheme and "/" not in scheme:
        if scheme == "mailto":
            return _key_of(rest.partition("?")[0], "address") if "?" not in rest else exact
        return exact
    exact = exact.lstrip("/\\")
    cut = min((exact.find(sign) for sign in "/?#\\" if sign in exact), default=len(exact))
    host, path = exact[:cut], exact[cut:]
    return f"{host_key(host)}{path.rstrip('/')}"


def host_key(host: str) -> str:
    """A host name in A-labels, without "www" and a last dot. What is no host stays as it is.

    >>> host_key("WWW.Bücher.example.")
    'xn--bcher-kva.example'
    """
    labels = unicodedata.normalize("NFKC", host.lower()).strip(".").split(".")
    if len(labels) > 2 and labels[0] == "www":
        labels = labels[1:]
    return ".".join(_a_label(label) for label in labels)


def _a_label(label: str) -> str:
    if label.isascii() or len(label) > 63:
        return label
    return "xn--" + label.encode("punycode", "ignore").decode("ascii")


def host_of(key: str) -> str:
    """The host of a link's or an address's key."""
    return re.split(r"[/?#\\]", key.rpartition("@")[2], maxsplit=1)[0]
