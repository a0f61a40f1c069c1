"""What a person can do next about a mail, in words."""

from repondeur.cli import output
from repondeur.store.records import Mail
from repondeur.store.review import left_to_do
from repondeur.texts import Reason, hint


def next_steps(mail: Mail) -> tuple[str, ...]:
    """About the reason, and with the mail; none where nothing is to be done. They name no command that would refuse."""
    left = left_to_do(mail)
    advice = [_hint(mail.reason), _hint(Reason(f"web.{left}", {"id": mail.id})) if left else ""]
    return tuple(filter(None, advice))


def _hint(reason: Reason | None) -> str:
    """ "" also for a reason that an older version has stored and the catalogue has lost."""
    try:
        return hint(reason, output.language()) if reason else ""
    except (FileNotFoundError, KeyError):
        return ""
