"""Does a passage speak of a thing or a name that a question has, or only of one like it? Pure."""

import re
from collections.abc import Sequence

from repondeur.policy.reading import Read
from repondeur.words.phrases import Word, words
from repondeur.words.specifics import ANY, Named
from repondeur.words.spelled import alike
from repondeur.words.terms import said

LONGEST_NUMBER = 9  # digits
# Before the word for a class they make it stand for each of its members.
_OF_ALL = frozenset(
    {
        *("no", "all", "any", "every", "each", "other", "whatever"),
        *("aucun", "aucune", "tous", "toutes", "tout", "toute", "autre", "autres", "chaque", "pas", "quel", "quelque"),
    }
)


def has_others(group: str, keys: set[str]) -> bool:
    """Whether a kind of this class is among those of `keys`."""
    return any(key.startswith(f"{group}.") and key != f"{group}.{ANY}" for key in keys)


def speaks_of_all(one: Read, group: str) -> bool:
    """Whether the passage says something of every member of a class: "no pets"."""
    return any(
        kind.key == f"{group}.{ANY}" and any(word.plain in _OF_ALL for word in _two_before(one, kind.begin))
        for kind in one.specifics.kinds
    )


def _two_before(one: Read, begin: int) -> Sequence[Word]:
    return one.specifics.words[max(0, begin - 2) : begin]


def has_words(one: Read, span: str) -> bool:
    """Whether the passage has the very words, be it as part of another thing."""
    return all(one.text.has_word(word.base) or one.text.has_word(word.plain) for word in words(span))


def mentions(one: Read, name: Named, language: str) -> bool:
    """Whether the passage has a name, however it is written, or words of the same meaning. language: of the name."""
    if any(alike(name.key, word.plain) for word in one.specifics.words) and not other_model(one, name):
        return True
    joined = re.sub(r"\W", "", one.flat)
    if len(name.key) > 3 and name.key in joined:
        return True
    if name.key[-1].isdigit():
        prefix = name.key.rstrip("0123456789")
        return len(prefix) > 3 and one.text.has_word(prefix) and not other_model(one, name)
    return any(one.text.speaks_of(term, language) for term in said(name.span, language))


def other_model(one: Read, name: Named) -> bool:
    """Whether the passage names another one of what has a number: the XR-300 for the XR-200."""
    prefix = name.key.rstrip("0123456789")
    return any(other.key != name.key and other.key.rstrip("0123456789") == prefix for other in one.specifics.names)


def in_range(one: Read, name: Named) -> bool:
    """Whether the passage tells of models from one number to another, with the asked one between: grades 1 to 8."""
    prefix = name.key.rstrip("0123456789")
    number, word = name.key[len(prefix) :], re.escape(prefix)
    if not number or len(number) > LONGEST_NUMBER:
        return False
    ranges = re.findall(rf"\b{word}s? ?([0-9]{{1,9}}) ?(?:-|a|to) ?(?:{word} ?)?([0-9]{{1,9}})\b", one.flat)
    return any(int(first) <= int(number) <= int(last) for first, last in ranges)
