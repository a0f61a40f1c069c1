"""What a subscription is due for, and when. Pure.

Source: Microsoft Graph v1.0, "subscription resource type", "Update subscription", "Reduce missing change
notifications and removed subscriptions", "Change notifications for Outlook resources".
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from urllib.parse import quote, urlsplit

from repondeur.errors import FolderMissing, LoginRefused, RepondeurError
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.messages import SELECT
from repondeur.store.ledger import Subscription
from repondeur.texts import Param, Reason

Due = Literal["nothing", "check", "create", "recreate", "renew", "reauthorize", "resync"]

CHECK: Final = 300.0  # seconds
SOONEST: Final = 5.0  # seconds between two looks that nobody has asked for
# What to ask for, in minutes; the next when the one before is too long for this tenant or cloud.
PLAIN_LIVES: Final = (10_065, 4_230, 1_435, 60)
RICH_LIVES: Final = (1_435, 60)
NOT_BOTH_WITHIN: Final = timedelta(minutes=10)  # reauthorize and renewal
FIRST_WAIT, LONGEST_WAIT = 30.0, 600.0  # seconds, after failures
PATIENCE: Final = timedelta(hours=1)  # how long a hook may be out of reach before somebody is called


@dataclass(frozen=True, slots=True)
class Wanted:
    """The subscription that the settings ask for. folder: a well-known name or an id. account: whose mailbox it is."""

    user: str
    folder: str
    url: str
    secret: str
    rich: bool
    account: str = ""

    @property
    def secret_digest(self) -> str:
        """The store has it instead of the secret, which then is in no backup."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    @property
    def resource(self) -> str:
        """What Graph is to watch: new messages of one folder, also those that are moved into it."""
        messages = f"/users/{_user(self.user)}/mailFolders('{self.folder}')/messages"
        return f"{messages}?$select={SELECT}" if self.rich else messages

    def watches(self, told: object) -> bool:
        """Is a resource that Graph tells of this folder's, whatever is selected?"""
        return isinstance(told, str) and _plain(told) == _plain(self.resource)


def is_of(user: str, resource: object) -> bool:
    """Is a resource that Graph tells of this mailbox?"""
    return isinstance(resource, str) and _plain(resource).startswith(f"users/{_user(user)}/".casefold())


def due(kept: Subscription | None, wanted: Wanted, now: datetime, reauthorized: datetime | None = None) -> Due:
    """What is to be done first. kept: as stored, None or without an id when there is none. reauthorized: when it was
    last, which rules out a renewal in the next ten minutes unless the end is near."""
    if kept is None or not kept.id:
        return "create"
    if kept.account != wanted.account or kept.secret_digest != wanted.secret_digest:
        return "recreate"
    if (kept.notification_url, kept.rich) != (wanted.url, wanted.rich):
        return "recreate"
    if kept.event == "subscriptionRemoved" or now >= kept.expires:
        return "create"
    if kept.event == "reauthorizationRequired":
        return _answer(kept, now, reauthorized)
    if now >= _renewal(kept) and (not _lately(reauthorized, now) or kept.expires - now < 2 * NOT_BOTH_WITHIN):
        return "renew"
    if kept.event:
        return "resync"
    if kept.last_check is None or not timedelta() <= now - kept.last_check < timedelta(seconds=CHECK):
        return "check"
    return "nothing"


def seconds_to_next(kept: Subscription, now: datetime) -> float:
    """Until something is due: a check, or the renewal at two thirds of its life."""
    check = (kept.last_check or now) + timedelta(seconds=CHECK)
    return min(CHECK, max(SOONEST, (min(check, _renewal(kept), kept.expires) - now).total_seconds()))


def wait_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row (1 or more)."""
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 10)))


def told_expiry(now: datetime, minutes: int) -> str:
    return (now + timedelta(minutes=minutes)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_too_long(error: Refused) -> bool:
    """Graph finds the life asked for too long. It has the same code for refusals by the mailbox's own server."""
    return error.status == 400 and error.graph_code == "ExtensionError"


def problem_of(error: RepondeurError, wanted: Wanted) -> Reason:
    """Why there is no subscription, in words that say what to do."""
    if not isinstance(error, Refused):
        return error.reason
    params: dict[str, Param] = {"mailbox": wanted.user, "status": error.status, "code": error.graph_code or "?"}
    if error.status == 403:
        return Reason("graph.subscription_forbidden", params)
    if error.status == 409:
        return Reason("graph.subscription_conflict", params)
    if error.status == 400 and error.graph_code == "ValidationError":
        return Reason("graph.hook_unreachable", {"url": wanted.url, "host": host_of(wanted.url)})
    return Reason("graph.subscription_refused", params)


def needs_a_person(error: RepondeurError, lasted: timedelta) -> bool:
    """Rights do not come back by themselves; a proxy that restarts does, most of the time."""
    if isinstance(error, Refused):
        return error.status == 403 or lasted >= PATIENCE
    return isinstance(error, LoginRefused | FolderMissing)


def why_anew(kept: Subscription | None, now: datetime) -> str:
    """For the log: why a subscription is made."""
    if kept is None or not kept.id:
        return "none"
    return kept.event or ("expired" if now >= kept.expires else "changed")


def none_yet(mailbox: str, folder: str, wanted: Wanted, now: datetime) -> Subscription:
    """The row of a folder that nobody is told of; it has no id."""
    return Subscription(
        mailbox=mailbox, folder=folder, id="", secret_digest="", notification_url=wanted.url, rich=wanted.rich,
        expires=now, made=now, renewed=now, account=wanted.account,
    )  # fmt: skip


def host_of(url: object) -> str:
    """For logs: the rest of a URL may hold a secret."""
    try:
        return (urlsplit(url).hostname if isinstance(url, str) else None) or "?"
    except ValueError:
        return "?"


def _user(name: str) -> str:
    return quote(name, safe="@!$&'()*+,;=:")


def _renewal(kept: Subscription) -> datetime:
    return kept.renewed + (kept.expires - kept.renewed) * 2 / 3


def _answer(kept: Subscription, now: datetime, reauthorized: datetime | None) -> Due:
    """A renewal reauthorizes too, so it is what to do once a third of the life is over."""
    if _lately(kept.renewed, now):
        return "renew"
    if _lately(reauthorized, now):
        return "reauthorize"
    return "renew" if now - kept.renewed >= (kept.expires - kept.renewed) / 3 else "reauthorize"


def _lately(moment: datetime | None, now: datetime) -> bool:
    """Not so when the clock was set back meanwhile: then nobody knows."""
    return moment is not None and timedelta() <= now - moment < NOT_BOTH_WITHIN


def _plain(resource: str) -> str:
    return resource.partition("?")[0].strip("/").casefold().replace("%40", "@")
