"""Access tokens for XOAUTH2, from a command or a file of the user's choice.

The command runs without a shell and prints the token; neither its output nor its errors are ever logged.
Source: https://developers.google.com/gmail/imap/xoauth2-protocol
"""

import contextlib
import os
import shlex
import signal
import subprocess

from repondeur.errors import MailboxUnavailable
from repondeur.settings.schema import ImapSettings
from repondeur.telemetry.log import also_mask

COMMAND_SECONDS = 30.0


def wanted(settings: ImapSettings) -> bool:
    """Is the sign-in by token? Then no password is ever sent."""
    return bool(settings.oauth_token_command or settings.oauth_token_file)


def access_token(settings: ImapSettings, seconds: float = COMMAND_SECONDS) -> str:
    """A token, fetched anew. Blocking. Raises MailboxUnavailable when there is none to be had."""
    text = _printed(settings.oauth_token_command, seconds) if settings.oauth_token_command else _read(settings)
    token = text.strip()
    if not token or not token.isascii() or any(not c.isprintable() or c == " " for c in token):
        raise MailboxUnavailable("imap.token_unusable")
    also_mask(token)
    return token


def initial_response(user: str, token: str) -> bytes:
    return f"user={user}\x01auth=Bearer {token}\x01\x01".encode()


def _read(settings: ImapSettings) -> str:
    assert settings.oauth_token_file is not None
    try:
        return settings.oauth_token_file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MailboxUnavailable("imap.token_file_unreadable", file=str(settings.oauth_token_file)) from error


def _printed(command: str, seconds: float) -> str:
    try:
        arguments = shlex.split(command)
        # A session of its own, so that what the command started ends with it when it takes too long.
        process = subprocess.Popen(  # noqa: S603 - the command comes from the settings; no shell sees it
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError) as error:
        raise MailboxUnavailable("imap.token_command_missing") from error
    with process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise MailboxUnavailable("imap.token_command_slow", seconds=int(seconds)) from error
    if process.returncode:
        raise MailboxUnavailable("imap.token_command_failed", status=process.returncode)
    return output.decode("utf-8", "replace")
