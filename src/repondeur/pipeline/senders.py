"""What settings say of senders, as the policy takes it."""

from collections.abc import Collection

from repondeur.authentication.checker import Wanted
from repondeur.mail.authentication import states_dmarc
from repondeur.mail.message import Message
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


def checks_wanted(message: Message, settings: MailboxSettings) -> Wanted:
    """Which signatures are to be checked here. Keys are looked for only where the answer makes a difference, so that no
    stranger has us ask the DNS: for senders that settings name, and where our own server states no result."""
    rules = sender_rules(settings)
    named = rules.internal.has(message.author) or rules.allowed.has(message.author)
    stated = states_dmarc(message.authentication_results, rules.authserv_id)
    return Wanted(settings.own_dkim_check and named and not stated, settings.smime_ca_file)
