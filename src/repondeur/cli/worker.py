"""`repondeur worker`: one of many workers on PostgreSQL."""

import asyncio

import structlog

from repondeur.cli import start
from repondeur.cli.frame import App
from repondeur.cli.serve import refresh_library, stop_on_signals
from repondeur.errors import SettingsError
from repondeur.pipeline.agent import DRAIN
from repondeur.pipeline.upkeep import keep_up
from repondeur.settings.schema import Settings
from repondeur.wiring import running

log = structlog.get_logger(__name__)

app = App()


@app.command()
def worker() -> None:
    settings = start.settings_with_mailbox()
    if settings.database.startswith("sqlite"):
        raise SettingsError("cli.worker_needs_postgresql")
    asyncio.run(_worker(settings))


async def _worker(settings: Settings) -> None:
    stop = stop_on_signals()
    async with running(settings) as house:
        await house.dispatcher.start()
        log.info("worker.started", worker=house.parts.worker)
        others = [
            asyncio.create_task(refresh_library(house.library)),
            asyncio.create_task(keep_up(settings, house.parts.store.database, house.parts.clock)),
        ]
        await stop.wait()
        log.info("worker.stopping")
        for task in others:
            task.cancel()
        await house.dispatcher.close(DRAIN)
