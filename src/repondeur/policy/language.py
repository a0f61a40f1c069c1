"""In which language a reply is written."""

from repondeur.policy.facts import Facts


def primary(language: str) -> str:
    """The primary subtag (RFC 5646 2.2.1) in lower case: "fr" for "fr-CA" and "FR"."""
    return language.strip().replace("_", "-").partition("-")[0].lower()


def spoken(facts: Facts) -> tuple[str, ...]:
    """The languages this mail may be in, by its own words first, then by the engine; those that neither knows are left
    out. At most two: they may disagree."""
    named = (facts.message.language, facts.analysis.language if facts.analysis else "")
    return tuple(dict.fromkeys(primary(language) for language in named if primary(language) not in {"", "und"}))


def reply_language(facts: Facts) -> str:
    """The first language of the mail that we answer in, else our preferred one, else "en"."""
    ours = [primary(language) for language in facts.languages]
    return next((language for language in spoken(facts) if language in ours), next(iter(ours), "en"))
