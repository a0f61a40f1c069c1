"""The text that is proposed as an answer."""

from functools import lru_cache

from repondeur.mail.clean import clean
from repondeur.mail.markdown import markdown_to_text
from repondeur.policy.facts import Facts
from repondeur.policy.strict import strict_text


def proposed_text(facts: Facts) -> str:
    """What would be sent, drafted, or shown to the person who looks at a held mail; clean, "" when there is nothing.

    strict: only ever our own text where there is one. The engine's text stands in where there is none, and then it
    cannot leave without a person (policy.guard). Else the engine's text, and the cited passages where it wrote none.
    Its Markdown becomes plain text before anybody, the guard included, looks at it.
    """
    written = _plain(facts.analysis.reply) if facts.analysis else ""
    if facts.reply_mode == "strict":
        return strict_text(facts) or written
    return written or strict_text(facts)


@lru_cache(maxsize=8)
def _plain(reply: str) -> str:
    """Several rules ask for the same one."""
    return clean(markdown_to_text(reply))
