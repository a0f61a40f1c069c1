"""How mail programs mark what is not new, one file for each language: LANGUAGE.toml, lists of literal words.

from, to, cc, date, subject   labels of the header block above an old mail ("De :", "Objet :"); cc also holds the rest
forwarded, original           words of the line above it ("---------- Message transféré ---------")
openers, wrote                first words and verbs of "Le …, NAME <ADDRESS> a écrit :"
forward_prefixes              subject prefixes that mean "passed on" ("TR:")
devices                       regular expressions for whole lines like "Envoyé de mon iPhone"

A new language is one new file.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Role = Literal["from", "to", "cc", "date", "subject"]
ROLES: tuple[Role, ...] = ("from", "subject", "date", "to", "cc")

_Table = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of all languages in one, since people write in one language with a program that speaks another.

    roles: label, folded, to what it may mean. forwarded, original, wrote: folded words.
    """

    roles: dict[str, frozenset[Role]]
    forwarded: frozenset[str]
    original: frozenset[str]
    wrote: tuple[str, ...]
    opener: re.Pattern[str]
    wrote_somewhere: re.Pattern[str]
    label_somewhere: re.Pattern[str]
    forward_subject: re.Pattern[str]
    device: re.Pattern[str]


@cache
def words() -> Words:
    tables: list[_Table] = [
        tomllib.loads(entry.read_text("utf-8"))
        for entry in sorted(files(__name__).iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    ]
    roles: dict[str, set[Role]] = {}
    for table in tables:
        for role in ROLES:
            for label in table[role]:
                roles.setdefault(fold(label), set()).add(role)
    labels = [label for table in tables for role in ROLES for label in table[role]]
    prefixes = _any(tables, "forward_prefixes")
    devices = "|".join(device for table in tables for device in table["devices"])
    return Words(
        roles={label: frozenset(found) for label, found in roles.items()},
        forwarded=_folded(tables, "forwarded"),
        original=_folded(tables, "original"),
        wrote=tuple(sorted(_folded(tables, "wrote"))),
        opener=re.compile(rf"(?:{_any(tables, 'openers')})(?=[\s\d,])", re.IGNORECASE),
        wrote_somewhere=re.compile(rf"(?<!\w)(?:{_any(tables, 'wrote')})(?!\w)", re.IGNORECASE),
        label_somewhere=re.compile(rf"(?:{_longest_first(labels)})\s?[:：]"),
        forward_subject=re.compile(
            rf"\s*(?:\[[^\]]{{0,60}}\]\s*)?(?:{prefixes})\s*(?:\[\d+\])?\s?[:：]", re.IGNORECASE
        ),
        device=re.compile(
            rf"[\s*_<\[-]{{0,4}}(?:{devices})(?:\s?<[^<>\s]{{1,300}}>|\s?[(\[]?https?://\S{{1,300}})?[\s.!*_>\]-]{{0,4}}",
            re.IGNORECASE,
        ),
    )


def fold(text: str) -> str:
    """Lower case, plain hyphens, apostrophes and spaces: how words are compared."""
    return " ".join(text.casefold().translate(_PLAIN).split())


_PLAIN = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2019": "'", "\u00a0": " ", "\u202f": " ", "\ufeff": None})


def _folded(tables: list[_Table], key: str) -> frozenset[str]:
    return frozenset(fold(word) for table in tables for word in table[key])


def _any(tables: list[_Table], key: str) -> str:
    return _longest_first([word for table in tables for word in table[key]])


def _longest_first(choices: list[str]) -> str:
    """So that "Copie à" is not read as "Copie"."""
    return "|".join(re.escape(word) for word in sorted(set(choices), key=lambda word: (-len(word), word)))
