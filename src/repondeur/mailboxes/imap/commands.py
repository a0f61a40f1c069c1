"""The one IMAP connection that commands go through, in a thread of its own, made anew when it breaks."""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import structlog

from repondeur.errors import MailboxUnavailable, RepondeurError
from repondeur.mailboxes.imap.backoff import Gate
from repondeur.mailboxes.imap.connection import Timeouts
from repondeur.mailboxes.imap.failures import ConnectionBroken, ServerAsksForPause, TooManyConnections
from repondeur.mailboxes.imap.session import Session

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
ROOM_SECONDS = 1.0  # for the server to notice that a connection was given up
PATIENCE_SECONDS = 2.0  # waits so short are waited out: a server that restarts is back by then
PARTING_SECONDS = 0.5  # for the command that runs when we close, before its line is cut


class Commands:
    """Runs jobs one after the other. A job must be repeatable: when the line breaks under it, it is run once more
    from its start on a new connection. connect: blocking; make_room: gives up another connection, if there is one."""

    def __init__(
        self,
        connect: Callable[[], Session],
        gate: Gate,
        timeouts: Timeouts,
        make_room: Callable[[], bool] = lambda: False,
    ) -> None:
        self._connect = connect
        self._gate = gate
        self._timeouts = timeouts
        self._make_room = make_room
        self._session: Session | None = None
        self._closing = threading.Event()
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        # Not an executor: that would keep the process from ending while a server does not answer.
        self._thread = threading.Thread(target=self._work, name="imap", daemon=True)

    async def run(self, job: Callable[[Session], Result]) -> Result:
        """Raises MailboxUnavailable, LoginRefused and what the job raises. Cancelling drops a job that waits for its
        turn, and does not interrupt one that has begun."""
        if self._closing.is_set():
            raise MailboxUnavailable("imap.closed")
        if not self._thread.ident:
            self._thread.start()
        abandoned = threading.Event()
        begun: Future[None] = Future()
        future: Future[Result] = Future()

        def step() -> None:
            if _fulfil(begun, lambda: None):
                _fulfil(future, lambda: self._run(job, abandoned))

        self._queue.put(step)
        try:
            await asyncio.wrap_future(begun)  # the turn of others does not count against this job
            # A server that sends an octet now and then would never run into the timeout of the socket.
            working = asyncio.wrap_future(future)
            # When nobody is left to hear how it ended.
            working.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            return await asyncio.wait_for(asyncio.shield(working), self._timeouts.whole)
        except TimeoutError:
            abandoned.set()
            self._cut()
            raise MailboxUnavailable("imap.too_slow", seconds=round(self._timeouts.whole)) from None
        finally:
            abandoned.set()

    async def close(self) -> None:
        """Ends within a moment, whatever the server does."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._queue.put(None)
        if not self._thread.ident:
            return
        await asyncio.to_thread(self._thread.join, PARTING_SECONDS)
        if self._thread.is_alive():
            self._cut()
            await asyncio.to_thread(self._thread.join, PARTING_SECONDS)

    def _work(self) -> None:
        while (step := self._queue.get()) is not None:
            step()
        self._drop()

    def _run(self, job: Callable[[Session], Result], abandoned: threading.Event) -> Result:
        if self._closing.is_set():
            raise MailboxUnavailable("imap.closed")
        try:
            return self._attempt(job, abandoned)
        except ConnectionBroken as error:
            log.info("imap.connection_lost", code=error.reason.code)
            if self._closing.is_set() or abandoned.is_set():
                raise
        result = self._attempt(job, abandoned)
        log.info("imap.reconnected")
        return result

    def _attempt(self, job: Callable[[Session], Result], abandoned: threading.Event) -> Result:
        session = self._session = self._session or self._opened()
        if abandoned.is_set():  # while we connected
            raise MailboxUnavailable("imap.too_slow", seconds=round(self._timeouts.whole))
        try:
            return job(session)
        except ServerAsksForPause as error:
            self._gate.failed(error, error.seconds)
            self._drop()
            raise
        except (ConnectionBroken, TooManyConnections):
            self._drop()
            raise
        except RepondeurError:
            raise
        except Exception as error:
            # Nobody knows what of the answer was left unread.
            log.error("imap.job_failed", error=type(error).__name__)
            self._drop()
            raise

    def _opened(self) -> Session:
        if self._gate.remaining() <= PATIENCE_SECONDS:
            self._closing.wait(self._gate.remaining())
        self._gate.check()
        try:
            session = self._connected()
        except RepondeurError as error:
            self._gate.failed(error, error.seconds if isinstance(error, ServerAsksForPause) else 0.0)
            log.warning("imap.not_connected", code=error.reason.code, again_in=round(self._gate.remaining(), 1))
            raise
        self._gate.succeeded()
        return session

    def _connected(self) -> Session:
        try:
            return self._connect()
        except TooManyConnections:
            if not self._make_room() or self._closing.wait(ROOM_SECONDS):
                raise
        return self._connect()

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _cut(self) -> None:
        if (session := self._session) is not None:
            session.abort()


def _fulfil(future: "Future[Result]", work: Callable[[], Result]) -> bool:
    """What the thread does for one call: every outcome goes to the one who waits, so that the thread lives on. False
    when nobody waits any more: then nothing is done."""
    if not future.set_running_or_notify_cancel():
        return False
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - handed over to the caller, not swallowed
        future.set_exception(error)
    return True
