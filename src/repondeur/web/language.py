"""Which language a reader wants. Pure."""

from repondeur.texts import LANGUAGES, Language

MOST = 50  # entries that are looked at; no browser sends as many


def preferred(accept_language: str, default: Language) -> Language:
    """The language of ours with the highest weight in an Accept-Language field (RFC 9110 12.5.4), the first of equals;
    the default when it names none of ours, or is "*", or is no such field at all. Never raises.

    >>> preferred("de, fr-CA;q=0.8, en;q=0.5", "en")
    'fr'
    """
    best: Language = default
    best_weight = 0.0
    for entry in accept_language.split(",")[:MOST]:
        tag, *parameters = (part.strip().lower() for part in entry.split(";"))
        weight = _weight(parameters)
        for language in LANGUAGES:
            if tag.split("-")[0] == language and weight > best_weight:
                best, best_weight = language, weight
    return best


def _weight(parameters: list[str]) -> float:
    """From 0 to 1; 1 when not given, 0 when it is no number."""
    given = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        weight = float(given)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
