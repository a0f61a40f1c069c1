from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """What screening refused is put aside with its reason. But a person looks at what could not be read, and at a mail
    in our own name that wants its answer elsewhere: web forms write so, for people who wait."""
    screening = facts.screening
    if screening.verdict == "answerable":
        return None
    if screening.verdict == "unreadable":
        return Decision("hold", screening.reason)
    own_keys = {address.lower() for address in facts.own_addresses}
    form = any(address.address and address.key not in own_keys for address in facts.message.reply_to)
    if screening.reason.code == "screen.own_address" and form:
        return hold("form_in_our_name", reply_to=next(address.address for address in facts.message.reply_to))
    return Decision("ignore", screening.reason)
