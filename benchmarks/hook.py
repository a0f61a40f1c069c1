"""How long the hook takes to answer when many notices come at once.

    python benchmarks/hook.py [--notices 100] [--rounds 30]

In each round so many connections are opened, and then each sends one POST with one notice at the same moment. The page
with its hook runs in a process of its own, over a SQLite store: an answer means that the notice is on the disk.
"""

import argparse
import asyncio
import json
import multiprocessing
import socket
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

GOAL = 100  # milliseconds within which 99 of 100 are to be answered
SECRET = "the secret of the benchmark"
TENANT = "11111111-2222-3333-4444-555555555555"


def serve(folder: str, listening: socket.socket) -> None:
    import uvicorn

    from repondeur.cli.serve import forget_what_is_loaded
    from repondeur.mailboxes.graph.hook import Hook
    from repondeur.settings.schema import GraphSettings
    from repondeur.store.database import Database
    from repondeur.store.ledger import Ledger, Subscription
    from repondeur.store.store import Store
    from repondeur.store.upgrade import upgrade
    from repondeur.telemetry import log
    from repondeur.web.app import create_app
    from repondeur.web.records import StoreConsole

    log.configure("ERROR", "json", [])
    database = Database(f"sqlite:///{Path(folder) / 'repondeur.db'}")
    upgrade(database)
    ledger = Ledger(database)
    settings = GraphSettings(
        name="support",
        mailbox_user_id="support@shop.example",
        azure_client_id=TENANT,
        azure_tenant_id=TENANT,
    )
    now = datetime.now(UTC)
    asyncio.run(
        ledger.put_subscription(
            Subscription("support", "inbox", "s1", SECRET, "", False, now + timedelta(days=7), made=now, renewed=now)
        )
    )
    hook = Hook({"support": settings}, SECRET, ledger, lambda: datetime.now(UTC), lambda _: None)
    app = create_app(StoreConsole(Store(database), "en", lambda: ()), (), hook)
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="off", backlog=1024)
    forget_what_is_loaded()
    uvicorn.Server(config).run([listening])


def request(number: int) -> bytes:
    notice = {
        "subscriptionId": "s1",
        "subscriptionExpirationDateTime": "2026-11-27T10:00:00Z",
        "clientState": SECRET,
        "changeType": "created",
        "resource": f"Users/1/Messages/AAMk{number}",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "id": f"AAMk{'A' * 140}{number}"},
        "tenantId": TENANT,
    }
    body = json.dumps({"value": [notice]}).encode()
    head = (
        "POST /graph/notifications HTTP/1.1\r\nHost: hook.shop.example\r\n"
        f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def one(address: tuple[str, int], octets: bytes, start: asyncio.Barrier) -> float:
    """Milliseconds from sending to the end of the answer's head; it has no body."""
    reader, writer = await asyncio.open_connection(*address)
    await start.wait()
    begun = time.perf_counter()
    writer.write(octets)
    answer = await reader.readuntil(b"\r\n\r\n")
    milliseconds = (time.perf_counter() - begun) * 1000
    assert answer.startswith(b"HTTP/1.1 202 "), answer
    writer.close()
    return milliseconds


async def measured(address: tuple[str, int], notices: int, rounds: int) -> list[float]:
    times: list[float] = []
    for number in range(rounds + 1):
        start = asyncio.Barrier(notices)
        bodies = [request(number * notices + index) for index in range(notices)]
        found = await asyncio.gather(*(one(address, body, start) for body in bodies))
        times += found if number else []  # the first round loads what is loaded once
    return sorted(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        server = spawn.Process(target=serve, args=(folder, listening), daemon=True)
        server.start()
        try:
            times = asyncio.run(measured(listening.getsockname(), args.notices, args.rounds))
        finally:
            server.terminate()
            server.join()
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
    print(f"{args.notices} notices at once, {args.rounds} rounds: each stored and answered")
    print(f"half of them within             {p50:6.1f} ms")
    print(f"99 of 100 within                {p99:6.1f} ms   (goal: under {GOAL} ms)")
    print(f"the slowest                     {times[-1]:6.1f} ms")


if __name__ == "__main__":
    main()
