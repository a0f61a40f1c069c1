"""In which of our languages is this written? (py3langid, restricted to the languages we answer in)"""

import re
from collections.abc import Sequence
from copy import copy
from functools import cache
from typing import Protocol

from repondeur.mail.message import Message
from repondeur.mail.quotes import fold, words

# More text does not make the answer better, only slower.
_ENOUGH = 4000
# "OK" is said everywhere: below so many letters the subject helps.
_SHORT = 12
# Names are left out where that leaves so many words.
_WORDS = 4
_PREFIX = re.compile(r"^(?:[^\W\d_]{1,5}\s?(?:\[\d+\])?\s?[:：]\s*)+")
_TARGET = re.compile(r"\S*(?:://|www\.|@)\S*|\S*\d\S*")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_OPENS_SENTENCE = re.compile(r"(?:^|[.!?:…\n])\W*$")


class _Identifier(Protocol):
    """What we use of py3langid, which has no types."""

    labels: list[str]

    def set_languages(self, langs: Sequence[str]) -> None: ...

    def classify(self, instance: str) -> tuple[str, float]: ...


def detect(text: str, languages: Sequence[str] = ("en", "fr")) -> str:
    """The likeliest of `languages` (ISO 639-1), "" for text without letters. Codes that no model knows are passed over.

    Loads its model at the first call, 0.5 s.
    """
    sample = _telling(text[:_ENOUGH])
    if not any(character.isalpha() for character in sample):
        return ""
    if len(languages) < 2:
        return languages[0] if languages else ""
    identifier = _identifier(tuple(languages))
    return identifier.classify(sample)[0] if identifier else languages[0]


def language_of(message: Message, languages: Sequence[str]) -> str:
    """The language of what the author wrote, never of signature or quote; failing that, of what they passed on.

    A very short text is known by an everyday word ("merci"), or has the subject to help.
    """
    forward = message.forward
    texts = (message.text, *((forward.before, forward.text) if forward else ()), message.body, message.subject)
    text = next((text for text in texts if any(map(str.isalpha, text))), "")
    if sum(map(str.isalpha, text[:200])) >= _SHORT:
        return detect(text, languages)
    said = set(_WORD.findall(fold(text)))
    greeted = [language for language in languages if said & words().everyday.get(language, frozenset())]
    return greeted[0] if len(greeted) == 1 else detect(f"{text}\n{_PREFIX.sub('', message.subject)}", languages)


def _telling(text: str) -> str:
    """Without links, addresses and numbers, and without what may be names: capitals inside a sentence."""
    bare = _TARGET.sub(" ", text)
    if bare.isupper():
        return bare.lower()
    told = [
        found.group()
        for found in _WORD.finditer(bare)
        if found.group().islower() or _OPENS_SENTENCE.search(bare[max(found.start() - 20, 0) : found.start()])
    ]
    return " ".join(told) if len(told) >= _WORDS else bare if any(map(str.isalpha, bare)) else text


@cache
def _identifier(languages: tuple[str, ...]) -> _Identifier | None:
    identifier = copy(_whole_model())
    known = [language for language in languages if language in identifier.labels]
    if not known:
        return None
    identifier.set_languages(known)
    return identifier


@cache
def _whole_model() -> _Identifier:
    """Read once, for all sets of languages: it goes through a file in /tmp, which a bounded child may not write."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model: _Identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    return model
