"""An answer made of the knowledge alone: only when it has one, and in its words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from repondeur.mail.clean import clean
from repondeur.policy.passage import Passage
from repondeur.texts import say
from repondeur.words.match import coverage
from repondeur.words.sentences import questions
from repondeur.words.terms import terms

# Below this share of what is asked, a passage is about something near it, which is worse than no answer.
STRONG = 0.6
MAX_PASSAGES = 2
MAX_QUESTIONS = 4


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer and what it rests on. strength: 0 to 1, of the weakest of the questions."""

    text: str
    passages: tuple[str, ...]
    strength: float


NOTHING = Grounded("", (), 0.0)


def answer(subject: str, sentences: Sequence[str], passages: Sequence[Passage], language: str) -> Grounded:
    """The public passages in the mail's language that answer every question of the mail, whole and unchanged, between
    a greeting and a closing; NOTHING unless all questions are answered by at most MAX_PASSAGES of them."""
    asked = questions(sentences, language)[: MAX_QUESTIONS + 1]
    usable = [passage for passage in passages if passage.visibility == "public" and passage.language in {language, ""}]
    if language not in {"en", "fr"} or not usable or not asked or len(asked) > MAX_QUESTIONS:
        return NOTHING
    chosen: dict[str, Passage] = {}
    weakest = 1.0
    for question in asked:
        passage, strength = best(question, subject, usable, language)
        if passage is None:
            return NOTHING
        chosen[passage.id] = passage
        weakest = min(weakest, strength)
    if len(chosen) > MAX_PASSAGES:
        return NOTHING
    text = [say("compose.greeting", language), *(clean(passage.text) for passage in chosen.values())]
    return Grounded("\n\n".join([*text, say("compose.closing", language)]), tuple(chosen), weakest)


def best(question: str, subject: str, passages: Sequence[Passage], language: str) -> tuple[Passage | None, float]:
    """The passage that speaks of most of a question, or None when none speaks of enough of it.

    A short question is read together with the subject ("And how much is it?"). Passages in the order of the search
    break ties.
    """
    asked = set(terms(question, language))
    if sum(term.startswith("=") for term in asked) < 2:
        asked |= {term for term in terms(subject, language) if term.startswith("=")}
    key = {term for term in asked if term.startswith("=")}
    if not key:
        return None, 0.0
    found: tuple[Passage | None, float] = (None, 0.0)
    for passage in passages:
        title = set(terms(passage.title, language))
        strength = coverage(asked, title | set(terms(passage.text, language)))
        # A passage may mention what another is about: one asked word must be what this one is about.
        if key & title and strength >= STRONG and strength > found[1]:
            found = passage, strength
    return found
