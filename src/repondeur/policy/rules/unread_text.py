from typing import Final

from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts
from repondeur.policy.words import READ_LIMIT, read_whole

# Problems of a mail whose text, or the end of it, nobody has read: these, and all of the bounded reader.
UNREAD: Final = frozenset(
    {
        "mail.too_large",
        "mail.text_cut",
        "mail.over_size",
        "mail.header_too_large",
        "mail.field_too_large",
        "mail.too_many_parts",
        "mail.too_deep",
    }
)


def rule(facts: Facts) -> Decision | None:
    """A text that was not read to its end may say anything there, so no engine's word about it counts (I8, I19)."""
    if any(problem in UNREAD or problem.startswith("bounded.") for problem in facts.message.problems):
        return hold("text_not_read")
    return None if read_whole(facts.message) else hold("text_too_long", limit=READ_LIMIT)
