"""Who sees to it that Sent holds what we send: the server by itself, our self-copy, or we by APPEND.

Gmail, Outlook, iCloud and Zoho file what goes through their SMTP servers; a second copy would double it. Of other
servers we learn it as we go; what was learned is kept in memory and can be read by others.
"""

from typing import Final, TypeVar

from repondeur.settings.schema import SentCopy

_FILING_HOSTS: Final = (
    "smtp.gmail.com",
    "smtp.googlemail.com",
    "smtp.office365.com",
    "smtp-mail.outlook.com",
    "smtp-legacy.office365.com",
    "outlook.office365.com",
    "smtp.mail.me.com",
    "smtp.icloud.com",
)
_FILING_DOMAINS: Final = ("zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "zoho.jp", "zohocloud.ca", "zoho.sa")
_REMEMBERED = 10_000  # messages
Kept = TypeVar("Kept")


def files_sent_itself(smtp_server: str) -> bool:
    """Is this server known to put what it takes into Sent?"""
    host = smtp_server.strip().rstrip(".").lower()
    return host in _FILING_HOSTS or any(host.endswith(f".{domain}") for domain in _FILING_DOMAINS)


class SentCopies:
    """What is known of one SMTP server and of the messages given to it. server_files: None while not known."""

    def __init__(self, setting: SentCopy, smtp_server: str) -> None:
        self.setting = setting
        self.server_files: bool | None = {"server": True, "append": False, "self": False}.get(setting)
        if setting == "auto" and files_sent_itself(smtp_server):
            self.server_files = True
        self._submitted: dict[str, bool] = {}
        self._filed: dict[str, None] = {}

    @property
    def wants_self_copy(self) -> bool:
        if self.setting == "auto":
            return self.server_files is not True
        return self.setting == "self"

    def submitted(self, message_id: str, *, with_self_copy: bool) -> None:
        _remember(self._submitted, message_id, with_self_copy)

    def filed(self, message_id: str) -> None:
        """We put it into Sent."""
        _remember(self._filed, message_id, None)

    def seen_in_sent(self, message_id: str) -> None:
        """It lies in Sent. When it is not we who put it there, the server does so by itself."""
        if self.setting == "auto" and message_id in self._submitted and message_id not in self._filed:
            self.server_files = True

    def not_filed_by_server(self) -> None:
        """A self-copy arrived and Sent stayed empty for a while."""
        if self.setting == "auto" and self.server_files is None:
            self.server_files = False

    def may_have_self_copy(self, message_id: str) -> bool:
        return self.wants_self_copy or self._submitted.get(message_id, False)

    def may_still_come(self, message_id: str) -> bool:
        """Can waiting bring a copy: the server's own, or the self-copy? After a restart we cannot rule it out."""
        return self.server_files is True or (self.wants_self_copy and self._submitted.get(message_id, True))


def _remember(memory: dict[str, Kept], message_id: str, value: Kept) -> None:
    memory[message_id] = value
    if len(memory) > _REMEMBERED:
        del memory[next(iter(memory))]
