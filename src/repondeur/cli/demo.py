"""`repondeur demo`: the whole way with an embedded mail server, sample mail, and nothing to set up."""

import asyncio
import tempfile
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from repondeur.cli import output, start
from repondeur.cli.frame import App
from repondeur.cli.rows import state_and_reason, summarise, write_line
from repondeur.cli.serve import listening, stop_on_signals, work
from repondeur.engines.present import present
from repondeur.knowledge.passages import read_passages
from repondeur.knowledge.reading.files import files
from repondeur.mailboxes.demo.server import DemoServer
from repondeur.mailboxes.demo.shop import knowledge, samples
from repondeur.pipeline.agent import once as sweep
from repondeur.settings.schema import ImapSettings, Settings
from repondeur.settings.values import Hidden
from repondeur.store.overview import Overview
from repondeur.store.records import Stage, State, Summary
from repondeur.texts import say
from repondeur.wiring import Running, running

ARRIVAL_PAUSE = 0.7  # seconds between two sample mails, so that a person can watch them come in
REDRAW = 0.25  # seconds
SHOWN = 30  # mails in the live table
COLOURS = {
    State.ANSWERED: "green",
    State.DRAFTED: "cyan",
    State.HELD: "yellow",
    State.IGNORED: "bright_black",
    State.FILED: "blue",
    State.FAILED: "red",
}

app = App()


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    once: Annotated[bool, typer.Option("--once")] = False,
    knowledge: Path | None = None,
) -> None:
    base = start.settings({"log_level": "WARNING"})
    if knowledge is not None:
        deque(files(knowledge), 0)  # a path that does not exist is told at once
        base = base.model_copy(update={"knowledge_public": (knowledge,), "knowledge_internal": ()})
    with tempfile.TemporaryDirectory(prefix="repondeur-demo-") as folder:
        asyncio.run(_once(base, Path(folder)) if once else _live(base, Path(folder), port))


async def _once(base: Settings, folder: Path) -> None:
    async with DemoServer() as server, running(_settings(base, server, folder)) as house:
        await _stock(house)
        for _, raw in samples():
            await server.deliver(raw)
        await sweep(house.parts, house.dispatcher)
        await house.dispatcher.close(5)
        mails = sorted(await Overview(house.parts.store.database).latest(SHOWN), key=lambda mail: mail.id)
    for mail in mails:
        write_line(mail)
    summarise(mails)
    if any(mail.state in {None, State.FAILED} for mail in mails):
        raise typer.Exit(1)


async def _live(base: Settings, folder: Path, port: int) -> None:
    stop = stop_on_signals()
    with listening("127.0.0.1", port) as listener:
        async with DemoServer() as server, running(_settings(base, server, folder)) as house:
            await _stock(house)
            page = f"http://127.0.0.1:{listener.getsockname()[1]}"
            working = asyncio.create_task(work(house, listener, stop))
            delivering = asyncio.create_task(_deliver(server))
            try:
                await _show(house, server, page, working)
            finally:
                delivering.cancel()
                stop.set()
                await asyncio.gather(working, delivering, return_exceptions=True)


async def _deliver(server: DemoServer) -> None:
    for _, raw in samples():
        await asyncio.sleep(ARRIVAL_PAUSE)
        await server.deliver(raw)


async def _show(house: Running, server: DemoServer, page: str, working: asyncio.Task[None]) -> None:
    """A table that is redrawn in place on a terminal; off one, a line for each mail that has ended."""
    console = Console()
    told: set[int] = set()
    with Live(console=console, auto_refresh=False, transient=False) as live:
        while not working.done():
            mails = sorted(await Overview(house.parts.store.database).latest(SHOWN), key=lambda mail: mail.id)
            if console.is_terminal:
                live.update(Group(_table(mails), _hints(server, page)), refresh=True)
            else:
                _tell(mails, told)
            await asyncio.wait({working}, timeout=REDRAW)
    working.result()


def _tell(mails: Iterable[Summary], told: set[int]) -> None:
    for mail in mails:
        if mail.stage is Stage.DONE and mail.id not in told:
            told.add(mail.id)
            write_line(mail)


def _table(mails: Sequence[Summary]) -> Table:
    names = ("number", "author", "subject", "state", "reason")
    table = Table(*(output.heading(f"cli.{name}") for name in names), expand=True, box=None, pad_edge=False)
    for mail in mails:
        state, reason = state_and_reason(mail.stage, mail.state, mail.reason)
        colour = COLOURS[mail.state] if mail.state else "default"
        table.add_row(
            str(mail.id),
            Text(output.safe(mail.author), overflow="ellipsis", no_wrap=True),
            Text(output.safe(mail.subject), overflow="ellipsis", no_wrap=True),
            Text(state, style=colour),
            Text(output.safe(reason)),
        )
    return table


def _hints(server: DemoServer, page: str) -> Text:
    params: dict[str, str | int] = {
        "page": page,
        "smtp": server.smtp_port,
        "imap": server.imap_port,
        "agent": server.agent.address,
        "customer": server.customer.address,
        "password": server.customer.password,
    }
    return Text("\n" + say("demo.hints", output.language(), **params))


def _settings(base: Settings, server: DemoServer, folder: Path) -> Settings:
    mailbox = ImapSettings(
        imap_server=server.host,
        imap_port=server.imap_port,
        imap_security="none",
        imap_user=server.agent.address,
        imap_pass=Hidden(server.agent.password),
        smtp_port=server.smtp_port,
        smtp_security="none",
        from_name="La Boutique du Phare",
        reply="strict",
        sent_copy="append",
        signature="La Boutique du Phare",
    )
    # Mail of the demo goes to no model on the net unless one is asked for by name.
    away_from_net = base.model_copy(update={"openai_api_key": None, "openai_base_url": ""})
    model = present(away_from_net).name if base.model == "auto" else base.model
    own = {"mailboxes": (mailbox,), "data_dir": folder, "database_url": "", "model": model}
    return base.model_copy(update=own | {"model_dir": base.models_folder})


async def _stock(house: Running) -> None:
    """Puts what the shop knows on the shelf, unless there is knowledge of the user's own."""
    if house.parts.settings.knowledge_public:
        if not any(one.visibility == "public" for one in house.parts.index().passages):
            output.note("knowledge.nothing_public")
        return
    with tempfile.TemporaryDirectory() as folder:
        for entry in knowledge():
            (Path(folder) / entry.name).write_bytes(entry.read_bytes())
        passages = read_passages([Path(folder)], "internal")
    await house.library.shelf.put(passages)
    await house.library.refresh()
