"""In which of our languages is this written? (py3langid, restricted to the languages we answer in)"""

from collections.abc import Sequence
from copy import copy
from functools import cache
from typing import Protocol

# More text does not make the answer better, only slower.
_ENOUGH = 4000


class _Identifier(Protocol):
    """What we use of py3langid, which has no types."""

    labels: list[str]

    def set_languages(self, langs: Sequence[str]) -> None: ...

    def classify(self, instance: str) -> tuple[str, float]: ...


def detect(text: str, languages: Sequence[str] = ("en", "fr")) -> str:
    """The likeliest of `languages` (ISO 639-1), "" for text without letters. Codes that no model knows are passed over.

    Loads its model at the first call, 0.5 s.
    """
    sample = text[:_ENOUGH]
    if not any(character.isalpha() for character in sample):
        return ""
    if len(languages) < 2:
        return languages[0] if languages else ""
    identifier = _identifier(tuple(languages))
    return identifier.classify(sample)[0] if identifier else languages[0]


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
