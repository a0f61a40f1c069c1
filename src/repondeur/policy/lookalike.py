"""Does a domain, or a display name, pretend to be one of ours? Nothing here is proof: it makes a person look."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from repondeur.mail.header_encoding import wire_domain

# Letters of other scripts, and figures, that look like Latin ones in the fonts of mail programs (Unicode UTS #39).
_LIKE: Final = str.maketrans(
    {
        **dict(zip("авеёѕіїјкмнорстухһԁԛԝѡѵӏ", "abeesiijkmhopctyxhdqwwvl", strict=True)),
        **dict(zip("αβγεικνορτυχω", "abyeiknoptuxw", strict=True)),
        **dict(zip("ıłøđħŧɑɡɩʟ", "ilodhtagil", strict=True)),
        **dict(zip("0135", "oles", strict=True)),
        "i": "l",
        "|": "l",
    }
)
_TOGETHER: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SECOND_LEVEL: Final = frozenset({"ac", "asso", "co", "com", "gouv", "gov", "net", "org"})  # of ".co.uk", ".gouv.fr"
# What is put beside a name to make it look like a department of it.
_DEPARTMENTS: Final = frozenset(
    {
        "account", "accounts", "admin", "billing", "client", "clients", "compte", "contact", "facture", "group",
        "groupe", "help", "info", "login", "mail", "online", "pay", "sav", "secure", "security", "securite", "service",
        "services", "support", "team", "verify", "web",
    }
)  # fmt: skip
# Where everybody can have an address, a likeness tells nothing; names of RFC 2606 belong to nobody.
_EVERYBODYS: Final = frozenset(
    {
        "aol", "bbox", "bluewin", "example", "fastmail", "free", "gmail", "gmx", "googlemail", "hotmail", "icloud",
        "laposte", "live", "mac", "mail", "me", "msn", "numericable", "orange", "outlook", "pm", "proton",
        "protonmail", "sfr", "skynet", "tutanota", "videotron", "wanadoo", "web", "yahoo", "yandex", "ymail",
    }
)  # fmt: skip
_SHORTEST = 4  # letters of a name that another may be like
_SPELLED: Final = (
    (re.compile(r"\s*[\[({]\s*(?:at|arobase)\s*[\])}]\s*|\s+(?:at|arobase)\s+"), "@"),
    (re.compile(r"\s*[\[({]\s*(?:\.|dot|point)\s*[\])}]\s*|\s+(?:dot|point)\s+"), "."),
)
_NAMED = re.compile(r"[^\s@<>()\[\]\"',;:/|]{1,255}")
_ADDRESS = re.compile(r"[^\s@<>()\[\]\"',;:/|]{1,64}@[^\s@<>()\[\]\"',;:/|]{1,255}")


def resembles(domain: str, ours: Iterable[str]) -> str:
    """Which of our domains the foreign one looks like, "" for none. A domain below or above one of ours is not foreign.

    domain, ours: in lower case, U-labels or A-labels.
    """
    domains = sorted({one for one in map(_wired, ours) if "." in one})
    foreign = _wired(domain)
    if not foreign or any(is_within(foreign, one) or is_within(one, foreign) for one in domains):
        return ""
    return next((one for one in domains if _alike(foreign, one)), "")


def shows(name: str, addresses: Iterable[str], domains: Iterable[str]) -> str:
    """Which address or domain of ours a display name shows, however it is spelt; "" for none."""
    text = _plain(name)
    for pattern, sign in _SPELLED:
        text = pattern.sub(sign, text)
    text = re.sub(r"\s*([@.])\s*", r"\1", text) if "@" in text else text
    words = {_bones(word) for word in _NAMED.findall(text) if "." in word}
    whole = {_bones(address) for address in _ADDRESS.findall(text)}
    if shown := next((one for one in sorted(addresses) if _bones(one) in whole), ""):
        return shown
    for one in sorted(set(map(_wired, domains))):
        bones = _bones(_unicode(one))
        if "." in one and any(word.strip(".") == bones or word.strip(".").endswith("." + bones) for word in words):
            return one
    return ""


def is_within(domain: str, other: str) -> bool:
    """The same domain, or one below it."""
    return domain == other or domain.endswith("." + other)


def is_everybodys(domain: str) -> bool:
    """A mail provider for all, or a name of documentation."""
    return _parts(domain)[0] in _EVERYBODYS


def _alike(foreign: str, ours: str) -> bool:
    (name, ending), (our_name, our_ending) = _parts(_unicode(foreign)), _parts(_unicode(ours))
    # All of ours in theirs: "corp.example.evil.test", "corp-example.test".
    hyphened = f"-{ours.replace('.', '-')}-"
    if f".{ours}." in f".{foreign}." or any(hyphened in f"-{label}-" for label in foreign.split(".")):
        return True
    if {name, our_name} & _EVERYBODYS:
        return False
    bones, our_bones = _bones(name), _bones(our_name)
    if len(our_name) < _SHORTEST:
        return bones == our_bones and _bones(ending) == _bones(our_ending)
    if bones == our_bones:  # also with another ending
        return True
    squeezed = bones.replace("-", "")
    if squeezed in (our_bones.replace("-", ""), _bones(our_name + our_ending).replace("-", "").replace(".", "")):
        return True
    tokens = name.split("-")
    if our_name in tokens and len(tokens) > 1 and set(tokens) - {our_name} <= _DEPARTMENTS:
        return True
    return (ending == our_ending or len(our_name) > 5) and _one_off(bones, our_bones)


def _one_off(one: str, other: str) -> bool:
    """One letter more, less or another, or two changed places. Linear."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    start = next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    return swapped or one[start + 1 :] == other[start + 1 :]


def _parts(domain: str) -> tuple[str, str]:
    """The label that names whose it is, and what stands behind it; guessed, without a list of public suffixes."""
    labels = domain.split(".")
    behind = 2 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 1
    return (labels[-1 - behind] if len(labels) > behind else ""), ".".join(labels[-behind:])


def _bones(text: str) -> str:
    """The same for all texts that look the same."""
    bones = _plain(text).translate(_LIKE)
    for letters, like in _TOGETHER:
        bones = bones.replace(letters, like)
    return bones


def _plain(text: str) -> str:
    """Lower case, compatible characters made one, no accents, nothing unseen."""
    folded = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return "".join(letter for letter in folded if unicodedata.category(letter) not in ("Mn", "Cf", "Cc"))


def _wired(domain: str) -> str:
    return wire_domain(domain) or domain.lower().rstrip(".")


@lru_cache(maxsize=1024)
def _unicode(domain: str) -> str:
    return ".".join(_u_label(label) for label in domain.split("."))


def _u_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:  # no A-label after all
        return label
