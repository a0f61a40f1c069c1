"""Questions that nothing was known of, alike ones together: what to write next. Pure, near-linear, and the same for the
same questions.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from repondeur.store.gaps import Gap
from repondeur.words.match import weight
from repondeur.words.sentences import guess_language
from repondeur.words.terms import terms

ALIKE: Final = 0.5  # of the weight of what two questions speak of together
# What so many groups speak of says little about which one is meant; nor is more looked at.
_MOST_GROUPS: Final = 50
_MOST_TERMS: Final = 40


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
    terms: frozenset[str] = field(default_factory=frozenset)

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
            spoken = frozenset(sorted(terms(question, asked.language))[:_MOST_TERMS])
            place = _nearest(spoken, groups, speaking_of)
            if place is None:
                place = len(groups)
                groups.append(Group([], spoken))
                for term in spoken:
                    speaking_of[term].append(place)
            groups[place].asked.append(asked)
    return sorted(groups, key=lambda group: (-len(group.mails), -group.last.timestamp(), group.asked[0].text))


def _nearest(spoken: frozenset[str], groups: Sequence[Group], speaking_of: dict[str, list[int]]) -> int | None:
    """The group that speaks of most of the same; the older one of two. A question without any word is like none but
    itself."""
    near = {place for term in spoken for place in speaking_of[term][:_MOST_GROUPS]}
    best, place = 0.0, None
    for one in sorted(near):
        likeness = _likeness(spoken, groups[one].terms)
        if likeness > best:
            best, place = likeness, one
    return place if best >= ALIKE else None


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Weighted Jaccard index."""
    return sum(map(weight, one & other)) / (sum(map(weight, one | other)) or 1.0)
