"""The text of an answer in strict mode: our own words around whole cited public passages, or a template that an
administrator has written. No word of a model, so a lie, a leak or a foreign link cannot be in it."""

from repondeur.policy.around import letter_around, told
from repondeur.policy.citation import cited
from repondeur.policy.facts import Facts
from repondeur.policy.language import reply_language
from repondeur.policy.templates import chosen, filled
from repondeur.texts.templating import AROUND_PASSAGES

# More would be a reading list, and the order in which they were cited is the engine's order of fitness.
PASSAGES_LIMIT = 3


def strict_text(facts: Facts) -> str:
    """The answer, "" when no template is chosen and no public supplied passage is cited, or when the chosen template
    cannot be filled in. Passages are never cut, nor left out by the text around them: half a rule is another rule."""
    passages = told(cited(facts)[:PASSAGES_LIMIT])
    language, template = reply_language(facts), chosen(facts)
    if template is not None and template.id != AROUND_PASSAGES:
        return filled(template, facts, language, passages)
    if not passages:
        return ""
    text = filled(template, facts, language, passages) if template else ""
    return text if passages in text else letter_around(passages, language, facts.signed_by)
