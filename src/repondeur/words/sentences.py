"""Sentences of a mail, which of them ask something, and which language they are in."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

from repondeur.words.terms import fold, stop_words, tokens

MAX_SENTENCE = 600
# Neither an initial nor a short form ends a sentence: "B. Lefort", "my order no. 12".
_SHORT_FORMS = (
    "no",
    "nos",
    "mr",
    "mrs",
    "ms",
    "dr",
    "st",
    "tel",
    "ref",
    "env",
    "approx",
    "art",
    "fig",
    "p",
    "vs",
    "av",
)
_NO_END = "".join(
    rf"(?<!\b{form}\.)(?<!\b{form.capitalize()}\.)" for form in (*_SHORT_FORMS, "tél", "réf", "Mme", "Mlle", "bd", "n°")
)
_END = re.compile(rf"(?<=[.!?…])(?<!\b[A-ZÀ-Ý]\.){_NO_END}[\"»”')]?\s+|\n\s*\n|\n(?=\s*(?:[-*•]|\d{{1,2}}[.)] ))")
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
    """The sentences that ask something: those with a question mark and those that open or say so like a question; where
    there is none of them, those that have words of one."""
    plain = _plainly(language)
    asked = [part for part in parts if "?" in part or (plain and plain.search(fold(part)))]
    if asked:
        return asked
    pattern = _ASKING.get(language)
    return [part for part in parts if pattern and pattern.search(fold(part))]


def clauses(question: str, language: str) -> list[str]:
    """What a sentence asks one after the other: its parts before and after each "and how much", ", can I".

    >>> clauses("When do you open, and is there a lift?", "en")
    ['When do you open', 'and is there a lift?']
    """
    pattern = _next(language)
    if pattern is None:
        return [question]
    plain = fold(question)
    # Where folding changes how long a text is, places in it are none of the original.
    if len(plain) != len(question):
        return [question]
    cuts = [0, *(match.start() for match in pattern.finditer(plain)), len(question)]
    found = (question[begin:end].strip(" ,;") for begin, end in pairwise(cuts))
    return [part for part in found if part]


@cache
def _plainly(language: str) -> re.Pattern[str] | None:
    told = _asking_words()
    if language not in told["opens"]:
        return None
    opens, says, before = ("|".join(told[name][language]) for name in ("opens", "says", "before"))
    return re.compile(rf"^\W*(?:(?:{before})\b[ ,:]*){{0,3}}(?:{opens})\b|\b(?:{says})\b")


@cache
def _next(language: str) -> re.Pattern[str] | None:
    told = _asking_words()
    if language not in told["opens"]:
        return None
    opens, before = ("|".join(told[name][language]) for name in ("opens", "before"))
    return re.compile(rf"(?:[,;:] +(?:(?:{before})\b,? +)?|(?<=\w) +(?:{before})\b,? +)(?=(?:{opens})\b)")


@cache
def _asking_words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((files("repondeur.words") / "asking.toml").read_text("utf-8"))


def guess_language(text: str, default: str = "") -> str:
    """The language of the small words, "fr" or "en"; default when neither leads. Looks at 4,000 characters."""
    words = tokens(text[:4000])
    french = sum(word in stop_words("fr") and word not in stop_words("en") for word in words)
    english = sum(word in stop_words("en") and word not in stop_words("fr") for word in words)
    if french == english:
        return default
    return "fr" if french > english else "en"
