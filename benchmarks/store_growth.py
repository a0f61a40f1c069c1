"""What a mail costs when the store is full: the whole way with 1,000, 10,000 and 100,000 mails in it already.

    python benchmarks/store_growth.py

Each size is measured with mails of new threads; the ratio to the smallest store is what should stay near 1.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.house import NO_LIMITS, US, a_house

from benchmarks.whole_way import CONCURRENCY, real_time, throughput
from repondeur.pipeline.dispatch import LocalDispatcher
from repondeur.store import tables
from repondeur.store.database import Database
from repondeur.telemetry import log

SIZES = (1_000, 10_000, 100_000)
MEASURED = 500  # mails
CHUNK = 5_000


def fill(database: Database, size: int) -> None:
    """Puts `size` mails with their steps and answers into the store, as they look when they have ended."""
    now = datetime.now(UTC)
    message = {"text": "Bonjour, où en est ma commande ? " * 20}

    def work(connection: Connection) -> None:
        for start in range(1, size + 1, CHUNK):
            ids = range(start, min(start + CHUNK, size + 1))
            connection.execute(insert(tables.mail), [_mail(number, message, now) for number in ids])
            connection.execute(
                insert(tables.location),
                [{"mailbox": US, "folder": "INBOX", "ref": f"9/{number}", "mail_id": number} for number in ids],
            )
            for name in ("understand", "decide", "end"):
                connection.execute(
                    insert(tables.step),
                    [{"mail_id": number, "name": name, "at": now, "found": {"x": 1}} for number in ids],
                )
            connection.execute(insert(tables.action), [_reply(number, now) for number in ids])

    database.run_now(work)


def _mail(number: int, message: object, now: datetime) -> dict[str, object]:
    return {
        "id": number,
        "mailbox": US,
        "identity": f"old {number}",
        "message_id": f"old{number}@client.example",
        "thread": f"old{number}@client.example",
        "subject": "Une question",
        "author": "old@client.example",
        "received": now,
        "message": message,
        "stage": "done",
        "state": "ignored",
        "reason": {"code": "decide.answer", "params": {}},
        "ended": now,
        "tries": 0,
    }


def _reply(number: int, now: datetime) -> dict[str, object]:
    return {
        "mail_id": number,
        "kind": "reply",
        "state": "done",
        "mailbox": US,
        "message_id": f"re{number}@boutique.example",
        "recipient": "old@client.example",
        "text": "Bonjour",
        "raw": b"x" * 1500,
        "changed": now,
    }


async def measured(size: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with a_house(Path(folder), **NO_LIMITS) as opened:
            house = real_time(opened)
            fill(house.parts.store.database, size)
            dispatcher = LocalDispatcher(house.handle, house.parts.store, CONCURRENCY)
            rate = await throughput(house, dispatcher, MEASURED)
            await dispatcher.close(5)
    return rate


def main() -> None:
    log.configure("ERROR", "json", [])
    rates = {size: asyncio.run(measured(size)) for size in SIZES}
    for size, rate in rates.items():
        ratio = rates[SIZES[0]] / rate
        print(f"{size:>7} mails in the store:      {rate:5.0f} mails/s, {ratio:.2f} times the cost of the smallest")


if __name__ == "__main__":
    main()
