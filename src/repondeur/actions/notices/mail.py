"""A notice as a mail, through the mailbox's own server: marked as automatic, and never to who wrote to us."""

from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Final

from repondeur.actions.notices.notice import Notice
from repondeur.errors import SubmissionRefused
from repondeur.mail.clean import clean_line
from repondeur.mail.compose import deterministic_message_id
from repondeur.mail.message import Address
from repondeur.mailboxes.base import Submission
from repondeur.policy.escaping import harmless

_WHOLE_LINES: Final = SMTP.clone(max_line_length=200)  # a folded Message-ID is one that some programs do not find


def submission(notice: Notice, sender: Address, to: str) -> Submission:
    """sender: us. to: the address of the settings. The subject holds nothing of the mail. Raises SubmissionRefused when
    an address cannot be written."""
    domain = sender.address.rpartition("@")[2]
    message_id = deterministic_message_id(notice.mailbox, notice.id, "notice", domain)
    message = EmailMessage(policy=_WHOLE_LINES)
    try:
        message["From"] = formataddr((clean_line(sender.name), sender.address))
        message["To"] = to
        message["Subject"] = f"Répondeur: {notice.title}"
        message["Date"] = format_datetime(notice.at)
        message["Message-ID"] = f"<{message_id}>"
        # RFC 3834 5, and what Exchange reads: nobody answers this by itself.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content("\n".join([*notice.lines(harmless), *([notice.link] if notice.link else [])]) + "\n")
        raw = message.as_bytes()
    except (MessageError, ValueError) as error:  # an address with letters that its server may not take
        raise SubmissionRefused("compose.address_invalid", address=clean_line(to)[:100]) from error
    return Submission(message_id, raw, "", to)
