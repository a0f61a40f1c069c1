"""`repondeur messages`: what was done with each mail, and why."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Any, TypeVar

import typer

from repondeur.cli import output, start
from repondeur.cli.arguments import MailNumber
from repondeur.cli.messages_record import again, row_json, verify
from repondeur.cli.pausing import told
from repondeur.cli.rows import place, state_and_reason
from repondeur.mail.codec import explain_message
from repondeur.opening import open_database
from repondeur.store import record
from repondeur.store.pauses import Pause, Pauses
from repondeur.store.records import Mail, Summary
from repondeur.store.review import ReviewRefused
from repondeur.store.store import Store
from repondeur.texts import Reason, render

T = TypeVar("T")
SHOWN_TEXT = 500  # characters of an attachment
SHOWN_HASH = 16  # of a row of the record

app = typer.Typer(no_args_is_help=True, help="Show what was done with each mail, and why.")


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a mail.")] = False,
) -> None:
    """List the newest mails with their state and the reason; where sending is paused, that too."""
    mails, paused = _ask(lambda store: _latest(store, limit))
    if as_json:
        for mail in mails:
            output.write_json(summary(mail))
        return
    headings = ("cli.number", "cli.received", "cli.state", "cli.author", "cli.subject", "cli.reason", "cli.message_id")
    output.write_table([output.heading(code) for code in headings], [_row(mail) for mail in mails])
    for one in paused:
        output.note_reason(told(one))


async def _latest(store: Store, limit: int) -> tuple[list[Summary], Sequence[Pause]]:
    return await store.latest(limit), await Pauses(store.database).every()


@app.command()
def show(
    mail: MailNumber,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show one mail: what was found, decided and done, step by step."""
    found = _ask(lambda store: _detail(store, mail))
    if as_json:
        output.write_json(found)
        return
    _print(found)


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


def _row(mail: Summary) -> list[str]:
    state, reason = state_and_reason(mail.stage, mail.state, mail.reason)
    received = f"{mail.received.astimezone():%Y-%m-%d %H:%M}"
    return [str(mail.id), received, state, mail.author, mail.subject, reason, mail.message_id or ""]


async def _detail(store: Store, mail_id: int) -> dict[str, Any]:
    mail = await store.get(mail_id)
    if mail is None:
        raise ReviewRefused("review.no_such_mail", mail=mail_id)
    history = await store.history(mail_id)
    recorded = await store.database.read(lambda connection: record.of_mail(connection, mail_id))
    return summary(mail) | {
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
                "changed": action.changed.isoformat(),
            }
            for action in mail.actions
        ],
        "record": [row_json(row) for row in recorded],
    }


def _print(found: dict[str, Any]) -> None:
    for name in ("id", "mailbox", "subject", "author", "received", "message_id", "state", "reason"):
        typer.echo(f"{name + ':':<12} {output.safe(str(found[name] or ''))}")
    for attachment in (found["message"] or {}).get("attachments", ()):
        lines = [*filter(None, [attachment["reason"]]), *attachment["text"].split()]
        said = " ".join(lines)[:SHOWN_TEXT]
        typer.echo(f"  {output.safe(attachment['name'])}{': ' if said else ''}{output.safe(said)}")
    for step in found["steps"]:
        typer.echo(f"  {step['at'][:19]}  {step['step']}{_model_of(step['found'])}{_left_out(step['found'])}")
        for line in _objections(step["found"]):
            typer.echo(output.safe(f"    {line}"))
    for row in found["record"]:
        typer.echo(f"  {row['at'][:19]}  {row['event']}  {row['row']}:{row['hash'][:SHOWN_HASH]}{_by(row['details'])}")
    for action in found["actions"]:
        typer.echo(f"\n{action['kind']} ({action['state']}) → {output.safe(action['to'])}")
        for line in action["text"].splitlines():
            typer.echo(f"  {output.safe(line)}")


def _model_of(found: Any) -> str:
    """Which of several models was asked in this step, and why."""
    analysis = found.get("analysis") if isinstance(found, dict) else None
    chosen = analysis.get("chosen") if analysis else None
    if not chosen:
        return ""
    over = "".join(f" · {one['model']}: {_said(one['reason'])}" for one in chosen["passed_over"])
    return output.safe(f" — {chosen['model']}: {_said(chosen['why'])}{over}")


def _objections(found: Any) -> list[str]:
    """What the guard had against the reply, and where in its text."""
    guarding = found.get("guarding") if isinstance(found, dict) else None
    return [f"{_said(one['reason'])}{place(one['span'])}" for one in (guarding or {}).get("objections", ())]


def _left_out(found: Any) -> str:
    """Calls of the settings that this mail was for and that are not made, and why."""
    reasons = found.get("calls_left_out") if isinstance(found, dict) else None
    return "".join(output.safe(f" — {_said(one)}") for one in reasons or ())


def _by(details: Any) -> str:
    """Who wanted it, where that was a person."""
    by = (details or {}).get("by", {})
    return output.safe(f" — {' / '.join(by.values())}") if by else ""


def _said(reason: dict[str, Any]) -> str:
    return render(Reason(reason["code"], reason["params"]), output.language())


def _ask(question: Callable[[Store], Awaitable[T]]) -> T:
    async def ask() -> T:
        async with AsyncExitStack() as stack:
            return await question(Store(open_database(start.settings(), stack, alone=False)))

    return asyncio.run(ask())
