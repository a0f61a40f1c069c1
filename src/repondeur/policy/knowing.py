"""Does a passage answer what is asked? How sure one can be of it by words alone. Pure.

Words tell badly which passage has the answer, and by themselves nothing about whether one has it. What tells is what of
a question stays unaccounted for: see docs/decisions/knowing.md for the figures that the weights are from.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from repondeur.policy.covering import MAX_QUESTION, Doubt, doubts, stranger
from repondeur.policy.passage import Passage
from repondeur.policy.reading import Read, Terms, read, same_told, terms_of
from repondeur.policy.sureness import LEAST_LEAD, MOST_DOUBTS, SURE, Signs, sureness
from repondeur.policy.weighing import TELLING, weight
from repondeur.words.sentences import clauses
from repondeur.words.terms import Said, said
from repondeur.words.wanted import wanted

# A word that tells nothing still shows that a passage is near.
LEAST = 0.15
# What a mail tells beside its questions helps to find the passage; it need not be in it.
BESIDE = 0.5
# Of what stands beside a question that refers to something, one thing is meant, and most are not.
NOT_MEANT = 0.15
# What a passage is about, and not only mentions, counts more by this.
TITLED = 0.5
STRENGTH = 2.5
# How much it counts that the search, which knows all passages and how rare words are, has found a passage first.
FIRST_BONUS = 1.6
# Another passage with so much of the strength of the best one is about the same.
RIVAL = 0.8
# A passage with so little of the strength of another one is not what that part of a mail is about.
FAR_MORE = 0.5
# Leading by so much is as good as being the first of the search.
CLEAR_LEAD = 0.5
UNITS = {"duration": "time", "amount": "money", "moment": "clock"}


@dataclass(frozen=True, slots=True)
class Questions:
    """What a mail asks. asked: its sentences that ask; beside: the others. language: of the mail, "en" or "fr".
    written: its day, which tells dates without a year."""

    subject: str
    asked: tuple[str, ...]
    beside: str
    language: str
    written: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is compared: its words with what each tells, and what the mail says beside it. refers: it says
    too little itself, as "How do I go about it?", and asks about something that stands beside it. terms: of both."""

    language: str
    words: tuple[tuple[Said, float], ...]
    beside: tuple[tuple[Said, float], ...]
    terms: Terms
    refers: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """How a passage fits a question. accounted, open: the weights of the asked words that it speaks of, and of those
    that it does not. evidence: of everything that it speaks of. beside: the share of what the mail says beside the
    question that it speaks of, with one word more, so that a single one is no whole."""

    passage: Passage
    accounted: float
    open: float
    evidence: float
    beside: float

    @property
    def strength(self) -> float:
        return STRENGTH * self.evidence


@dataclass(frozen=True, slots=True)
class Known:
    """The passage that answers a question best. doubts: what it leaves open; signs: that it does answer."""

    passage: Passage
    doubts: tuple[Doubt, ...]
    signs: Signs

    @property
    def sureness(self) -> float:
        """0 to 1."""
        return sureness(self.signs)

    def answers(self, sure: float = SURE) -> bool:
        return self.sureness >= sure and not any(doubt.hard for doubt in self.doubts)


def asked_of(question: str, beside: str, language: str) -> Asked:
    """question: the sentences that ask. beside: the others, and the subject."""
    words = [(one, weight(one, language)) for one in said(question[:MAX_QUESTION], language)]
    around = [(one, weight(one, language)) for one in said(beside[:MAX_QUESTION], language)]
    return Asked(
        language,
        tuple(words),
        tuple(around),
        terms_of(f"{question}\n{beside}"[: 2 * MAX_QUESTION], language),
        refers=sum(worth for _, worth in words) < TELLING,
    )


def best(mail: Questions, passages: Sequence[Passage], *, searched: bool = True) -> Known | None:
    """The passage in the mail's language that answers what is asked best, with how sure that is; None where none speaks
    of it.

    passages: all that were found, in the order of the search; those in other languages may speak of more of what is
    asked, and then the answer is theirs. searched: whether they were searched for with just this question; else the
    closest one takes the place of the first.
    """
    question, language = " ".join(mail.asked), mail.language
    asked = asked_of(question, f"{mail.subject}\n{mail.beside}", language)
    fits = [fit(asked, read(passage)) for passage in passages]
    own = [one for one in fits if one.passage.language in {language, ""}]
    if not any(one.accounted for one in own):
        return None
    first = passages[0].id if searched else max(fits, key=lambda one: one.strength).passage.id
    found = max(own, key=lambda one: one.strength + FIRST_BONUS * (one.passage.id == first))
    others = [one for one in fits if one is not found and not same_told(one.passage, found.passage)]
    rival = max((one.strength for one in others), default=0.0)
    open_doubts = doubts(question, mail.subject, (found.passage,), language, beside=mail.beside, written=mail.written)
    alike = (one.passage for one in others if one.strength >= RIVAL * found.strength)
    if any(contradict(question, found.passage, other, language) for other in alike):
        open_doubts = (Doubt("topic", "contradiction", hard=True), *open_doubts)
    if strange := stranger(question, found.passage, [one.passage for one in others], language):
        open_doubts = (*open_doubts, strange)
    leads = found.passage.id == first or any(
        one.passage.id == first and same_told(one.passage, found.passage) for one in fits
    )
    lead = _lead(found, rival)
    signs = Signs(
        evidence=math.log1p(found.strength),
        open=found.open / (found.open + found.accounted + 0.5),
        first=float(leads or lead >= CLEAR_LEAD),
        lead=lead,
        beside=found.beside,
        refers=float(asked.refers),
        doubts=min(len(open_doubts), MOST_DOUBTS),
    )
    return Known(found.passage, open_doubts, signs)


def passed_over(mail: Questions, passage: Passage, others: Sequence[Passage]) -> bool:
    """Whether one of several questions says something of which the passage knows nothing at all, or whether one of the
    others says far more of a thing that is asked."""
    several = len(mail.asked) > 1
    for question in mail.asked:
        one = fit(asked_of(question, "", mail.language), read(passage))
        if several and one.open >= TELLING and one.accounted < TELLING and one.open > one.accounted:
            return True
    parts = asked_apart(mail)
    for part in parts if len(parts) > 1 else ():
        asked = asked_of(part, "", mail.language)
        one = fit(asked, read(passage))
        for other in others:
            more = fit(asked, read(other))
            if one.strength < FAR_MORE * more.strength and more.accounted >= one.accounted + TELLING:
                return True
    return False


def asked_apart(mail: Questions) -> list[str]:
    """Each thing that a mail asks by itself: "what does it cost" and "how long does it take"."""
    return [part for question in mail.asked for part in clauses(question, mail.language)]


def contradict(question: str, one: Passage, other: Passage, language: str) -> bool:
    """Whether two passages tell different values of what is asked: two sums, two times, and neither has the other's."""
    dimensions = {UNITS[kind] for kind in wanted(question, language) if kind in UNITS}
    for dimension in dimensions:
        mine, theirs = (
            {round(number.value, 2) for number in read(passage).specifics.quantities if number.dimension == dimension}
            for passage in (one, other)
        )
        if mine and theirs and not (mine <= theirs or theirs <= mine):
            return True
    return False


def fit(asked: Asked, known: Read) -> Fit:
    """How much of a question, and of what stands beside it, a passage speaks of."""
    accounted = open_ = evidence = 0.0
    for one, worth in asked.words:
        if known.text.speaks_of(one, asked.language):
            accounted += worth
            evidence += max(worth, LEAST) * (1 + TITLED * known.title.speaks_of(one, asked.language))
        else:
            open_ += worth
    met = 0.0
    for one, worth in asked.beside:
        if known.text.speaks_of(one, asked.language):
            met += worth
            accounted += BESIDE * worth * asked.refers
        else:
            open_ += NOT_MEANT * worth * asked.refers
    around = sum(worth for _, worth in asked.beside)
    return Fit(known.passage, accounted, open_, evidence + BESIDE * met, met / (around + 1))


def _lead(one: Fit, rival: float) -> float:
    return max((one.strength - rival) / max(one.strength, rival, 1e-9), LEAST_LEAD)
