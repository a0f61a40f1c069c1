"""Waiting for what happens elsewhere, with a deadline."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


async def eventually(look: Callable[[], Any], seconds: float = 90.0) -> Any:
    """The first true answer of look, which may be async; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = look()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s: {inspect.getsource(look).strip()}"
        await asyncio.sleep(0.05)
