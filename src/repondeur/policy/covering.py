"""Is what a question names in the passages that are to answer it? What is only like it is no answer. Pure.

Who asks about Switzerland is not answered by what is said of Belgium, and two years of guarantee on lamps tell nothing
of batteries. Every place, day, number, name and kind of thing, and every "without", has to be accounted for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Literal

from repondeur.policy.likeness import has_others, has_words, in_range, mentions, other_model, speaks_of_all
from repondeur.policy.passage import Passage
from repondeur.policy.reading import Read, read, terms_of
from repondeur.policy.relation import stands_apart
from repondeur.words import days_told, places, quantities
from repondeur.words.days import Day
from repondeur.words.everyday import known as everyday
from repondeur.words.phrases import words
from repondeur.words.quantities import flat
from repondeur.words.specifics import ANY, Specifics, qualifiers, specifics
from repondeur.words.stems import fold
from repondeur.words.terms import said
from repondeur.words.wanted import told, wanted

DoubtKind = Literal["place", "date", "number", "name", "product", "negation", "topic"]

MAX_QUESTION = 4_000  # characters
LETTERS = 2  # of a word that may be a name must be more
_NEGATED = {
    "fr": re.compile(r"\b(?:ne |n')\w+(?:[- ]\w+){0,2} (?:pas|plus|jamais|rien)\b|\bnon pas\b"),
    "en": re.compile(r"\b(?:not|never|no longer)\b|n't\b"),
}
# Troubles, doubts and politeness are no negations of what is asked.
_HARMLESS = {
    "fr": re.compile(
        r"\bn'(?:arrive|ai|a|est|y|etes|avez|aurai|etait|ont)\w*|n'est-ce pas"
        r"|\bne (?:sais|peux|trouve|comprend|marche|fonctionne|plai|parvien|veu|voi|suis|va|vien|recoi)\w*"
    ),
    "en": re.compile(
        r"\b(?:do|does|did|is|was|are|wo|could|would|should|have|has|ca)n't\b|\bcan ?not\b"
        r"|\bnot (?:sure|working|yet|only|too|certain|arrived|received|able|know)\b|\b(?:do|does|did|is|has|have) not\b"
    ),
}
_DENIES = {
    "fr": re.compile(r"\b(?:ne|pas|aucune?|ni|jamais|sans|sauf|hors|excepte|non|seuls?|seulement|uniquement)\b|\bn'"),
    "en": re.compile(r"\b(?:not|no|never|without|except|nor|neither|only|none|cannot|nothing)\b|n't\b"),
}
_DEMANDS = re.compile(
    r"\b(?:must|require|need|necessary|compulsory|obligat|doit|doivent|devez|faut|necessaire|exig|presentation|muni)"
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """span: what the question names and no passage accounts for, as it stands there. hard: the passages speak of other
    ones of its kind, so that no wording of theirs can be meant for it."""

    kind: DoubtKind
    span: str
    hard: bool = False


def doubts(
    question: str,
    subject: str,
    passages: Sequence[Passage],
    language: str,
    *,
    beside: str = "",
    written: date | None = None,
) -> tuple[Doubt, ...]:
    """What the passages leave open of a question, the hard ones first; () when nothing.

    question: the sentences that ask. subject: of the mail. beside: its other sentences; of these and the subject only
    places, and things of which the passages name other ones, count. language: of the question; in another one than
    French and English, kinds of things are not told. written: the day on which the mail was, which tells dates without
    a year.
    """
    asked = specifics(question[:MAX_QUESTION], language)
    known = [read(passage) for passage in passages]
    if not known:
        return (Doubt("topic", question[:80]),)
    around = specifics(f"{subject}\n{beside}"[:MAX_QUESTION], language)
    found = [
        *_beside(around, known),
        *_places(asked, known),
        *_days(asked, known, written),
        *_numbers(question[:MAX_QUESTION], asked, known),
        *_kinds(asked, known),
        *_names(asked, known, language),
        *_exceptions(question[:MAX_QUESTION], asked, known, language),
        *_wanted(question[:MAX_QUESTION], known, language),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda doubt: not doubt.hard))


def _places(asked: Specifics, known: Sequence[Read]) -> Iterator[Doubt]:
    told_of = {place for one in known for place in one.places}
    for place in asked.places:
        if not places.holds_for(place.key, told_of):
            yield Doubt("place", place.span, hard=bool(told_of) and not places.alike(place.key, told_of))


def _beside(around: Specifics, known: Sequence[Read]) -> Iterator[Doubt]:
    """Where the author lives, or what they have: it counts where the passages distinguish between such."""
    if (
        any(one.title_specifics.places for one in known)
        or len({p.key for one in known for p in one.specifics.places}) > 1
    ):
        yield from _places(around, known)
    things = replace(around, kinds=tuple(one for one in around.kinds if one.key.split(".")[0] not in qualifiers()))
    yield from (replace(doubt, hard=False) for doubt in _kinds(things, known))


def _days(asked: Specifics, known: Sequence[Read], written: date | None) -> Iterator[Doubt]:
    told_of = [day for one in known for day in one.days]
    for day in asked.days:
        if day.kind != "range" and not days_told.holds_for(day, told_of, written):
            yield Doubt("date", _span(asked, day.begin, day.end), _is_another_day(day, told_of, written))


def _is_another_day(day: Day, told_of: Sequence[Day], written: date | None) -> bool:
    """Whether the passages tell of other days than this one, so that it is not meant: of days of the week, where it is
    a public holiday; of single dates, where it is one. Who tells a range of dates tells of those outside it too, who
    tells days of the week of the others; and one that is past is about what the author has done."""
    kinds = {one.kind for one in told_of}
    single = "date" in kinds and "range" not in kinds
    if day.kind == "holiday":
        near = days_told.near_holiday(day.key, told_of, written)
        return (single or bool(kinds & {"weekday", "holiday"})) and days_told.is_public(day.key) and not near
    if day.kind != "date":
        return False
    if days_told.holiday_of(day, written):
        return single or bool(kinds & {"weekday", "holiday"})
    meant = day.on(written)
    return single and not (meant and written and meant < written)


def _span(asked: Specifics, begin: int, end: int) -> str:
    return " ".join(word.raw for word in asked.words[begin:end])


def _numbers(question: str, asked: Specifics, known: Sequence[Read]) -> Iterator[Doubt]:
    """Those of which the passages name others of the same unit. One of a unit that they do not use at all is most
    often about the author."""
    told_of = [one for passage in known for one in passage.specifics.quantities]
    units = {one.dimension for one in told_of} - {""}
    for number in asked.quantities:
        if number.dimension in units and not quantities.holds_for(number, told_of):
            yield Doubt("number", flat(question)[number.begin : number.end].strip(), hard=True)


def _kinds(asked: Specifics, known: Sequence[Read]) -> Iterator[Doubt]:
    """Things of which the passages name only other ones of the same class."""
    in_text = {kind.key for one in known for kind in one.specifics.kinds}
    in_title = {kind.key for one in known for kind in one.title_specifics.kinds}
    settled = {kind.begin for kind in asked.kinds if kind.key in in_text}
    for kind in asked.kinds:
        group, _, member = kind.key.partition(".")
        if member == ANY or kind.begin in settled or f"{group}.{ANY}" in in_title:
            continue
        qualifies = group in qualifiers()
        if qualifies or has_others(group, in_text):
            # "No pets" speaks of cats too, and a page on digital books has the word for books.
            meant = qualifies or any(speaks_of_all(one, group) or has_words(one, kind.span) for one in known)
            yield Doubt("product", kind.span, hard=not meant and has_others(group, in_title))


def _names(asked: Specifics, known: Sequence[Read], language: str) -> Iterator[Doubt]:
    for name in asked.names:
        if not any(mentions(one, name, language) for one in known):
            model = name.key[-1].isdigit() and any(other_model(one, name) for one in known)
            yield Doubt("name", name.span, hard=model and not any(in_range(one, name) for one in known))


def _exceptions(question: str, asked: Specifics, known: Sequence[Read], language: str) -> Iterator[Doubt]:
    """What is asked "without" something is told where a passage demands or excludes that something; what is asked with
    a "not", where it says "not" of anything."""
    for exception in asked.exceptions:
        words = exception.span.split()[-1]
        near = [sentence for one in known for sentence in one.sentences if _has(sentence, words, one, language)]
        if not any(_denies(sentence) or _DEMANDS.search(sentence) for sentence in near):
            yield Doubt("negation", exception.span)
    if language in _NEGATED:
        plain = _HARMLESS[language].sub(" ", flat(question))
        negated = _NEGATED[language].search(plain)
        if negated:
            yield Doubt("negation", negated.group().strip())


def _has(sentence: str, word: str, one: Read, language: str) -> bool:
    return terms_of(sentence, one.passage.language).has_word(fold(word)) or any(
        set(mine.concepts) & set(term.concepts)
        for mine in said(word, language)
        for term in said(sentence, one.passage.language)
    )


def _denies(sentence: str) -> bool:
    return any(pattern.search(sentence) for pattern in _DENIES.values())


def _wanted(question: str, known: Sequence[Read], language: str) -> Iterator[Doubt]:
    """ "How long" wants a time, "how much" a sum, and that of what is asked about."""
    kinds = wanted(question, language)
    missing = [
        kind
        for kind in kinds
        if not any(
            told(
                kind,
                one.flat,
                frozenset(quantity.dimension for quantity in one.specifics.quantities),
                days=bool(one.days),
            )
            for one in known
        )
    ]
    yield from (Doubt("topic", kind) for kind in missing)
    if kinds and not missing and all(stands_apart(kinds, question, one.passage, language) for one in known):
        yield Doubt("topic", kinds[0])


def stranger(question: str, passage: Passage, others: Sequence[Passage], language: str) -> Doubt | None:
    """A name that another passage knows and this one does not, however the question spells it: "ferney voltaire"."""
    read_words = words(question[:MAX_QUESTION])
    small = everyday().get(language, frozenset())
    asked = {word.plain: word.raw for word in read_words if word.plain not in small and len(word.plain) > LETTERS}
    asked |= {one.plain + two.plain: f"{one.raw} {two.raw}" for one, two in pairwise(read_words)}
    known = read(passage)
    for other in map(read, others):
        for name in (*other.specifics.names, *other.specifics.places):
            key = re.sub(r"\W", "", flat(name.span))
            if key in asked and not mentions(known, replace(name, key=key), language):
                return Doubt("name", asked[key])
    return None
