"""Words as they are compared: without case, accents and endings."""

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

# "deliver-ed" and "deliv-er" shall meet.
MAX_ENDINGS = 2

_TOKEN = re.compile(r"[a-z0-9]+")


def fold(text: str) -> str:
    """Lower case without accents, compatibility forms resolved; same idea as a case- and accent-blind comparison."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE").replace("’", "'"))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def tokens(text: str) -> list[str]:
    """Words and numbers, folded, in order; everything else separates them."""
    return _TOKEN.findall(fold(text))


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """The light stem of a folded word, at least four letters; numbers and words of up to four letters hardly change.

    >>> stem("livraisons", "fr"), stem("commandez", "fr"), stem("shipping", "en")
    ('livraison', 'command', 'shipp')
    """
    if len(word) <= 4 or not word.isalpha():
        return word[:-1] if len(word) == 4 and word.endswith("s") and word.isalpha() else word
    word = word[:-1] if word[-1] in "sx" else word
    for _ in range(MAX_ENDINGS):
        ending = next((e for e in _endings(language) if word.endswith(e) and len(word) - len(e) >= 4), "")
        if not ending:
            break
        word = word[: -len(ending)]
    return word


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
def _endings(language: str) -> tuple[str, ...]:
    """Longest first."""
    lists = read_lists("endings.toml")
    return tuple(sorted(lists.get(language, lists["en"]).split(), key=len, reverse=True))
