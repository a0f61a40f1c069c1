"""Text to terms: folded tokens, light stems, and the concepts of a small French-English glossary."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
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


@lru_cache(maxsize=20_000)
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


def terms(text: str, language: str) -> list[str]:
    """What a text speaks of, in order: stems without stop words, and "=concept" for words of the glossary."""
    words = tokens(text)
    stop, glossary = stop_words(language), _glossary()
    found: list[str] = []
    position = 0
    while position < len(words):
        length, concept = _concept_at(words, position, language, glossary)
        if concept:
            found.append(concept)
        elif words[position] not in stop and (len(words[position]) > 1 or words[position].isdigit()):
            found.append(stem(words[position], language))
        position += length
    return found


@cache
def stop_words(language: str) -> frozenset[str]:
    """Those of one language; of all of them for a language that is not known."""
    lists: dict[str, str] = _read("stop.toml")
    return frozenset(" ".join([lists[language]] if language in lists else lists.values()).split())


@cache
def _endings(language: str) -> tuple[str, ...]:
    """Longest first."""
    lists = _read("endings.toml")
    return tuple(sorted(lists.get(language, lists["en"]).split(), key=len, reverse=True))


def _concept_at(words: Sequence[str], position: int, language: str, glossary: Mapping[str, str]) -> tuple[int, str]:
    for length in (4, 3, 2, 1):
        if position + length > len(words):
            continue
        key = "-".join(words[position : position + length]) if length > 1 else stem(words[position], language)
        concept = glossary.get(key if length > 1 else f"{language}:{key}")
        if concept is not None:
            return length, concept
    return 1, ""


@cache
def _glossary() -> dict[str, str]:
    """Stem or hyphenated phrase to "=concept". Words are entered with the stems of both languages."""
    entries: dict[str, str] = {}
    for concept, words in _read("glossary.toml").items():
        for word in words.split():
            keys = [word] if "-" in word else [f"{language}:{stem(word, language)}" for language in ("en", "fr", "")]
            for key in keys:
                entries.setdefault(key, f"={concept}")
    return entries


def _read(name: str) -> dict[str, str]:
    return tomllib.loads((files("repondeur.words") / name).read_text("utf-8"))
