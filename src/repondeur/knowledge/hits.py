"""What a search gives, and why. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from repondeur.knowledge.asking import How, Unit
from repondeur.knowledge.counting import joined
from repondeur.policy.passage import Passage
from repondeur.words.terms import said

MAX_REASONS = 8


@dataclass(frozen=True, slots=True)
class Match:
    """What of a question met what of a passage, both without case and accents, and how. Both are "" for a
    meaning, which stands in no single word."""

    asked: str
    found: str
    how: How


@dataclass(frozen=True, slots=True)
class Hit:
    """score: above 0 and up to 1; it tells the hits of one search apart, not whether any of them is an answer, and
    says nothing beside the score of another search. why: the strongest match first."""

    passage: Passage
    score: float
    why: tuple[Match, ...] = ()


def reasons(passage: Passage, units: Iterable[Unit], *, meaning: bool = False) -> tuple[Match, ...]:
    """What of these units stands in the passage, those that count most first; then whether it is near in meaning."""
    surfaces = _surfaces(passage)
    matches: dict[str, tuple[float, Match]] = {}
    for unit in units:
        met = [(worth, term, how) for term, (worth, how) in unit.terms.items() if term in surfaces]
        if not met:
            continue
        worth, term, how = max(met)
        found = surfaces[term]
        same = how == "stem" and found == unit.words
        weight = unit.share * worth
        if weight > matches.get(unit.words, (0.0,))[0]:
            matches[unit.words] = weight, Match(unit.words, found, "word" if same else how)
    strongest = sorted(matches.values(), key=lambda pair: (-pair[0], pair[1].asked))
    whole = (Match("", "", "meaning"),) if meaning else ()
    return (*(match for _, match in strongest[:MAX_REASONS]), *whole)


def _surfaces(passage: Passage) -> dict[str, str]:
    """Each term of a passage as it stands there first."""
    surfaces: dict[str, str] = {}
    for text in (passage.title, passage.text):
        for one in said(text, passage.language):
            for part in (one, *one.parts):
                for term in part.terms:
                    surfaces.setdefault(term, " ".join(part.words))
        for term in joined(text):
            surfaces.setdefault(term, term)
    return surfaces
