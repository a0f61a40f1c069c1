"""What `pause`, `resume`, `check` and `messages list` share: which mailbox is meant, and how a pause is told."""

import re

from repondeur.cli import output
from repondeur.cli.rows import moment
from repondeur.errors import SettingsError
from repondeur.settings.names import nearest
from repondeur.settings.schema import Settings
from repondeur.store.pauses import ALL, Pause
from repondeur.texts import Reason, render


def known(settings: Settings, name: str, paused: frozenset[str] = frozenset()) -> str:
    """The name, if there is such a mailbox: in the settings, or paused before it left them. Raises SettingsError, which
    names the nearest one."""
    names = [one.name for one in settings.mailboxes]
    if name == ALL or name in names or name in paused:
        return name
    listed = ", ".join(names)
    meant = nearest(name, names)
    if not meant:
        raise SettingsError("cli.no_such_mailbox", name=name, names=listed)
    raise SettingsError("limits.no_such_mailbox", name=name, nearest=meant, names=listed)


def told(pause: Pause) -> Reason:
    """Where, since when, and why or by whom."""
    reason = Reason("limits.by_someone", {"who": pause.who}) if pause.who else pause.reason
    since, why = moment(pause.since), render(reason, output.language())
    if pause.mailbox == ALL:
        return Reason("limits.all_paused", {"since": since, "reason": why})
    # A breaker's reason begins with the mailbox, which is named already.
    alone = re.sub(rf"^{re.escape(pause.mailbox)}\s?: ", "", why)
    return Reason(
        "limits.is_paused", {"mailbox": pause.mailbox, "since": since, "reason": alone[:1].upper() + alone[1:]}
    )
