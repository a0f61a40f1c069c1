"""What a mail is about, by weighted words and phrases, without a model. Pure.

The vocabulary stands in vocabulary/LANGUAGE.toml. A phrase is a row of words, plural and feminine aside; "…" stands for
up to three words.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from repondeur.policy.intents import DEFAULT_INTENTS, OTHER, Intent
from repondeur.words.match import GENERAL, coverage
from repondeur.words.terms import base_forms, terms

LANGUAGES = ("en", "fr")
SUBJECT_FACTOR = 1.6
# The subject of an answer was written for an earlier mail.
OLD_SUBJECT_FACTOR = 0.4
MAX_GAP = 3
# Below this nothing was recognised.
FLOOR = 2.0
THANKS_WORDS = 60
SHORT_WORDS = 30
# How far "question" must lead before it beats an intent that says what the question is about.
QUESTION_LEAD = 1.8
# Of intents that settings add: the score of a text that says all that an example says, the least share of it that
# counts, and the score of each word that the text shares with them.
EXAMPLE = 8.0
NEAR_EXAMPLE = 0.5
EXAMPLE_WORD = 1.2

_GAP = "…"
_ANSWER = re.compile(r"\s*(?:re|r[ée]p|aw|sv|antw|tr|fwd?|wg)\s?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phrase:
    """label: an intent id or "tone.NAME"; rest: what follows the first word."""

    label: str
    weight: float
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """scores: by intent, without those that nothing speaks for. tones: names of the tone lists that were hit, with the
    number of phrases."""

    scores: Mapping[str, float]
    tones: Mapping[str, int]


def findings(subject: str, text: str, language: str) -> Findings:
    """All that the vocabulary finds. language: "en" or "fr"; any other is read as both would be, better hit first."""
    if language not in LANGUAGES:
        return max(
            (findings(subject, text, known) for known in LANGUAGES), key=lambda found: sum(found.scores.values())
        )
    phrases = vocabulary(language)
    in_subject, in_text = _hits(base_forms(subject), phrases), _hits(base_forms(text), phrases)
    scores: dict[str, float] = defaultdict(float)
    tones: dict[str, int] = defaultdict(int)
    subject_factor = OLD_SUBJECT_FACTOR if _ANSWER.match(subject) else SUBJECT_FACTOR
    for hits, factor in ((in_subject, subject_factor), (in_text, 1.0)):
        for phrase in hits:
            if phrase.label.startswith("tone."):
                tones[phrase.label[5:]] += 1
            else:
                scores[phrase.label] += phrase.weight * factor
    return Findings(dict(scores), dict(tones))


def with_examples(found: Findings, text: str, intents: Sequence[Intent], language: str) -> Findings:
    """The findings with what the examples of intents say that settings added or changed.

    A text that says most of what an example says is near it, one that shares several words with all of them a little.
    """
    added = [intent for intent in intents if intent not in DEFAULT_INTENTS]
    if not added:
        return found
    said = frozenset(terms(text, language))
    scores = dict(found.scores)
    for intent in added:
        examples = _examples(intent, language)
        nearest = max((coverage(example, said) for example in examples), default=0.0)
        shared = frozenset().union(*examples) & said - GENERAL
        score = EXAMPLE * nearest if nearest >= NEAR_EXAMPLE else 0.0
        scores[intent.id] = scores.get(intent.id, 0.0) + max(score, EXAMPLE_WORD * len(shared))
    return Findings(scores, found.tones)


@lru_cache(maxsize=200)
def _examples(intent: Intent, language: str) -> tuple[frozenset[str], ...]:
    """What each example speaks of; the id and the description are examples too."""
    texts = (intent.id.replace("_", " "), intent.description, *intent.examples)
    return tuple(known for text in texts if (known := frozenset(terms(text, language))))


def ranked(
    found: Findings, *, questions: int, words: int, bulk: bool, intents: Sequence[str]
) -> list[tuple[str, float]]:
    """Intents with their scores, best first, "other" or "question" where nothing was recognised.

    questions: sentences that ask; words: length of the text; bulk: the mail says that it goes to a list.
    """
    scores = dict(found.scores)
    if questions:
        scores["question"] = scores.get("question", 0) + 2
    if questions or words > THANKS_WORDS:
        # People thank while they ask for something; only a short mail that asks nothing is a thank-you.
        scores["thanks"] = scores.get("thanks", 0) * 0.3
    elif words <= SHORT_WORDS and scores.get("thanks", 0) >= 1 and not found.tones.get("negative"):
        scores["thanks"] += 2
    if words <= SHORT_WORDS and scores.get("unsubscribe", 0) >= FLOOR and not bulk:
        # The word stands under every newsletter, but no newsletter is as short as the wish to have no more of them.
        scores["newsletter"] = scores.get("newsletter", 0) * 0.3
    if bulk:
        scores["newsletter"] = scores.get("newsletter", 0) + 6
    order = {intent: position for position, intent in enumerate(intents)}
    known = [(intent, score) for intent, score in scores.items() if intent in order and score >= FLOOR]
    known.sort(key=lambda pair: (-pair[1] / (QUESTION_LEAD if pair[0] == "question" else 1), order[pair[0]]))
    if known:
        return known
    fallback = "question" if questions and "question" in order else OTHER
    return [(fallback, 1.0)]


def confidence(order: Sequence[tuple[str, float]]) -> float:
    """0 to 0.95: how strong the best intent is, and how far ahead of the next."""
    best = order[0][1]
    second = order[1][1] if len(order) > 1 else 0.0
    strength = min(1.0, best / 8)
    margin = (best - second) / best if best > 0 else 0.0
    return round(min(0.95, 0.25 + 0.35 * strength + 0.4 * margin * strength), 2)


@cache
def vocabulary(language: str) -> Mapping[str, tuple[Phrase, ...]]:
    """Phrases by their first word."""
    raw = tomllib.loads((files("repondeur.engines") / "vocabulary" / f"{language}.toml").read_text("utf-8"))
    labelled = [
        (intent, float(weight), listed) for intent, lists in raw["intents"].items() for weight, listed in lists.items()
    ]
    labelled += [(f"tone.{name}", 1.0, listed) for name, listed in raw["tone"].items()]
    found: dict[str, dict[Phrase, None]] = defaultdict(dict)
    for label, weight, listed in labelled:
        for words in listed.split("|"):
            row = [part for word in words.split() for part in ([_GAP] if word == _GAP else base_forms(word))]
            found[row[0]][Phrase(label, weight, tuple(row[1:]))] = None
    return {first: tuple(phrases) for first, phrases in found.items()}


def _hits(row: Sequence[str], phrases: Mapping[str, tuple[Phrase, ...]]) -> list[Phrase]:
    """Every phrase that stands in the row of words, each once."""
    seen: dict[tuple[str, Phrase], None] = {}
    for position, first in enumerate(row):
        for phrase in phrases.get(first, ()):
            if (first, phrase) not in seen and _follows(row, position + 1, phrase.rest):
                seen[first, phrase] = None
    return [phrase for _, phrase in seen]


def _follows(row: Sequence[str], position: int, rest: Sequence[str]) -> bool:
    for number, wanted in enumerate(rest):
        if wanted == _GAP:
            return any(_follows(row, position + skipped, rest[number + 1 :]) for skipped in range(MAX_GAP + 1))
        if position >= len(row) or row[position] != wanted:
            return False
        position += 1
    return True
