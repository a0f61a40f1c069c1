"""A passage as it is compared with what mails ask: its words, concepts and specifics, told once. Pure."""

from dataclasses import dataclass
from functools import lru_cache

from repondeur.policy.passage import Passage
from repondeur.words.days import Day
from repondeur.words.phrases import words
from repondeur.words.places import is_region, places
from repondeur.words.quantities import flat
from repondeur.words.sentences import sentences
from repondeur.words.specifics import MAX_TEXT, Specifics, specifics
from repondeur.words.spelled import alike
from repondeur.words.stems import stop_words
from repondeur.words.terms import Said, said

# A stem of another language says the same where it is long: "installation", "passeport" do, "four" does not.
SAME_STEM = 5
SAME_NUMBERS = 0.5  # of all of them
# Passages that need not be read again; a read one takes a hundred times the memory of its text.
REMEMBERED = 128


@dataclass(frozen=True, slots=True)
class Terms:
    """What some text speaks of: stems and concepts, and its folded words by their first letter. likeliest: of the
    concepts that a word may stand for only the first one; two words that share but unlikely ones are not alike."""

    language: str
    stems: frozenset[str]
    concepts: frozenset[str]
    likeliest: frozenset[str]
    words: dict[str, tuple[str, ...]]

    def speaks_of(self, one: Said, language: str) -> bool:
        """Whether the text has the word or its like; language: of the word."""
        if one.concepts and (one.concepts[0] in self.concepts or not self.likeliest.isdisjoint(one.concepts)):
            return True
        if len(one.words) > 1:
            parts = _parts(one.words, language)
            return bool(parts) and all(self.speaks_of(part, language) for part in parts)
        if one.stem in self.stems and (language == self.language or len(one.stem) >= SAME_STEM):
            return True
        return len(one.words) == 1 and self.has_word(one.words[0])

    def has_word(self, word: str) -> bool:
        """Whether a folded word stands there, as it is or with a slip of the finger."""
        return any(alike(word, other) for other in self.words.get(word[:1], ()))


@dataclass(frozen=True, slots=True)
class Read:
    """places: keys of those that it tells of; a title's "abroad" is told by the countries of its text. days: also those
    of dates in figures. sentences: of the text, flat."""

    passage: Passage
    text: Terms
    title: Terms
    specifics: Specifics
    title_specifics: Specifics
    places: frozenset[str]
    days: tuple[Day, ...]
    flat: str
    sentences: tuple[str, ...]


@lru_cache(maxsize=REMEMBERED)
def read(passage: Passage) -> Read:
    """The first MAX_TEXT characters of a passage."""
    whole = f"{passage.title}.\n\n{passage.text}"[:MAX_TEXT]
    found = specifics(whole, passage.language)
    title = specifics(passage.title, passage.language)
    in_title = {place.key for place in title.places}
    in_text = {place.key for place in places(words(passage.text[:MAX_TEXT]))}
    return Read(
        passage=passage,
        text=terms_of(whole, passage.language),
        title=terms_of(passage.title[:MAX_TEXT], passage.language),
        specifics=found,
        title_specifics=title,
        places=frozenset(in_text | {key for key in in_title if not (in_text and is_region(key))}),
        days=(*found.days, *(Day("range" if ".." in date else "date", date, 0, 0) for date in found.dates)),
        flat=flat(whole),
        sentences=tuple(flat(sentence) for sentence in sentences(passage.text[:MAX_TEXT])),
    )


def same_told(one: Passage, other: Passage) -> bool:
    """Whether two passages are likely the same in two languages: titles with a concept in common, and most numbers."""
    if one.language == other.language or read(one).title.concepts.isdisjoint(read(other).title.concepts):
        return False
    mine, theirs = (
        {(number.dimension, round(number.value, 2)) for number in read(passage).specifics.quantities}
        for passage in (one, other)
    )
    return bool(mine) and len(mine & theirs) >= SAME_NUMBERS * len(mine | theirs)


@lru_cache(maxsize=4096)
def _parts(words: tuple[str, ...], language: str) -> tuple[Said, ...]:
    """The words of a phrase that tell something, each by itself: "de retour" also is "retour"."""
    small = stop_words(language)
    return tuple(one for word in words if word not in small for one in said(word, language))


def terms_of(text: str, language: str) -> Terms:
    found = said(text, language)
    by_letter: dict[str, set[str]] = {}
    for one in found:
        for word in one.words:
            by_letter.setdefault(word[0], set()).add(word)
    return Terms(
        language,
        frozenset(one.stem for one in found if one.stem),
        frozenset(concept for one in found for concept in one.concepts),
        frozenset(one.concepts[0] for one in found if one.concepts),
        {letter: tuple(sorted(words)) for letter, words in by_letter.items()},
    )
