"""Is this mailbox set up well? One finding at a time, each saying what to do. Nothing is sent, made or changed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Generator, Iterator

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException

from repondeur.errors import RepondeurError, SubmissionRefused
from repondeur.mailboxes.base import Finding
from repondeur.mailboxes.imap.arrivals import unread
from repondeur.mailboxes.imap.connection import Timeouts
from repondeur.mailboxes.imap.envelope import address_on_the_wire, outcome
from repondeur.mailboxes.imap.filing import role_folder
from repondeur.mailboxes.imap.folders import NEW_NAMES, Role
from repondeur.mailboxes.imap.responses import printable
from repondeur.mailboxes.imap.session import Session
from repondeur.mailboxes.imap.smtp_connection import part, reached, sign_in
from repondeur.settings.schema import ImapSettings
from repondeur.texts import Param, Reason


async def findings(settings: ImapSettings, timeouts: Timeouts, other: str = "") -> AsyncIterator[Finding]:
    """Of IMAP, then of SMTP, on connections of their own. Never raises. other: as for Mailbox.check."""
    steps = _imap(settings, timeouts)
    try:
        while (finding := await asyncio.to_thread(next, steps, None)) is not None:
            yield finding
    finally:
        with contextlib.suppress(ValueError):  # cancelled in the middle of a step, which ends by itself
            steps.close()
    async for finding in _smtp(settings, timeouts):
        yield finding
    if other:
        yield _ok("other_mailbox", "other_by_imap", user=settings.imap_user)


def _ok(what: str, code: str, /, **params: Param) -> Finding:
    return Finding(f"check.{what}", "ok", Reason(f"check.{code}", params))


def _warning(what: str, code: str, /, **params: Param) -> Finding:
    return Finding(f"check.{what}", "warning", Reason(f"check.{code}", params))


def _failed(what: str, error: RepondeurError) -> Finding:
    return Finding(f"check.{what}", "failed", error.reason)


# -- IMAP, blocking


def _imap(settings: ImapSettings, timeouts: Timeouts) -> Generator[Finding, None, None]:
    try:
        session = Session(settings, timeouts, sign_in=False)
    except RepondeurError as error:
        yield _failed("imap_connection", error)
        return
    try:
        yield _reached("imap_connection", settings.imap_server, settings.imap_port, settings.imap_security)
        try:
            session.sign_in()
        except RepondeurError as error:
            yield _failed("imap_login", error)
            return
        yield _ok("imap_login", "signed_in", user=settings.imap_user)
        yield from _inbox(session)
        yield from _filing(session)
    finally:
        session.close()


def _inbox(session: Session) -> Iterator[Finding]:
    try:
        folder = session.inbox
        selected = session.select(folder)
        yield _ok("imap_folder", "folder_found", folder=folder, count=selected.exists)
        yield _ok("imap_unread", "unread", count=len(unread(session, {})))
    except RepondeurError as error:
        yield _failed("imap_folder", error)
        return
    yield _ok("imap_keywords", "keywords_kept" if selected.keeps_keywords else "keywords_not_kept")
    if session.settings.imap_connections < 2:
        yield _ok("imap_idle", "idle_not_wanted")
    else:
        yield _ok("imap_idle", "idle" if "IDLE" in session.capabilities else "idle_missing")


def _filing(session: Session) -> Iterator[Finding]:
    roles: tuple[Role, ...] = ("sent", "drafts")
    for role in roles:
        try:
            name = role_folder(session, role)
            missing = None if name else session.resolved(NEW_NAMES[role])
        except RepondeurError as error:
            yield _failed(f"imap_{role}", error)
            return
        yield _folder(f"imap_{role}", name, missing)
    processed = session.settings.processed_folder
    if processed:
        try:
            name = session.resolved(processed)
            found = session.exists(name)
        except RepondeurError as error:
            yield _failed("imap_processed", error)
            return
        yield _folder("imap_processed", name if found else None, name)
    if "MOVE" in session.capabilities:
        yield _ok("imap_move", "move")
    elif "UIDPLUS" in session.capabilities:
        yield _ok("imap_move", "move_by_copy")
    elif processed:
        yield _warning("imap_move", "move_leaves_original")


def _folder(what: str, found: str | None, missing: str | None) -> Finding:
    if found:
        return _ok(what, "special_folder_found", folder=found)
    return _ok(what, "special_folder_made_later", folder=missing or "")


def _reached(what: str, server: str, port: int, security: str) -> Finding:
    if security == "none":
        return _warning(what, "plain_text", server=server, port=port)
    return _ok(what, "connected", server=server, port=port)


# -- SMTP


async def _smtp(settings: ImapSettings, timeouts: Timeouts) -> AsyncIterator[Finding]:
    try:
        smtp = await reached(settings, timeouts)
    except RepondeurError as error:
        yield _failed("smtp_connection", error)
        return
    try:
        yield _reached("smtp_connection", settings.smtp_server, settings.smtp_port, settings.smtp_security)
        try:
            await sign_in(smtp, settings)
        except RepondeurError as error:
            yield _failed("smtp_login", error)
            return
        if "auth" in smtp.esmtp_extensions:
            yield _ok("smtp_login", "signed_in", user=settings.smtp_user)
        else:
            yield _warning("smtp_login", "no_sign_in", server=settings.smtp_server)
        yield await _sender(smtp, settings)
        yield _size(smtp)
    finally:
        await part(smtp)


async def _sender(smtp: SMTP, settings: ImapSettings) -> Finding:
    """May we send as from_email? Asked with a transaction that is given up before it holds a message."""
    own = settings.from_email
    try:
        path = f"<{address_on_the_wire(own)}>".encode()
        options = () if path.isascii() else (b"SMTPUTF8",)
        for words in ((b"MAIL", b"FROM:" + path, *options), (b"RCPT", b"TO:" + path)):
            reply = await smtp.execute_command(*words)
            if outcome(reply.code) != "taken":
                words_of_server = printable(f"{reply.code} {reply.message}")
                raise SubmissionRefused("smtp.sender_refused", address=own, reply=words_of_server)
        await smtp.rset()
    except SubmissionRefused as error:
        return _failed("smtp_sender", error)
    except (SMTPException, OSError) as error:
        return _failed(
            "smtp_sender", SubmissionRefused("smtp.sender_refused", address=own, reply=printable(str(error)))
        )
    return _ok("smtp_sender", "may_send", address=own)


def _size(smtp: SMTP) -> Finding:
    limit = smtp.esmtp_extensions.get("size", "").strip()
    if limit.isdigit() and int(limit):
        return _ok("smtp_size", "size_limit", megabytes=round(int(limit) / 1_000_000, 1))
    return _ok("smtp_size", "no_size_limit")
