from typing import Final

from repondeur.policy.decision import Decision, hold, ignore
from repondeur.policy.facts import Facts
from repondeur.policy.words import EMERGENCY, first_phrase

PUT_ASIDE: Final = frozenset({"newsletter", "spam", "thanks"})


def rule(facts: Facts) -> Decision | None:
    """Thanks, newsletters and spam that need no reply are put aside, anything else without need of a reply is held.

    To put aside is the one thing an engine can do that nobody sees, so its word alone is not enough: a mail that speaks
    of an emergency, thanks that ask something, and a newsletter or spam that continues a thread are held.
    """
    if facts.analysis is None or facts.analysis.needs_reply:
        return None
    intent = facts.analysis.intent
    if intent not in PUT_ASIDE:
        return hold("no_reply_needed", intent=intent)
    if phrase := first_phrase(facts.message, EMERGENCY):
        return hold("emergency", phrase=phrase, intent=intent)
    asks = "?" in facts.message.text or "\uff1f" in facts.message.text
    if asks if intent == "thanks" else bool(facts.message.in_reply_to):
        return hold("doubtful_intent", intent=intent)
    return ignore("no_reply_needed_" + intent)
