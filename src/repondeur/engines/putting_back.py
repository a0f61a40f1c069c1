"""Values back into what a model wrote with pseudonyms, and what is left of them where that is not sure. Pure; linear
time."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from repondeur.engines.personal import KINDS, TOKEN

_ANY = "|".join(KINDS)
_SHAPE = re.compile(rf"(?i:({_ANY}))\\?[_‑–-]?(\d{{1,4}})([A-Ha-h]?)")
# Brackets that models put around it, or none; and no other sign that would make something else of it.
_WRITTEN = re.compile(
    rf"(?:(?P<open>\[)|(?P<braces>\{{\{{?)|(?P<angle><)(?!(?i:EMAIL)))?(?P<token>{TOKEN.pattern})"
    r"(?(open)\])(?(braces)\}\}?)(?(angle)>)"
)
# Behind it, what makes another part of a name or another number of it.
_GOES_ON = re.compile(r"[@/\\=&%_+]|\.[^\W_]|-(?:\d|[A-Ha-h](?![^\W_]))|(?<=\d)[ \u00a0\u202f][A-H](?![^\W_])")
_BEFORE = frozenset("@/\\=&?%_+")
# A word of ours with a number that is not its own, without one, or in another language.
_MANGLED = re.compile(
    rf"(?<![^\W_])(?:(?:{_ANY})[ ]?[\\_‑–-]?[ ]?#?\d|(?:PERSON|EMAIL|PHONE|ADDRESS|NUMBER)(?![^\W_])"
    r"|(?i:person(?:ne)?)[ _-][A-H](?![^\W_])|[^\W\d_]{3,12}\\?_\d{1,4}[A-Ha-h]?(?![^\W_]))"
)


@dataclass(frozen=True, slots=True)
class PutBack:
    """text: with the values. left: how many places there are that could not be put back for sure."""

    text: str
    left: int


def put_back(text: str, values: Mapping[str, str], allowed: Collection[str]) -> PutBack:
    """values: by pseudonym. allowed: what looks like a mangled one and is none, as `mangled` gives it."""
    shown: list[str] = []
    end = left = 0
    for found in _WRITTEN.finditer(text):
        value = values.get(_plain(found["token"]))
        before = text[max(0, found.start() - 1) : found.start()]
        if value is None or before in _BEFORE or _GOES_ON.match(text, found.end()):
            value, left = found.group(), left + 1
        between = text[end : found.start()]
        left += len(mangled(between).difference(allowed))
        shown += [between, value]
        end = found.end()
    left += len(mangled(text[end:]).difference(allowed))
    return PutBack("".join([*shown, text[end:]]), left)


def mangled(text: str) -> frozenset[str]:
    """What looks like a pseudonym that was changed."""
    return frozenset(found.group() for found in _MANGLED.finditer(text))


def _plain(token: str) -> str:
    """As we write it."""
    found = _SHAPE.fullmatch(token)
    assert found is not None, "it has the form of a word of ours"
    return f"{found[1].upper()}_{found[2]}{found[3].upper()}"
