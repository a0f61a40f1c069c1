from typing import Final

from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts

UNREADABLE: Final = frozenset({"smime_encrypted", "smime_opaque", "pgp_encrypted"})


def rule(facts: Facts) -> Decision | None:
    """What is encrypted can be read by a person alone. Who signs wants to be sure of who wrote: a signature that was
    not checked, or is somebody else's, makes a person look."""
    protection = facts.message.protection
    if protection in UNREADABLE:
        return hold(protection)
    if not protection:
        return None
    if protection == "smime_signed" and facts.message.author.key in facts.message.own_checks.signers:
        return None
    return hold("signature_not_verified" if not facts.message.own_checks.signers else "signature_of_other")
