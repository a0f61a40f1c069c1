"""Handing messages over by SMTP (RFC 6409), each exactly once as far as SMTP can tell.

The order is MAIL, RCPT of the author, RCPT of the self-copy, committing(), DATA. Up to committing() every failure
means that nothing left; after it a lost line says nothing (RFC 1047) and a 4yz or 5yz reply says that nothing left.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPDataError, SMTPException

from repondeur.errors import MailboxUnavailable, RepondeurError, SubmissionRefused, SubmissionUnknown
from repondeur.mailboxes.base import Submission
from repondeur.mailboxes.imap.backoff import Gate
from repondeur.mailboxes.imap.connection import DEFAULT_TIMEOUTS, Timeouts
from repondeur.mailboxes.imap.envelope import Envelope, blames_the_return_path, envelope, outcome
from repondeur.mailboxes.imap.responses import printable
from repondeur.mailboxes.imap.smtp_connection import connected, is_alive, part
from repondeur.settings.schema import ImapSettings

log = structlog.get_logger(__name__)

CONNECTIONS = 3  # what Exchange Online lets an account have
IDLE_SECONDS = 20.0  # how long a connection is kept for the next message


class _SelfCopyBroke(Exception):
    """The line was lost over the self-copy's recipient."""


class _ReturnPathRefused(Exception):
    """The server takes no null reverse-path."""


@dataclass(frozen=True, slots=True)
class _Reply:
    code: int
    text: str

    @property
    def words(self) -> str:
        return printable(f"{self.code} {self.text}")


class Submitter:
    """The right to send as one mailbox. One message at a time on each of at most CONNECTIONS connections."""

    def __init__(self, settings: ImapSettings, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        self._settings = settings
        self._timeouts = timeouts
        self._gate = Gate()
        self._slots = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[SMTP] = []
        self._retiring: dict[SMTP, asyncio.Task[None]] = {}
        self._closed = False
        self.takes_null_path = True

    async def submit(
        self, submission: Submission, self_copy: str | None, committing: Callable[[], Awaitable[None]]
    ) -> bool:
        """Hands a message over; the answer: was the self-copy taken too? self_copy: our address, None for no copy.

        Raises MailboxUnavailable, LoginRefused, SubmissionRefused (nothing left), SubmissionUnknown (it may have), and
        what committing raises (nothing left).
        """
        async with self._slots:
            if self._closed:
                raise MailboxUnavailable("smtp.closed")
            try:
                return await self._transaction(submission, self_copy, committing)
            except _SelfCopyBroke:
                log.warning("smtp.self_copy_broke", mailbox=self._settings.name)
                return await self._transaction(submission, None, committing)

    async def close(self) -> None:
        self._closed = True
        for smtp in self._idle:
            await part(smtp)
        self._idle.clear()
        for task in self._retiring.values():
            task.cancel()

    async def _transaction(
        self, submission: Submission, self_copy: str | None, committing: Callable[[], Awaitable[None]]
    ) -> bool:
        async with self._connection() as smtp:
            null_path = submission.return_path == "" and self.takes_null_path
            planned = self._envelope(smtp, submission, self_copy, null_path=null_path)
            with_copy = await self._addressed(smtp, planned, submission, self_copy)
            await committing()
            if not smtp.is_connected:  # not a word of DATA was said yet
                raise MailboxUnavailable("smtp.connection_lost", server=self._settings.smtp_server)
            reply = await self._data(smtp, submission.raw)
            if outcome(reply.code) == "refused" and null_path and blames_the_return_path(reply.text):
                # Nothing left, and the server says why: once more under our own address.
                self._remember_null_path()
                again = self._envelope(smtp, submission, self_copy, null_path=False)
                with_copy = await self._addressed(smtp, again, submission, self_copy)
                reply = await self._data(smtp, submission.raw)
            self._judge(reply)
            return with_copy

    def _envelope(self, smtp: SMTP, submission: Submission, self_copy: str | None, *, null_path: bool) -> Envelope:
        path = "" if null_path else submission.return_path or self._settings.from_email
        return envelope(submission.raw, path, submission.recipient, self_copy, smtp.esmtp_extensions)

    # -- the envelope

    async def _addressed(self, smtp: SMTP, planned: Envelope, submission: Submission, self_copy: str | None) -> bool:
        """MAIL and RCPT; the answer: was the self-copy's recipient taken?"""
        try:
            await self._sender_and_author(smtp, planned)
        except _ReturnPathRefused:
            await self._command(smtp, b"RSET")
            planned = self._envelope(smtp, submission, self_copy, null_path=False)
            await self._sender_and_author(smtp, planned)
            self._remember_null_path()
        return planned.self_copy is not None and await self._copy_taken(smtp, planned.self_copy)

    async def _sender_and_author(self, smtp: SMTP, planned: Envelope) -> None:
        options = [option.encode("ascii") for option in planned.parameters]
        reply = await self._command(smtp, b"MAIL", b"FROM:" + _path(planned.return_path), *options)
        self._accepted(reply, planned, "smtp.sender_refused", address=planned.return_path or "<>")
        reply = await self._command(smtp, b"RCPT", b"TO:" + _path(planned.recipient))
        self._accepted(reply, planned, "smtp.recipient_refused", address=planned.recipient)

    def _accepted(self, reply: _Reply, planned: Envelope, code: str, *, address: str) -> None:
        """Judges a reply to MAIL or to RCPT of the author. Servers that dislike the null reverse-path often say so
        at RCPT only (Postfix, smtpd_delay_reject), so a refusal there is believed under our own address."""
        match outcome(reply.code):
            case "taken":
                return
            case "refused" if reply.code == 530:  # RFC 4954 6
                raise SubmissionRefused("smtp.sign_in_wanted", server=self._settings.smtp_server)
            case "refused" if planned.return_path == "":
                raise _ReturnPathRefused
            case "refused":
                raise SubmissionRefused(code, address=address, reply=reply.words)
            case _:
                raise MailboxUnavailable("smtp.later", server=self._settings.smtp_server, reply=reply.words)

    async def _copy_taken(self, smtp: SMTP, address: str) -> bool:
        try:
            reply = await self._command(smtp, b"RCPT", b"TO:" + _path(address))
        except MailboxUnavailable as error:
            raise _SelfCopyBroke from error
        if reply.code == 421:
            raise _SelfCopyBroke
        if (taken := outcome(reply.code) == "taken") is False:
            log.warning("smtp.self_copy_refused", mailbox=self._settings.name, code=reply.code)
        return taken

    def _remember_null_path(self) -> None:
        if self.takes_null_path:
            log.info("smtp.null_path_refused", server=self._settings.smtp_server)
        self.takes_null_path = False

    # -- the message

    async def _data(self, smtp: SMTP, raw: bytes) -> _Reply:
        try:
            response = await smtp.data(raw, timeout=self._timeouts.data)
        except SMTPDataError as error:
            if error.code == 250:  # in place of 354: nothing was sent, and who knows what comes next (RFC 5321 4.3.2)
                smtp.close()
                raise MailboxUnavailable("smtp.connection_lost", server=self._settings.smtp_server) from error
            return _Reply(error.code, error.message)
        except (SMTPException, OSError, TimeoutError) as error:
            smtp.close()
            raise SubmissionUnknown("smtp.outcome_unknown", server=self._settings.smtp_server) from error
        return _Reply(response.code, response.message)

    def _judge(self, reply: _Reply) -> None:
        """aiosmtplib makes an error of every code but 250, and does not tell at which of DATA's two replies."""
        server = self._settings.smtp_server
        match outcome(reply.code):
            case "later":
                raise MailboxUnavailable("smtp.later", server=server, reply=reply.words)
            case "refused":
                raise SubmissionRefused("smtp.message_refused", server=server, reply=reply.words)
            case "taken" if reply.code == 250:
                return
            case _:
                raise SubmissionUnknown("smtp.outcome_unknown", server=server)

    # -- connections

    async def _command(self, smtp: SMTP, *words: bytes) -> _Reply:
        try:
            response = await smtp.execute_command(*words)
        except (SMTPException, OSError, TimeoutError) as error:
            smtp.close()
            raise MailboxUnavailable("smtp.connection_lost", server=self._settings.smtp_server) from error
        return _Reply(response.code, response.message)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[SMTP]:
        """A connection of one's own; kept for the next message unless the line itself failed."""
        smtp = await self._reused() or await self._opened()
        try:
            yield smtp
        except (SubmissionRefused, MailboxUnavailable):
            self._keep(smtp)
            raise
        except BaseException:
            smtp.close()  # in the middle of who knows what
            raise
        else:
            self._keep(smtp)

    async def _reused(self) -> SMTP | None:
        while self._idle:
            smtp = self._idle.pop()
            if task := self._retiring.pop(smtp, None):
                task.cancel()
            if await is_alive(smtp):
                return smtp
            smtp.close()
        return None

    async def _opened(self) -> SMTP:
        self._gate.check()
        try:
            smtp = await connected(self._settings, self._timeouts)
        except RepondeurError as error:
            self._gate.failed(error)
            log.warning("smtp.not_connected", code=error.reason.code, again_in=round(self._gate.remaining(), 1))
            raise
        self._gate.succeeded()
        return smtp

    def _keep(self, smtp: SMTP) -> None:
        if not smtp.is_connected:
            return
        if self._closed:
            smtp.close()
            return
        self._idle.append(smtp)
        self._retiring[smtp] = asyncio.create_task(self._retire(smtp))

    async def _retire(self, smtp: SMTP) -> None:
        await asyncio.sleep(IDLE_SECONDS)
        if smtp in self._idle:
            self._idle.remove(smtp)
            await part(smtp)
        self._retiring.pop(smtp, None)


def _path(address: str) -> bytes:
    return f"<{address}>".encode()
