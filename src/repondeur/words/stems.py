"""Words as they are compared: without case, accents and endings."""

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

import Stemmer

SHORT = 4  # letters
_TOKEN = re.compile(r"[a-z0-9]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_WRITTEN_APART = str.maketrans({"œ": "oe", "Œ": "OE", "’": "'"})


def fold(text: str) -> str:
    """Lower case without accents, compatibility forms resolved; same idea as a case- and accent-blind comparison."""
    if text.isascii():
        return text.lower()
    decomposed = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.translate(_WRITTEN_APART)))
    if decomposed.isascii():
        return decomposed.lower()
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def tokens(text: str) -> list[str]:
    """Words and numbers, folded, in order; everything else separates them."""
    return _TOKEN.findall(fold(text))


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """The stem of a folded word, by the Snowball rules (snowballstem.org) for "fr", by those for English else; what is
    not all letters stays as it is.

    >>> stem("livraisons", "fr"), stem("commandez", "fr"), stem("shipping", "en")
    ('livraison', 'command', 'ship')
    >>> stem("livree", "fr") == stem("livrer", "fr"), stem("photos", "fr")
    (True, 'photo')
    """
    if not word.isalpha():
        return word
    return str(_stemmer(language).stemWord(_as_snowball_has_it(word) if language == "fr" else word))


def _as_snowball_has_it(word: str) -> str:
    """The French rules take off "ée" with its accent only, and leave the plural after most vowels ("photos")."""
    if len(word) > SHORT and word.endswith(("ee", "ees")):
        return word[: word.rindex("ee") + 1]
    return word[:-1] if len(word) >= SHORT and word[-1] == "s" and word[-2] in "aiou" else word


def base_forms(text: str) -> list[str]:
    """All words of a text without the endings of plural and feminine: for phrases, where a stem would say too little
    ("donner", to give, and "données", data).

    >>> base_forms("Mes données personnelles")
    ['mes', 'donn', 'personnell']
    """
    return [_base_form(word) for word in tokens(text)]


@lru_cache(maxsize=20_000)
def _base_form(word: str) -> str:
    if len(word) <= 4 or not word.isalpha():
        return word[:-1] if len(word) == 4 and word.endswith("s") and word.isalpha() else word
    for ending in ("ees", "es", "ee", "s", "e", "x"):
        if word.endswith(ending):
            return word[: -len(ending)]
    return word


@cache
def stop_words(language: str) -> frozenset[str]:
    """Those of one language; of all of them for a language that is not known."""
    lists = read_lists("stop.toml")
    return frozenset(" ".join([lists[language]] if language in lists else lists.values()).split())


def read_lists(name: str) -> dict[str, str]:
    """A file of this package with one text a key."""
    return tomllib.loads((files("repondeur.words") / name).read_text("utf-8"))


@cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    """Without a cache of its own: that would be no safe thing among threads."""
    return Stemmer.Stemmer("french" if language == "fr" else "english", 0)
