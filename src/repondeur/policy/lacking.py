"""What the passage that comes nearest to a mail leaves open of it: what a person has to add, or to answer. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from repondeur.mail.message import Message
from repondeur.policy.asked import asked_in
from repondeur.policy.covering import doubts
from repondeur.policy.knowing import Questions, asked_of, best, fit
from repondeur.policy.passage import Passage
from repondeur.policy.reading import read
from repondeur.policy.weighing import TELLING
from repondeur.words.letter import letter
from repondeur.words.sentences import questions
from repondeur.words.stems import fold

READ = 12_000  # characters: nobody asks a question after more
MOST = 3
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Lacking:
    """words: as the mail has them, what weighs most first."""

    passage: Passage
    words: tuple[str, ...]


def lacking(message: Message, passages: Sequence[Passage]) -> Lacking | None:
    """passages: in the order of the search. None where no public one is near, or nothing can be named that it leaves
    open."""
    language = message.language
    public = [passage for passage in passages if passage.visibility == "public"]
    sentences = letter(asked_in(message)[:READ]).sentences
    asked = questions(sentences, language) or questions([message.subject], language)
    if not public or not asked or language not in {"en", "fr"}:
        return None
    question = " ".join(asked)
    beside = " ".join(sentence for sentence in sentences if sentence not in asked)
    written = message.date.date() if message.date else None
    nearest = best(Questions(message.subject, tuple(asked), beside, language, written), public)
    if nearest is None:
        return None
    known = read(nearest.passage)
    words = asked_of(question, f"{message.subject}\n{beside}", language)
    if fit(words, known).accounted < TELLING:
        return None
    named = doubts(question, message.subject, (nearest.passage,), language, beside=beside, written=written)
    # What kind of thing is wanted is no word of theirs.
    found = [doubt.span for doubt in named if doubt.kind != "topic"]
    untold = [one.words for one, worth in words.words if worth >= TELLING and not known.text.speaks_of(one, language)]
    spelled = {fold(word): word for word in _WORD.findall(question)}
    found += [" ".join(spelled.get(word, word) for word in each) for each in untold]
    return Lacking(nearest.passage, _each_once(found)[:MOST]) if found else None


def _each_once(spans: Sequence[str]) -> tuple[str, ...]:
    """Without those that stand in one before."""
    kept: list[str] = []
    for span in spans:
        if not any(fold(span) in fold(one) for one in kept):
            kept.append(span[:_LONGEST])
    return tuple(kept)
