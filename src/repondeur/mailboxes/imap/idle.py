"""Waiting for news by IDLE (RFC 2177), on a connection and in a thread of its own.

Our own loop: IMAPClient's and imap_tools' give up when a line arrives in two TCP segments.
"""

import random
import re
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from io import BufferedReader
from typing import cast

import structlog

from repondeur.errors import RepondeurError
from repondeur.mailboxes.imap.backoff import Gate, delay
from repondeur.mailboxes.imap.failures import ServerAsksForPause, TooManyConnections
from repondeur.mailboxes.imap.session import Session

log = structlog.get_logger(__name__)

CYCLE_SECONDS = 8 * 60.0  # some middle boxes forget a silent line after ten minutes
FEWER_SECONDS = 10 * 60.0  # how long to do without this connection when the server takes no more
STEADY_SECONDS = 30.0  # a connection that lived so long had no quick end
_NEWS = re.compile(rb"\* \d+ (EXISTS|RECENT)\b", re.IGNORECASE)
_BYE = re.compile(rb"\* BYE\b", re.IGNORECASE)
_LITERAL = re.compile(rb"\{(\d+)\}\r?\n\Z")
_TAG = b"RIDLE"


class IdleRefused(Exception):
    """The server does not do IDLE after all."""


class Idling:
    """One IDLE command on a signed-in session with its folder open. wake: readable when it shall end."""

    def __init__(self, session: Session, wake: socket.socket) -> None:
        self._session = session
        self._wake = wake
        self.news = False

    def start(self) -> None:
        """Returns when the server is watching: from then on it tells of every change."""
        with self._session.errors():
            self._session.wire.send(_TAG + b" IDLE\r\n")
            while not (line := self._line()).startswith((b"+", _TAG)):
                self._look_at(line)
        if line.startswith(_TAG):
            raise IdleRefused(line)

    def next_line(self, seconds: float) -> bool:
        """Waits for a line and looks at it. False: none came in time, or wake was called."""
        with self._session.errors():
            if not self._readable(seconds):
                return False
            self._look_at(self._line())
        return True

    def done(self, *, wait: bool) -> None:
        """Ends the command. wait: until the server has said so, as it must before the next one."""
        with self._session.errors():
            self._session.wire.send(b"DONE\r\n")
            while wait and not (line := self._line()).startswith(_TAG):
                self._look_at(line)

    def _look_at(self, line: bytes) -> None:
        if _BYE.match(line):
            raise self._session.wire.abort(line.decode("utf-8", "replace"))
        self.news = self.news or bool(_NEWS.match(line))

    def _line(self) -> bytes:
        """One whole line, however many segments it comes in; with what literals it holds left out."""
        wire = self._session.wire
        line = wire.readline()
        if not line.endswith(b"\n"):
            raise wire.abort("EOF")
        while literal := _LITERAL.search(line):
            wire.read(int(literal[1]))
            line = line[: literal.start()] + wire.readline()
        return line

    def _readable(self, seconds: float) -> bool:
        """Is there a line, or the end of the line? What was read ahead does not show in select, so peek first."""
        if self._peeked():
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self._session.wire.sock, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            deadline = time.monotonic() + seconds
            while (left := deadline - time.monotonic()) > 0:
                ready = [key.fileobj for key, _ in selector.select(left)]
                if self._wake in ready:
                    return False
                # TLS may have got a record that holds no data of ours, such as a new ticket.
                if ready and self._peeked() is not None:
                    return True
        return False

    def _peeked(self) -> bytes | None:
        """What can be read now; None when TLS needs more first. b"" is the end or, before select, nothing yet."""
        sock, file = self._session.wire.sock, cast("BufferedReader", self._session.wire.file)
        sock.setblocking(False)
        try:
            return file.peek(1)
        except (ssl.SSLWantReadError, BlockingIOError):
            return None
        finally:
            sock.settimeout(self._session.timeouts.command)


class Watcher:
    """Keeps watch over the inbox until stopped, and calls on_news, from its thread, whenever the caller should look:
    after news, when the line breaks, and when it can see again after that."""

    def __init__(
        self,
        connect: Callable[[], Session],
        gate: Gate,
        on_news: Callable[[], None],
        cycle: float = CYCLE_SECONDS,
    ) -> None:
        self._connect = connect
        self._gate = gate
        self._on_news = on_news
        self._cycle = cycle
        self._stopping = threading.Event()
        self._wake, self._waker = socket.socketpair()
        self._session: Session | None = None
        self._pause = 0.0
        self._breaks = 0
        self.polling = False
        self._thread = threading.Thread(target=self._watch, name="imap-idle", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, wait: float = 2.0) -> None:
        """Ends the thread. It is waited for so long, and left to end by itself when it is just connecting."""
        self._stopping.set()
        self._waker.close()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(wait)
        if not self._thread.is_alive():
            self._wake.close()

    def yield_connection(self) -> bool:
        """Gives the connection up for a while, when another needs it more. False: there was none to give."""
        if (session := self._session) is None:
            return False
        log.warning("imap.idle_given_up", seconds=FEWER_SECONDS)
        self._pause = FEWER_SECONDS
        session.abort()
        return True

    def _watch(self) -> None:
        while not self._stopping.wait(max(self._gate.remaining(), self._pause)) and not self.polling:
            self._pause = 0.0
            began = time.monotonic()
            try:
                self._watch_once()
            except IdleRefused:
                self._poll_only()
            except TooManyConnections as error:
                self._pause = FEWER_SECONDS
                log.warning("imap.fewer_connections", code=error.reason.code, seconds=FEWER_SECONDS)
            except ServerAsksForPause as error:
                self._gate.failed(error, error.seconds)
            except RepondeurError as error:
                log.info("imap.idle_broken", code=error.reason.code)
                # Whoever looks now finds out whether the server is away, long before the next look by the clock.
                self._on_news()
            except Exception as error:  # noqa: BLE001 - logged; without this thread nobody would notice new mail soon
                log.error("imap.idle_failed", error=type(error).__name__)
                self._on_news()
            finally:
                self._close()
            # A server that lets us in and then hangs up, time and again, is not to be hammered either.
            self._breaks = 1 if time.monotonic() - began > STEADY_SECONDS else self._breaks + 1
            self._pause = max(self._pause, delay(self._breaks, random.random()))  # noqa: S311 - no secret

    def _watch_once(self) -> None:
        session = self._session = self._opened()
        if "IDLE" not in session.capabilities:
            self._poll_only()
            return
        while not self._stopping.is_set():
            session.select(session.inbox)
            idling = Idling(session, self._wake)
            idling.start()
            # Whatever came before the server began to watch was not told.
            self._on_news()
            self._idle(idling)

    def _idle(self, idling: Idling) -> None:
        end = time.monotonic() + self._cycle
        while not self._stopping.is_set() and (left := end - time.monotonic()) > 0:
            idling.news = False
            if idling.next_line(left) and idling.news:
                self._on_news()
        idling.done(wait=not self._stopping.is_set())

    def _opened(self) -> Session:
        try:
            session = self._connect()
        except (TooManyConnections, ServerAsksForPause):
            raise
        except RepondeurError as error:
            self._gate.failed(error)
            raise
        self._gate.succeeded()
        return session

    def _poll_only(self) -> None:
        self.polling = True
        log.info("imap.poll_only")

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
