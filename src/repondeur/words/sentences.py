"""Sentences of a mail, which of them ask something, and which language they are in."""

import re
from collections.abc import Sequence

from repondeur.words.terms import fold, stop_words, tokens

MAX_SENTENCE = 600
_END = re.compile(r"(?<=[.!?…])[\"»”')]?\s+|\n\s*\n|\n(?=\s*[-*•])")
_ASKING = {
    "en": re.compile(
        r"\b(?:can|could|would|will|may|do|does|did|is|are|was|have|has) (?:you|i|we|it|they|there|the|your|my|this)\b"
        r"|\b(?:how|what|when|where|which|who|why)\b|\blet me know\b|\btell me\b|\bto know\b|\bwonder(?:ing)?\b"
        r"|\bplease (?:send|confirm|tell|explain|advise)\b"
    ),
    "fr": re.compile(
        r"\b(?:pouvez|pourriez|pouvons|avez|acceptez|livrez|faites|proposez|etes|auriez)[- ]vous\b|\best-ce\b"
        r"|\b(?:peut|puis|est|sont|serait)[- ](?:on|je|il|elle|ce)\b"
        r"|\b(?:comment|combien|quand|quel|quelle|quels|quelles|pourquoi|quoi)\b|\bou (?:est|en est|se|puis|trouver)\b"
        r"|\bsavoir (?:si|ou)\b|\bmerci de (?:me|nous|bien)\b|\bveuillez\b|\bindiquer\b"
    ),
}


def sentences(text: str) -> list[str]:
    """In order, white space collapsed, none longer than MAX_SENTENCE characters."""
    found = (" ".join(part.split()) for part in _END.split(text))
    return [part[:MAX_SENTENCE] for part in found if part]


def questions(parts: Sequence[str], language: str) -> list[str]:
    """The sentences that ask something: those with a question mark, else those that are put like a question."""
    marked = [part for part in parts if "?" in part]
    if marked:
        return marked
    pattern = _ASKING.get(language)
    return [part for part in parts if pattern and pattern.search(fold(part))]


def guess_language(text: str, default: str = "") -> str:
    """The language of the small words, "fr" or "en"; default when neither leads. Looks at 4,000 characters."""
    words = tokens(text[:4000])
    french = sum(word in stop_words("fr") and word not in stop_words("en") for word in words)
    english = sum(word in stop_words("en") and word not in stop_words("fr") for word in words)
    if french == english:
        return default
    return "fr" if french > english else "en"
