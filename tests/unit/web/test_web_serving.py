"""The pages over a real socket."""

import asyncio
import socket

import httpx
import uvicorn
from tests.support.console import FakeConsole

from repondeur.web.app import create_app


async def test_a_real_server_serves_them() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(FakeConsole()), lifespan="off", log_config=None))
        serving = asyncio.create_task(server.serve([listening]))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=address, timeout=10) as client:
            health = await client.get("/health")
            page = await client.get("/", headers={"Accept-Language": "fr"})
            hostile = await client.get("/", headers={"Accept-Language": b"\xff\xfe;q=\xe9"})
        server.should_exit = True
        await asyncio.wait_for(serving, 10)
    assert (health.status_code, health.text) == (200, "OK")
    assert "Derniers messages" in page.text
    assert hostile.status_code == 200
