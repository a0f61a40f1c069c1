"""Questions that nothing was known of, alike ones together: what to write next. Pure, near-linear, and the same for the
same questions.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from repondeur.store.gaps import Gap
from repondeur.words.match import weight
from repondeur.words.sentences import guess_language
from repondeur.words.terms import said

ALIKE: Final = 0.6  # of what two questions speak of, both together
# What so many groups speak of says little about which one is meant; nor is more looked at.
_MOST_GROUPS: Final = 50
_MOST_UNITS: Final = 20

Units = tuple[frozenset[str], ...]  # what a question speaks of; of each unit the terms that it may be found by


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of one mail."""

    text: str
    language: str
    mail_id: int
    at: datetime


@dataclass(slots=True)
class Group:
    """Questions that ask the same, oldest first."""

    asked: list[Asked]
    units: Units = ()
    terms: frozenset[str] = frozenset()

    @property
    def mails(self) -> list[int]:
        """Each once, oldest first."""
        return list(dict.fromkeys(one.mail_id for one in self.asked))

    @property
    def first(self) -> datetime:
        return self.asked[0].at

    @property
    def last(self) -> datetime:
        return self.asked[-1].at

    def samples(self, most: int) -> list[str]:
        """Different wordings, the newest first."""
        return list(dict.fromkeys(one.text for one in reversed(self.asked)))[:most]


def grouped(gaps: Sequence[Gap]) -> list[Group]:
    """What most mails have asked first, then what was asked last. gaps: oldest first."""
    groups: list[Group] = []
    speaking_of: dict[str, list[int]] = defaultdict(list)
    for gap in gaps:
        for question in gap.questions:
            asked = Asked(question, gap.language or guess_language(question), gap.mail_id, gap.at)
            units = _units(question, asked.language)
            place = _nearest(units, groups, speaking_of)
            if place is None:
                place = len(groups)
                groups.append(Group([], units, frozenset().union(*units)))
                for term in groups[place].terms:
                    speaking_of[term].append(place)
            groups[place].asked.append(asked)
    return sorted(groups, key=lambda group: (-len(group.mails), -group.last.timestamp(), group.asked[0].text))


def _units(question: str, language: str) -> Units:
    return tuple(dict.fromkeys(frozenset(one.terms) for one in said(question, language)[:_MOST_UNITS] if one.terms))


def _nearest(units: Units, groups: Sequence[Group], speaking_of: dict[str, list[int]]) -> int | None:
    """The group that speaks of most of the same; the older one of two. A question without any word is like none but
    itself."""
    near = {place for unit in units for term in unit for place in speaking_of[term][:_MOST_GROUPS]}
    best, place = 0.0, None
    for one in sorted(near):
        likeness = _likeness(units, groups[one])
        if likeness > best:
            best, place = likeness, one
    return place if best >= ALIKE else None


def _likeness(units: Units, group: Group) -> float:
    """Dice's coefficient over units; two are the same where they share a term."""
    spoken: frozenset[str] = frozenset().union(*units)
    shared = [unit for unit in units if unit & group.terms] + [unit for unit in group.units if unit & spoken]
    return sum(map(_weight, shared)) / (sum(map(_weight, (*units, *group.units))) or 1.0)


def _weight(unit: frozenset[str]) -> float:
    return max(map(weight, unit))
