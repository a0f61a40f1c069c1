"""What a text names that no other thing may stand for: places, days, numbers, names, kinds, exceptions. Pure.

Canonical, so that "trente jours" and "30 days", "Belgique" and "Belgian", "le 3 mai" and "May 3rd" compare.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from repondeur.words.days import Day, days, numeric_dates
from repondeur.words.everyday import known
from repondeur.words.phrases import Hit, Phrases, Word, words
from repondeur.words.places import places
from repondeur.words.quantities import Quantity, flat, quantities
from repondeur.words.stems import stop_words

MAX_TEXT = 20_000
ANY = "any"

_CODE = re.compile(r"(?=[^\W_]*\d)(?=[^\W_]*[A-Za-z])[A-Za-z\d]+")
# Digits with a unit or an ending are no product: 8h30, 25Go, 3rd, 4x.
_MEASURE = re.compile(
    r"\d+(?:h\d*|am|pm|st|nd|rd|th|er|re|e|eme|x|go|mo|gb|mb|kg|g|cm|mm|m|km|l|ml|w|kw|v|min|j|eur|k)"
)
_NO_NAMES = frozenset(
    {
        *("i", "id", "ok", "pdf", "sms", "faq", "url", "www", "http", "https", "html", "cv", "usb", "pc", "tv", "wifi"),
        *("sav", "rgpd", "gdpr", "ht", "ttc", "tva", "vat", "svp", "cb", "rib", "iban", "bic", "qr", "internet", "web"),
        *("mr", "mrs", "ms", "miss", "dr", "m", "mme", "mlle", "mm", "me", "sir", "madam", "madame", "monsieur", "god"),
        *("messieurs", "mesdames", "bonjour", "hello", "hi", "dear", "merci", "thanks", "email", "mail", "ps", "re"),
        *("fw", "tr", "fwd", "urgent", "asap", "atm", "etat", "noel"),
    }
)
_EXCEPT = {
    "en": Phrases(
        (phrase, "") for phrase in ("without", "except", "excluding", "other than", "apart from", "instead of")
    ),
    "fr": Phrases((phrase, "") for phrase in ("sans", "sauf", "hormis", "excepte", "autre que", "au lieu de", "hors")),
}
_NO_EXCEPTION = frozenset(
    {
        "doute",
        "souci",
        "probleme",
        "faute",
        "cesse",
        "arret",
        "fil",
        "contact",
        "lendemain",
        "delay",
        "doubt",
        "problem",
    }
)
SHOUTED = 0.6  # share of words with a capital from which on it is a title
EXCEPTED = 3  # words after "without" that may say without what


@dataclass(frozen=True, slots=True)
class Named:
    """A name, kind or place: what the text calls it, and a key that is the same for all its spellings. For a kind the
    key is "class.member"; the words begin..end (end not included) are it."""

    key: str
    span: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Specifics:
    """exceptions: the words after "without" and its like, as the text spells them."""

    words: tuple[Word, ...]
    places: tuple[Named, ...]
    days: tuple[Day, ...]
    dates: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    kinds: tuple[Named, ...]
    names: tuple[Named, ...]
    exceptions: tuple[Named, ...]

    def taken(self) -> frozenset[int]:
        """Positions of the words that places, days and kinds are made of."""
        found: tuple[Named | Day, ...] = (*self.places, *self.days, *self.kinds)
        return frozenset(n for one in found for n in range(one.begin, one.end))


def specifics(text: str, language: str) -> Specifics:
    """What a text of up to MAX_TEXT characters names. language: "fr" or "en"; kinds of any other are not told."""
    text = text[:MAX_TEXT]
    read = words(text)
    spans = [_named(text, read, hit) for hit in places(read)]
    kinds = [_named(text, read, hit) for hit in _kinds(language).find(read)]
    kinds = [replace(one, key=key) for one in kinds for key in one.key.split()]
    found_days = days(read)
    named: tuple[Named | Day, ...] = (*spans, *found_days)
    taken = {n for one in named for n in range(one.begin, one.end)}
    return Specifics(
        words=tuple(read),
        places=tuple(spans),
        days=tuple(found_days),
        dates=tuple(numeric_dates(text)),
        quantities=tuple(quantities(flat(text))),
        kinds=tuple(kinds),
        names=tuple(_names(read, taken, language)),
        exceptions=tuple(_exceptions(read, language)),
    )


def _named(text: str, read: Sequence[Word], hit: Hit) -> Named:
    return Named(hit.key, text[read[hit.begin].start : read[hit.end - 1].end], hit.begin, hit.end)


def _names(read: Sequence[Word], taken: Collection[int], language: str) -> Iterator[Named]:
    """Words that look like names: capitals inside a sentence, codes of letters and digits. Where most words have a
    capital, as in a title, capitals say nothing."""
    small = stop_words(language) | known().get(language, frozenset())
    inside = [word for word in read if not word.first and word.raw.isalpha()]
    shouted = sum(word.raw[0].isupper() for word in inside) > SHOUTED * len(inside) and len(inside) > 1
    for position, word in enumerate(read):
        if position in taken or word.plain in _NO_NAMES or word.plain in small:
            continue
        number = read[position + 1] if position + 1 < len(read) else None
        if number and number.raw.isdigit() and number.start - word.end <= 1 and _may_have_number(word, shouted=shouted):
            yield Named(word.plain + number.plain, f"{word.raw} {number.raw}", position, position + 2)
            continue
        code = _CODE.fullmatch(word.raw) and not _MEASURE.fullmatch(word.plain)
        inner = any(char.isupper() for char in word.raw[1:]) and not word.raw.isupper()
        capital = word.raw[0].isupper() and not word.first and not shouted and len(word.raw) > 1
        if code or inner or capital:
            yield Named(word.plain, word.raw, position, position + 1)


def _may_have_number(word: Word, *, shouted: bool) -> bool:
    """Whether a number behind it names a model: "XR-200", "Albatros 7"."""
    return word.raw.isalpha() and word.raw[0].isupper() and (word.raw[1:].isupper() or (not word.first and not shouted))


def _exceptions(read: Sequence[Word], language: str) -> Iterator[Named]:
    if language not in _EXCEPT:
        return
    small = stop_words(language)
    for hit in _EXCEPT[language].find(list(read)):
        after = range(hit.end, min(hit.end + EXCEPTED, len(read)))
        for position in after:
            word = read[position]
            if word.first or word.plain in _NO_EXCEPTION:
                break
            if word.plain not in small:
                yield Named(word.plain, f"{read[hit.begin].raw} {word.raw}", position, position + 1)
                break


@cache
def qualifiers() -> frozenset[str]:
    """Classes of kinds that say which of several things is meant, and not only what thing."""
    return frozenset(tomllib.loads((files("repondeur.words") / "contrasts.toml").read_text("utf-8")))


@cache
def _kinds(language: str) -> Phrases:
    """Words of one language to the kinds that they may stand for, as "class.member class.member"."""
    found: dict[str, list[str]] = {}
    for kind, phrases in [*_contrasts(language), *_things(language)]:
        for phrase in phrases:
            found.setdefault(phrase.strip(), []).append(kind)
    return Phrases((phrase, " ".join(kinds)) for phrase, kinds in found.items())


def _contrasts(language: str) -> Iterator[tuple[str, list[str]]]:
    tables = tomllib.loads((files("repondeur.words") / "contrasts.toml").read_text("utf-8"))
    for name, members in tables.items():
        for member, entry in members.items():
            yield f"{name}.{member}", entry.get(language, "").split(",")


def _things(language: str) -> Iterator[tuple[str, list[str]]]:
    tables = tomllib.loads((files("repondeur.words") / "things.toml").read_text("utf-8"))
    for name, listed_things in tables.items():
        for pair in listed_things.split(";"):
            general = pair.strip().startswith("any:")
            french, english = pair.strip().removeprefix("any:").split("=")
            member = ANY if general else english.split("/")[0].strip().replace(" ", "-")
            yield f"{name}.{member}", {"fr": french, "en": english}.get(language, "").split("/")
