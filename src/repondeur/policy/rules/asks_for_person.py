from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts
from repondeur.policy.phrases import WANTS_PERSON, WANTS_PERSON_ALONE
from repondeur.policy.words import phrase_in, words_of

# Who was offered a person says so in a word or two.
FEW_WORDS = 6


def rule(facts: Facts) -> Decision | None:
    """Whoever asks for a person gets one, whatever the engine says; and so does what they write after that in the same
    thread, until a person has answered."""
    message = facts.message
    text = words_of(message.text or message.body)
    phrase = phrase_in(text + words_of(message.subject), WANTS_PERSON)
    if phrase is None and len(text.split()) <= FEW_WORDS:
        phrase = phrase_in(text, WANTS_PERSON_ALONE)
    if phrase is not None:
        return hold("asks_for_person", phrase=phrase)
    return hold("person_asked_before") if facts.person_asked else None
