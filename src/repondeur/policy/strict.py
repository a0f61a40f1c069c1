"""The text of an answer in strict mode: our greeting, whole cited public passages, our closing. No word of a model, so
a lie, a leak or a foreign link cannot be in it."""

from repondeur.mail.clean import clean
from repondeur.mail.compose import text_language
from repondeur.policy.citation import cited
from repondeur.policy.facts import Facts
from repondeur.policy.language import reply_language
from repondeur.texts import say

# More would be a reading list, and the order in which they were cited is the engine's order of fitness.
PASSAGES_LIMIT = 3


def strict_text(facts: Facts) -> str:
    """The answer, "" when no public supplied passage is cited. Passages are never cut: half a rule is another rule."""
    texts = [text for passage in cited(facts)[:PASSAGES_LIMIT] if (text := clean(passage.text))]
    if not texts:
        return ""
    language = text_language(reply_language(facts))
    return clean("\n\n".join([say("compose.greeting", language), *texts, say("compose.closing", language)]))
