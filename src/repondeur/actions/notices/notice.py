"""What people are told: where, why, and which mail; never what it says (I13)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from repondeur.policy.escaping import line
from repondeur.texts import Language, Reason, render, say

# Characters of each, so that the whole stays below what every target takes, 3,000 for Slack, 4,096 octets for ntfy,
# with each character taken for the longest that escaping makes of it.
MAILBOX, WHY, SUBJECT, AUTHOR = 60, 250, 100, 120
Escape = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell one target. id: the same however often it is tried. event: as in the settings. mailbox: its
    name, "" for the program. mail: its number, None for none; then subject and author are "". link: to our page, "" for
    none."""

    id: str
    event: str
    mailbox: str
    reason: Reason
    at: datetime
    language: Language
    mail: int | None = None
    subject: str = ""
    author_name: str = ""
    author_address: str = ""
    link: str = ""

    @property
    def title(self) -> str:
        return say(f"notice.{self.event}", self.language)

    @property
    def why(self) -> str:
        """The sentence; the code alone where this version of the program does not know it."""
        try:
            return render(self.reason, self.language)
        except (FileNotFoundError, KeyError):
            return self.reason.code

    @property
    def author(self) -> str:
        """The address, which is what it is; a name only as something that somebody calls himself."""
        name = line(self.author_name, AUTHOR // 2)
        if not name or name.lower() == self.author_address.lower():
            return self.author_address
        return say("notice.calls_itself", self.language, address=self.author_address, name=name)

    def lines(self, escape: Escape) -> list[str]:
        """Everything but title and link, for a target whose text is escaped by this."""
        found = [("mailbox", self.mailbox, MAILBOX), ("why", self.why, WHY)]
        if self.mail is not None:
            found += [("subject", self.subject, SUBJECT), ("author", self.author, AUTHOR)]
        spoken = self.language
        return [say(f"notice.line_{name}", spoken, text=escape(text, most)) for name, text, most in found if text]
