from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts
from repondeur.policy.phrases import PRIVACY
from repondeur.policy.words import first_phrase


def rule(facts: Facts) -> Decision | None:
    """A mail that speaks of personal data is for a person: who asks must be identified first, and a month's time runs
    (GDPR, articles 12(3) and 12(6))."""
    phrase = first_phrase(facts.message, PRIVACY, notices=False)
    return hold("privacy_matter", phrase=phrase) if phrase else None
