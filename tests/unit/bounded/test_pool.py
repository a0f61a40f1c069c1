"""A payload can do to a child what it likes: the parent learns why, and the next payload is handled."""

import asyncio
import json
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from repondeur.bounded.limits import MIB, ChildLimits
from repondeur.bounded.pool import Pool
from repondeur.errors import MessageUnreadable, TemporaryError

ENTRY = "tests.support.bounded_entries:obey"
LIMITS = ChildLimits(seconds=20, memory_bytes=256 * MIB, answer_bytes=MIB)
SHORT = replace(LIMITS, seconds=0.5)  # only where time is what runs out


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    async with Pool(ENTRY, size=2, limits=LIMITS) as pool:
        yield pool


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - processes have no events
            await asyncio.sleep(0.01)


async def pid(pool: Pool) -> int:
    return int(await pool.run(b"pid "))


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 1_000_000])
async def test_octets_in_octets_out(pool: Pool, size: int) -> None:
    payload = os.urandom(size)
    assert await pool.run(b"echo " + payload) == payload


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(b"eat 900000000", "bounded.memory", id="takes more memory than there is"),
        pytest.param(b"echo " + bytes(300 * MIB), "bounded.memory", id="does not even fit"),
        pytest.param(
            b"abort MemoryError: std::bad_alloc", "bounded.memory", id="a library gives up for want of memory"
        ),
        pytest.param(b"segfault", "bounded.crashed", id="crashes"),
        pytest.param(b"leave", "bounded.crashed", id="ends the process"),
        pytest.param(b"fail at the 1000th parenthesis", "bounded.failed", id="raises"),
        pytest.param(b"answer 2000000", "bounded.too_large", id="answers too much"),
        pytest.param(b"refuse mail.too_deep", "mail.too_deep", id="is refused by the entry itself"),
    ],
)
async def test_what_a_payload_may_do(pool: Pool, payload: bytes, code: str) -> None:
    with pytest.raises(MessageUnreadable) as caught:
        await pool.run(payload)
    assert caught.value.reason.code == code
    assert await pool.run(b"echo next") == b"next"
    if code.startswith("bounded."):
        assert str(caught.value)


@pytest.mark.parametrize("payload", [b"spin", b"sleep"], ids=["computes for ever", "does nothing for ever"])
async def test_what_takes_too_long_is_ended(payload: bytes) -> None:
    async with Pool(ENTRY, limits=SHORT) as pool:
        with pytest.raises(MessageUnreadable) as caught:
            await pool.run(payload)
        assert caught.value.reason.code == "bounded.time"
        assert pool.pids == ()


async def test_a_used_up_child_is_not_the_payloads_fault(pool: Pool) -> None:
    """Earlier payloads filled the child: the next one is tried again in a fresh one."""
    first = await pid(pool)
    assert await pool.run(b"hoard 150000000") == b"kept"
    assert await pool.run(b"eat 150000000") == b"150000000"
    assert await pid(pool) != first


async def test_a_child_that_was_killed_from_outside_is_replaced(pool: Pool) -> None:
    first = await pid(pool)
    os.kill(first, signal.SIGKILL)
    assert await pool.run(b"echo again") == b"again"


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_stop_meant_for_the_parent_does_not_end_the_child(pool: Pool, stop: signal.Signals) -> None:
    first = await pid(pool)
    os.kill(first, stop)
    assert await pid(pool) == first


async def test_one_child_until_two_are_needed(pool: Pool) -> None:
    one_after_the_other = {await pid(pool) for _ in range(5)}
    assert len(one_after_the_other) == 1
    await asyncio.gather(*(pool.run(b"eat 10000000") for _ in range(6)))
    assert len(pool.pids) == 2


async def test_idle_children_end() -> None:
    async with Pool(ENTRY, limits=LIMITS, idle_seconds=0.05) as pool:
        child = await pid(pool)
        await until(lambda: not psutil.pid_exists(child))
        assert pool.pids == ()
        assert await pool.run(b"echo back") == b"back"


async def test_closing_ends_all_children() -> None:
    async with Pool(ENTRY, limits=LIMITS) as pool:
        child = await pid(pool)
    assert not psutil.pid_exists(child)
    with pytest.raises(TemporaryError):
        await pool.run(b"echo too late")


async def test_a_cancelled_payload_leaves_nothing_behind(pool: Pool) -> None:
    """No child at work, and no late answer that could be taken for that of the next payload."""
    child = await pid(pool)
    task = asyncio.create_task(pool.run(b"sleep"))
    await until(lambda: pool.pids == ())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not psutil.pid_exists(child)
    assert await pool.run(b"echo mine") == b"mine"


async def test_an_entry_that_cannot_be_loaded_is_no_fault_of_the_mail() -> None:
    async with Pool("tests.support.nowhere:obey") as pool:
        with pytest.raises(TemporaryError) as caught:
            await pool.run(b"")
    assert "ModuleNotFoundError" in str(caught.value)


async def test_prints_do_not_end_up_in_answers(pool: Pool) -> None:
    assert await pool.run(b"shout READY") == b"done"
    assert await pool.run(b"echo intact") == b"intact"


async def test_logs_say_where_and_never_what(pool: Pool) -> None:
    with capture_logs() as logs, pytest.raises(MessageUnreadable):
        await pool.run(b"abort Dear support, my password is canary\nFatal Python error canary")
    (event,) = [entry for entry in logs if entry["event"] == "bounded.child_ended"]
    assert event["returncode"] == -signal.SIGABRT
    assert "in abort" in event["stderr"]
    assert "canary" not in repr(logs)


async def test_a_failure_is_logged_with_its_place_and_not_its_message(pool: Pool) -> None:
    with capture_logs() as logs, pytest.raises(MessageUnreadable):
        await pool.run(b"fail canary")
    (event,) = [entry for entry in logs if entry["event"] == "bounded.failed"]
    assert (event["error"], "bounded_entries.py:" in event["place"]) == ("RecursionError", True)
    assert "canary" not in repr(logs)


async def test_what_a_child_is_given(pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAP_PASS", "canary")
    assert "canary" not in (await pool.run(b"environ ")).decode()
    assert json.loads(await pool.run(b"limits ")) == {
        "RLIMIT_AS": 256 * MIB,
        "RLIMIT_NOFILE": 32,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
    }
    assert await pool.run(f"write {tmp_path / 'file'}".encode()) == b"OSError"


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="network namespaces need Linux, root"
)
async def test_a_child_has_no_network(pool: Pool) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        answer = await pool.run(f"connect {port}".encode())
    if answer == b"done":
        pytest.skip("this kernel gives no network namespace to this user")
    assert answer == b"OSError"


PARENT = """
    import asyncio, sys
    from repondeur.bounded.pool import Pool

    async def main():
        pool = Pool("tests.support.bounded_entries:obey")
        print((await pool.run(b"pid ")).decode(), file=sys.stderr, flush=True)
        await asyncio.gather(pool.run(sys.argv[1].encode()), asyncio.sleep(3600))

    asyncio.run(main())
"""


@pytest.mark.parametrize("work", ["echo idle", "spin", "sleep"])
async def test_no_child_outlives_a_killed_parent(work: str) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", textwrap.dedent(PARENT), work),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert parent.stderr
    child = int(await parent.stderr.readline())
    parent.kill()
    await parent.wait()
    await until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)
