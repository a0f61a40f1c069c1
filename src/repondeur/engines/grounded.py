"""An answer made of the knowledge alone: only when it has one, and in its words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from repondeur.mail.clean import clean
from repondeur.mail.compose import text_language
from repondeur.policy.passage import Passage
from repondeur.texts import say
from repondeur.words.match import answered, is_concept
from repondeur.words.sentences import questions
from repondeur.words.terms import terms

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
    text = [say("compose.greeting", text_language(language)), *(clean(passage.text) for passage in chosen.values())]
    return Grounded("\n\n".join([*text, say("compose.closing", text_language(language))]), tuple(chosen), weakest)


def best(question: str, subject: str, passages: Sequence[Passage], language: str) -> tuple[Passage | None, float]:
    """The passage that speaks of most of a question, or None when none speaks of enough of it.

    A short question is read together with the subject ("And how much is it?"). Passages in the order of the search
    break ties.
    """
    asked = set(terms(question, language))
    if sum(map(is_concept, asked)) < 2:
        asked |= set(filter(is_concept, terms(subject, language)))
    found: tuple[Passage | None, float] = (None, 0.0)
    for passage in passages:
        strength = answered(asked, terms(passage.title, language), terms(passage.text, language))
        if strength > found[1]:
            found = passage, strength
    return found
