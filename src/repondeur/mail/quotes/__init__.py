"""How mail programs mark what is not new, one file for each language: LANGUAGE.toml, lists of literal words.

from, to, cc, date, subject   labels of the header block above an old mail ("De :", "Objet :"); cc also holds the rest
forwarded_end                 words of the line below a forwarded mail ("----- End forwarded message -----")
forwarded, original           words of the line above it ("---------- Message transféré ---------")
reply_above                   words in the line of a ticket system above which one answers ("above this line")
openers, wrote                first words and verbs of "Le …, NAME <ADDRESS> a écrit :"
postscripts                   first words of a postscript ("P.-S.")
quoting                       first words of "Quoting NAME <ADDRESS>:"
everyday                      words of one language alone that people send by themselves ("merci")
behalf                        "on behalf of" between two names
forward_prefixes              subject prefixes that mean "passed on" ("TR:")
reply_prefixes                those that mean "answered" ("AW:"); "VS:" is one in Finnish and the other in Danish

Regular expressions:

told                          what people, not programs, write about writing ("j'ai écrit", "I wrote")
devices                       whole lines that a program put at the end ("Envoyé de mon iPhone"); {thing} stands for the
                              name of a device or program
banners                       what a paragraph has in it that a gateway put above the text ("CAUTION: external e-mail"),
                              in the same way
notices, notices_also         what a paragraph of a confidentiality notice has in it, in lower case with straight
                              apostrophes; notices_also only counts beside a paragraph with one of notices
myself                        words of somebody who speaks of themselves, which a notice does not, in the same way

A new language is one new file; lists that it does not need are left out. CONTRIBUTING.md says how to try it.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal
from unicodedata import normalize

Role = Literal["from", "to", "cc", "date", "subject"]
ROLES: tuple[Role, ...] = ("from", "subject", "date", "to", "cc")

_Table = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Notices:
    """What the confidentiality notices of one language have in them, and what they have not: "I"."""

    begins: re.Pattern[str]
    also: re.Pattern[str]
    myself: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of all languages in one, since people write in one language with a program that speaks another.

    roles: label, folded, to what it may mean. label_languages, wrote_languages: word to the languages that have
    it. prefixes: of subjects, to the languages where it tells a forward, and those where it tells a reply. everyday:
    language to words. wrote: last letter to verbs. All of these, forwarded, original: folded.
    """

    roles: dict[str, frozenset[Role]]
    label_languages: dict[str, frozenset[str]]
    prefixes: dict[str, tuple[frozenset[str], frozenset[str]]]
    everyday: dict[str, frozenset[str]]
    forwarded: frozenset[str]
    forwarded_begins: tuple[str, ...]
    forwarded_end: tuple[str, ...]
    original: frozenset[str]
    original_begins: tuple[str, ...]
    reply_above: re.Pattern[str]
    wrote_languages: dict[str, frozenset[str]]
    wrote: dict[str, tuple[str, ...]]
    quoting: re.Pattern[str]
    told: re.Pattern[str]
    behalf: re.Pattern[str]
    opener: re.Pattern[str]
    wrote_somewhere: re.Pattern[str]
    label_somewhere: re.Pattern[str]
    bare_subject: re.Pattern[str]
    prefix: re.Pattern[str]
    device: re.Pattern[str]
    postscript: re.Pattern[str]
    banner: re.Pattern[str]
    notice: re.Pattern[str]
    notice_also: re.Pattern[str]
    notices: tuple[Notices, ...]


@cache
def words() -> Words:
    files_of = sorted((entry for entry in files(__name__).iterdir() if entry.name.endswith(".toml")), key=str)
    by_language: dict[str, _Table] = {
        entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text("utf-8")) for entry in files_of
    }
    tables = list(by_language.values())
    roles: dict[str, set[Role]] = {}
    for table in tables:
        for role in ROLES:
            for label in table.get(role, ()):
                roles.setdefault(fold(label), set()).add(role)
    labels = [label for table in tables for role in ROLES for label in table.get(role, ())]
    passed_on, answered = _where(by_language, "forward_prefixes"), _where(by_language, "reply_prefixes")
    nowhere: frozenset[str] = frozenset()
    devices = _patterns(tables, "devices").replace("{thing}", _THING)
    return Words(
        roles={label: frozenset(found) for label, found in roles.items()},
        label_languages=_where(by_language, *ROLES),
        prefixes={
            prefix: (passed_on.get(prefix, nowhere), answered.get(prefix, nowhere))
            for prefix in passed_on.keys() | answered.keys()
        },
        everyday={language: _folded([table], "everyday") for language, table in by_language.items()},
        forwarded=_folded(tables, "forwarded"),
        forwarded_begins=tuple(f"{word} " for word in _folded(tables, "forwarded")),
        forwarded_end=tuple(_folded(tables, "forwarded_end")),
        original=_folded(tables, "original"),
        original_begins=tuple(f"{word} " for word in _folded(tables, "original")),
        wrote=_by_ending(_folded(tables, "wrote")),
        reply_above=re.compile("|".join(map(re.escape, sorted(_folded(tables, "reply_above"))))),
        wrote_languages=_where(by_language, "wrote"),
        quoting=re.compile(rf"(?:{_any(tables, 'quoting')})\s", re.IGNORECASE),
        told=re.compile(rf"(?<!\w)(?:{_patterns(tables, 'told')})(?!\w)", re.IGNORECASE),
        behalf=re.compile(rf"\s(?:{_any(tables, 'behalf')})\s", re.IGNORECASE),
        opener=re.compile(rf"(?:{_any(tables, 'openers')})(?=[\s\d,])", re.IGNORECASE),
        wrote_somewhere=re.compile(rf"(?<!\w)(?:{_any(tables, 'wrote')})(?!\w)", re.IGNORECASE),
        label_somewhere=re.compile(rf"(?:{_longest_first(labels)})\s?[:：]"),
        bare_subject=re.compile(rf"(?<=[A-Z\d])({_any(tables, 'subject')})(?= )"),
        prefix=re.compile(
            rf"\s*(?:\[[^\]]{{0,60}}\]\s*)?({_any(tables, 'forward_prefixes', 'reply_prefixes')})"
            r"\s*(?:\[\d+\])?\s?[:：]",
            re.IGNORECASE,
        ),
        device=re.compile(
            without_accents(rf"[\s*_<\[-]{{0,4}}(?:{devices})(?:\s?[(\[]?https?://\S{{1,300}})?[\s.!*_>\]-]{{0,4}}"),
            re.IGNORECASE,
        ),
        postscript=re.compile(rf"(?:{_any(tables, 'postscripts')})(?!\w)"),
        banner=re.compile(without_accents(_patterns(tables, "banners"))),
        notice=re.compile(without_accents(_patterns(tables, "notices"))),
        notice_also=re.compile(without_accents(_patterns(tables, "notices_also"))),
        notices=tuple(_notices(table) for table in tables if "notices" in table),
    )


_NEVER = "(?!)"


def _notices(table: _Table) -> Notices:
    begins, also, myself = (_patterns([table], key) or _NEVER for key in ("notices", "notices_also", "myself"))
    return Notices(
        re.compile(without_accents(begins)),
        re.compile(without_accents(also)),
        re.compile(without_accents(rf"(?<![\w'])(?:{myself})(?!\w)")),
    )


# "iPhone", "Galaxy S24+", "Outlook for iOS": up to six words.
# The vowel signs of Thai are no letters for regular expressions.
_SIGNS = r"[\w'’&.+™®()\u0e31-\u0e4e-]{1,25}"
_THING = rf"{_SIGNS}(?:[ \u00a0]{_SIGNS}){{0,5}}"


def fold(text: str) -> str:
    """Lower case without accents, plain hyphens, apostrophes and spaces: how words are compared."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(without_accents(text).casefold().translate(_PLAIN).split())


def without_accents(text: str) -> str:
    """ "A ECRIT" is "a écrit" in capitals. Other scripts stay as they are."""
    if text.isascii():
        return text
    return normalize("NFC", _ACCENTS.sub("", normalize("NFD", text))).replace("ß", "ss")


_ACCENTS = re.compile("[\u0300-\u036f]")


def without_bidi(text: str) -> str:
    """Without the marks that programs put around names and addresses in right-to-left text."""
    return text if text.isascii() else text.translate(_BIDI)


_BIDI = dict.fromkeys((0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_PLAIN = _BIDI | {0x2010: "-", 0x2011: "-", 0x2019: "'", 0x00A0: " ", 0x202F: " ", 0xFEFF: None}


def _folded(tables: list[_Table], *keys: str) -> frozenset[str]:
    return frozenset(fold(word) for table in tables for key in keys for word in table.get(key, ()))


def _where(tables: dict[str, _Table], *keys: str) -> dict[str, frozenset[str]]:
    """Each word, folded, to the languages whose lists have it."""
    found: dict[str, set[str]] = {}
    for language, table in tables.items():
        for word in _folded([table], *keys):
            found.setdefault(word, set()).add(language)
    return {word: frozenset(languages) for word, languages in found.items()}


def _by_ending(verbs: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Last letter to verbs, the longest first."""
    longest_first = sorted(verbs, key=len, reverse=True)
    return {letter: tuple(verb for verb in longest_first if verb[-1] == letter) for letter in {v[-1] for v in verbs}}


def _any(tables: list[_Table], *keys: str) -> str:
    return _longest_first([word for table in tables for key in keys for word in table.get(key, ())])


def _patterns(tables: list[_Table], key: str) -> str:
    return "|".join(pattern for table in tables for pattern in table.get(key, ()))


def _longest_first(choices: list[str]) -> str:
    """So that "Copie à" is not read as "Copie"."""
    return "|".join(re.escape(word) for word in sorted(set(choices), key=lambda word: (-len(word), word)))
