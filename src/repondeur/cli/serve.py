"""`repondeur serve`: web page, watchers and worker in one process, until it is told to stop."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Annotated

import structlog
import typer
import uvicorn

from repondeur.cli import start
from repondeur.cli.frame import App
from repondeur.errors import RepondeurError, SettingsError
from repondeur.knowledge.library import Library
from repondeur.pipeline.agent import DRAIN, watch_all
from repondeur.pipeline.upkeep import keep_up
from repondeur.pipeline.watch import Health
from repondeur.settings.schema import Settings
from repondeur.texts import Reason
from repondeur.web.app import create_app
from repondeur.web.records import StoreConsole
from repondeur.web.serving import config
from repondeur.wiring import Running, running

log = structlog.get_logger(__name__)

LONGEST_STOP = 28.0  # seconds
LIBRARY_REFRESH = 3.0  # seconds between two looks for changed knowledge

app = App()


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> None:
    asyncio.run(_serve(start.settings_with_mailbox(), host, port))


async def _serve(settings: Settings, host: str, port: int) -> None:
    stop = stop_on_signals()
    with listening(host, port) as listener:
        async with running(settings) as house:
            await work(house, listener, stop, host)


async def work(house: Running, listener: socket.socket, stop: asyncio.Event, host: str = "") -> None:
    """Works all mailboxes and shows the page until `stop` is set; then finishes what is in hand, within 30 seconds.

    host: under which the page was asked to be shown.
    """
    health = Health()
    _wake_for_other_processes(house)  # before what is there is looked at, so that nothing comes in between
    await house.dispatcher.start()
    server = _Server(_config(house, health, host))
    web = asyncio.create_task(server.serve(sockets=[listener]), name="web")
    others = [
        asyncio.create_task(watch_all(house.parts.accounts.values(), house.parts, house.dispatcher, health)),
        asyncio.create_task(refresh_library(house.library)),
        asyncio.create_task(keep_up(house.parts.settings, house.parts.store.database, house.parts.clock)),
    ]
    stopping = asyncio.create_task(stop.wait())
    forget_what_is_loaded()
    log.info("serve.started", port=listener.getsockname()[1], mailboxes=list(house.parts.accounts))
    try:
        done, _ = await asyncio.wait({stopping, web, *others}, return_when=asyncio.FIRST_COMPLETED)
        for ended in done - {stopping}:
            ended.result()  # none of them ends by itself; if one does, its error ends the program
    finally:
        log.info("serve.stopping")
        server.should_exit = True
        for task in (*others, stopping):
            task.cancel()
        await asyncio.gather(*others, stopping, return_exceptions=True)
        await house.dispatcher.close(DRAIN)
        await asyncio.wait({web}, timeout=3)
    log.info("serve.stopped")


def forget_what_is_loaded() -> None:
    """Spares the collector of garbage all that is loaded by now, which stays anyway. It would look at it again and
    again, and stop everything for a tenth of a second each time."""
    gc.collect()
    gc.freeze()


class _Server(uvicorn.Server):
    """uvicorn without its own handling of signals: one place decides what a stop means."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def stop_on_signals() -> asyncio.Event:
    """Set by SIGTERM and SIGINT. What has not ended LONGEST_STOP seconds later is cut off: a thread that waits for a
    name server or a disk of the net may go on for ever. The store knows how far everything is."""
    stop = asyncio.Event()

    def told() -> None:
        if not stop.is_set():
            stop.set()
            limit = threading.Timer(LONGEST_STOP, _cut_off)
            limit.daemon = True
            limit.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    return stop


def _cut_off() -> None:
    log.warning("serve.cut_off", seconds=LONGEST_STOP)
    os._exit(0)


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket. Raises SettingsError when the address cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise SettingsError("cli.cannot_listen", host=host, port=port, problem=error.strerror or str(error)) from error
    with listener:
        yield listener


def _config(house: Running, health: Health, host: str) -> uvicorn.Config:
    def problems() -> list[Reason]:
        return [*house.dispatcher.problems(), *health.problems.values()]

    settings = house.parts.settings
    worked = frozenset(mailbox.name for mailbox in settings.mailboxes)
    console = StoreConsole(house.parts.store, settings.language, problems, settings.metrics_allow, worked)
    names = (host, *settings.web_hosts)
    return config(create_app(console, names, house.hook, proxies=settings.trusted_proxies))


def _wake_for_other_processes(house: Running) -> None:
    """A command in another process has changed the store: look at once."""
    if house.wake_up is None:
        return
    looks: set[asyncio.Task[None]] = set()

    async def look() -> None:
        try:
            await house.library.refresh()
            await house.dispatcher.submit(await house.parts.store.unfinished())
        except RepondeurError as error:  # the sweep finds it later
            log.warning("serve.wake_failed", reason=error.reason.code)

    def woken() -> None:
        task = asyncio.create_task(look())
        looks.add(task)
        task.add_done_callback(looks.discard)

    house.wake_up.listen(woken)


async def refresh_library(library: Library) -> None:
    """Until it is cancelled. What cannot be looked at now is looked at again."""
    told = ""
    while True:
        await asyncio.sleep(LIBRARY_REFRESH)
        try:
            changed = await library.refresh()
        except RepondeurError as error:
            if error.reason.code != told:
                log.warning("knowledge.refresh_failed", reason=error.reason.code)
            told = error.reason.code
        else:
            told = ""
            if changed:
                log.info("knowledge.refreshed", public=len(library.index))
