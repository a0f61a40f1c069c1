"""Which words mean the same: the concepts of words/glossary/*.toml, and those that a user adds.

A concept is what a customer and a help page call by different words, in French and in English. Some 20,000 words are
entered by their first letters and stemmed when a text has a word that begins so: most texts need few of them.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

from repondeur.words.stems import stem, stop_words, tokens

LANGUAGES = ("en", "fr")
MAX_PHRASE = 4
_LINE = re.compile(r'\[([a-z0-9-]+)\]|(fr|en) = "([^"\\]*)"|(weak) = true|\s*(?:#.*)?')
SHORT = 4  # letters

# All words of a phrase as stems, and the concept.
Phrase = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Concept:
    """words: language (ISO 639-1) to words and phrases of up to MAX_PHRASE words, as written. weak: so general that it
    hardly tells what is meant."""

    name: str
    words: Mapping[str, Sequence[str]]
    weak: bool = False


@dataclass(slots=True)
class _Bucket:
    """The words that begin with the same letters, by language and stem; phrases by the stems of their first two words:
    a trade may have hundreds that begin alike."""

    single: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    phrases: dict[tuple[str, str, str], tuple[Phrase, ...]] = field(default_factory=dict)


class Glossary:
    """Concepts by the stems of their words. A concept that is given twice has the words of both."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._raw: dict[str, list[tuple[str, str, str]]] = {}
        self._buckets: dict[str, _Bucket] = {}
        self.weak: set[str] = set()
        for concept in concepts:
            if concept.weak:
                self.weak.add(concept.name)
            for language, words in concept.words.items():
                for word in words:
                    self._raw.setdefault(_entered(word, language), []).append((language, word, concept.name))

    def concepts(self, stemmed: str, language: str) -> tuple[str, ...]:
        """The concepts that a word stands for, () for one that is not in the glossary. language: "en", "fr", "" for
        either."""
        single = self._bucket(stemmed).single
        for spoken in (language,) if language in LANGUAGES else LANGUAGES:
            if found := single.get((spoken, stemmed)):
                return found
        return ()

    def phrase(self, stems: Sequence[str], position: int, language: str) -> tuple[int, tuple[str, ...]]:
        """The longest phrase that begins at a position: how many words it takes, and its concepts; (0, ()) for none."""
        best, concepts = 0, dict[str, None]()
        phrases = self._bucket(stems[position]).phrases
        for spoken in ((language,) if language in LANGUAGES else LANGUAGES) if phrases else ():
            for words, concept in _opened(phrases, stems, position, spoken):
                length = _reach(stems, position, words, spoken)
                if length > best:
                    best, concepts = length, {concept: None}
                elif length and length == best:
                    concepts[concept] = None
        return best, tuple(concepts)

    def words(self) -> Iterable[tuple[str, str]]:
        """Every single word with its language, as written."""
        for entries in self._raw.values():
            for language, word, _ in entries:
                if word.isalpha():
                    yield language, word

    def _bucket(self, stemmed: str) -> _Bucket:
        key = _key(stemmed)
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = _stemmed(self._raw.get(key, ()))
        return found


def _opened(
    phrases: Mapping[tuple[str, str, str], Sequence[Phrase]], stems: Sequence[str], position: int, language: str
) -> Iterator[Phrase]:
    """The phrases that may begin at a position: those with the word there and the next one, or the one behind a small
    word."""
    after = stems[position + 1 : position + 3]
    small = len(after) == 2 and after[0] in stop_words(language)
    for second in dict.fromkeys(after if small else after[:1]):
        yield from phrases.get((language, stems[position], second), ())


def _entered(word: str, language: str) -> str:
    """The key of a word's or phrase's first word; of a short one the stem may be shorter still ("les", "le")."""
    head = word[: SHORT + 1]
    return _key(head) if len(head) > SHORT and head.isascii() and head.isalpha() else _entered_by(head, language)


@lru_cache(maxsize=20_000)
def _entered_by(head: str, language: str) -> str:
    first = next(iter(tokens(head)), "")
    return _key(stem(first, language) if len(first) <= SHORT else first)


def _key(stemmed: str) -> str:
    """The letters by which a word is entered: those that no stemming changes."""
    return stemmed[:3].replace("y", "i")


def _stemmed(entries: Iterable[tuple[str, str, str]]) -> _Bucket:
    single: dict[tuple[str, str], dict[str, None]] = {}
    phrases: dict[tuple[str, str, str], list[Phrase]] = {}
    for language, text, concept in entries:
        words = tuple(stem(word, language) for word in tokens(text))
        if len(words) == 1:
            single.setdefault((language, words[0]), {})[concept] = None
        elif words:
            phrases.setdefault((language, words[0], words[1]), []).append((words, concept))
    return _Bucket(
        {key: tuple(concepts) for key, concepts in single.items()},
        {key: tuple(found) for key, found in phrases.items()},
    )


def _reach(stems: Sequence[str], position: int, words: Sequence[str], language: str) -> int:
    """How many words of a text a phrase takes, 0 when it does not stand there. One small word may stand inside it:
    "send it back"."""
    at, skipped, small = position + 1, 0, stop_words(language)
    for wanted in words[1:]:
        if not skipped and at + 1 < len(stems) and stems[at] != wanted and stems[at] in small:
            at, skipped = at + 1, 1
        if at >= len(stems) or stems[at] != wanted:
            return 0
        at += 1
    return at - position


_in_use: list[Glossary] = []


def glossary() -> Glossary:
    """The one in use: the program's concepts, and those of `use`."""
    if not _in_use:
        use(())
    return _in_use[0]


def use(concepts: Iterable[Concept]) -> None:
    """Add a user's concepts to the program's, for this process: what words mean is the same for all of it. Those of an
    earlier call are forgotten; texts that were read before are not read again."""
    _in_use[:] = [Glossary([*concepts, *built_in()])]


@cache
def built_in() -> tuple[Concept, ...]:
    """The program's concepts; the file "service", of what any shop's mail turns on, first."""
    found = [one for one in (files("repondeur.words") / "glossary").iterdir() if one.name.endswith(".toml")]
    ordered = sorted(found, key=lambda one: (one.name != "service.toml", one.name))
    return tuple(concept for one in ordered for concept in quickly_read(one.read_text("utf-8")))


def quickly_read(text: str) -> tuple[Concept, ...]:
    """A file of the program's own, ten times as quick as a reader of all TOML, which is asked where a line is not in
    the plain form."""
    tables: dict[str, dict[str, object]] = {}
    table: dict[str, object] = {}
    for line in text.split("\n"):
        found = _LINE.fullmatch(line)
        if found is None:
            return tuple(concept_of(name, one) for name, one in tomllib.loads(text).items())
        name, language, words, weak = found.groups()
        if name:
            table = tables[name] = {}
        elif language:
            table[language] = words
        elif weak:
            table["weak"] = True
    return tuple(concept_of(name, one) for name, one in tables.items())


def concept_of(name: str, table: Mapping[str, object]) -> Concept:
    """From a table of a file in the right form."""
    words = {
        language: tuple(word for part in str(table.get(language, "")).split(",") if (word := part.strip()))
        for language in LANGUAGES
    }
    return Concept(name, words, table.get("weak") is True)
