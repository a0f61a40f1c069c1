"""What settings say of senders, as the policy takes it."""

from collections.abc import Collection

from repondeur.mail.sender_pattern import sender_list
from repondeur.policy.screen import ScreenFacts
from repondeur.policy.senders import SenderRules
from repondeur.settings.schema import MailboxSettings


def sender_rules(settings: MailboxSettings) -> SenderRules:
    return SenderRules(
        own_addresses=settings.own_addresses,
        allowed=sender_list(settings.allow_senders),
        blocked=sender_list(settings.block_senders),
        internal=sender_list(settings.internal_senders),
        only_allowed=settings.only_allowed,
        authserv_id=settings.authserv_id,
    )


def screen_facts(
    settings: MailboxSettings, own_addresses: Collection[str] = (), *, own_message: bool = False
) -> ScreenFacts:
    """own_addresses: beside those of this mailbox. own_message: see policy.screen."""
    rules = sender_rules(settings)
    return ScreenFacts(rules.own_addresses | frozenset(own_addresses), own_message, rules.blocked, rules.allowed)
