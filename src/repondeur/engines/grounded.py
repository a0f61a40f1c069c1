"""An answer made of the knowledge alone: only when it has one, and in its words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from repondeur.policy.around import letter_around, told
from repondeur.policy.knowing import Known, Questions, best, passed_over
from repondeur.policy.passage import Passage
from repondeur.policy.sureness import SURE
from repondeur.words.sentences import questions

MAX_PASSAGES = 2
MAX_QUESTIONS = 4
# The least strength of an answer: the engine's confidence is made of it.
LEAST_STRENGTH = 0.75


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer and what it rests on. strength: LEAST_STRENGTH to 1, of the weakest of the questions; 0 for none."""

    text: str
    passages: tuple[str, ...]
    strength: float


NOTHING = Grounded("", (), 0.0)


def answer(
    subject: str,
    sentences: Sequence[str],
    passages: Sequence[Passage],
    language: str,
    sure: float = SURE,
    *,
    written: date | None = None,
    name: str = "",
) -> Grounded:
    """The public passages in the mail's language that answer every question of the mail, whole and unchanged, between
    a greeting and a closing; NOTHING unless all questions are answered by at most MAX_PASSAGES of them.

    passages: in the order of the search. Where the best one is in another language only, there is no answer. sure: the
    least sureness of an answer, 0 to 1. written: the day of the mail. name: ours, to stand below.
    """
    asked = questions(sentences, language)[: MAX_QUESTIONS + 1]
    public = [passage for passage in passages if passage.visibility == "public"]
    if language not in {"en", "fr"} or not public or not asked or len(asked) > MAX_QUESTIONS:
        return NOTHING
    beside = " ".join(sentence for sentence in sentences if sentence not in asked)
    found = _known(Questions(subject, tuple(asked), beside, language, written), public, sure)
    chosen = {one.passage.id: one.passage for one in found}
    if not found or len(chosen) > MAX_PASSAGES:
        return NOTHING
    text = letter_around(told(chosen.values()), language, name)
    weakest = min(one.sureness for one in found)
    strength = LEAST_STRENGTH + (1 - LEAST_STRENGTH) * (weakest - sure) / (1 - sure)
    return Grounded(text, tuple(chosen), strength)


def _known(mail: Questions, passages: Sequence[Passage], sure: float) -> list[Known]:
    """What answers all that is asked: one passage together, or one for each thing; [] when one is open."""
    together = best(mail, passages)
    if together is None:
        return []
    native = [one for one in passages if one.language in {mail.language, ""}]
    if together.answers(sure) and not passed_over(mail, together.passage, native):
        return [together]
    if len(mail.asked) == 1:
        return []
    found: list[Known] = []
    for question in mail.asked:
        beside = " ".join([mail.beside, *(other for other in mail.asked if other != question)])
        alone = replace(mail, asked=(question,), beside=beside)
        # The search had the whole mail to go by; for one question of it the closest passage counts as its first.
        one = best(alone, passages, searched=False)
        if one is None or not one.answers(sure) or passed_over(alone, one.passage, native):
            return []
        found.append(one)
    return found
