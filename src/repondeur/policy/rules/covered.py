from functools import lru_cache

from repondeur.policy.asked import asked_in
from repondeur.policy.citation import cited
from repondeur.policy.covering import Doubt, doubts
from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts
from repondeur.words.letter import letter
from repondeur.words.sentences import questions

# Characters that are looked at: nobody asks a question after more.
READ = 12_000


def rule(facts: Facts) -> Decision | None:
    """No answer leaves unseen that rests on passages about other places, days, amounts or things than the mail asks
    about: what is only like it is what a model takes for an answer."""
    passages = cited(facts)
    open_doubt = next((doubt for doubt in _doubts(facts) if doubt.hard), None) if passages else None
    return draft("not_covered", span=open_doubt.span) if open_doubt else None


_doubts_of = lru_cache(maxsize=32)(doubts)  # the guard asks after the rules have


def _doubts(facts: Facts) -> tuple[Doubt, ...]:
    message = facts.message
    sentences = letter(asked_in(message)[:READ]).sentences
    asked = questions(sentences, message.language) or sentences
    beside = [sentence for sentence in sentences if sentence not in asked]
    return _doubts_of(
        " ".join(asked),
        message.subject,
        cited(facts),
        message.language,
        beside=" ".join(beside),
        written=message.date.date() if message.date else None,
    )
