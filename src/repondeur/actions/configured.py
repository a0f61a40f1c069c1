"""Settings to what leaves: the HTTP client, and the targets that are told."""

from collections.abc import Callable, Mapping
from datetime import datetime

from repondeur.actions.addresses import Allowed
from repondeur.actions.call import Caller
from repondeur.actions.notify import ByHttp, ByMail, Notifier, Target
from repondeur.actions.outgoing import Outgoing
from repondeur.mail.message import Address
from repondeur.mailboxes.base import Mailbox
from repondeur.mailboxes.tls import client_context, trust
from repondeur.settings.schema import Settings
from repondeur.settings.targets import NotifySettings
from repondeur.store.notices import Notices
from repondeur.store.store import Store


def outgoing(settings: Settings) -> Outgoing:
    """Certificates of one's own authorities (MAIL_CA_FILE of any mailbox) are believed beside those of the system.
    Raises SettingsError when one cannot be read."""
    context = client_context()
    for file in dict.fromkeys(mailbox.mail_ca_file for mailbox in settings.mailboxes if mailbox.mail_ca_file):
        trust(context, file)
    return Outgoing(Allowed.of(settings.outgoing_allow), context)


def caller(settings: Settings) -> Caller:
    """Raises SettingsError."""
    return Caller(outgoing(settings), {one.id: one for one in settings.call})


def notifier(
    settings: Settings, mailboxes: Mapping[str, tuple[Mailbox, Address]], store: Store, clock: Callable[[], datetime]
) -> Notifier:
    """mailboxes: by name, each with the address it writes as. Raises SettingsError."""
    client = outgoing(settings)

    def target(one: NotifySettings) -> Target:
        return ByMail(one, mailboxes) if one.kind == "mail" else ByHttp(one, client)

    targets = [target(one) for one in settings.notify]
    return Notifier(targets, Notices(store.database), store, clock, settings.language, settings.public_url)
