"""Mails a second by real IMAP and SMTP: Dovecot, Postfix, a model server that answers at once, all on this machine.

    python benchmarks/real_servers.py [--mails 200]

Needs root and Debian's dovecot and postfix. The servers take their share of the same cores, so this is a floor.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support import mailserver
from tests.support.house import NO_LIMITS
from tests.support.model_server import ModelServer, answers

from repondeur.pipeline.agent import once
from repondeur.settings.schema import Settings
from repondeur.settings.values import Hidden
from repondeur.store.overview import Overview
from repondeur.telemetry import log
from repondeur.wiring import running

OUTSIDE = f"t000@{mailserver.DOMAIN}"


async def measured(server: mailserver.MailServer, model: ModelServer, folder: Path, mails: int) -> None:
    address = server.account()
    mailbox = server.settings(address, reply="free", sent_copy="append", **NO_LIMITS)
    settings = Settings(
        mailboxes=(mailbox,), data_dir=folder, openai_base_url=model.base_url, openai_api_key=Hidden("sk-test")
    )
    for number in range(mails):
        server.deliver(address, mailserver.mail(author=f"author{number}@outside.test", to=address))
    async with running(settings) as house:
        start = time.perf_counter()
        await once(house.parts, house.dispatcher)
        seconds = time.perf_counter() - start
        ended = await Overview(house.parts.store.database).counts()
        await house.dispatcher.close(5)
    assert ended == {(address, "answered"): mails}, ended
    print(f"Dovecot, Postfix, SQLite:     {mails / seconds:7.0f} mails/s")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mails", type=int, default=200)
    given = options.parse_args()
    log.configure("ERROR", "json", [])
    with (
        tempfile.TemporaryDirectory() as folder,
        mailserver.running(Path(folder) / "mail", "--catch-all", OUTSIDE) as server,
        ModelServer([answers(reply="Votre commande part demain.", language="fr")]) as model,
    ):
        server.account()  # the first one is where mail to the outside lands
        asyncio.run(measured(server, model, Path(folder), given.mails))


if __name__ == "__main__":
    main()
