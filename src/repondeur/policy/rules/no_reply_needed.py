import re
from typing import Final

from repondeur.policy.courtesy import only_thanks
from repondeur.policy.decision import Decision, hold, ignore
from repondeur.policy.facts import Facts
from repondeur.policy.phrases import EMERGENCY
from repondeur.policy.words import first_phrase

MAILINGS: Final = frozenset({"newsletter", "spam"})
THANKS: Final = "thanks"
_LINK = re.compile(r"https?:|www\.", re.IGNORECASE)


def rule(facts: Facts) -> Decision | None:
    """Thanks, newsletters and spam that need no reply are put aside, anything else without need of a reply is held.

    To put aside is the one thing an engine can do that nobody sees, so its word alone is not enough: a mail that speaks
    of an emergency, thanks that say something else too, and a newsletter or spam that continues a thread or leads
    nowhere, are held.
    """
    if facts.analysis is None or facts.analysis.needs_reply:
        return None
    intent = facts.analysis.intent
    if intent not in {THANKS, *MAILINGS}:
        return hold("no_reply_needed", intent=intent)
    if phrase := first_phrase(facts.message, EMERGENCY):
        return hold("emergency", phrase=phrase, intent=intent)
    certain = only_thanks(facts.message) if intent == THANKS else _is_mailing(facts)
    return ignore("no_reply_needed_" + intent) if certain else hold("doubtful_intent", intent=intent)


def _is_mailing(facts: Facts) -> bool:
    """Nobody sends the same to many people without a link to follow."""
    message = facts.message
    return not message.in_reply_to and bool(_LINK.search(message.body) or _LINK.search(message.html))
