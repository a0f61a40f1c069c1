"""`repondeur messages`: what was done with each mail, and why."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Any, TypeVar

import typer

from repondeur.cli import messages_shown, output, start
from repondeur.cli.arguments import MailNumber
from repondeur.cli.frame import App
from repondeur.cli.messages_record import again, row_json, verify
from repondeur.cli.next_step import next_steps
from repondeur.cli.pausing import told
from repondeur.cli.rows import STATE_WIDTH, moment, state_and_reason, word
from repondeur.mail.codec import explain_message
from repondeur.mail.shown import whole_text
from repondeur.opening import open_database
from repondeur.store import record
from repondeur.store.overview import Overview
from repondeur.store.pauses import Pause, Pauses
from repondeur.store.records import Mail, Summary
from repondeur.store.review import ReviewRefused
from repondeur.store.store import Store

T = TypeVar("T")

app = App()


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    mails, paused = _ask(lambda store: _latest(store, limit))
    if as_json:
        for mail in mails:
            output.write_json(summary(mail))
        return
    if not mails:
        output.note("web.empty")
    for mail in mails:
        _write(mail)
    for one in paused:
        output.note_reason(told(one))


async def _latest(store: Store, limit: int) -> tuple[list[Summary], Sequence[Pause]]:
    return await Overview(store.database).latest(limit), await Pauses(store.database).every()


@app.command()
def show(
    mail: MailNumber,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    found, advice = _ask(lambda store: _detail(store, mail))
    if as_json:
        output.write_json(found)
        return
    messages_shown.write(found, advice)


app.command()(verify)
app.command()(again)


def summary(mail: Summary | Mail) -> dict[str, Any]:
    """One mail as `messages list --json` prints it."""
    _, reason = state_and_reason(mail.stage, mail.state, mail.reason)
    return {
        "id": mail.id,
        "mailbox": mail.mailbox,
        "message_id": mail.message_id,
        "subject": mail.subject,
        "author": mail.author,
        "state": (mail.state or mail.stage).value,
        "reason": reason,
        "code": mail.reason.code if mail.reason else None,
        "received": mail.received.isoformat(),
    }


def _write(mail: Summary) -> None:
    """A block on a terminal, where no table of all this has room; off one, a line with tabs."""
    row = _row(mail)
    if not sys.stdout.isatty():
        output.write_cells(row)
        return
    number, received, state, author, subject, reason, message_id = row
    start = f"{number:>4}  "
    output.write_wrapped(f"{start}{state:<{STATE_WIDTH}}  ", subject)
    for more in (reason, " · ".join(filter(None, [author, received, message_id]))):
        output.write_wrapped(" " * len(start), more)


def _row(mail: Summary) -> list[str]:
    state, reason = state_and_reason(mail.stage, mail.state, mail.reason)
    unread = mail.reason is not None and mail.reason.code.partition(".")[0] in {"mail", "bounded"}
    forgotten = mail.state is not None and not (mail.author or mail.subject or unread)
    subject = word("forgotten") if forgotten else mail.subject
    return [str(mail.id), moment(mail.received), state, mail.author, subject, reason, mail.message_id or ""]


async def _detail(store: Store, mail_id: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Also what a person can do next."""
    mail = await store.get(mail_id)
    if mail is None:
        raise ReviewRefused("review.no_such_mail", mail=mail_id)
    history = await Overview(store.database).history(mail_id)
    recorded = await store.database.read(lambda connection: record.of_mail(connection, mail_id))
    found = summary(mail) | {
        "thread": mail.thread,
        "message": explain_message(mail.message, output.language()) if mail.message else None,
        "steps": [{"step": name, "at": at.isoformat(), "found": found} for name, at, found in history],
        "actions": [
            {
                "kind": action.kind,
                "state": action.state.value,
                "message_id": action.message_id,
                "to": action.recipient,
                "text": action.text,
                "body": "" if action.kind.startswith("call:") else whole_text(action.raw),
                "changed": action.changed.isoformat(),
            }
            for action in mail.actions
        ],
        "record": [row_json(row) for row in recorded],
    }
    return found, next_steps(mail)


def _ask(question: Callable[[Store], Awaitable[T]]) -> T:
    async def ask() -> T:
        async with AsyncExitStack() as stack:
            return await question(Store(open_database(start.settings(), stack, alone=False)))

    return asyncio.run(ask())
