"""`repondeur graph`: the subscriptions by which Microsoft 365 tells us of new mail."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import typer

from repondeur.cli import output, start
from repondeur.cli.frame import App
from repondeur.errors import RepondeurError, SettingsError
from repondeur.opening import open_database
from repondeur.settings.schema import GraphSettings, Settings
from repondeur.store.ledger import Ledger, Subscription
from repondeur.texts import hint, render, say

app = App()


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    settings = start.settings()
    mailboxes = _graph_mailboxes(settings)
    rows = asyncio.run(_stored(settings))
    now = datetime.now(UTC)
    if as_json:
        for row in rows:
            output.write_json(_json(row, now))
        return
    names = ("mailbox", "folder", "subscription", "valid_until", "last_notice", "last_check", "problem")
    if rows:
        output.write_table([output.heading(f"cli.{name}") for name in names], [_row(row, now) for row in rows])
    for name in sorted({one.name for one in mailboxes} - {row.mailbox for row in rows}):
        output.say("cli.no_subscription", mailbox=name)


@app.command()
def unsubscribe(
    mailbox: Annotated[str, typer.Argument()] = "",
) -> None:
    settings = start.settings()
    chosen = [one for one in _graph_mailboxes(settings, mailbox) if mailbox in {"", one.name}]
    if not asyncio.run(_unsubscribe(settings, chosen)):
        raise typer.Exit(1)


def _graph_mailboxes(settings: Settings, name: str = "") -> list[GraphSettings]:
    """Raises SettingsError when there is none, or none of that name."""
    found = [one for one in settings.mailboxes if isinstance(one, GraphSettings)]
    if not found:
        raise SettingsError("cli.no_graph_mailbox")
    if not isinstance(start.mailbox(settings, name or found[0].name), GraphSettings):
        raise SettingsError("cli.not_a_graph_mailbox", name=name)
    return found


async def _stored(settings: Settings) -> list[Subscription]:
    async with AsyncExitStack() as stack:
        return await Ledger(open_database(settings, stack, alone=False)).subscriptions()


async def _unsubscribe(settings: Settings, mailboxes: list[GraphSettings]) -> bool:
    """False when it did not work for one of them."""
    worked = True
    async with AsyncExitStack() as stack:
        ledger = Ledger(open_database(settings, stack, alone=False))
        for one in mailboxes:
            try:
                await _remove(settings, one, ledger)
            except RepondeurError as error:
                output.complain_of(error.reason, about=f"{one.name}: ")
                worked = False
    return worked


async def _remove(settings: Settings, mailbox: GraphSettings, ledger: Ledger) -> None:
    from repondeur.mailboxes.graph.client import Client
    from repondeur.mailboxes.graph.hook import HookAddress
    from repondeur.mailboxes.graph.sign_in import SignIn
    from repondeur.mailboxes.graph.subscription import Keeper

    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
    address = HookAddress(settings.hook_url, secret)
    async with AsyncExitStack() as stack:
        sign_in = SignIn(mailbox)
        stack.push_async_callback(sign_in.close)
        client = Client(mailbox, sign_in)
        stack.push_async_callback(client.close)
        keeper = Keeper(mailbox, client, ledger, address, uuid4().hex, _now, lambda: None, alone=False)
        stack.push_async_callback(keeper.close)
        # As long as we have it, nobody makes a new one while we remove the old.
        nobody_runs = await keeper.owns()
        output.say("cli.unsubscribed", mailbox=mailbox.name, count=await keeper.remove())
        if not nobody_runs:
            output.say("cli.will_subscribe_again", mailbox=mailbox.name)


def _now() -> datetime:
    return datetime.now(UTC)


def _json(row: Subscription, now: datetime) -> dict[str, Any]:
    language = output.language()
    return {
        "mailbox": row.mailbox,
        "folder": row.folder,
        "id": row.id or None,
        "live": _is_live(row, now),
        "valid_until": row.expires.isoformat() if row.id else None,
        "last_notice": _iso(row.last_notice),
        "last_check": _iso(row.last_check),
        "rich": row.rich,
        "event": row.event or None,
        "problem": row.problem.code if row.problem else None,
        "text": render(row.problem, language) if row.problem else None,
        "hint": hint(row.problem, language) if row.problem else None,
    }


def _row(row: Subscription, now: datetime) -> list[str]:
    language = output.language()
    until = _shown(row.expires) if row.id else ""
    if row.id and not _is_live(row, now):
        until = say("cli.over_since", language, moment=until)
    problem = render(row.problem, language) if row.problem else ""
    return [row.mailbox, row.folder, row.id, until, _shown(row.last_notice), _shown(row.last_check), problem]


def _is_live(row: Subscription, now: datetime) -> bool:
    return bool(row.id) and row.expires > now


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _shown(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else ""
