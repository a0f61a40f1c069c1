from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts
from repondeur.policy.person_wanted import person_wanted
from repondeur.policy.words import words_of


def rule(facts: Facts) -> Decision | None:
    """Whoever asks for a person gets one, whatever the engine says; and so does what they write after that in the same
    thread, until a person has answered."""
    message = facts.message
    words = person_wanted(words_of(message.text or message.body), words_of(message.subject))
    if words:
        return hold("asks_for_person", phrase=words)
    return hold("person_asked_before") if facts.person_asked else None
