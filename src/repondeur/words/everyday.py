"""Is a text in this language? Told by everyday words, so that it can be told of one line too. Pure; linear time."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from repondeur.words.letter import letter

# More text does not make the answer better.
MAX_TEXT = 4000
# Of the words of a sentence about half are everyday ones; of one in another language, a few by chance.
LEAST_SHARE = 0.25
# So much more of another language is no matter of chance.
CLEAR, CLEAR_SHARE = 4, 0.4

_TARGET = re.compile(r"\S*(?:://|www\.|@)\S*|\S*\d\S*")
_WORD = re.compile(
    r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|(?:d|n|s)?[ae]ll)'(?=[^\W\d_])|(?<=[^\W\d_])'(?:s|re|ve|ll|m|d)\b|[^\W\d_]+"
)
_OPENS_PART = re.compile(r"(?:^|[.!?:…,;\n•*-])\W*$")
# Said in every language.
_EVERYWHERE = frozenset({"weekend", "ok", "okay", "sms", "pdf", "www", "http", "https", "email", "e-mail", "mail"})
# They open or end a letter, at times in another language than what stands between.
_FORMULAE = frozenset(
    {
        *("bonjour", "bonsoir", "salut", "cordialement", "madame", "monsieur"),
        *("hello", "hi", "hey", "dear", "best", "regards", "sincerely", "cheers"),
    }
)


def told_language(text: str) -> str:
    """The language that the text is plainly in, as ISO 639-1; "" where its words do not tell, or it is one without a
    list of words."""
    said, many = _said(text)
    best = likeliest(text)
    hits = len(said & known()[best]) if best else 0
    return best if hits >= CLEAR and hits >= CLEAR_SHARE * many and is_in(text, best) else ""


def likeliest(text: str) -> str:
    """The language (ISO 639-1) of which a text has most words, "" when it has none of any."""
    said, _ = _said(text)
    hits = {language: len(said & words) for language, words in known().items()}
    best = max(hits, key=hits.__getitem__)
    return best if hits[best] else ""


def is_in(text: str, language: str) -> bool | None:
    """Whether a text is in this language; None where its words do not tell, as of a language without a list of words.

    Greeting, closing and names do not count, unless there is nothing else.
    """
    if language not in known():
        return None
    said, many = _said(text)
    wanted = said & known()[language]
    if any(_leads(said & words, wanted) for other, words in known().items() if other != language):
        return False
    return True if wanted and len(wanted) >= LEAST_SHARE * many else None


def _leads(other: frozenset[str], wanted: frozenset[str]) -> bool:
    """More than half as many words of the other language's own as of the wanted one's: a mixture is in neither."""
    own = len(other - wanted)
    return 2 * own > len(wanted - other)


# A text is asked about for each language, and again when the guard looks at a reply.
@lru_cache(maxsize=4)
def _said(text: str) -> tuple[frozenset[str], int]:
    """The different words of a text that tell of a language, and how many there are."""
    text = unicodedata.normalize("NFC", text[:MAX_TEXT]).replace("’", "'").replace("eek-end", "eekend")
    for part in (letter(text).body, text):
        words = _words(part)
        for said in (words - _FORMULAE, words):
            if said:
                return said, len(said)
    return frozenset(), 0


def _words(text: str) -> frozenset[str]:
    """Without links, numbers, and what may be names: capitals inside a sentence."""
    bare = _TARGET.sub(" ", text)
    if bare.isupper():
        bare = bare.lower()
    found = (
        word.group().lower()
        for word in _WORD.finditer(bare)
        if word.group().islower()
        or word.group() == "I"
        or _OPENS_PART.search(bare[max(word.start() - 20, 0) : word.start()])
    )
    return frozenset(found) - _EVERYWHERE


@cache
def known() -> Mapping[str, frozenset[str]]:
    """Language (ISO 639-1) to its everyday words."""
    lists: dict[str, str] = tomllib.loads((files("repondeur.words") / "everyday.toml").read_text("utf-8"))
    return {language: frozenset(words.split()) for language, words in lists.items()}
