"""How findings about a mailbox of Microsoft 365 are written."""

from datetime import UTC, datetime

from repondeur.errors import RepondeurError
from repondeur.mailboxes.base import Finding
from repondeur.texts import Param, Reason


def ok(what: str, code: str, /, **params: Param) -> Finding:
    return Finding(f"check.{what}", "ok", Reason(f"check.{code}", params))


def warning(what: str, code: str, /, **params: Param) -> Finding:
    return Finding(f"check.{what}", "warning", Reason(f"check.{code}", params))


def failed(what: str, error: RepondeurError) -> Finding:
    return Finding(f"check.{what}", "failed", error.reason)


def day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
