"""The collections of attack mails and of honest mails that lie beside the project, as mail."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from tests.support.needs import SHARED

FOLDER: Final = SHARED / "attacks"


@dataclass(frozen=True)
class Collected:
    """id: in the collection. markup: "text" or "html"."""

    id: str
    subject: str
    body: str
    language: str
    kind: str
    markup: str

    def mail(self, *, to: str, mark: str = "") -> bytes:
        """mark: a word that is in the author's address and below the text."""
        author = f"{mark or 'ann'}@outside.test"
        body = self.body + (f"\n<p>{mark}</p>" if self.markup == "html" else f"\n\n-- \n{mark}") * bool(mark)
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = f"Ann Blake <{author}>", to
        message["Subject"] = " ".join(self.subject.split())
        message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0100"
        message["Message-ID"] = f"<{self.id}.{author}>"
        message.set_content(body, subtype="html" if self.markup == "html" else "plain")
        return message.as_bytes()


def attacks() -> tuple[Collected, ...]:
    """() where there is no collection."""
    return (*_read("attacks_own"), *_read("attacks_public"))


def ordinary() -> tuple[Collected, ...]:
    """Honest mails of an office; () where there is no collection."""
    return tuple(_read("benign_ordinary"))


def _read(name: str) -> Sequence[Collected]:
    file = FOLDER / f"{name}.jsonl"
    if not file.is_file():
        return ()
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [Collected(row["id"], row["subject"], row["body"], row["lang"], row["class"], row["format"]) for row in rows]
